//! Errors, who may ask, and in which form.

use directory::{CredentialKind, IssuedCredential, Rights};
use end_to_end::{Api, Client, Response};
use local::gateway_responses::ResponseType;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::given::{ERROR, PATCH_OP, make_group, make_user, user};

const KEYWORDS: [&str; 8] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
];

/// The answer has the body of an error, and nothing in it that RFC 7644 §3.12 does not know.
#[track_caller]
fn check_error(answer: &Response, status: u16, request: &str) {
    assert_eq!(answer.status, status, "{request}: {answer:?}");
    assert_eq!(
        answer.header("content-type"),
        "application/scim+json",
        "{request}"
    );
    check_error_body(&answer.body, status, request);
}

#[track_caller]
fn check_error_body(body: &Value, status: u16, request: &str) {
    assert_eq!(body["schemas"], json!([ERROR]), "{request}");
    assert_eq!(body["status"], json!(status.to_string()), "{request}");
    assert!(
        !body["detail"].as_str().unwrap_or_default().is_empty(),
        "{request}"
    );
    for (name, value) in body.as_object().unwrap() {
        match name.as_str() {
            "schemas" | "status" | "detail" => {}
            "scimType" => assert!(
                KEYWORDS.contains(&value.as_str().unwrap()),
                "{request}: {value}"
            ),
            other => panic!("{request}: an error says `{other}`"),
        }
    }
}

#[tokio::test]
async fn c36_every_error_has_the_same_body() {
    let api = Api::start().await;
    let client = api.client();
    let bob = make_user(&client, "bob").await;
    make_group(&client, "team", &[]).await;
    let large = |length: usize| user("new", json!({"title": "x".repeat(length)}));
    let patch =
        |operation: Value| json!({"schemas": [PATCH_OP], "Operations": [operation]}).to_string();
    let json = Some("{}".to_owned());

    let cases = [
        (client.post("/Users", &json!({})).await, 400),
        (
            client
                .send("POST", "/Users", &[], Some("{".to_owned()))
                .await,
            400,
        ),
        (client.send("POST", "/Users", &[], None).await, 400),
        (client.get("/Users?filter=x").await, 400),
        (client.get("/Users?count=x").await, 400),
        (
            client
                .send(
                    "PATCH",
                    &bob.path,
                    &[],
                    Some(patch(json!({"op": "remove"}))),
                )
                .await,
            400,
        ),
        (api.client_with(None).get("/Users").await, 401),
        (api.client_with(Some("Bearer x")).get("/Users").await, 401),
        (client.get("/Schemas?filter=x").await, 403),
        (client.get("/Users/nobody").await, 404),
        (client.get("/Schemas/urn:nothing").await, 404),
        (client.get("/ResourceTypes/Robot").await, 404),
        (client.get("/Robots").await, 404),
        (client.get("/Users/nobody/emails").await, 404),
        (client.get("/").await, 404),
        (client.send("POST", "/Robots", &[], json.clone()).await, 404),
        (client.delete("/Users").await, 405),
        (client.send("POST", &bob.path, &[], json.clone()).await, 405),
        (client.get("/Users/.search").await, 405),
        (client.post("/Users", &user("BOB", json!({}))).await, 409),
        (
            client
                .send("DELETE", &bob.path, &[("If-Match", "W/\"0\"")], None)
                .await,
            412,
        ),
        // Too large for a resource, and too large for a request.
        (client.post("/Users", &large(70_000)).await, 413),
        (client.post("/Users", &large(7_000_000)).await, 413),
        (
            client
                .send("POST", "/Users", &[("Content-Type", "text/plain")], json)
                .await,
            415,
        ),
        (client.get("/Me").await, 501),
    ];
    for (number, (answer, status)) in cases.iter().enumerate() {
        check_error(answer, *status, &format!("case {number}"));
    }
    // What the gateway says by itself, before or instead of a function: 429, 500, 503 and others.
    let template = include_str!("../../../template.yaml");
    let gateway = local::api::Api::from_template(template).unwrap();
    let mut statuses = Vec::new();
    for cause in ResponseType::ALL {
        let answer = gateway.gateway_responses().response(cause, "r-1");
        let (status, request) = (answer.status().as_u16(), format!("{cause:?}"));
        assert_eq!(
            answer.headers()["content-type"],
            "application/scim+json",
            "{request}"
        );
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        check_error_body(&body, status, &request);
        statuses.push(status);
    }
    for status in [401, 404, 413, 415, 429, 500, 503] {
        assert!(statuses.contains(&status), "{status}: {statuses:?}");
    }
}

fn holder(api: &Api, credential: &IssuedCredential) -> Client {
    api.client_with(Some(&format!(
        "Bearer {}",
        credential.token.expose_secret()
    )))
}

#[tokio::test]
async fn c37_who_may_not_is_told_so() {
    let api = Api::start().await;
    let bob = make_user(&api.client(), "bob").await;
    for authorization in [
        None,
        Some("non-token"),
        Some("Bearer x"),
        Some("Basic eDp5"),
    ] {
        let client = api.client_with(authorization);
        for path in ["/Users", bob.path.as_str(), "/ServiceProviderConfig"] {
            let answer = client.get(path).await;
            check_error(&answer, 401, path);
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "{path}: {answer:?}"
            );
        }
        check_error(
            &client.post("/Users", &user("new", json!({}))).await,
            401,
            "POST",
        );
    }

    // A right secret that may not do this, or nothing any more.
    let provisioner = CredentialKind::Provisioner;
    let reader = api.issue(provisioner, Rights::Read).await;
    let client = holder(&api, &reader);
    assert_eq!(client.get(&bob.path).await.status, 200);
    let body = user("new", json!({}));
    check_error(&client.post("/Users", &body).await, 403, "POST");
    check_error(&client.put(&bob.path, &body).await, 403, "PUT");
    let change = json!([{"op": "add", "path": "title", "value": "x"}]);
    check_error(&client.patch(&bob.path, &change).await, 403, "PATCH");
    check_error(&client.delete(&bob.path).await, 403, "DELETE");

    let suspended = api.issue(provisioner, Rights::ReadAndWrite).await;
    api.administration()
        .suspend_credential(api.directory, &suspended.id)
        .await
        .unwrap();
    check_error(
        &holder(&api, &suspended).get(&bob.path).await,
        403,
        "suspended",
    );
    let revoked = api.issue(provisioner, Rights::ReadAndWrite).await;
    let client = holder(&api, &revoked);
    assert_eq!(client.get(&bob.path).await.status, 200);
    api.administration()
        .revoke_credential(api.directory, &revoked.id)
        .await
        .unwrap();
    let answer = client.get(&bob.path).await;
    check_error(&answer, 401, "revoked");
    // The gateway renames the header where a function, not the gateway, refuses.
    assert!(
        answer
            .header("x-amzn-remapped-www-authenticate")
            .starts_with("Bearer"),
        "{answer:?}"
    );

    api.administration()
        .disable_directory(api.directory)
        .await
        .unwrap();
    check_error(&api.client().get(&bob.path).await, 403, "disabled");
    api.administration()
        .enable_directory(api.directory)
        .await
        .unwrap();
    let shown = api.client().get(&bob.path).await;
    assert_eq!(
        (shown.status, &shown.body["userName"]),
        (200, &json!("bob"))
    );
}

#[tokio::test]
async fn c38_the_form_is_scim_json() {
    let api = Api::start().await;
    let client = api.client();
    let name = "Jürgen 漢字 \u{1F600}";
    let body = user(name, json!({"displayName": name}));
    for (number, content_type) in [
        "application/scim+json",
        "application/scim+json; charset=utf-8",
        "application/json",
        "Application/JSON; charset=UTF-8",
    ]
    .iter()
    .enumerate()
    {
        let mut body = body.clone();
        body["userName"] = json!(format!("{name} {number}"));
        let headers = [("Content-Type", *content_type)];
        let created = client
            .send("POST", "/Users", &headers, Some(body.to_string()))
            .await;
        assert_eq!(
            (created.status, &created.body["displayName"]),
            (201, &json!(name)),
            "{content_type}"
        );
        let found = client
            .find("/Users", &format!("userName eq \"{name} {number}\""))
            .await;
        assert_eq!(found.ids(), [created.id()], "{content_type}");
    }
    let bob = make_user(&client, "bob").await;
    let plain = client.get(&bob.path).await;
    assert_eq!(plain.header("content-type"), "application/scim+json");
    for accept in [
        "application/scim+json",
        "application/json",
        "application/scim+json, application/json;q=0.9",
        "*/*",
        "application/*",
        "text/html, */*;q=0.1",
        "text/html",
        "",
    ] {
        let headers = [("Accept", accept)];
        for path in [bob.path.as_str(), "/Users", "/Groups", "/Schemas"] {
            let answer = client.send("GET", path, &headers, None).await;
            assert_eq!(answer.status, 200, "{accept} {path}: {answer:?}");
            assert!(
                ["application/scim+json", "application/json"]
                    .contains(&answer.header("content-type")),
                "{accept} {path}"
            );
        }
        let answer = client.send("GET", &bob.path, &headers, None).await;
        assert_eq!(answer.body, plain.body, "{accept}");
        check_error(
            &client.send("GET", "/Users/nobody", &headers, None).await,
            404,
            accept,
        );
    }
}

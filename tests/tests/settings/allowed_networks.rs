//! `allowed_networks`: from elsewhere every request is refused, from the next one on.

use directory::{CredentialKind, Rights};
use end_to_end::{Api, Client, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::given::{check_refused, user};

const REFUSED: &str = "Requests from 127.0.0.1 are not allowed in this directory: ask the application's owner to add the network to `allowed_networks`.";

async fn allow(api: &Api, networks: Value) {
    api.set(json!({"allowed_networks": networks})).await;
}

/// A client for each way to show a credential, and each kind of them.
async fn clients(api: &Api) -> Vec<(String, Client)> {
    use base64::Engine;
    let mut clients = Vec::new();
    for kind in [CredentialKind::Provisioner, CredentialKind::Application] {
        for rights in [Rights::ReadAndWrite, Rights::Read] {
            let issued = api.issue(kind, rights).await;
            let token = issued.token.expose_secret();
            let pair = format!("{}:{}", issued.username, issued.password.expose_secret());
            let basic = base64::prelude::BASE64_STANDARD.encode(pair);
            for header in [
                format!("Bearer {token}"),
                token.to_owned(),
                format!("Basic {basic}"),
            ] {
                let name = format!("{kind:?} {rights:?} {}", &header[..5]);
                clients.push((name, api.client_with(Some(&header))));
            }
        }
    }
    clients
}

/// Requests to every function, wrong ones among them.
async fn every_answer(client: &Client, user: &str) -> Vec<Response> {
    let body = json!({"userName": "x"});
    vec![
        client.get("/Users").await,
        client.get(user).await,
        client.get("/Users/nobody").await,
        client.get("/Groups?filter=nonsense").await,
        client.post("/Users", &body).await,
        client.put(user, &json!({})).await,
        client.delete(user).await,
        client.send("PATCH", "/Users", &[], None).await,
        client.get("/Schemas").await,
        client.get("/ServiceProviderConfig").await,
        client.get("/Me").await,
        client.post("/Bulk", &json!({})).await,
        client.post("/.search", &json!({})).await,
    ]
}

#[tokio::test]
async fn from_elsewhere_everything_is_refused() {
    let api = Api::start().await;
    let ann = user(&api.client(), "ann").await;
    let clients = clients(&api).await;
    allow(&api, json!("203.0.113.0/24,2001:db8::/32")).await;
    for (name, client) in &clients {
        for answer in every_answer(client, &ann).await {
            check_refused(&answer, 403, REFUSED);
            assert_eq!(answer.broken_promises(), [""; 0], "{name}");
        }
    }
    allow(&api, json!(["203.0.113.0/24", "127.0.0.0/8"])).await;
    for (name, client) in &clients {
        assert_eq!(client.get(&ann).await.status, 200, "{name}");
    }
    assert_eq!(
        clients[0].1.get("/Users?count=0").await.body["totalResults"],
        1
    );
}

#[tokio::test]
async fn the_next_request_knows_them() {
    let api = Api::start().await;
    let okta = api.client();
    let ann = user(&okta, "ann").await;
    for (networks, status) in [
        (json!("127.0.0.1"), 200),
        (json!("127.0.0.2/32"), 403),
        (json!("127.0.0.1/32"), 200),
        (json!("::1/128"), 403),
        (json!("::/0"), 403),
        (json!(["::1/128", "0.0.0.0/0"]), 200),
        (json!("128.0.0.0/1"), 403),
        (json!("0.0.0.0/1"), 200),
        (json!("10.0.0.0/8"), 403),
        (json!(""), 200),
        (json!("10.0.0.0/8"), 403),
        (Value::Null, 200),
    ] {
        allow(&api, networks.clone()).await;
        // The gateway goes on with the authorizer's answer of the first request.
        assert_eq!(okta.get(&ann).await.status, status, "{networks}");
        assert_eq!(okta.get("/Users").await.status, status, "{networks}");
    }
}

#[tokio::test]
async fn what_the_client_says_of_itself_counts_for_nothing() {
    let api = Api::start().await;
    let okta = api.client();
    let headers = |address: &'static str| {
        vec![
            ("X-Forwarded-For", address),
            (
                "Forwarded",
                if address == "127.0.0.1" {
                    "for=127.0.0.1"
                } else {
                    "for=203.0.113.7"
                },
            ),
            ("X-Real-IP", address),
            ("True-Client-IP", address),
            ("CF-Connecting-IP", address),
            ("X-Forwarded-Host", address),
        ]
    };
    allow(&api, json!("203.0.113.0/24")).await;
    let refused = okta
        .send("GET", "/Users", &headers("203.0.113.7"), None)
        .await;
    check_refused(&refused, 403, REFUSED);
    for header in headers("203.0.113.7") {
        let refused = okta.send("GET", "/Users", &[header], None).await;
        check_refused(&refused, 403, REFUSED);
    }
    allow(&api, json!("127.0.0.1")).await;
    let allowed = okta
        .send("GET", "/Users", &headers("203.0.113.7"), None)
        .await;
    assert_eq!(allowed.status, 200);
}

/// Of another directory's they say nothing, and who shows no credential of this one is not told of them.
#[tokio::test]
async fn they_are_the_directorys_own() {
    let api = Api::start().await;
    let (_, stranger) = api.stranger().await;
    allow(&api, json!("203.0.113.0/24")).await;
    assert_eq!(stranger.get("/Users").await.status, 200);
    let mut wrong = api.token().to_owned();
    wrong.replace_range(
        wrong.len() - 1..,
        if wrong.ends_with('0') { "1" } else { "0" },
    );
    let junk = api.client_with(Some(&format!("Bearer {wrong}")));
    let answer = junk.get("/Users").await;
    assert_eq!(answer.status, 401);
    assert!(!answer.body.to_string().contains("127.0.0.1"), "{answer:?}");
}

/// It goes before what else may be wrong with the credential: from elsewhere nothing is told of it.
#[tokio::test]
async fn it_is_looked_at_first() {
    let api = Api::start().await;
    let issued = api.issue(CredentialKind::Provisioner, Rights::Read).await;
    let client = api.client_of(&issued);
    assert_eq!(client.get("/Users").await.status, 200);
    allow(&api, json!("203.0.113.0/24")).await;
    let administration = api.administration();
    administration
        .suspend_credential(api.directory, &issued.id)
        .await
        .unwrap();
    check_refused(&client.get("/Users").await, 403, REFUSED);
    administration
        .disable_directory(api.directory)
        .await
        .unwrap();
    check_refused(&client.get("/Users").await, 403, REFUSED);
    administration
        .revoke_credential(api.directory, &issued.id)
        .await
        .unwrap();
    assert_eq!(client.get("/Users").await.status, 401);
}

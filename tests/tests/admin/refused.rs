use bytes::Bytes;
use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{admin, directory, told};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn bodies_that_are_none() {
    let api = Api::start().await;
    let client = api.admin();
    let create = async |body: &str, headers: &[(&str, &str)]| {
        let body = Some(body.to_owned());
        told(&client.send("POST", "/environments", headers, body).await)
    };
    for (body, expected) in [
        ("", "400 The request has no body."),
        ("{", "400 The body is not valid JSON: line 1, column 1."),
        ("[]", "400 The body is an object."),
        ("null", "400 The body is an object."),
        (
            r#"{"name": "a", "NAME": "b"}"#,
            "400 `NAME` is given twice: names that differ only in case are the same attribute.",
        ),
        (
            r#"{"NAME": "a"}"#,
            "400 There is no member `NAME` here, only `name`.",
        ),
    ] {
        assert_eq!(create(body, &[JSON]).await, expected, "{body}");
    }
    assert_eq!(
        create(r#"{"name": "a"}"#, &[("content-type", "text/plain")]).await,
        "415 Send the body as `application/scim+json` or `application/json`."
    );
    let listed = client.get("/environments").await.body;
    assert_eq!(listed["environments"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn bodies_have_a_bound() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let client = api.admin();
    let send = async |method: &str, path: &str, body: Value, length: usize| {
        let mut body = body.to_string();
        body.push_str(&" ".repeat(length - body.len()));
        client.send(method, path, &[JSON], Some(body)).await
    };
    let environment = json!({"name": "staging"});
    let refused = send("POST", "/environments", environment.clone(), 65_537).await;
    assert_eq!(
        told(&refused),
        "413 The body of this request is at most 65536 bytes."
    );
    assert_eq!(
        send("POST", "/environments", environment, 65_536)
            .await
            .status,
        201
    );
    let settings = json!({"settings": {"dialect": "strict"}});
    let refused = send("PATCH", &directory, settings.clone(), 163_841).await;
    assert_eq!(
        told(&refused),
        "413 The body of this request is at most 163840 bytes."
    );
    assert_eq!(
        send("PATCH", &directory, settings, 163_840).await.status,
        200
    );
}

#[tokio::test]
async fn query_parameters_that_nobody_reads() {
    let api = Api::start().await;
    let admin = admin(&api);
    for path in [
        "/environments?limit=1",
        "/organizations/acme?limit=",
        "/environments/test?a=1&limit=2",
    ] {
        let refused = told(&admin.get(path).await);
        assert!(
            refused.starts_with("400 There is no query parameter `"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let api = Api::start().await;
    let client = api.admin();
    let (get, head) = (
        client.get("/environments").await,
        client.send("HEAD", "/environments", &[], None).await,
    );
    assert_eq!((get.status, head.status), (200, 200));
    assert_eq!(head.body, Value::Null);
    for name in ["content-type", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

/// The local gateway stands for IAM: only for who sits at this machine.
#[tokio::test]
async fn whoever_does_not_sit_at_this_machine() {
    let api = Api::start().await;
    let client = api.admin();
    let issue = format!("/directories/{}/credentials", api.directory);
    let bearer = format!("Bearer {}", api.token());
    for header in [
        ("host", "abc.ngrok.app"),
        ("origin", "http://localhost:3000"),
        ("forwarded", "for=203.0.113.7"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-host", "abc.ngrok.app"),
        ("authorization", bearer.as_str()),
    ] {
        for (method, path) in [("GET", "/environments"), ("POST", issue.as_str())] {
            let refused = client.send(method, path, &[header], None).await;
            assert_eq!(refused.status, 404, "{header:?}");
            let like_no_path = client.send(method, "/nothing", &[header], None).await;
            assert_eq!(refused.body, like_no_path.body, "{header:?}");
        }
    }
    let body = Some(Bytes::new());
    let issued = client
        .send_bytes("POST", &issue, &[("host", "127.0.0.1")], body)
        .await;
    assert_eq!(issued.status(), 201);
}

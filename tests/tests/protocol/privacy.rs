//! What is neither kept nor logged (RFC 7643 §9; RFC 7644 §7.5.1, §7.7).

use std::io::{self, Write};
use std::sync::Mutex;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use directory::{CredentialKind, NewCredential, Rights};
use end_to_end::Api;
use secrecy::ExposeSecret;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use crate::given::{make, make_group, user};

#[tokio::test]
async fn no_password_and_no_secret_is_in_the_table() {
    let api = Api::start().await;
    let client = api.client();
    let passwords = [
        "Pass-posted-1",
        "Pass-put-2",
        "Pass-patched-3",
        "Pass-pathless-4",
    ];
    let with = |password: &str| user("bob@example.com", json!({"password": password}));
    let bob = make(&client, "/Users", &with(passwords[0])).await;
    let put = client.put(&bob.path, &with(passwords[1])).await;
    let patch = json!([
        {"op": "replace", "path": "password", "value": passwords[2]}, {"op": "add", "value": {"password": passwords[3]}}
    ]);
    let patched = client.patch(&bob.path, &patch).await;
    assert_eq!((put.status, patched.status), (200, 200));
    let issued = api
        .issue(CredentialKind::Application, Rights::ReadAndWrite)
        .await;

    let table = api.table().await;
    // What is kept can be seen in it.
    for kept in ["bob@example.com", &bob.id, issued.id.as_str()] {
        assert!(table.contains(kept), "{kept}: {table}");
    }
    let own = api.token().rsplit('_').nth(1).unwrap();
    let secrets = [issued.password.expose_secret(), own];
    for secret in passwords.into_iter().chain(secrets) {
        assert!(!table.contains(secret), "{secret}");
        let encoded = BASE64_STANDARD.encode(secret);
        assert!(!table.contains(encoded.trim_end_matches('=')), "{secret}");
    }
}

/// What this process logs.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_line_names_a_person() {
    tracing_subscriber::fmt()
        .json()
        .with_max_level(LevelFilter::INFO)
        .with_writer(|| Log)
        .init();
    let api = Api::start().await;
    let client = api.client();
    let more = json!({
        "password": "Zanzibar-password", "name": {"familyName": "Zanzibar-family"}, "title": "Zanzibar-title",
        "emails": [{"value": "zanzibar@mail.example"}], "externalId": "Zanzibar-external"
    });
    let person = user("zanzibar@example.com", more);
    let made = make(&client, "/Users", &person).await;
    make_group(&client, "Zanzibar-team", &[&made]).await;
    // Found, changed, and refused in every way that repeats what was sent.
    let operations = json!([{"op": "replace", "path": "nickName", "value": "Zanzibar-nick"}]);
    let wrong = json!([{"op": "replace", "path": "zanzibarPath", "value": "Zanzibar-value"}]);
    let answers = [
        client
            .find("/Users", "userName eq \"zanzibar@example.com\"")
            .await,
        client.find("/Users", "title eq \"Zanzibar-title\"").await,
        client.patch(&made.path, &operations).await,
        client.put(&made.path, &person).await,
        client.patch(&made.path, &wrong).await,
        client.post("/Users", &person).await,
        client.find("/Users", "userName xx \"zanzibar\"").await,
        client.get("/Users/zanzibar@example.com").await,
        client.get("/Zanzibar").await,
        api.client_with(Some("Bearer zanzibar-token"))
            .get("/Users")
            .await,
        client.delete(&made.path).await,
    ];
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(
        statuses,
        [200, 200, 200, 200, 400, 409, 400, 404, 404, 401, 204]
    );
    // That an expired token is used is told to whoever reads the log, by ids.
    let day = std::time::Duration::from_hours(24);
    let new = NewCredential {
        lifetime: Some(day),
        ..NewCredential::of(CredentialKind::Provisioner)
    };
    let administration = api.administration();
    let brief = administration
        .issue_credential(api.directory, new)
        .await
        .unwrap();
    api.environment.advance(day);
    let expired = api
        .client_with(Some(brief.token.expose_secret()))
        .get("/Users")
        .await;
    assert_eq!(expired.status, 401);
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    let (directory, credential) = (api.directory.to_string(), brief.id.as_str());
    let tells = |line: &str| {
        line.contains(&directory) && line.contains(credential) && line.contains("expired on")
    };
    assert!(log.lines().any(tells), "{log}");
    assert!(log.matches("answered").count() >= 10, "{log}");
    let secret = api.token().rsplit('_').nth(1).unwrap();
    for line in log.lines() {
        assert!(!line.to_lowercase().contains("zanzibar"), "{line}");
        assert!(!line.contains(secret), "{line}");
    }
}

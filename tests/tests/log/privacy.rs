//! The log names nobody and repeats no secret, whatever requests bring.

use directory::{CredentialKind, NewCredential};
use end_to_end::Api;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{begin, text};

#[tokio::test]
async fn no_log_line_names_a_person() {
    let _turn = begin().await;
    let api = Api::start().await;
    let client = api.client();
    let more = json!({
        "password": "Zanzibar-password", "name": {"familyName": "Zanzibar-family"}, "title": "Zanzibar-title",
        "emails": [{"value": "zanzibar@mail.example"}], "externalId": "Zanzibar-external"
    });
    let mut person = more;
    person["userName"] = json!("zanzibar@example.com");
    let made = client.post("/Users", &person).await.id();
    let members = json!([{"value": made}]);
    let team = json!({"displayName": "Zanzibar-team", "members": members});
    assert_eq!(client.post("/Groups", &team).await.status, 201);
    let path = format!("/Users/{made}");
    // Found, changed, and refused in every way that repeats what was sent.
    let operations = json!([{"op": "replace", "path": "nickName", "value": "Zanzibar-nick"}]);
    let wrong = json!([{"op": "replace", "path": "zanzibarPath", "value": "Zanzibar-value"}]);
    let answers = [
        client
            .find("/Users", "userName eq \"zanzibar@example.com\"")
            .await,
        client.find("/Users", "title eq \"Zanzibar-title\"").await,
        client.patch(&path, &operations).await,
        client.put(&path, &person).await,
        client.patch(&path, &wrong).await,
        client.post("/Users", &person).await,
        client.find("/Users", "userName xx \"zanzibar\"").await,
        client.get("/Users/zanzibar@example.com").await,
        client.get("/Zanzibar").await,
        api.client_with(Some("Bearer zanzibar-token"))
            .get("/Users")
            .await,
        client.delete(&path).await,
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
    let log = text();
    let (directory, credential) = (api.directory.to_string(), brief.id.as_str());
    let tells = |line: &str| {
        line.contains(&directory) && line.contains(credential) && line.contains("expired on")
    };
    assert!(log.lines().any(tells), "{log}");
    let secret = api.token().rsplit('_').nth(1).unwrap();
    for line in log.lines() {
        assert!(!line.to_lowercase().contains("zanzibar"), "{line}");
        assert!(!line.contains(secret), "{line}");
    }
}

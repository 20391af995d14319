//! `token_lifetime`: of what is issued from then on.

use std::time::Duration;

use directory::{CredentialKind, NewCredential, Rights, Rotation};
use serde_json::json;

use crate::given::{check_refused, sides};

#[tokio::test]
async fn concerns_tokens_issued_from_then_on() {
    let (api, okta, _) = sides(json!({})).await;
    let administration = api.administration();
    let issue = async || api.issue(CredentialKind::Provisioner, Rights::Read).await;
    let check = |issued: &directory::IssuedCredential, expires: &str| {
        assert_eq!(issued.expires, expires.parse().unwrap());
    };
    let year = issue().await;
    check(&year, "2027-11-21T09:00:00Z");
    api.set(json!({"token_lifetime": "30d"})).await;
    let month = issue().await;
    check(&month, "2026-12-21T09:00:00Z");
    api.set(json!({"token_lifetime": "1m"})).await;
    let minute = issue().await;
    check(&minute, "2026-11-21T09:01:00Z");
    let rotated = administration.rotate_credential(api.directory, &month.id, Rotation::AtOnce);
    check(&rotated.await.unwrap(), "2026-11-21T09:01:00Z");
    let own = NewCredential {
        lifetime: Some(Duration::from_mins(2)),
        ..NewCredential::of(CredentialKind::Application)
    };
    let own = administration
        .issue_credential(api.directory, own)
        .await
        .unwrap();
    check(&own, "2026-11-21T09:02:00Z");
    let stored = administration
        .directory(api.directory)
        .await
        .unwrap()
        .credentials;
    assert_eq!(stored[&year.id].expires, year.expires);

    let client = api.client_of(&minute);
    assert_eq!(client.get("/Users").await.status, 200);
    api.environment.advance(Duration::from_millis(59_999));
    assert_eq!(client.get("/Users").await.status, 200);
    api.environment.advance(Duration::from_millis(1));
    let over = "The token expired on 2026-11-21: ask the application's owner for a new one.";
    check_refused(&client.get("/Users").await, 401, over);
    // A longer lifetime does not bring it back, and a shorter one takes nobody's.
    api.set(json!({"token_lifetime": "3650d"})).await;
    check_refused(&client.get("/Users").await, 401, over);
    api.set(json!({"token_lifetime": "1m"})).await;
    api.environment.advance(Duration::from_hours(24));
    assert_eq!(okta.get("/Users").await.status, 200);
    assert_eq!(api.client_of(&year).get("/Users").await.status, 200);
}

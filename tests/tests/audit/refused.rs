//! What was refused, and to whom.

use std::time::Duration;

use directory::{AuditResult, CredentialKind, NewCredential, Rights};
use end_to_end::{Api, Client};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::given::{NOBODY, audit_items, entries, everything, line, tick, user};

#[tokio::test]
async fn refused_writes_leave_an_entry_and_refused_reads_do_not() {
    let api = Api::start().await;
    let client = api.client();
    let bob = user(&api, "bob").await;
    let path = format!("/Users/{bob}");
    tick(
        &api,
        client.post("/Users", &json!({"userName": "Bob"})).await,
        409,
    );
    tick(
        &api,
        client.post("/Users", &json!({"name": "Zanzibar"})).await,
        400,
    );
    tick(&api, client.get(&format!("/Users/{NOBODY}")).await, 404);
    tick(&api, client.get("/Users?filter=nonsense").await, 400);
    tick(
        &api,
        client
            .post("/Users/.search", &json!({"count": "many"}))
            .await,
        400,
    );
    let stale = client
        .send("DELETE", &path, &[("If-Match", "W/\"7\"")], None)
        .await;
    tick(&api, stale, 412);
    tick(
        &api,
        client
            .put("/Users/zanzibar@example.com", &json!({"userName": "x"}))
            .await,
        404,
    );
    tick(&api, client.put("/Groups", &json!({})).await, 405);
    let entries = entries(&api, everything()).await;
    let lines: Vec<_> = entries.iter().skip(1).map(line).collect();
    assert_eq!(
        lines,
        [
            "create user [] 409 uniqueness".to_owned(),
            "create user [] 400 invalidValue".to_owned(),
            format!("delete user User {bob} [] 412 -"),
            "change user [] 404 -".to_owned(),
            "PUT /Groups [] 405 -".to_owned(),
        ]
    );
    let stored = json!(audit_items(&api).await).to_string().to_lowercase();
    assert!(!stored.contains("zanzibar"), "{stored}");
}

#[tokio::test]
async fn who_is_refused_as_such_leaves_an_entry_for_reads_too() {
    let api = Api::start().await;
    let (kind, administration) = (CredentialKind::Provisioner, api.administration());
    let short = NewCredential {
        lifetime: Some(Duration::from_mins(1)),
        ..NewCredential::of(kind)
    };
    let expiring = administration.issue_credential(api.directory, short).await;
    let expiring = expiring.unwrap();
    let reading = api.issue(kind, Rights::Read).await;
    let suspended = api.issue(kind, Rights::ReadAndWrite).await;
    let bearer = |token: &str| api.client_with(Some(&format!("Bearer {token}")));
    let who = |issued: &directory::IssuedCredential| bearer(issued.token.expose_secret());

    administration
        .suspend_credential(api.directory, &suspended.id)
        .await
        .unwrap();
    api.environment.advance(Duration::from_secs(61));
    tick(
        &api,
        who(&expiring).get("/ServiceProviderConfig").await,
        401,
    );
    // Once a minute, however often it is tried.
    for _ in 0..3 {
        tick(&api, who(&suspended).get("/Users").await, 403);
    }
    api.environment.advance(Duration::from_mins(1));
    tick(&api, who(&suspended).get("/Users").await, 403);
    tick(&api, who(&reading).get("/Users").await, 200);
    let body = json!({"userName": "bob"});
    tick(&api, who(&reading).post("/Users", &body).await, 403);
    administration
        .disable_directory(api.directory)
        .await
        .unwrap();
    tick(
        &api,
        api.client().get(&format!("/Groups/{NOBODY}")).await,
        403,
    );
    // Whose secret is wrong is nobody.
    let unknown: Client = bearer("junk");
    tick(&api, unknown.post("/Users", &body).await, 401);
    let mut wrong = api.token().to_owned();
    wrong.replace_range(50..53, "abc");
    tick(&api, bearer(&wrong).post("/Users", &body).await, 401);
    administration
        .revoke_credential(api.directory, &suspended.id)
        .await
        .unwrap();
    tick(&api, who(&suspended).post("/Users", &body).await, 401);

    let entries = entries(&api, everything()).await;
    let lines: Vec<_> = entries
        .iter()
        .filter(|entry| entry.result != AuditResult::Done)
        .map(|entry| format!("{}: {}", entry.author, line(entry)))
        .collect();
    let credential = api.token().split('_').nth(2).unwrap();
    assert_eq!(
        lines,
        [
            format!(
                "credential {}: GET /ServiceProviderConfig [] 401 -",
                expiring.id
            ),
            format!("credential {}: GET /Users [] 403 -", suspended.id),
            format!("credential {}: GET /Users [] 403 -", suspended.id),
            format!("credential {}: create user [] 403 -", reading.id),
            format!("credential {credential}: GET /Groups/{{id}} Group {NOBODY} [] 403 -"),
        ]
    );
}

//! What was done, and what was answered as if it were.

use std::time::Duration;

use directory::{
    AuditEntry, AuditQuery, AuditResult, Author, CredentialKind, NewCredential, Rights, Rotation,
    Settings,
};
use end_to_end::Api;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::given::{
    NOBODY, audit_items, check, entries, everything, group, line, tick, user, whole_trail,
};

#[tokio::test]
async fn each_change_leaves_one_entry() {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let api = Api::start().await;
    let client = api.client();
    let body = json!({
        "userName": "Zanzibar@example.com", "name": {"givenName": "Zanzibar"}, "externalId": "Zanzibar-1",
        "emails": [{"value": "Zanzibar@example.com", "primary": true}], ENTERPRISE: {"department": "Zanzibar"}
    });
    let bob = tick(&api, client.post("/Users", &body).await, 201).id();
    let path = format!("/Users/{bob}");
    let change = json!([
        {"op": "replace", "path": "title", "value": "Zanzibar"},
        {"op": "replace", "path": "userName", "value": "Zanzibar2@example.com"},
        {"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Zanzibar 2"},
        {"op": "replace", "path": format!("{ENTERPRISE}:costCenter"), "value": "Zanzibar"}
    ]);
    tick(&api, client.patch(&path, &change).await, 200);
    // No change, no entry.
    tick(&api, client.patch(&path, &change).await, 200);
    let team = group(&api, "Zanzibar", &[]).await;
    let members = format!("/Groups/{team}");
    let add = json!([{"op": "add", "path": "members", "value": [{"value": bob}]}]);
    tick(&api, client.patch(&members, &add).await, 204);
    let remove = json!([{"op": "remove", "path": format!("members[value eq \"{bob}\"]")}]);
    tick(&api, client.patch(&members, &remove).await, 204);
    tick(&api, client.patch(&members, &add).await, 204);
    let rename = json!({"displayName": "Zanzibar 2", "members": []});
    tick(&api, client.put(&members, &rename).await, 200);
    let other = group(&api, "Zanzibar 3", &[&bob]).await;
    tick(&api, client.delete(&path).await, 204);
    tick(&api, client.delete(&members).await, 204);

    check(
        &api,
        &[
            format!("create user User {bob} [active emails externalId name {ENTERPRISE}:department userName] done"),
            format!("change user User {bob} [title {ENTERPRISE}:costCenter {ENTERPRISE}:department userName] done"),
            format!("create group Group {team} [displayName] done"),
            format!("add members Group {team} [members] done"),
            format!("remove members Group {team} [members] done"),
            format!("add members Group {team} [members] done"),
            format!("change group Group {team} [displayName members] done"),
            format!("create group Group {other} [displayName members] done"),
            format!("delete user User {bob} [] done"),
            format!("delete group Group {team} [] done"),
        ],
    )
    .await;

    // Who, under which request, and when.
    let credential = api.token().split('_').nth(2).unwrap();
    let entries = entries(&api, everything()).await;
    for entry in &entries {
        assert_eq!(entry.author.to_string(), format!("credential {credential}"));
        assert!(!entry.request_id.is_empty());
    }
    let requests: std::collections::BTreeSet<_> =
        entries.iter().map(|entry| &entry.request_id).collect();
    assert_eq!(requests.len(), entries.len());
    assert_eq!(entries[0].at.to_string(), "2026-11-21T09:00:00Z");

    // Nothing of a value, and gone in 90 days.
    let items = audit_items(&api).await;
    assert_eq!(items.len(), whole_trail(&api, everything()).await.len());
    for item in &items {
        assert!(
            !item.to_string().to_lowercase().contains("zanzibar"),
            "{item}"
        );
    }
    let ninety_days = "2027-02-19T09:00:00Z".parse::<jiff::Timestamp>().unwrap();
    assert_eq!(
        items[0]["expires"]["N"],
        ninety_days.as_second().to_string()
    );
}

#[tokio::test]
async fn the_operations_of_a_bulk_request_leave_an_entry_each() {
    let api = Api::start().await;
    let bob = user(&api, "bob").await;
    let operations = json!([
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "alice"}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "bob"}},
        {"method": "PATCH", "path": format!("/Users/{bob}"), "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "title", "value": "x"}]
        }},
        {"method": "DELETE", "path": format!("/Groups/{NOBODY}")},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {
            "displayName": "team", "members": [{"value": "bulkId:missing"}]
        }},
        {"method": "GET", "path": "/Users"}
    ]);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations
    });
    let answer = tick(&api, api.client().post("/Bulk", &body).await, 200);
    let alice = answer.body["Operations"][0]["location"].as_str().unwrap();
    let alice = alice.rsplit('/').next().unwrap();
    let entries = entries(&api, everything()).await;
    let mut lines: Vec<_> = entries.iter().skip(1).map(line).collect();
    lines.sort();
    // Those of one request are of one moment.
    let mut expected = [
        format!("create user User {alice} [active userName] done"),
        format!("change user User {bob} [title] done"),
        "create user [] 409 uniqueness".to_owned(),
        format!("delete group Group {NOBODY} [] 404 -"),
        "create group [] 409 -".to_owned(),
        "POST /Bulk [] 400 invalidSyntax".to_owned(),
    ];
    expected.sort();
    assert_eq!(lines, expected);
    let of_bulk = entries.iter().skip(1).map(|entry| &entry.request_id);
    assert_eq!(of_bulk.collect::<std::collections::BTreeSet<_>>().len(), 1);
}

#[tokio::test]
async fn what_administrators_do_is_in_it_by_their_names() {
    let api = Api::start().await;
    let administration = api.store.administration("alice", "r-7");
    api.environment.advance(Duration::from_millis(1));
    let new = NewCredential::of(CredentialKind::Application);
    let issued = administration.issue_credential(api.directory, new).await;
    let old = issued.unwrap().id;
    api.environment.advance(Duration::from_millis(1));
    let suspended = administration.suspend_credential(api.directory, &old);
    suspended.await.unwrap();
    api.environment.advance(Duration::from_millis(1));
    let rotation = Rotation::AtOnce;
    let rotated = administration.rotate_credential(api.directory, &old, rotation);
    let id = rotated.await.unwrap().id;
    api.environment.advance(Duration::from_millis(1));
    let revoked = administration.revoke_credential(api.directory, &id);
    revoked.await.unwrap();
    api.environment.advance(Duration::from_millis(1));
    administration.make_primary(api.directory).await.unwrap();
    let mut trail = whole_trail(&api, everything()).await;
    trail.retain(|entry| entry.author == Author::Administrator("alice".to_owned()));
    let shown: Vec<_> = trail.iter().map(|entry| entry.operation.clone()).collect();
    assert_eq!(
        shown,
        [
            format!("issue credential {old}"),
            format!("suspend credential {old}"),
            format!("rotate credential {old} to {id}"),
            format!("revoke credential {id}"),
            "make primary".to_owned(),
        ]
    );
    let is_done =
        |entry: &AuditEntry| entry.result == AuditResult::Done && entry.request_id == "r-7";
    assert!(trail.iter().all(is_done));
}

/// Who asks why nothing became of a change that was answered with 200 finds it here.
#[tokio::test]
async fn what_was_ignored_is_told() {
    let mut settings = Settings::default();
    settings.set("protected_users", &json!("ignore")).unwrap();
    let api = Api::with(settings).await;
    let boss = user(&api, "boss").await;
    let application = api
        .issue(CredentialKind::Application, Rights::ReadAndWrite)
        .await;
    let application = api.client_with(Some(application.token.expose_secret()));
    let path = format!("/Users/{boss}");
    let protected = "urn:muster:params:scim:schemas:extension:2.0:User:protected";
    let protect = json!([{"op": "add", "path": protected, "value": true}]);
    tick(&api, application.patch(&path, &protect).await, 200);
    let deactivate = json!([{"op": "replace", "path": "active", "value": false}]);
    tick(&api, api.client().patch(&path, &deactivate).await, 200);
    tick(&api, api.client().delete(&path).await, 204);
    check(
        &api,
        &[
            format!("create user User {boss} [active userName] done"),
            format!("change user User {boss} [{protected}] done"),
            format!("change user User {boss} [] ignored"),
            format!("delete user User {boss} [] ignored"),
        ],
    )
    .await;
    // The same of a member who stays as he is, in the trail of himself.
    let team = group(&api, "team", &[&boss]).await;
    let bob = user(&api, "bob").await;
    let members =
        json!([{"op": "add", "path": "members", "value": [{"value": boss}, {"value": bob}]}]);
    tick(
        &api,
        api.client()
            .patch(&format!("/Groups/{team}"), &members)
            .await,
        204,
    );
    let put = json!({"displayName": "team", "members": [{"value": boss}, {"value": bob}]});
    tick(
        &api,
        api.client().put(&format!("/Groups/{team}"), &put).await,
        200,
    );
    let query = AuditQuery {
        resource: Some(boss.clone()),
        ..everything()
    };
    let trail = entries(&api, query).await;
    let joins = trail
        .iter()
        .filter(|entry| entry.operation == format!("join group {team}"));
    assert_eq!(
        joins
            .filter(|entry| entry.result == AuditResult::Ignored)
            .count(),
        3
    );
}

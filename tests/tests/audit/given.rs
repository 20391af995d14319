//! What the tests of the audit trail begin with.

use std::time::Duration;

use directory::{AuditEntry, AuditQuery, AuditResult, Author};
use end_to_end::{Api, Response};
use serde_json::{Value, json};

pub const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// All entries of credentials' requests, the oldest first.
pub async fn entries(api: &Api, query: AuditQuery) -> Vec<AuditEntry> {
    let mut entries = whole_trail(api, query).await;
    entries.retain(|entry| matches!(entry.author, Author::Credential(_)));
    entries
}

/// Those of administrators too.
pub async fn whole_trail(api: &Api, query: AuditQuery) -> Vec<AuditEntry> {
    api.settled().await;
    let page = api.store.audit(api.directory, &query).await.unwrap();
    assert_eq!(page.next, None);
    page.entries
}

pub fn everything() -> AuditQuery {
    AuditQuery {
        since: None,
        resource: None,
        after: None,
        limit: 1_000,
    }
}

/// An entry as one line: what, of which resource, which attributes, what came of it.
pub fn line(entry: &AuditEntry) -> String {
    let resource = entry.resource.as_ref();
    let resource = resource.map_or(String::new(), |it| format!(" {} {}", it.kind.name(), it.id));
    let result = match &entry.result {
        AuditResult::Done => "done".to_owned(),
        AuditResult::Ignored => "ignored".to_owned(),
        AuditResult::Refused { status, scim_type } => {
            format!("{status} {}", scim_type.as_deref().unwrap_or("-"))
        }
    };
    let attributes = entry.attributes.join(" ");
    format!("{}{resource} [{attributes}] {result}", entry.operation)
}

/// The trail is exactly this.
pub async fn check(api: &Api, expected: &[String]) {
    let entries = entries(api, everything()).await;
    assert_eq!(entries.iter().map(line).collect::<Vec<_>>(), expected);
}

/// The clock of the tests stands still, and entries are in the order of time.
pub fn tick(api: &Api, answer: Response, status: u16) -> Response {
    assert_eq!(answer.status, status, "{answer:?}");
    api.environment.advance(Duration::from_millis(1));
    answer
}

pub async fn user(api: &Api, name: &str) -> String {
    let body = json!({"userName": name});
    tick(api, api.client().post("/Users", &body).await, 201).id()
}

pub async fn group(api: &Api, name: &str, members: &[&String]) -> String {
    let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
    let body = json!({"displayName": name, "members": members});
    tick(api, api.client().post("/Groups", &body).await, 201).id()
}

/// The items of the trail as they are stored, in order.
pub async fn audit_items(api: &Api) -> Vec<Value> {
    let table = serde_json::from_str::<Value>(&api.table().await).unwrap();
    let mut items: Vec<_> = table.as_array().unwrap().clone();
    items.retain(|item| item["type"]["S"] == "audit entry");
    items.sort_by_key(|item| item["sk"]["S"].as_str().unwrap().to_owned());
    items
}

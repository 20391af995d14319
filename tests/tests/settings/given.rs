//! What the tests of settings begin with: that of the application's side, and refusals.

use end_to_end::{Api, Client, Response};
use scim::MUSTER_USER;
use serde_json::{Value, json};

pub use sides::*;

#[path = "../application/given.rs"]
mod sides;

/// The answer is an error of this status with this detail.
#[track_caller]
pub fn check_refused(answer: &Response, status: u16, detail: &str) {
    let told = (answer.status, answer.body["detail"].as_str());
    assert_eq!(told, (status, Some(detail)), "{answer:?}");
}

/// A write, by itself or as an operation of a bulk request: its status and, of an error, its body.
pub async fn write(
    client: &Client,
    bulk: bool,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    if !bulk {
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = client.send(method, path, &[], body).await;
        let error = if answer.status < 400 {
            Value::Null
        } else {
            answer.body
        };
        return (answer.status, error);
    }
    let mut operation = json!({"method": method, "path": path});
    if !body.is_null() {
        operation["data"] = body.clone();
    }
    if method == "POST" {
        operation["bulkId"] = "1".into();
    }
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    let request = json!({"schemas": schemas, "Operations": [operation]});
    let answer = client.post("/Bulk", &request).await;
    let outcome = &answer.body["Operations"][0];
    let status = outcome["status"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer:?}"));
    (status.parse().unwrap(), outcome["response"].clone())
}

/// The body of a PATCH.
#[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
pub fn operations(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

/// The items of the table, but for the audit trail: it has what was refused or ignored, too.
pub async fn items(api: &Api) -> Vec<Value> {
    let mut items = api.items().await;
    items.retain(|item| item["type"]["S"] != "audit entry");
    items
}

/// Makes a user protected, or no longer.
pub async fn protect(application: &Client, user: &str, protected: bool) {
    let operation = replace(&format!("{MUSTER_USER}:protected"), protected);
    patch(application, user, operation).await;
}

/// A resource as it is shown.
pub async fn shown(client: &Client, path: &str) -> Value {
    let shown = client.get(path).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    shown.body
}

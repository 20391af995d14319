//! What the tests of this folder begin with.

use directory::Settings;
use end_to_end::{Api, Client, Response};
use scim::Dialect;
use serde_json::{Value, json};

pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// An id that nobody has.
pub const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

pub async fn strict() -> Api {
    Api::with(Settings {
        dialect: Dialect::Strict,
        ..Settings::default()
    })
    .await
}

/// The answer to these operations, which is 200 whatever becomes of them.
pub async fn bulk(client: &Client, operations: &Value) -> Response {
    let body = json!({"schemas": [BULK_REQUEST], "Operations": operations});
    answered(client, &body).await
}

/// The same, ended by so many errors.
pub async fn bulk_until(client: &Client, errors: usize, operations: &Value) -> Response {
    let body = json!({"schemas": [BULK_REQUEST], "failOnErrors": errors, "Operations": operations});
    answered(client, &body).await
}

async fn answered(client: &Client, body: &Value) -> Response {
    let answer = client.post("/Bulk", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let broken = answer.broken_promises();
    assert!(broken.is_empty(), "{broken:?}");
    answer
}

/// What became of each operation.
pub fn outcomes(answer: &Response) -> &[Value] {
    answer.body["Operations"].as_array().unwrap()
}

/// The statuses, as they stand there: texts.
pub fn statuses(answer: &Response) -> Vec<&str> {
    let statuses = outcomes(answer).iter();
    statuses
        .map(|outcome| outcome["status"].as_str().unwrap())
        .collect()
}

/// These operations end like this.
#[track_caller]
pub fn check(answer: &Response, expected: &[&str]) {
    assert_eq!(statuses(answer), expected, "{:#}", answer.body);
}

/// The path of the resource under the base URL that an operation was about: `/Users/{id}`.
pub fn path(outcome: &Value) -> &str {
    let location = outcome["location"].as_str().unwrap();
    location.split_once("/scim/v2").unwrap().1
}

/// Its id.
pub fn id(outcome: &Value) -> &str {
    path(outcome).rsplit('/').next().unwrap()
}

pub fn post_user(bulk_id: &str, name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"schemas": [USER], "userName": name}})
}

/// A user whose manager is another one of the request.
pub fn post_report(bulk_id: &str, name: &str, manager: &str) -> Value {
    let data = json!({"schemas": [USER, ENTERPRISE], "userName": name, ENTERPRISE: {"manager": {"value": manager}}});
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
}

pub fn post_group(bulk_id: &str, name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members
        .iter()
        .map(|member| json!({"value": member}))
        .collect();
    let data = json!({"displayName": name, "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data})
}

pub fn patch(path: &str, operations: &Value) -> Value {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    json!({"method": "PATCH", "path": path, "data": {"schemas": schemas, "Operations": operations}})
}

pub fn delete(path: &str) -> Value {
    json!({"method": "DELETE", "path": path})
}

/// The path of a new user.
pub async fn make_user(client: &Client, name: &str) -> String {
    let created = client.post("/Users", &json!({"userName": name})).await;
    assert_eq!(created.status, 201, "{created:?}");
    format!("/Users/{}", created.id())
}

/// The path of a new group.
pub async fn make_group(client: &Client, name: &str, members: &[&str]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|path| json!({"value": path.rsplit('/').next().unwrap()}))
        .collect();
    let body = json!({"displayName": name, "members": members});
    let created = client.post("/Groups", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    format!("/Groups/{}", created.id())
}

/// How many users or groups there are.
pub async fn total(client: &Client, endpoint: &str) -> u64 {
    let list = client.get(&format!("{endpoint}?count=0")).await;
    list.body["totalResults"].as_u64().unwrap()
}

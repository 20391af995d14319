//! What the tests of this folder begin with.

use end_to_end::{Api, Client, Response};
use scim::{MUSTER_GROUP, MUSTER_USER};
use serde_json::{Value, json};

/// An API with these settings, a client of the identity provider's and one of the application's.
pub async fn sides(settings: Value) -> (Api, Client, Client) {
    let api = Api::start().await;
    api.set(settings).await;
    let (okta, application) = (api.client(), api.application().await);
    (api, okta, application)
}

/// The path of a new user.
pub async fn user(client: &Client, name: &str) -> String {
    create(client, "/Users", &json!({"userName": name})).await
}

/// The path of a new group with these members, by their paths.
pub async fn group(client: &Client, name: &str, members: &[&str]) -> String {
    let body = json!({"displayName": name, "members": references(members)});
    create(client, "/Groups", &body).await
}

/// The path of a new group of the application's that gives a role.
pub async fn mapped(client: &Client, name: &str, mapping: Value, members: &[&str]) -> String {
    let body = json!({"displayName": name, MUSTER_GROUP: mapping, "members": references(members)});
    create(client, "/Groups", &body).await
}

pub async fn create(client: &Client, endpoint: &str, body: &Value) -> String {
    let created = client.post(endpoint, body).await;
    assert_eq!(created.status, 201, "{created:?}");
    format!("{endpoint}/{}", created.id())
}

/// The id at the end of a path.
pub fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Users, by their paths, as `members`.
pub fn references(paths: &[&str]) -> Value {
    let reference = |path: &&str| json!({"value": id(path)});
    paths.iter().map(reference).collect()
}

/// A PATCH of one operation that succeeds.
pub async fn patch(client: &Client, path: &str, operation: Value) -> Response {
    let answer = client.patch(path, &json!([operation])).await;
    assert!(answer.status < 300, "{operation}: {answer:?}");
    answer
}

pub fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!({"op": "replace", "path": path, "value": value.into()})
}

/// What the extension of users says of this one.
pub async fn of_user(client: &Client, path: &str) -> Value {
    shown(client, path).await[MUSTER_USER].clone()
}

/// What the extension of groups says of this one.
pub async fn of_group(client: &Client, path: &str) -> Value {
    shown(client, path).await[MUSTER_GROUP].clone()
}

/// The role of a user; null for none.
pub async fn role(client: &Client, path: &str) -> Value {
    of_user(client, path).await["role"].clone()
}

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

/// The names of the users or groups in a list, as they stand there.
pub fn names(list: &Response) -> String {
    assert_eq!(list.status, 200, "{list:?}");
    let resources = list.body["Resources"].as_array().unwrap().iter();
    let names = resources.map(|resource| {
        let name = resource["userName"].as_str();
        name.or(resource["displayName"].as_str()).unwrap_or("?")
    });
    names.collect::<Vec<_>>().join(" ")
}

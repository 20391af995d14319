//! What the tests begin with, and what they ask again and again.

use std::fmt::Debug;

use directory::Settings;
use end_to_end::{Api, Client, Response};
use scim::Dialect;
use serde_json::{Value, json};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The extension that a directory may have of its own: [`extend`].
pub const OWN: &str = "urn:example:acme:2.0:User";
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// An id that nobody has.
pub const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// An API whose directory holds its client to the letter of the RFCs.
pub async fn strict() -> Api {
    Api::with(Settings {
        dialect: Dialect::Strict,
        ..Settings::default()
    })
    .await
}

/// A tolerant and a strict one, for what is the same in both.
pub async fn dialects() -> [Api; 2] {
    [Api::start().await, strict().await]
}

/// Gives the directory an extension of users of its own, with these attributes.
pub async fn extend(api: &Api, attributes: Value) {
    let schema = json!({"id": OWN, "name": "Acme", "description": "", "attributes": attributes});
    let definitions = json!([{"resourceType": "User", "schema": schema}]);
    api.extend(&definitions).await.unwrap();
}

/// A client of another directory of the same deployment.
pub async fn stranger(api: &Api) -> Client {
    api.stranger().await.1
}

/// A resource that a test has made.
pub struct Made {
    pub id: String,
    /// Under the base URL: `/Users/{id}`.
    pub path: String,
}

pub async fn make(client: &Client, endpoint: &str, body: &Value) -> Made {
    let answer = client.post(endpoint, body).await;
    assert_eq!(answer.status, 201, "{body}: {answer:?}");
    let id = answer.id();
    let path = format!("{endpoint}/{id}");
    Made { id, path }
}

/// The body of a user, with more attributes than the name.
pub fn user(name: &str, more: Value) -> Value {
    let mut body = json!({"schemas": [USER], "userName": name});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

/// The body of a group.
pub fn group(name: &str, members: &[&Made]) -> Value {
    let members: Vec<_> = members
        .iter()
        .map(|member| json!({"value": member.id}))
        .collect();
    json!({"schemas": [GROUP], "displayName": name, "members": members})
}

/// A user with nothing but a name.
pub async fn make_user(client: &Client, name: &str) -> Made {
    make(client, "/Users", &user(name, json!({}))).await
}

pub async fn make_group(client: &Client, name: &str, members: &[&Made]) -> Made {
    make(client, "/Groups", &group(name, members)).await
}

/// The answer is an error with this status and keyword; no keyword is an empty one.
#[track_caller]
pub fn check_refused(answer: &Response, status: u16, scim_type: &str, request: impl Debug) {
    let keyword = answer.body["scimType"].as_str().unwrap_or_default();
    assert_eq!(
        (answer.status, keyword),
        (status, scim_type),
        "{request:?}: {answer:?}"
    );
    assert_eq!(answer.body["schemas"], json!([ERROR]), "{request:?}");
}

/// Three addresses: two at work, of which one is primary, and one at home.
pub fn addresses() -> Value {
    json!([
        {"value": "a@example.com", "type": "work", "primary": true},
        {"value": "b@example.com", "type": "work"},
        {"value": "h@example.com", "type": "home"}
    ])
}

/// A user with a title, a name and these addresses.
pub async fn make_bob(client: &Client, name: &str) -> Made {
    let more = json!({
        "title": "Guide", "name": {"givenName": "Bob", "familyName": "Jensen"}, "emails": addresses()
    });
    make(client, "/Users", &user(name, more)).await
}

/// A PATCH of one operation that succeeds: the resource after it.
pub async fn patched(client: &Client, path: &str, operation: Value) -> Response {
    let answer = client.patch(path, &json!([operation])).await;
    assert!(
        matches!(answer.status, 200 | 204),
        "{operation}: {answer:?}"
    );
    client.get(path).await
}

/// The resources of a list.
pub fn resources(list: &Response) -> &[Value] {
    list.body["Resources"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
}

/// The names of the users or groups in a list, in the order of the alphabet.
pub fn names(list: &Response) -> Vec<&str> {
    let mut names: Vec<_> = resources(list)
        .iter()
        .map(|resource| {
            resource["userName"]
                .as_str()
                .or(resource["displayName"].as_str())
        })
        .map(Option::unwrap_or_default)
        .collect();
    names.sort_unstable();
    names
}

/// A filter finds the users or groups of these names, and no others.
pub async fn check_finds(client: &Client, endpoint: &str, filter: &str, expected: &[&str]) {
    let list = client.find(endpoint, filter).await;
    assert_eq!(list.status, 200, "{filter}: {list:?}");
    assert_eq!(names(&list), expected, "{filter}");
    assert_eq!(list.body["totalResults"], expected.len(), "{filter}");
}

/// The names of what an answer shows of a resource.
pub fn shown(resource: &Value) -> Vec<&str> {
    let shown = resource.as_object().unwrap().keys();
    shown.map(String::as_str).collect()
}

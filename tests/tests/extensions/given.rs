//! What the tests of this folder begin with.

use directory::{DirectoryId, Settings};
use end_to_end::{Api, Client, Response};
use scim::Dialect;
use serde_json::{Value, json};

pub const OWN: &str = "urn:example:acme:2.0:User";
pub const OWN_GROUP: &str = "urn:example:acme:2.0:Group";
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

#[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
pub fn definition(resource_type: &str, id: &str, required: bool, attributes: Value) -> Value {
    let schema = json!({"id": id, "name": "Acme", "description": "What Acme knows", "attributes": attributes});
    json!({"resourceType": resource_type, "required": required, "schema": schema})
}

/// Attributes of every type.
pub fn attributes() -> Value {
    json!([
        {"name": "badge", "description": "What opens the door"},
        {"name": "code", "caseExact": true},
        {"name": "level", "type": "integer"},
        {"name": "score", "type": "decimal"},
        {"name": "hired", "type": "dateTime"},
        {"name": "remote", "type": "boolean"},
        {"name": "photo", "type": "binary", "caseExact": true},
        {"name": "home", "type": "reference", "referenceTypes": ["external"]},
        {"name": "number", "mutability": "immutable"},
        {"name": "rank", "mutability": "readOnly"},
        {"name": "hidden", "returned": "never"},
        {"name": "notes", "returned": "request"},
        {"name": "key", "returned": "always"},
        {"name": "desk", "type": "complex", "subAttributes": [
            {"name": "floor", "type": "integer"}, {"name": "room", "required": true}
        ]},
        {"name": "skills", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "value"}, {"name": "type"}, {"name": "years", "type": "integer"}, {"name": "primary", "type": "boolean"}
        ]},
        {"name": "tags", "multiValued": true}
    ])
}

pub async fn extend(api: &Api, definitions: Value) {
    api.extend(&definitions).await.unwrap();
}

pub async fn extend_directory(api: &Api, directory: DirectoryId, definitions: Value) {
    let given = api.extend_directory(directory, &definitions).await;
    given.unwrap();
}

/// An API whose directory has an extension of users and one of groups.
pub async fn extended(dialect: Dialect) -> Api {
    let api = Api::with(Settings {
        dialect,
        ..Settings::default()
    })
    .await;
    let of_groups = json!([{"name": "cost", "type": "integer"}, {"name": "site"}]);
    let definitions = json!([
        definition("User", OWN, false, attributes()),
        definition("Group", OWN_GROUP, false, of_groups)
    ]);
    extend(&api, definitions).await;
    api
}

/// The body of a user with these values of the extension.
#[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
pub fn user(name: &str, values: Value) -> Value {
    json!({"schemas": [USER, OWN], "userName": name, OWN: values})
}

/// A new user with these values of the extension: his path.
pub async fn make(client: &Client, name: &str, values: Value) -> String {
    let created = client.post("/Users", &user(name, values)).await;
    assert_eq!(created.status, 201, "{created:?}");
    format!("/Users/{}", created.id())
}

/// A PATCH of one operation that succeeds; the values of the extension as they are then.
pub async fn patched(client: &Client, path: &str, operation: Value) -> Value {
    let answer = client.patch(path, &json!([operation])).await;
    assert_eq!(answer.status, 200, "{operation}: {answer:?}");
    client.get(path).await.body[OWN].clone()
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

/// The answer is 400 with this keyword and a detail in which this text is.
#[track_caller]
pub fn check_refused(answer: &Response, scim_type: &str, text: &str) {
    let detail = answer.body["detail"].as_str().unwrap_or_default();
    assert_eq!(
        (answer.status, &answer.body["scimType"]),
        (400, &json!(scim_type)),
        "{answer:?}"
    );
    assert!(detail.contains(text), "{detail}");
}

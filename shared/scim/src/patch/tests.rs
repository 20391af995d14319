//! Every line: a resource, a PATCH, what it becomes.

mod entra;
mod okta;
mod operations;
mod others;
mod refused;
mod schemas;
mod value_paths;

use expect_test::Expect;
use serde_json::{Value, json};

use super::Patch;
use crate::Dialect::{self, Strict, Tolerant};
use crate::{Error, Resource, ResourceType};

const BOB: &str = r#"{"userName": "bob"}"#;
const BOB_AT_WORK: &str = r#"{"userName": "bob", "emails": [{"value": "b@work", "type": "work", "primary": true}, {"value": "b@home", "type": "home"}]}"#;
const TEAM: &str =
    r#"{"displayName": "team", "members": [{"value": "u1", "type": "User"}, {"value": "u2"}]}"#;

/// The resource after the operations, or the error. A resource without `userName` is a group.
#[track_caller]
fn check_patch(resource: &str, dialect: Dialect, operations: &str, expected: Expect) {
    check_body(resource, &[dialect], body(operations), expected);
}

#[track_caller]
fn check_in_both(resource: &str, operations: &str, expected: Expect) {
    check_body(resource, &[Strict, Tolerant], body(operations), expected);
}

/// The same outcome for each of these values, written into the operations at `VALUE`.
#[track_caller]
fn check_values(resource: &str, values: &[&str], operations: &str, expected: Expect) {
    let outcomes = values.iter().map(|value| {
        let operations = operations.replace("VALUE", value);
        outcome(type_of(resource), resource, Tolerant, body(&operations))
    });
    assert_all(outcomes.collect(), expected);
}

#[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
#[track_caller]
fn check_body(resource: &str, dialects: &[Dialect], body: Value, expected: Expect) {
    let outcomes = dialects
        .iter()
        .map(|&dialect| outcome(type_of(resource), resource, dialect, body.clone()));
    assert_all(outcomes.collect(), expected);
}

#[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
#[track_caller]
fn assert_all(outcomes: Vec<String>, expected: Expect) {
    for outcome in &outcomes {
        assert_eq!(*outcome, outcomes[0]);
    }
    expected.assert_eq(&outcomes[0]);
}

fn body(operations: &str) -> Value {
    let operations: Value = serde_json::from_str(operations).unwrap();
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

fn type_of(resource: &str) -> &'static ResourceType {
    if resource.contains("userName") {
        ResourceType::user()
    } else {
        ResourceType::group()
    }
}

/// Whatever it is, the resource before is as it was.
fn outcome(resource_type: &ResourceType, resource: &str, dialect: Dialect, body: Value) -> String {
    let before: Value = serde_json::from_str(resource).unwrap();
    let before = Resource::from_body(before, resource_type, Tolerant).unwrap();
    let copy = before.clone();
    let after =
        Patch::from_body(body, resource_type, dialect).and_then(|patch| patch.apply(&before));
    assert_eq!(before, copy);
    match after {
        Ok(after) if after == before => "no change".to_owned(),
        Ok(after) => Value::Object(after.into_document()).to_string(),
        Err(error) => shown(&error),
    }
}

fn shown(error: &Error) -> String {
    let keyword = error.scim_type.map_or("-", |scim_type| scim_type.keyword());
    format!("{} {keyword}: {}", error.status.code(), error.detail)
}

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::Dialect::Tolerant;
use crate::{Identity, Resource, ResourceType};

#[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
#[track_caller]
fn check(resource_type: &ResourceType, body: Value, server: Value, expected: Expect) {
    let resource = Resource::from_body(body, resource_type, Tolerant).unwrap();
    let identity = Identity {
        id: "2819".into(),
        created: "2026-11-21T09:30:00Z".into(),
        last_modified: "2026-11-21T09:31:00Z".into(),
        location: format!("https://example.com/scim/v2{}/2819", resource_type.endpoint),
        version: "W/\"2\"".into(),
    };
    let Value::Object(server) = server else {
        unreachable!()
    };
    let whole = resource.represent(resource_type, &identity, server);
    expected.assert_eq(&serde_json::to_string_pretty(&whole).unwrap());
}

#[test]
fn a_user_is_shown_in_the_order_of_the_schema() {
    check(
        ResourceType::user(),
        json!({
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Ops"},
            "emails": [{"type": "work", "value": "b@x"}], "active": true, "userName": "bob", "externalId": "00u1",
            "title": null, "addresses": [], "password": "x"
        }),
        json!({"groups": [{"value": "g1", "display": "team"}]}),
        expect![[r#"
            {
              "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
              ],
              "id": "2819",
              "externalId": "00u1",
              "userName": "bob",
              "active": true,
              "emails": [
                {
                  "value": "b@x",
                  "type": "work"
                }
              ],
              "groups": [
                {
                  "value": "g1",
                  "display": "team"
                }
              ],
              "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                "department": "Ops"
              },
              "meta": {
                "resourceType": "User",
                "created": "2026-11-21T09:30:00Z",
                "lastModified": "2026-11-21T09:31:00Z",
                "location": "https://example.com/scim/v2/Users/2819",
                "version": "W/\"2\""
              }
            }"#]],
    );
}

#[test]
fn what_is_empty_is_not_shown_and_its_schema_not_listed() {
    check(
        ResourceType::user(),
        json!({"userName": "bob", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": ""}}}),
        json!({}),
        expect![[r#"
            {
              "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:User"
              ],
              "id": "2819",
              "userName": "bob",
              "meta": {
                "resourceType": "User",
                "created": "2026-11-21T09:30:00Z",
                "lastModified": "2026-11-21T09:31:00Z",
                "location": "https://example.com/scim/v2/Users/2819",
                "version": "W/\"2\""
              }
            }"#]],
    );
}

#[test]
fn what_the_server_keeps_is_shown_as_it_is() {
    check(
        ResourceType::group(),
        json!({"displayName": "team"}),
        json!({"members": []}),
        expect![[r#"
            {
              "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:Group"
              ],
              "id": "2819",
              "displayName": "team",
              "members": [],
              "meta": {
                "resourceType": "Group",
                "created": "2026-11-21T09:30:00Z",
                "lastModified": "2026-11-21T09:31:00Z",
                "location": "https://example.com/scim/v2/Groups/2819",
                "version": "W/\"2\""
              }
            }"#]],
    );
}

mod represent;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::Resource;
use crate::Dialect::{self, Strict, Tolerant};
use crate::ResourceType;

/// What is kept of the body of a POST or PUT, or the error. A body without `userName` is a group's.
#[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
#[track_caller]
fn check_body(dialect: Dialect, body: &str, expected: Expect) {
    let resource_type = if body.to_lowercase().contains("username") {
        ResourceType::user()
    } else {
        ResourceType::group()
    };
    let body = serde_json::from_str(body).unwrap();
    let outcome = match Resource::from_body(body, resource_type, dialect) {
        Ok(resource) => Value::Object(resource.into_document()).to_string(),
        Err(error) => {
            let keyword = error.scim_type.map_or("-", |scim_type| scim_type.keyword());
            format!("{} {keyword}: {}", error.status.code(), error.detail)
        }
    };
    expected.assert_eq(&outcome);
}

#[test]
fn okta_creates() {
    check_body(
        Tolerant,
        r#"{
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob@x",
            "name": {"givenName": "Bob", "familyName": "Jensen"},
            "emails": [{"primary": true, "value": "bob@x", "type": "work"}],
            "displayName": "Bob Jensen", "locale": "en-US", "externalId": "00u1", "groups": [],
            "password": "1mz050nq", "active": true
        }"#,
        expect![[
            r#"{"externalId":"00u1","userName":"bob@x","name":{"familyName":"Jensen","givenName":"Bob"},"displayName":"Bob Jensen","locale":"en-US","active":true,"emails":[{"value":"bob@x","type":"work","primary":true}]}"#
        ]],
    );
}

#[test]
fn okta_puts_what_it_got() {
    check_body(
        Tolerant,
        r#"{
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:okta:crm:1.0:user:custom"],
            "id": "2819", "meta": {"resourceType": "User", "created": "yesterday", "version": 3},
            "userName": "bob", "nickName": "", "active": false, "groups": [{"value": "g1", "display": "team"}],
            "emails": [{"value": "b@x", "display": "b@x", "primary": true}],
            "urn:okta:crm:1.0:user:custom": {"tier": "gold"}, "shoeSize": 9
        }"#,
        expect![[
            r#"{"userName":"bob","active":false,"emails":[{"value":"b@x","display":"b@x","primary":true}]}"#
        ]],
    );
}

#[test]
fn entra_creates() {
    check_body(
        Tolerant,
        r#"{
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "externalId": "0a21", "userName": "bob", "active": true, "addresses": null, "title": null,
            "emails": [{"primary": true, "type": "work", "value": "b@x"}], "meta": {"resourceType": "User"},
            "name": {"formatted": "Bob Jensen", "familyName": "Jensen", "givenName": "Bob"},
            "roles": [{"primary": "True", "display": "Admin", "value": "admin", "type": "WindowsAzureActiveDirectoryRole"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "X"}, "department": null}
        }"#,
        expect![[
            r#"{"externalId":"0a21","userName":"bob","name":{"formatted":"Bob Jensen","familyName":"Jensen","givenName":"Bob"},"active":true,"emails":[{"value":"b@x","type":"work","primary":true}],"roles":[{"value":"admin","display":"Admin","type":"WindowsAzureActiveDirectoryRole","primary":true}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"X"}}}"#
        ]],
    );
    check_body(
        Tolerant,
        r#"{"userName": "bob", "roles": [], "manager": null, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": null}"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
}

#[test]
fn entra_creates_a_group_with_a_schema_of_its_own() {
    check_body(
        Tolerant,
        r#"{
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1", "displayName": "team", "meta": {"resourceType": "Group"}, "members": []
        }"#,
        expect![[r#"{"externalId":"8aa1","displayName":"team"}"#]],
    );
}

#[test]
fn onelogin_sends_other_types() {
    check_body(
        Tolerant,
        r#"{
            "schemas": ["urn:scim:schemas:core:1.0"], "id": null, "userName": "bob", "active": "true", "externalId": 42,
            "emails": {"value": "b@x"}, "phoneNumbers": ["+1 206 5550100"], "name": [{"givenName": "Bob"}], "title": false,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"managerId": "m1", "displayName": "Babs"}}
        }"#,
        expect![[
            r#"{"externalId":"42","userName":"bob","name":{"givenName":"Bob"},"title":"false","active":true,"emails":[{"value":"b@x"}],"phoneNumbers":[{"value":"+1 206 5550100"}]}"#
        ]],
    );
}

#[test]
fn the_manager_in_every_shape() {
    let user = |manager: &str| {
        format!(
            r#"{{"userName": "bob", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {{"manager": {manager}}}}}"#
        )
    };
    check_body(
        Tolerant,
        &user(r#""m1""#),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m1"}}}"#
        ]],
    );
    check_body(
        Tolerant,
        &user(r#"{"value": "m1", "$ref": "../Users/m1"}"#),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m1","$ref":"../Users/m1"}}}"#
        ]],
    );
    check_body(
        Tolerant,
        &user(r#"[{"value": "m1"}]"#),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m1"}}}"#
        ]],
    );
    check_body(
        Tolerant,
        &user("[7]"),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"7"}}}"#
        ]],
    );
    check_body(Tolerant, &user(r#""""#), expect![[r#"{"userName":"bob"}"#]]);
    check_body(Tolerant, &user("[]"), expect![[r#"{"userName":"bob"}"#]]);
    check_body(
        Tolerant,
        &user(r#"{"value": ""}"#),
        expect![[r#"{"userName":"bob"}"#]],
    );
    check_body(
        Tolerant,
        &user(r#"["m1", "m2"]"#),
        expect!["400 invalidValue: `manager` must be an object."],
    );
}

#[test]
fn jumpcloud_puts() {
    check_body(
        Tolerant,
        r#"{
            "schemas": ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "2819", "userName": "bob", "emails": null, "addresses": [], "phoneNumbers": [{}, null, {"value": ""}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {}
        }"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
}

#[test]
fn pingone_sends_two_primaries() {
    let two = r#"{
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob",
        "emails": [{"value": "b@home"}, {"value": "b@x", "primary": true}, {"value": "b@y", "primary": true}]
    }"#;
    check_body(
        Tolerant,
        two,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@home"},{"value":"b@x","primary":true},{"value":"b@y","primary":false}]}"#
        ]],
    );
    check_body(
        Strict,
        two,
        expect![
            "400 invalidValue: `emails` must be an array with at most one element whose `primary` is true."
        ],
    );
}

#[test]
fn names_in_any_case_become_those_of_the_schema_in_its_order() {
    check_body(
        Strict,
        r#"{
            "SCHEMAS": ["URN:ietf:params:scim:schemas:core:2.0:user", "urn:ietf:params:scim:schemas:EXTENSION:enterprise:2.0:User"],
            "URN:IETF:PARAMS:SCIM:SCHEMAS:EXTENSION:ENTERPRISE:2.0:USER": {"DEPARTMENT": "Ops", "costcenter": "1"},
            "EMAILS": [{"TYPE": "work", "VALUE": "b@x"}], "NAME": {"GIVENNAME": "Bob"}, "USERNAME": "bob", "externalid": "e"
        }"#,
        expect![[
            r#"{"externalId":"e","userName":"bob","name":{"givenName":"Bob"},"emails":[{"value":"b@x","type":"work"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"costCenter":"1","department":"Ops"}}"#
        ]],
    );
}

#[test]
fn the_same_element_twice_is_there_once() {
    check_body(
        Tolerant,
        r#"{"displayName": "team", "members": [{"value": "u1"}, {"value": "u2"}, {"Value": "u1"}, {"value": "U1"}, "u2"]}"#,
        expect![[
            r#"{"displayName":"team","members":[{"value":"u1"},{"value":"u2"},{"value":"U1"}]}"#
        ]],
    );
}

#[test]
fn a_group_of_fifty_thousand_members_is_read_at_once() {
    let members: Vec<_> = (0..100_000)
        .map(|number| json!({"value": (number % 50_000).to_string(), "$ref": null}))
        .collect();
    let body = json!({"displayName": "everyone", "members": members});
    let group = Resource::from_body(body, ResourceType::group(), Tolerant).unwrap();
    assert_eq!(group.elements("members").len(), 50_000);
}

#[test]
fn strict_refuses_what_the_rfc_does_not_know() {
    let user = |attributes: &str| {
        format!(
            r#"{{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob", {attributes}}}"#
        )
    };
    check_body(
        Strict,
        &user(r#""active": "true""#),
        expect!["400 invalidValue: `active` must be true or false."],
    );
    check_body(
        Strict,
        &user(r#""title": 7"#),
        expect!["400 invalidValue: `title` must be a string."],
    );
    check_body(
        Strict,
        &user(r#""emails": {"value": "b@x"}"#),
        expect!["400 invalidValue: `emails` must be an array."],
    );
    check_body(
        Strict,
        &user(r#""emails": ["b@x"]"#),
        expect!["400 invalidValue: `emails` must be an object."],
    );
    check_body(
        Strict,
        &user(r#""emails": [{"value": "b@x", "primary": "true"}]"#),
        expect!["400 invalidValue: `emails.primary` must be true or false."],
    );
    check_body(
        Strict,
        &user(r#""name": [{"givenName": "Bob"}]"#),
        expect!["400 invalidValue: `name` must be an object."],
    );
    check_body(
        Strict,
        &user(
            r#""emails": null, "title": "", "id": "1", "groups": [], "password": "x", "shoeSize": 9"#,
        ),
        expect![[r#"{"userName":"bob"}"#]],
    );
}

#[test]
fn strict_wants_the_schemas_of_what_is_there() {
    check_body(
        Strict,
        r#"{"userName": "bob"}"#,
        expect![
            "400 invalidSyntax: `schemas` must list `urn:ietf:params:scim:schemas:core:2.0:User`."
        ],
    );
    check_body(
        Strict,
        r#"{"schemas": [], "userName": "bob"}"#,
        expect![
            "400 invalidSyntax: `schemas` must list `urn:ietf:params:scim:schemas:core:2.0:User`."
        ],
    );
    check_body(
        Strict,
        r#"{"schemas": "urn:ietf:params:scim:schemas:core:2.0:User", "userName": "bob"}"#,
        expect![
            "400 invalidSyntax: `schemas` must list `urn:ietf:params:scim:schemas:core:2.0:User`."
        ],
    );
    check_body(
        Strict,
        r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "userName": "bob"}"#,
        expect![
            "400 invalidSyntax: `schemas` must list `urn:ietf:params:scim:schemas:core:2.0:User`."
        ],
    );
    check_body(
        Strict,
        r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"division": "West"}}"#,
        expect![
            "400 invalidSyntax: `schemas` must list `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`."
        ],
    );
    check_body(
        Tolerant,
        r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "userName": "bob"}"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
}

#[test]
fn required_attributes() {
    check_body(
        Tolerant,
        r#"{"userName": ""}"#,
        expect!["400 invalidValue: `userName` is required."],
    );
    check_body(
        Tolerant,
        r#"{"userName": null}"#,
        expect!["400 invalidValue: `userName` is required."],
    );
    check_body(
        Tolerant,
        r#"{"userName": []}"#,
        expect!["400 invalidValue: `userName` is required."],
    );
    check_body(
        Tolerant,
        "{}",
        expect!["400 invalidValue: `displayName` is required."],
    );
    check_body(
        Tolerant,
        r#"{"displayName": "", "members": [{"value": "u1"}]}"#,
        expect!["400 invalidValue: `displayName` is required."],
    );
    check_body(
        Tolerant,
        "[]",
        expect!["400 invalidSyntax: The body must be a JSON object."],
    );
    check_body(
        Tolerant,
        r#""userName""#,
        expect!["400 invalidSyntax: The body must be a JSON object."],
    );
}

#[test]
fn wrong_types_are_told_by_their_full_name() {
    let user = |attributes: &str| format!(r#"{{"userName": "bob", {attributes}}}"#);
    check_body(
        Tolerant,
        r#"{"userName": {"value": "bob"}}"#,
        expect!["400 invalidValue: `userName` must be a string."],
    );
    check_body(
        Tolerant,
        r#"{"userName": ["bob", "bobby"]}"#,
        expect!["400 invalidValue: `userName` must be a string."],
    );
    check_body(
        Tolerant,
        &user(r#""active": "enabled""#),
        expect!["400 invalidValue: `active` must be true or false."],
    );
    check_body(
        Tolerant,
        &user(r#""active": 1"#),
        expect!["400 invalidValue: `active` must be true or false."],
    );
    check_body(
        Tolerant,
        &user(r#""password": {"hash": "x"}"#),
        expect!["400 invalidValue: `password` must be a string."],
    );
    check_body(
        Tolerant,
        &user(r#""externalId": {}"#),
        expect!["400 invalidValue: `externalId` must be a string."],
    );
    check_body(
        Tolerant,
        &user(r#""name": "Bob Jensen""#),
        expect!["400 invalidValue: `name` must be an object."],
    );
    check_body(
        Tolerant,
        &user(r#""name": {"givenName": {"first": "Bob"}}"#),
        expect!["400 invalidValue: `name.givenName` must be a string."],
    );
    check_body(
        Tolerant,
        &user(r#""emails": true"#),
        expect!["400 invalidValue: `emails` must be an object."],
    );
    check_body(
        Tolerant,
        &user(r#""emails": [{"value": "b@x", "primary": "yes"}]"#),
        expect!["400 invalidValue: `emails.primary` must be true or false."],
    );
    check_body(
        Tolerant,
        &user(r#""emails": [[["b@x"]]]"#),
        expect!["400 invalidValue: `emails` must be an object."],
    );
    check_body(
        Tolerant,
        &user(r#""addresses": "1 Way""#),
        expect!["400 invalidValue: `addresses` must be an object."],
    );
    check_body(
        Tolerant,
        &user(r#""photos": [{"value": 7}]"#),
        expect!["400 invalidValue: `photos.value` must be a URI."],
    );
    check_body(
        Tolerant,
        &user(r#""x509Certificates": [{"value": "not base64!"}]"#),
        expect!["400 invalidValue: `x509Certificates.value` must be a base64 string."],
    );
    check_body(
        Tolerant,
        &user(r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": "Ops""#),
        expect![
            "400 invalidValue: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User` must be an object."
        ],
    );
    check_body(
        Tolerant,
        &user(
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": {"id": "m1"}}}"#,
        ),
        expect!["400 invalidValue: `manager.value` must be a string."],
    );
    check_body(
        Tolerant,
        &user(
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": ["a", "b"]}"#,
        ),
        expect!["400 invalidValue: `department` must be a string."],
    );
}

#[test]
fn an_element_whose_value_is_cleared_is_gone() {
    check_body(
        Tolerant,
        r#"{"userName": "bob", "phoneNumbers": [{"value": "", "type": "work"}, {"value": "1", "type": "home"}], "emails": [{"VALUE": null, "type": "work"}]}"#,
        expect![[r#"{"userName":"bob","phoneNumbers":[{"value":"1","type":"home"}]}"#]],
    );
    check_body(
        Tolerant,
        r#"{"userName": "bob", "addresses": [{"locality": "Rome", "region": "", "type": "work"}], "emails": [{"type": "work"}]}"#,
        expect![[
            r#"{"userName":"bob","emails":[{"type":"work"}],"addresses":[{"locality":"Rome","type":"work"}]}"#
        ]],
    );
    // An address has no `value`: it is gone when all that it says is cleared.
    check_body(
        Tolerant,
        r#"{"userName": "bob", "addresses": [{"streetAddress": "", "locality": null, "type": "work", "primary": true}, {"locality": "Rome", "type": "home"}]}"#,
        expect![[r#"{"userName":"bob","addresses":[{"locality":"Rome","type":"home"}]}"#]],
    );
    check_body(
        Tolerant,
        r#"{"userName": "bob", "addresses": [{"type": "work"}]}"#,
        expect![[r#"{"userName":"bob","addresses":[{"type":"work"}]}"#]],
    );
}

//! The smaller identity providers, and what none of them documents.

use expect_test::expect;

use super::*;

#[test]
fn jumpcloud_removes_members_by_value() {
    check_patch(
        TEAM,
        Tolerant,
        r#"[{"op": "remove", "path": "members", "value": [{"value": "u2"}]}]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u1","type":"User"}]}"#]],
    );
    check_patch(
        TEAM,
        Tolerant,
        r#"[{"op": "remove", "path": "members", "value": {"value": "u2"}}]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u1","type":"User"}]}"#]],
    );
    check_patch(
        TEAM,
        Tolerant,
        r#"[{"op": "remove", "path": "members", "value": "u2"}]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u1","type":"User"}]}"#]],
    );
    check_patch(
        TEAM,
        Tolerant,
        r#"[{"op": "remove", "path": "members", "value": 2}]"#,
        expect!["no change"],
    );
}

#[test]
fn onelogin_sends_other_types() {
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "replace", "value": {
            "active": "true", "title": 7, "externalId": 42, "emails": {"value": "b@x", "primary": "true"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"managerId": "m1", "displayName": "Babs"}, "employeeNumber": 701984}
        }}]"#,
        expect![[
            r#"{"externalId":"42","userName":"bob","title":"7","active":true,"emails":[{"value":"b@x","primary":true}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"701984"}}"#
        ]],
    );
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "replace", "value": {"active": "1"}}]"#,
        expect!["400 invalidValue: `active` must be true or false."],
    );
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "replace", "value": {"name": "Bob Jensen"}}]"#,
        expect!["400 invalidValue: `name` must be an object."],
    );
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "replace", "value": {"name": {"givenName": ["B", "C"]}}}]"#,
        expect!["400 invalidValue: `name.givenName` must be a string."],
    );
}

#[test]
fn what_no_schema_knows_is_ignored() {
    let foreign = r#"[{"op": "add", "path": "urn:okta:crm:1.0:user:custom:tier", "value": "gold"}, {"op": "add", "path": "title", "value": "Dr"}]"#;
    check_patch(
        BOB,
        Tolerant,
        foreign,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    check_patch(
        BOB,
        Strict,
        foreign,
        expect![
            "400 invalidPath: `urn:okta:crm:1.0:user:custom:tier` is not an attribute of User."
        ],
    );
    let nested = r#"[{"op": "add", "value": {"urn:okta:crm:1.0:user:custom": {"tier": "gold"}, "title": "Dr"}}]"#;
    check_patch(
        BOB,
        Tolerant,
        nested,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    check_patch(
        BOB,
        Strict,
        nested,
        expect!["400 invalidPath: `urn:okta:crm:1.0:user:custom` is not an attribute of User."],
    );
    let inside = r#"[{"op": "add", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"tier": "gold", "division": "Sales"}}}]"#;
    check_patch(
        BOB,
        Tolerant,
        inside,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"Sales"}}"#
        ]],
    );
    check_patch(
        BOB,
        Strict,
        inside,
        expect![
            "400 invalidPath: `tier` is not an attribute of urn:ietf:params:scim:schemas:extension:enterprise:2.0:User."
        ],
    );
}

#[test]
fn an_empty_path_is_none() {
    let empty = r#"[{"op": "add", "path": "", "value": {"title": "Dr"}}]"#;
    check_patch(
        BOB,
        Tolerant,
        empty,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    check_patch(
        BOB,
        Strict,
        empty,
        expect!["400 invalidPath: `` is not the name of an attribute."],
    );
    check_in_both(
        BOB,
        r#"[{"op": "add", "path": null, "value": {"title": "Dr"}}]"#,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
}

#[test]
fn one_operation_without_its_array() {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "operations": {"op": "add", "path": "title", "value": "Dr"}
    });
    check_body(
        BOB,
        &[Tolerant],
        body.clone(),
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    check_body(
        BOB,
        &[Strict],
        body,
        expect!["400 invalidSyntax: `Operations` must be an array with at least one operation."],
    );
}

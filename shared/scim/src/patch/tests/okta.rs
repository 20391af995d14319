//! Okta's integration network (path-less, `id` inside) and its app wizard.

use expect_test::expect;

use super::*;

#[test]
fn deactivate_and_reactivate() {
    let active = r#"{"userName": "bob", "active": true}"#;
    let inactive = r#"{"userName": "bob", "active": false}"#;
    let off = r#"[{"op": "replace", "value": {"active": false}}]"#;
    let on = r#"[{"op": "replace", "value": {"active": true}}]"#;
    check_in_both(
        active,
        off,
        expect![[r#"{"userName":"bob","active":false}"#]],
    );
    check_in_both(inactive, off, expect!["no change"]);
    check_in_both(
        inactive,
        on,
        expect![[r#"{"userName":"bob","active":true}"#]],
    );
    check_in_both(BOB, off, expect![[r#"{"userName":"bob","active":false}"#]]);
}

#[test]
fn password_is_checked_and_thrown_away() {
    let password = r#"[{"op": "replace", "value": {"password": "t1meMa$heen"}}]"#;
    check_in_both(BOB, password, expect!["no change"]);
    check_in_both(
        BOB,
        r#"[{"op": "replace", "path": "password", "value": "t1meMa$heen"}]"#,
        expect!["no change"],
    );
    check_in_both(
        BOB,
        r#"[{"op": "remove", "path": "password"}]"#,
        expect!["no change"],
    );
    check_in_both(
        BOB,
        r#"[{"op": "replace", "path": "password", "value": {"hash": "x"}}]"#,
        expect!["400 invalidValue: `password` must be a string."],
    );
}

#[test]
fn profile_without_path() {
    check_patch(
        r#"{"userName": "bob", "name": {"givenName": "Bob", "familyName": "Jensen"}, "emails": [{"value": "b@old", "type": "work"}]}"#,
        Tolerant,
        r#"[{"op": "replace", "value": {
            "id": "2819", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "meta": {"resourceType": "User"},
            "groups": [], "name": {"givenName": "Robert"}, "title": "",
            "emails": [{"value": "b@new", "type": "work", "primary": true}]
        }}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Robert"},"emails":[{"value":"b@new","type":"work","primary":true}]}"#
        ]],
    );
}

#[test]
fn rename_group_with_its_id_inside() {
    let rename = r#"[{"op": "replace", "value": {"id": "g1", "displayName": "crew"}}]"#;
    check_patch(
        TEAM,
        Tolerant,
        rename,
        expect![[
            r#"{"displayName":"crew","members":[{"value":"u1","type":"User"},{"value":"u2"}]}"#
        ]],
    );
    check_patch(
        TEAM,
        Strict,
        rename,
        expect!["400 mutability: `id` is read-only."],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "replace", "value": {"displayName": "crew"}}]"#,
        expect![[
            r#"{"displayName":"crew","members":[{"value":"u1","type":"User"},{"value":"u2"}]}"#
        ]],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "replace", "value": {"displayName": "team"}}]"#,
        expect!["no change"],
    );
}

#[test]
fn add_members() {
    check_in_both(
        TEAM,
        r#"[{"op": "add", "path": "members", "value": [{"value": "u3", "display": "user@example.com"}]}]"#,
        expect![[
            r#"{"displayName":"team","members":[{"value":"u1","type":"User"},{"value":"u2"},{"value":"u3"}]}"#
        ]],
    );
    check_in_both(
        r#"{"displayName": "team"}"#,
        r#"[{"op": "add", "path": "members", "value": [{"value": "u1", "display": "user@example.com"}]}]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u1"}]}"#]],
    );
}

#[test]
fn remove_members_and_add_in_one_request() {
    check_in_both(
        TEAM,
        r#"[{"op": "remove", "path": "members[value eq \"u1\"]"}]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u2"}]}"#]],
    );
    check_in_both(
        TEAM,
        r#"[
            {"op": "remove", "path": "members[value eq \"u1\"]"},
            {"op": "add", "path": "members", "value": [{"value": "u3"}]},
            {"op": "remove", "path": "members[value eq \"u2\"]"}
        ]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u3"}]}"#]],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "remove", "path": "members[value eq \"u9\"]"}]"#,
        expect!["no change"],
    );
}

#[test]
fn push_now_replaces_all_members() {
    check_in_both(
        TEAM,
        r#"[{"op": "replace", "path": "members", "value": [{"value": "u2"}, {"value": "u3"}]}]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u2"},{"value":"u3"}]}"#]],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "replace", "path": "members", "value": []}]"#,
        expect![[r#"{"displayName":"team"}"#]],
    );
}

#[test]
fn push_now_without_path_and_schemas() {
    let body = json!({"Operations": [{"op": "replace", "value": {"members": [], "id": "g1", "displayName": "team"}}]});
    check_body(
        TEAM,
        &[Tolerant],
        body.clone(),
        expect![[r#"{"displayName":"team"}"#]],
    );
    check_body(
        TEAM,
        &[Strict],
        body,
        expect![
            "400 invalidSyntax: `schemas` must list `urn:ietf:params:scim:api:messages:2.0:PatchOp`."
        ],
    );
}

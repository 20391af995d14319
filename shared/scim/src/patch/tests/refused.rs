//! What is wrong with a PATCH, and how it is told (RFC 7644 §3.12, Table 9).

use expect_test::expect;

use super::*;

#[track_caller]
fn check_refused(operation: &str, expected: Expect) {
    check_in_both(BOB_AT_WORK, &format!("[{operation}]"), expected);
}

#[test]
fn bodies() {
    let operation = json!({"op": "add", "path": "title", "value": "Dr"});
    let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]);
    let check =
        |body: Value, expected: Expect| check_body(BOB, &[Strict, Tolerant], body, expected);
    check(
        json!([]),
        expect!["400 invalidSyntax: The body must be a JSON object."],
    );
    check(
        json!({"schemas": schemas}),
        expect!["400 invalidSyntax: `Operations` must be an array with at least one operation."],
    );
    check(
        json!({"schemas": schemas, "Operations": []}),
        expect!["400 invalidSyntax: `Operations` must be an array with at least one operation."],
    );
    check(
        json!({"schemas": schemas, "Operations": "add"}),
        expect!["400 invalidSyntax: `Operations` must be an array with at least one operation."],
    );
    check(
        json!({"schemas": schemas, "Operations": ["add"]}),
        expect!["400 invalidSyntax: Each of `Operations` must be an object with `op`."],
    );
    check(
        json!({"schemas": schemas, "Operations": vec![&operation; 1_001]}),
        expect![
            "400 invalidSyntax: `Operations` has more than 1000 operations: send several requests."
        ],
    );
    check(
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "Operations": [operation]}),
        expect![
            "400 invalidSyntax: `schemas` must list `urn:ietf:params:scim:api:messages:2.0:PatchOp`."
        ],
    );
    check(
        json!({"SCHEMAS": schemas, "OPERATIONS": [{"OP": "add", "Path": "TITLE", "vaLue": "Dr"}]}),
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
}

#[test]
fn operations() {
    check_refused(
        r#"{"path": "title", "value": "Dr"}"#,
        expect!["400 invalidSyntax: Each of `Operations` must have `op`: add, remove or replace."],
    );
    check_refused(
        r#"{"op": null, "path": "title", "value": "Dr"}"#,
        expect!["400 invalidSyntax: Each of `Operations` must have `op`: add, remove or replace."],
    );
    check_refused(
        r#"{"op": "add", "Op": "remove", "path": "title", "value": "Dr"}"#,
        expect!["400 invalidSyntax: Each of `Operations` must have exactly one `op`."],
    );
    check_refused(
        r#"{"op": "move", "path": "title", "value": "Dr"}"#,
        expect!["400 invalidSyntax: `op` must be add, remove or replace, not `move`."],
    );
    check_refused(
        r#"{"op": "add", "path": "title"}"#,
        expect!["400 invalidValue: `add` and `replace` need a `value`."],
    );
    check_refused(
        r#"{"op": "replace"}"#,
        expect!["400 invalidValue: `add` and `replace` need a `value`."],
    );
    check_refused(
        r#"{"op": "replace", "value": "Dr"}"#,
        expect!["400 invalidValue: Without `path`, `value` must be an object of attributes."],
    );
    check_refused(
        r#"{"op": "add", "value": null}"#,
        expect!["400 invalidValue: Without `path`, `value` must be an object of attributes."],
    );
    check_refused(
        r#"{"op": "remove"}"#,
        expect!["400 noTarget: `remove` needs a `path`."],
    );
    check_refused(
        r#"{"op": "remove", "value": {"title": "Dr"}}"#,
        expect!["400 noTarget: `remove` needs a `path`."],
    );
}

#[test]
fn paths() {
    check_refused(
        r#"{"op": "remove", "path": 1}"#,
        expect!["400 invalidPath: `path` must be a string."],
    );
    check_refused(
        r#"{"op": "remove", "path": "shoeSize"}"#,
        expect!["400 invalidPath: `shoeSize` is not an attribute of User."],
    );
    check_refused(
        r#"{"op": "remove", "path": "name.nick"}"#,
        expect!["400 invalidPath: `name.nick` is not an attribute of User."],
    );
    check_refused(
        r#"{"op": "remove", "path": "name.givenName.first"}"#,
        expect!["400 invalidPath: `name.givenName.first` is not the name of an attribute."],
    );
    check_refused(
        r#"{"op": "remove", "path": "title.value"}"#,
        expect!["400 invalidPath: `title.value` is not an attribute of User."],
    );
    check_refused(
        r#"{"op": "remove", "path": "user name"}"#,
        expect!["400 invalidPath: `user name` is not the name of an attribute."],
    );
    check_refused(
        r#"{"op": "remove", "path": "[type eq \"work\"]"}"#,
        expect!["400 invalidPath: `` is not the name of an attribute."],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[0]"}"#,
        expect![
            "400 invalidFilter: The filter cannot be read at character 2: expected the name of an attribute."
        ],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[type eq \"work\"]value"}"#,
        expect!["400 invalidPath: `value` cannot follow `]`."],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[type eq \"work\"]."}"#,
        expect!["400 invalidPath: `` is not a sub-attribute of `emails`."],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[type eq \"work\"].shoe"}"#,
        expect!["400 invalidPath: `shoe` is not a sub-attribute of `emails`."],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[type eq \"work\"].value.x"}"#,
        expect!["400 invalidPath: `value.x` is not a sub-attribute of `emails`."],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails.value[type eq \"work\"]"}"#,
        expect!["400 invalidPath: `emails` has no elements to choose from with `[`."],
    );
    check_refused(
        r#"{"op": "remove", "path": "title[value eq \"Dr\"]"}"#,
        expect!["400 invalidPath: `title` has no elements to choose from with `[`."],
    );
    check_refused(
        r#"{"op": "remove", "path": "name[givenName eq \"Bob\"]"}"#,
        expect!["400 invalidPath: `name` has no elements to choose from with `[`."],
    );
    check_refused(
        r#"{"op": "remove", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:shoeSize"}"#,
        expect![
            "400 invalidPath: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:shoeSize` is not an attribute of User."
        ],
    );
    check_refused(
        r#"{"op": "remove", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User[department eq \"Ops\"]"}"#,
        expect![
            "400 invalidPath: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User` is an extension: name one of its attributes."
        ],
    );
    check_refused(
        r#"{"op": "add", "value": {"emails[type eq \"work\"].shoe": "9"}}"#,
        expect!["400 invalidPath: `shoe` is not a sub-attribute of `emails`."],
    );
}

#[test]
fn filters_in_paths() {
    check_refused(
        r#"{"op": "remove", "path": "emails[type eq \"work\""}"#,
        expect![
            "400 invalidFilter: The filter cannot be read at character 16: expected `]`, found the end."
        ],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[]"}"#,
        expect![
            "400 invalidFilter: The filter cannot be read at character 2: expected the name of an attribute."
        ],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[type is \"work\"]"}"#,
        expect![
            "400 invalidFilter: The filter cannot be read at character 7: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found `is`."
        ],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[shoe eq 9]"}"#,
        expect!["400 invalidFilter: The filter names `shoe`, which is not an attribute here."],
    );
    check_refused(
        r#"{"op": "remove", "path": "emails[primary gt true]"}"#,
        expect!["400 invalidFilter: The operator `gt` cannot be used with `primary`."],
    );
}

#[test]
fn targets() {
    check_refused(
        r#"{"op": "replace", "path": "emails[type sw \"x\"].value", "value": "b@x"}"#,
        expect!["400 noTarget: No element of `emails` matches the filter in `path`."],
    );
    check_refused(
        r#"{"op": "replace", "path": "emails[type sw \"x\"]", "value": {"value": "b@x"}}"#,
        expect!["400 noTarget: No element of `emails` matches the filter in `path`."],
    );
    check_refused(
        r#"{"op": "add", "path": "emails[type sw \"x\"].value", "value": "b@x"}"#,
        expect!["400 noTarget: No element of `emails` matches the filter in `path`."],
    );
}

#[test]
fn values() {
    check_refused(
        r#"{"op": "replace", "path": "title", "value": {"text": "Dr"}}"#,
        expect!["400 invalidValue: `title` must be a string."],
    );
    check_refused(
        r#"{"op": "replace", "path": "name.givenName", "value": {}}"#,
        expect!["400 invalidValue: `name.givenName` must be a string."],
    );
    check_refused(
        r#"{"op": "replace", "path": "active", "value": 1}"#,
        expect!["400 invalidValue: `active` must be true or false."],
    );
    check_refused(
        r#"{"op": "replace", "path": "name", "value": "Bob"}"#,
        expect!["400 invalidValue: `name` must be an object."],
    );
    check_refused(
        r#"{"op": "replace", "path": "addresses", "value": ["1 Way"]}"#,
        expect!["400 invalidValue: `addresses` must be an object."],
    );
    check_refused(
        r#"{"op": "add", "path": "emails", "value": [{"value": {"at": "x"}}]}"#,
        expect!["400 invalidValue: `emails.value` must be a string."],
    );
    check_refused(
        r#"{"op": "add", "path": "emails[type eq \"work\"].primary", "value": "yes"}"#,
        expect!["400 invalidValue: `emails.primary` must be true or false."],
    );
    check_refused(
        r#"{"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "value": "Ops"}"#,
        expect![
            "400 invalidValue: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User` must be an object."
        ],
    );
    check_refused(
        r#"{"op": "replace", "path": "userName", "value": ""}"#,
        expect!["400 invalidValue: `userName` is required."],
    );
    check_refused(
        r#"{"op": "replace", "value": {"userName": null}}"#,
        expect!["400 invalidValue: `userName` is required."],
    );
}

#[test]
fn read_only_and_required_attributes() {
    check_refused(
        r#"{"op": "replace", "path": "id", "value": "1"}"#,
        expect!["400 mutability: `id` is read-only."],
    );
    check_refused(
        r#"{"op": "remove", "path": "meta.lastModified"}"#,
        expect!["400 mutability: `meta.lastModified` is read-only."],
    );
    check_refused(
        r#"{"op": "add", "path": "groups", "value": [{"value": "g1"}]}"#,
        expect!["400 mutability: `groups` is read-only."],
    );
    check_refused(
        r#"{"op": "remove", "path": "groups[value eq \"g1\"]"}"#,
        expect![[r#"400 mutability: `groups[value eq "g1"]` is read-only."#]],
    );
    check_refused(
        r#"{"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName", "value": "Babs"}"#,
        expect![
            "400 mutability: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName` is read-only."
        ],
    );
    check_refused(
        r#"{"op": "remove", "path": "userName"}"#,
        expect!["400 mutability: `userName` is required and cannot be removed."],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "remove", "path": "displayName"}]"#,
        expect!["400 mutability: `displayName` is required and cannot be removed."],
    );
    // Without a path the tolerant dialect takes what is read-only for an echo.
    let echo = r#"[{"op": "replace", "value": {"groups": [{"value": "g1"}], "meta": {"version": "x"}, "title": "Dr"}}]"#;
    check_patch(
        BOB,
        Tolerant,
        echo,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    check_patch(
        BOB,
        Strict,
        echo,
        expect!["400 mutability: `groups` is read-only."],
    );
}

#[test]
fn members_cannot_become_others() {
    check_in_both(
        TEAM,
        r#"[{"op": "replace", "path": "members[value eq \"u1\"].value", "value": "u3"}]"#,
        expect!["400 mutability: `members.value` is immutable and already has a value."],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "replace", "path": "members[value eq \"u1\"].value", "value": "u1"}]"#,
        expect!["no change"],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "remove", "path": "members[value eq \"u1\"].value"}]"#,
        expect!["400 mutability: `members.value` is immutable and already has a value."],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "add", "path": "members[value eq \"u2\"].type", "value": "User"}]"#,
        expect![[
            r#"{"displayName":"team","members":[{"value":"u1","type":"User"},{"value":"u2","type":"User"}]}"#
        ]],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "add", "path": "members[value eq \"u1\"]", "value": {"value": "u3"}}]"#,
        expect!["400 mutability: `members.value` is immutable and already has a value."],
    );
}

#[test]
fn schemas_are_what_the_attributes_say() {
    check_in_both(
        BOB,
        r#"[{"op": "add", "path": "schemas", "value": ["urn:example"]}]"#,
        expect!["no change"],
    );
    check_in_both(
        BOB,
        r#"[{"op": "replace", "value": {"schemas": ["urn:example"], "title": "Dr"}}]"#,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    // It is required, so it cannot be removed.
    check_in_both(
        BOB,
        r#"[{"op": "remove", "path": "schemas"}]"#,
        expect!["400 mutability: `schemas` is read-only."],
    );
}

//! Entra ID with and without its flag `aadOptscim062020`, and its validator.

use expect_test::expect;

use super::*;

const MANAGED: &str = r#"{"userName": "bob", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Ops", "manager": {"value": "m1", "$ref": "../Users/m1"}}}"#;

#[test]
fn operations_are_capitalised() {
    let replace = r#"[{"op": "Replace", "path": "displayName", "value": "Bob"}]"#;
    check_patch(
        BOB,
        Tolerant,
        replace,
        expect![[r#"{"userName":"bob","displayName":"Bob"}"#]],
    );
    check_patch(
        BOB,
        Strict,
        replace,
        expect!["400 invalidSyntax: `op` must be add, remove or replace, not `Replace`."],
    );
    check_patch(
        r#"{"userName": "bob", "title": "Dr"}"#,
        Tolerant,
        r#"[{"op": "Add", "path": "name.givenName", "value": "Bob"}, {"op": "Remove", "path": "title"}]"#,
        expect![[r#"{"userName":"bob","name":{"givenName":"Bob"}}"#]],
    );
}

#[test]
fn booleans_come_as_strings() {
    let active = r#"{"userName": "bob", "active": true}"#;
    let off = r#"[{"op": "replace", "path": "active", "value": "False"}]"#;
    check_patch(
        active,
        Tolerant,
        off,
        expect![[r#"{"userName":"bob","active":false}"#]],
    );
    check_patch(
        active,
        Strict,
        off,
        expect!["400 invalidValue: `active` must be true or false."],
    );
    check_patch(
        active,
        Tolerant,
        r#"[{"op": "Replace", "path": "active", "value": false}]"#,
        expect![[r#"{"userName":"bob","active":false}"#]],
    );
    check_patch(
        active,
        Tolerant,
        r#"[{"op": "Add", "path": "active", "value": "True"}]"#,
        expect!["no change"],
    );
    check_patch(
        active,
        Tolerant,
        r#"[{"op": "Replace", "path": "active", "value": "yes"}]"#,
        expect!["400 invalidValue: `active` must be true or false."],
    );
}

#[test]
fn value_paths_change_the_element_that_is_there() {
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@new"}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@new","type":"work","primary":true},{"value":"b@home","type":"home"}]}"#
        ]],
    );
    check_patch(
        BOB_AT_WORK,
        Tolerant,
        r#"[{"op": "Add", "path": "emails[type eq \"home\"].value", "value": "b@new"}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@new","type":"home"}]}"#
        ]],
    );
}

#[test]
fn value_paths_make_the_element_that_is_not_there() {
    let other =
        r#"[{"op": "replace", "path": "emails[type eq \"other\"].value", "value": "b@other"}]"#;
    check_patch(
        BOB_AT_WORK,
        Tolerant,
        other,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home"},{"value":"b@other","type":"other"}]}"#
        ]],
    );
    check_patch(
        BOB_AT_WORK,
        Strict,
        other,
        expect!["400 noTarget: No element of `emails` matches the filter in `path`."],
    );
    check_patch(
        BOB,
        Tolerant,
        r#"[
            {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 206 5550100"},
            {"op": "Add", "path": "addresses[type eq \"work\"].streetAddress", "value": "1 Way"},
            {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Redmond"},
            {"op": "Replace", "path": "addresses[type eq \"home\" and primary eq true].locality", "value": "Duvall"}
        ]"#,
        expect![[
            r#"{"userName":"bob","phoneNumbers":[{"value":"+1 206 5550100","type":"mobile"}],"addresses":[{"streetAddress":"1 Way","locality":"Redmond","type":"work"},{"locality":"Duvall","type":"home","primary":true}]}"#
        ]],
    );
}

#[test]
fn only_a_conjunction_of_eq_says_what_to_make() {
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "replace", "path": "emails[type eq \"work\" or type eq \"home\"].value", "value": "b@x"}]"#,
        expect!["400 noTarget: No element of `emails` matches the filter in `path`."],
    );
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "replace", "path": "emails[type sw \"w\"].value", "value": "b@x"}]"#,
        expect!["400 noTarget: No element of `emails` matches the filter in `path`."],
    );
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "replace", "path": "emails[type eq \"work\" and display eq null].value", "value": "b@x"}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@x","type":"work"}]}"#]],
    );
}

#[test]
fn roles_by_a_string_that_means_a_boolean() {
    let add = r#"[{"op": "add", "path": "roles[primary eq \"True\"].value", "value": "admin"}]"#;
    check_patch(
        BOB,
        Tolerant,
        add,
        expect![[r#"{"userName":"bob","roles":[{"value":"admin","primary":true}]}"#]],
    );
    check_patch(
        r#"{"userName": "bob", "roles": [{"value": "user", "primary": true}, {"value": "guest"}]}"#,
        Tolerant,
        add,
        expect![[
            r#"{"userName":"bob","roles":[{"value":"admin","primary":true},{"value":"guest"}]}"#
        ]],
    );
    check_patch(
        BOB,
        Strict,
        add,
        expect![[
            r#"400 invalidFilter: The filter compares `primary` with "True": use true or false."#
        ]],
    );
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "Add", "path": "roles", "value": [{"primary": "True", "value": "admin"}, {"primary": "False", "value": "user"}]}]"#,
        expect![[
            r#"{"userName":"bob","roles":[{"value":"admin","primary":true},{"value":"user","primary":false}]}"#
        ]],
    );
}

#[test]
fn clearing_through_a_value_path() {
    let clear = r#"[{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": VALUE}]"#;
    check_values(
        BOB_AT_WORK,
        &["\"\"", "null"],
        clear,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@home","type":"home"}]}"#]],
    );
    check_values(BOB, &["\"\"", "null"], clear, expect!["no change"]);
    let remove = r#"[{"op": "remove", "path": "emails[type eq \"work\"].value"}]"#;
    check_patch(
        BOB_AT_WORK,
        Tolerant,
        remove,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@home","type":"home"}]}"#]],
    );
    check_patch(
        BOB_AT_WORK,
        Strict,
        remove,
        expect![[
            r#"{"userName":"bob","emails":[{"type":"work","primary":true},{"value":"b@home","type":"home"}]}"#
        ]],
    );
    check_in_both(BOB, remove, expect!["no change"]);
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "remove", "path": "emails[type eq \"work\"]"}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@home","type":"home"}]}"#]],
    );
}

#[test]
fn clearing_the_last_part_of_an_address_removes_it() {
    let bob = r#"{"userName": "bob", "addresses": [{"streetAddress": "1 Way", "locality": "Rome", "type": "work"}, {"locality": "Oslo", "type": "home"}]}"#;
    check_patch(
        bob,
        Tolerant,
        r#"[{"op": "Remove", "path": "addresses[type eq \"work\"].streetAddress"}]"#,
        expect![[
            r#"{"userName":"bob","addresses":[{"locality":"Rome","type":"work"},{"locality":"Oslo","type":"home"}]}"#
        ]],
    );
    let both = r#"[
        {"op": "remove", "path": "addresses[type eq \"work\"].streetAddress"},
        {"op": "replace", "path": "addresses[type eq \"work\"].locality", "value": ""}
    ]"#;
    check_patch(
        bob,
        Tolerant,
        both,
        expect![[r#"{"userName":"bob","addresses":[{"locality":"Oslo","type":"home"}]}"#]],
    );
    check_patch(
        bob,
        Strict,
        both,
        expect![[
            r#"{"userName":"bob","addresses":[{"type":"work"},{"locality":"Oslo","type":"home"}]}"#
        ]],
    );
}

#[test]
fn a_removed_value_path_may_carry_the_old_value() {
    check_patch(
        BOB_AT_WORK,
        Tolerant,
        r#"[{"op": "Remove", "path": "emails[type eq \"work\"].value", "value": "b@work"}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@home","type":"home"}]}"#]],
    );
    check_patch(
        TEAM,
        Tolerant,
        r#"[{"op": "Remove", "path": "members[value eq \"u1\"]", "value": [{"value": "u1"}, {"value": "u2"}]}]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u2"}]}"#]],
    );
    check_patch(
        r#"{"userName": "bob", "active": true, "title": "Dr"}"#,
        Tolerant,
        r#"[{"op": "Remove", "path": "title", "value": ["Dr", "Prof"]}, {"op": "Remove", "path": "active", "value": "yes"}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
}

#[test]
fn manager_in_every_shape() {
    let manager = |operation: &str, value: &str| {
        format!(
            r#"[{{"op": "{operation}", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": {value}}}]"#
        )
    };
    check_patch(
        BOB,
        Tolerant,
        &manager("Add", r#""m2""#),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m2"}}}"#
        ]],
    );
    check_patch(
        MANAGED,
        Tolerant,
        &manager("Replace", r#""m2""#),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops","manager":{"value":"m2"}}}"#
        ]],
    );
    check_patch(
        MANAGED,
        Tolerant,
        &manager("Replace", "7"),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops","manager":{"value":"7"}}}"#
        ]],
    );
    check_patch(
        BOB,
        Tolerant,
        &manager("Add", r#"[{"$ref": "../Users/m2", "value": "m2"}]"#),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m2","$ref":"../Users/m2"}}}"#
        ]],
    );
    check_patch(
        MANAGED,
        Tolerant,
        &manager("Replace", r#"["m2"]"#),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops","manager":{"value":"m2"}}}"#
        ]],
    );
    check_in_both(
        BOB,
        &manager("add", r#"{"value": "m2", "displayName": "Babs"}"#),
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m2"}}}"#
        ]],
    );
    check_patch(
        MANAGED,
        Tolerant,
        &manager("Replace", r#"[{"value": "m2"}, {"value": "m3"}]"#),
        expect!["400 invalidValue: `manager` must be an object."],
    );
    check_patch(
        MANAGED,
        Tolerant,
        &manager("Replace", "true"),
        expect!["400 invalidValue: `manager` must be an object."],
    );
    check_patch(
        MANAGED,
        Strict,
        &manager("replace", r#""m2""#),
        expect!["400 invalidValue: `manager` must be an object."],
    );
    check_patch(
        BOB,
        Tolerant,
        r#"[{"op": "Add", "path": "manager", "value": [{"$ref": "../Users/m2", "value": "m2"}]}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"m2","$ref":"../Users/m2"}}}"#
        ]],
    );
    check_patch(
        MANAGED,
        Tolerant,
        r#"[{"op": "Replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "value": "m2"}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops","manager":{"value":"m2","$ref":"../Users/m1"}}}"#
        ]],
    );
}

#[test]
fn manager_is_unassigned() {
    check_values(
        MANAGED,
        &["\"\"", "null", "[]", "[null]"],
        r#"[{"op": "Replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": VALUE}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops"}}"#
        ]],
    );
    check_in_both(
        MANAGED,
        r#"[{"op": "remove", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops"}}"#
        ]],
    );
    check_patch(
        MANAGED,
        Tolerant,
        r#"[{"op": "Remove", "path": "manager", "value": "m1"}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops"}}"#
        ]],
    );
}

#[test]
fn several_attributes_without_path_by_dotted_and_urn_keys() {
    check_patch(
        MANAGED,
        Tolerant,
        r#"[{"op": "replace", "value": {
            "displayName": "B", "name.givenName": "K", "name.familyName": "U",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": "A",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": "m2",
            "urn:ietf:params:scim:schemas:core:2.0:User:title": "Dr",
            "emails[type eq \"work\"].value": "b@x",
            "urn:ietf:params:scim:schemas:extension:example:2.0:User:tag": "t", "shoeSize": 9
        }}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"U","givenName":"K"},"displayName":"B","title":"Dr","emails":[{"value":"b@x","type":"work"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"A","department":"Ops","manager":{"value":"m2"}}}"#
        ]],
    );
}

#[test]
fn paths_with_the_urn_of_the_core_schema() {
    check_in_both(
        BOB,
        r#"[{"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", "value": "Bob"}]"#,
        expect![[r#"{"userName":"bob","name":{"givenName":"Bob"}}"#]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq \"home\"].value", "value": "b@new"}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@new","type":"home"}]}"#
        ]],
    );
}

#[test]
fn members_are_removed_by_value() {
    let one = r#"[{"op": "remove", "path": "members", "value": [{"$ref": null, "value": "u1"}]}]"#;
    check_patch(
        TEAM,
        Tolerant,
        one,
        expect![[r#"{"displayName":"team","members":[{"value":"u2"}]}"#]],
    );
    // To the letter the value means nothing, and all members go (RFC 7644 §3.5.2.2).
    check_patch(TEAM, Strict, one, expect![[r#"{"displayName":"team"}"#]]);
    check_patch(
        TEAM,
        Tolerant,
        r#"[{"op": "Remove", "path": "members", "value": [{"value": "u2"}, {"value": "u9"}, {"value": "u1"}]}]"#,
        expect![[r#"{"displayName":"team"}"#]],
    );
}

#[test]
fn a_remove_that_names_nobody_removes_nobody() {
    let remove = r#"[{"op": "Remove", "path": "members", "value": VALUE}]"#;
    let nobody = [
        "[]",
        "[null]",
        r#"[{"value": null}]"#,
        r#"[""]"#,
        "{}",
        "\"\"",
    ];
    check_values(TEAM, &nobody, remove, expect!["no change"]);
    check_patch(
        TEAM,
        Tolerant,
        r#"[{"op": "Remove", "path": "members", "value": null}]"#,
        expect![[r#"{"displayName":"team"}"#]],
    );
}

#[test]
fn members_are_added_with_an_empty_reference() {
    check_patch(
        TEAM,
        Tolerant,
        r#"[{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u2"}, {"$ref": null, "value": "u3"}]}]"#,
        expect![[
            r#"{"displayName":"team","members":[{"value":"u1","type":"User"},{"value":"u2"},{"value":"u3"}]}"#
        ]],
    );
}

//! `add`, `remove`, `replace` as RFC 7644 §3.5.2.1 to §3.5.2.3 define them.

use expect_test::expect;

use super::*;

const NAMED: &str =
    r#"{"userName": "bob", "name": {"familyName": "Jensen", "givenName": "Bob"}, "title": "Dr"}"#;

#[test]
fn add_to_a_single_value_replaces_it() {
    check_in_both(
        NAMED,
        r#"[{"op": "add", "path": "title", "value": "Prof"}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Bob"},"title":"Prof"}"#
        ]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "add", "path": "nickName", "value": "Bobby"}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Bob"},"nickName":"Bobby","title":"Dr"}"#
        ]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "add", "path": "name", "value": {"givenName": "Rob", "middleName": "J"}}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Rob","middleName":"J"},"title":"Dr"}"#
        ]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "add", "path": "name.givenName", "value": "Rob"}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Rob"},"title":"Dr"}"#
        ]],
    );
    check_in_both(
        BOB,
        r#"[{"op": "add", "path": "name.givenName", "value": "Rob"}]"#,
        expect![[r#"{"userName":"bob","name":{"givenName":"Rob"}}"#]],
    );
    check_in_both(
        BOB,
        r#"[{"op": "add", "path": "externalId", "value": "00u1"}]"#,
        expect![[r#"{"externalId":"00u1","userName":"bob"}"#]],
    );
}

#[test]
fn add_to_many_values_appends() {
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "add", "path": "emails", "value": [{"value": "b@other", "type": "other"}]}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home"},{"value":"b@other","type":"other"}]}"#
        ]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "add", "value": {"emails": [{"value": "b@other"}], "nickname": "Bobby"}}]"#,
        expect![[
            r#"{"userName":"bob","nickName":"Bobby","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home"},{"value":"b@other"}]}"#
        ]],
    );
    // "or it may be a JSON object containing the sub-attributes" (RFC 7644 §3.5.2.1).
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "add", "path": "emails", "value": {"value": "b@other"}}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home"},{"value":"b@other"}]}"#
        ]],
    );
}

#[test]
fn add_what_is_there_changes_nothing() {
    check_in_both(
        NAMED,
        r#"[{"op": "add", "path": "title", "value": "Dr"}]"#,
        expect!["no change"],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "add", "value": {"name": {"givenName": "Bob"}}}]"#,
        expect!["no change"],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "add", "path": "members", "value": [{"value": "u2"}]}]"#,
        expect!["no change"],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "add", "path": "emails", "value": [{"value": "b@home", "type": "home"}]}]"#,
        expect!["no change"],
    );
}

#[test]
fn add_says_more_of_what_is_there() {
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "add", "path": "emails", "value": [{"value": "b@home", "type": "home", "display": "Home"}]}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","display":"Home","type":"home"}]}"#
        ]],
    );
}

#[test]
fn add_of_nothing_changes_nothing() {
    let nothing = ["null", "\"\"", "[]"];
    check_values(
        NAMED,
        &nothing,
        r#"[{"op": "add", "path": "title", "value": VALUE}]"#,
        expect!["no change"],
    );
    check_values(
        BOB_AT_WORK,
        &nothing,
        r#"[{"op": "add", "path": "emails", "value": VALUE}]"#,
        expect!["no change"],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "add", "value": {"name": {"givenName": null}, "title": null}}]"#,
        expect!["no change"],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "add", "value": {}}]"#,
        expect!["no change"],
    );
}

#[test]
fn remove_single_values() {
    check_in_both(
        NAMED,
        r#"[{"op": "remove", "path": "title"}]"#,
        expect![[r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Bob"}}"#]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "remove", "path": "name.givenName"}]"#,
        expect![[r#"{"userName":"bob","name":{"familyName":"Jensen"},"title":"Dr"}"#]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "remove", "path": "name"}]"#,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "remove", "path": "name.givenName"}, {"op": "remove", "path": "name.familyName"}]"#,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "remove", "path": "nickName"}]"#,
        expect!["no change"],
    );
}

#[test]
fn remove_many_values() {
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "remove", "path": "emails"}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "remove", "path": "emails[type eq \"work\" and value ew \"work\"]"}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@home","type":"home"}]}"#]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "remove", "path": "emails[value pr]"}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "remove", "path": "emails.primary"}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work"},{"value":"b@home","type":"home"}]}"#
        ]],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "remove", "path": "members[value eq\"u1\"]"}]"#,
        expect![[r#"{"displayName":"team","members":[{"value":"u2"}]}"#]],
    );
    check_in_both(
        TEAM,
        r#"[{"op": "remove", "path": "members"}]"#,
        expect![[r#"{"displayName":"team"}"#]],
    );
}

#[test]
fn replace_single_values() {
    check_in_both(
        NAMED,
        r#"[{"op": "replace", "path": "title", "value": "Prof"}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Bob"},"title":"Prof"}"#
        ]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "replace", "path": "nickName", "value": "Bobby"}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Bob"},"nickName":"Bobby","title":"Dr"}"#
        ]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "replace", "path": "userName", "value": "BOB"}]"#,
        expect![[
            r#"{"userName":"BOB","name":{"familyName":"Jensen","givenName":"Bob"},"title":"Dr"}"#
        ]],
    );
}

#[test]
fn replace_merges_a_complex_value() {
    check_in_both(
        NAMED,
        r#"[{"op": "replace", "path": "name", "value": {"familyName": "Smith"}}]"#,
        expect![[
            r#"{"userName":"bob","name":{"familyName":"Smith","givenName":"Bob"},"title":"Dr"}"#
        ]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "replace", "value": {"NAME": {"FAMILYNAME": "Smith", "givenName": null}}}]"#,
        expect![[r#"{"userName":"bob","name":{"familyName":"Smith"},"title":"Dr"}"#]],
    );
}

#[test]
fn replace_without_filter_replaces_the_whole_set() {
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "replace", "path": "emails", "value": [{"value": "b@x"}]}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@x"}]}"#]],
    );
    check_in_both(
        BOB,
        r#"[{"op": "replace", "path": "emails", "value": [{"value": "b@x"}]}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@x"}]}"#]],
    );
    let single = r#"[{"op": "replace", "path": "emails", "value": {"value": "b@x"}}]"#;
    check_patch(
        BOB_AT_WORK,
        Tolerant,
        single,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@x"}]}"#]],
    );
    check_patch(
        BOB_AT_WORK,
        Strict,
        single,
        expect!["400 invalidValue: `emails` must be an array."],
    );
}

#[test]
fn replace_with_nothing_unassigns() {
    let nothing = ["null", "\"\"", "[]"];
    check_values(
        NAMED,
        &nothing,
        r#"[{"op": "replace", "path": "title", "value": VALUE}]"#,
        expect![[r#"{"userName":"bob","name":{"familyName":"Jensen","givenName":"Bob"}}"#]],
    );
    check_values(
        BOB_AT_WORK,
        &nothing,
        r#"[{"op": "replace", "path": "emails", "value": VALUE}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "replace", "value": {"name": null}}]"#,
        expect![[r#"{"userName":"bob","title":"Dr"}"#]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "replace", "value": {"emails": [], "title": null}}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
}

#[test]
fn operations_see_what_those_before_them_did() {
    check_in_both(
        BOB,
        r#"[
            {"op": "add", "path": "emails", "value": [{"value": "b@work", "type": "work"}]},
            {"op": "replace", "path": "emails[type eq \"work\"].display", "value": "Bob"},
            {"op": "add", "path": "title", "value": "Dr"},
            {"op": "replace", "path": "title", "value": "Prof"}
        ]"#,
        expect![[
            r#"{"userName":"bob","title":"Prof","emails":[{"value":"b@work","display":"Bob","type":"work"}]}"#
        ]],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "remove", "path": "title"}, {"op": "add", "path": "title", "value": "Dr"}]"#,
        expect!["no change"],
    );
}

#[test]
fn all_operations_happen_or_none() {
    check_patch(
        NAMED,
        Strict,
        r#"[{"op": "replace", "path": "title", "value": "Prof"}, {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x"}]"#,
        expect!["400 noTarget: No element of `emails` matches the filter in `path`."],
    );
    check_in_both(
        NAMED,
        r#"[{"op": "replace", "path": "title", "value": "Prof"}, {"op": "remove", "path": "userName"}]"#,
        expect!["400 mutability: `userName` is required and cannot be removed."],
    );
}

#[test]
fn a_new_primary_ends_the_old_one() {
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "add", "path": "emails", "value": [{"value": "b@other", "primary": true}]}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":false},{"value":"b@home","type":"home"},{"value":"b@other","primary":true}]}"#
        ]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":false},{"value":"b@home","type":"home","primary":true}]}"#
        ]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "replace", "path": "emails[type eq \"home\"]", "value": {"type": "home", "value": "b@home", "primary": true}}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":false},{"value":"b@home","type":"home","primary":true}]}"#
        ]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "replace", "path": "emails[type eq \"work\"].primary", "value": true}]"#,
        expect!["no change"],
    );
    let two = r#"[{"op": "replace", "path": "emails", "value": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}]"#;
    check_patch(
        BOB,
        Tolerant,
        two,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"a","primary":true},{"value":"b","primary":false}]}"#
        ]],
    );
    check_patch(
        BOB,
        Strict,
        two,
        expect![
            "400 invalidValue: `emails` must be an array with at most one element whose `primary` is true."
        ],
    );
}

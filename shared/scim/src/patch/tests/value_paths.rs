//! Value paths, and sub-attributes of all elements.

use expect_test::expect;

use super::*;

#[test]
fn replace_the_whole_element() {
    let address = r#"{"userName": "bob", "addresses": [{"type": "work", "region": "CA"}, {"type": "home", "region": "WA", "primary": true}]}"#;
    check_in_both(
        address,
        r#"[{"op": "replace", "path": "addresses[type eq \"work\"]", "value": {"type": "work", "locality": "Hollywood", "primary": true}}]"#,
        expect![[
            r#"{"userName":"bob","addresses":[{"locality":"Hollywood","type":"work","primary":true},{"region":"WA","type":"home","primary":false}]}"#
        ]],
    );
    // What the filter says of the element is left out of the value.
    let untyped = r#"[{"op": "replace", "path": "addresses[type eq \"work\"]", "value": {"locality": "Hollywood"}}]"#;
    check_patch(
        address,
        Tolerant,
        untyped,
        expect![[
            r#"{"userName":"bob","addresses":[{"locality":"Hollywood","type":"work"},{"region":"WA","type":"home","primary":true}]}"#
        ]],
    );
    check_patch(
        address,
        Strict,
        untyped,
        expect![[
            r#"{"userName":"bob","addresses":[{"locality":"Hollywood"},{"region":"WA","type":"home","primary":true}]}"#
        ]],
    );
    check_patch(
        BOB,
        Tolerant,
        untyped,
        expect![[r#"{"userName":"bob","addresses":[{"locality":"Hollywood","type":"work"}]}"#]],
    );
    check_patch(
        BOB,
        Strict,
        untyped,
        expect!["400 noTarget: No element of `addresses` matches the filter in `path`."],
    );
}

#[test]
fn replace_an_element_with_nothing_removes_it() {
    let replace = r#"[{"op": "replace", "path": "emails[type eq \"work\"]", "value": VALUE}]"#;
    let nothing = ["null", "\"\"", "{}"];
    check_values(
        BOB_AT_WORK,
        &nothing,
        replace,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@home","type":"home"}]}"#]],
    );
    check_values(BOB, &nothing, replace, expect!["no change"]);
}

#[test]
fn add_to_an_element_merges() {
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "add", "path": "emails[type eq \"work\"]", "value": {"display": "Work"}}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","display":"Work","type":"work","primary":true},{"value":"b@home","type":"home"}]}"#
        ]],
    );
    let missing =
        r#"[{"op": "add", "path": "emails[type eq \"other\"]", "value": {"value": "b@other"}}]"#;
    check_patch(
        BOB_AT_WORK,
        Tolerant,
        missing,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","type":"work","primary":true},{"value":"b@home","type":"home"},{"value":"b@other","type":"other"}]}"#
        ]],
    );
    check_patch(
        BOB_AT_WORK,
        Strict,
        missing,
        expect!["400 noTarget: No element of `emails` matches the filter in `path`."],
    );
    let string = r#"[{"op": "replace", "path": "emails[type eq \"work\"]", "value": "b@new"}]"#;
    check_patch(
        BOB_AT_WORK,
        Tolerant,
        string,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@new","type":"work"},{"value":"b@home","type":"home"}]}"#
        ]],
    );
    check_patch(
        BOB_AT_WORK,
        Strict,
        string,
        expect!["400 invalidValue: `emails` must be an object."],
    );
}

#[test]
fn all_elements_that_match_are_changed_and_no_others() {
    let three = r#"{"userName": "bob", "phoneNumbers": [{"value": "1", "type": "work"}, {"value": "2", "type": "Work"}, {"value": "3", "type": "home"}]}"#;
    check_in_both(
        three,
        r#"[{"op": "replace", "path": "phoneNumbers[type eq \"work\"].display", "value": "Desk"}]"#,
        expect![[
            r#"{"userName":"bob","phoneNumbers":[{"value":"1","display":"Desk","type":"work"},{"value":"2","display":"Desk","type":"Work"},{"value":"3","type":"home"}]}"#
        ]],
    );
    check_in_both(
        three,
        r#"[{"op": "remove", "path": "phoneNumbers[not (type eq \"home\")]"}]"#,
        expect![[r#"{"userName":"bob","phoneNumbers":[{"value":"3","type":"home"}]}"#]],
    );
    check_in_both(
        three,
        r#"[{"op": "remove", "path": "PhoneNumbers[TYPE eq \"WORK\"].TYPE"}]"#,
        expect![[
            r#"{"userName":"bob","phoneNumbers":[{"value":"1"},{"value":"2"},{"value":"3","type":"home"}]}"#
        ]],
    );
}

#[test]
fn a_sub_attribute_without_filter_is_that_of_all_elements() {
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "replace", "path": "emails.display", "value": "Bob"}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","display":"Bob","type":"work","primary":true},{"value":"b@home","display":"Bob","type":"home"}]}"#
        ]],
    );
    check_in_both(
        BOB_AT_WORK,
        r#"[{"op": "remove", "path": "emails.type"}]"#,
        expect![[
            r#"{"userName":"bob","emails":[{"value":"b@work","primary":true},{"value":"b@home"}]}"#
        ]],
    );
    // An attribute that is not there is added (RFC 7644 §3.5.2.3).
    check_in_both(
        BOB,
        r#"[{"op": "replace", "path": "emails.value", "value": "b@x"}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@x"}]}"#]],
    );
    check_in_both(
        BOB,
        r#"[{"op": "add", "path": "emails.value", "value": "b@x"}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b@x"}]}"#]],
    );
    check_in_both(
        BOB,
        r#"[{"op": "replace", "path": "emails.value", "value": null}]"#,
        expect!["no change"],
    );
}

#[test]
fn an_element_without_anything_left_is_gone() {
    check_in_both(
        r#"{"userName": "bob", "emails": [{"value": "a"}, {"value": "b", "type": "work"}]}"#,
        r#"[{"op": "remove", "path": "emails[value eq \"a\"].value"}]"#,
        expect![[r#"{"userName":"bob","emails":[{"value":"b","type":"work"}]}"#]],
    );
    check_in_both(
        r#"{"userName": "bob", "emails": [{"value": "a"}]}"#,
        r#"[{"op": "remove", "path": "emails.value"}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
}

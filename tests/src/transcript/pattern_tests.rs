use serde_json::json;

use super::*;

const BOB: &str = "019aa583-8f00-7000-8000-000000000001";
const EVE: &str = "019aa583-8f00-7001-8000-000000000002";

fn known() -> Known {
    Known {
        base_url: "http://127.0.0.1:4000/scim/v2".to_owned(),
        sent: "2026-11-21T09:00:05Z".parse().unwrap(),
        answered: "2026-11-21T09:00:05.020Z".parse().unwrap(),
        names: BTreeMap::from([("bob".to_owned(), BOB.to_owned())]),
    }
}

#[track_caller]
fn check(pattern: &str, actual: &str, fits: bool) {
    let (shown, matches) = known().compare_text(Some(pattern), actual);
    assert_eq!(matches, fits, "{pattern} and {actual}");
    if matches {
        assert_eq!(shown, pattern);
    }
}

#[test]
fn a_shape_fits_only_what_has_it() {
    check("<uuid>", EVE, true);
    for other in [
        "",
        "bob",
        "<uuid>",
        &EVE.to_uppercase(),
        &EVE.replace('-', ""),
        &format!("{EVE}0"),
        &EVE.replace("-7", "-4"),
    ] {
        check("<uuid>", other, false);
    }
    check("<time>", "2026-11-21T09:00:07.000Z", true);
    for other in [
        "2026-11-21T09:00:07Z",
        "2026-11-21",
        "2026-13-21T09:00:07.000Z",
        "2026-11-21T09:00:07.000+01:00",
        "<time>",
    ] {
        check("<time>", other, false);
    }
    check("<version>", "W/\"1.12\"", true);
    for other in ["1.12", "\"1\"", "W/\"\"", "W/\"1", "W/\"a b\"", "<version>"] {
        check("<version>", other, false);
    }
}

#[test]
fn a_time_is_the_request_s_or_before_it() {
    check("<now>", "2026-11-21T09:00:05.000Z", true);
    check("<now>", "2026-11-21T09:00:05.020Z", true);
    check("<now>", "2026-11-21T09:00:05.021Z", false);
    check("<now>", "2026-11-21T09:00:04.000Z", false);
    check("<earlier>", "2026-11-21T09:00:04.000Z", true);
    check("<earlier>", "2026-11-21T09:00:05.000Z", false);
}

#[test]
fn a_placeholder_may_be_a_part() {
    let location = format!("http://127.0.0.1:4000/scim/v2/Users/{BOB}");
    check("<base>/Users/{bob}", &location, true);
    check("<base>/Users/<uuid>", &location, true);
    check("<base>/Users/{eve}", &location, false);
    check("<base>/Groups/{bob}", &location, false);
    check("<base>/Users/{bob}/x", &location, false);
    check("{bob}", EVE, false);
    check(
        "no <placeholder> and no {Name}",
        "no <placeholder> and no {Name}",
        true,
    );
}

#[test]
fn a_name_is_given_once() {
    let mut known = known();
    assert_eq!(
        known.compare_text(Some("<uuid as eve>"), EVE),
        ("<uuid as eve>".to_owned(), true)
    );
    assert_eq!(
        known.fill("/Users/{eve}?x={other}"),
        format!("/Users/{EVE}?x={{other}}")
    );
    assert!(!known.compare_text(Some("<uuid as eve>"), EVE).1);
    assert_eq!(known.compare_text(None, EVE), ("{eve}".to_owned(), false));
}

#[test]
fn nothing_may_be_missing_and_nothing_more() {
    let actual = json!({"id": EVE, "active": true, "emails": [{"value": "b@x"}]});
    let check = |expected: Value, fits: bool| {
        assert_eq!(
            known().compare(Some(&expected), &actual).1,
            fits,
            "{expected}"
        );
    };
    check(
        json!({"emails": [{"value": "b@x"}], "id": "<uuid>", "active": true}),
        true,
    );
    check(json!({"id": "<uuid>", "active": true}), false);
    check(json!({"id": "<uuid>", "active": true, "emails": []}), false);
    check(
        json!({"id": "<uuid>", "active": true, "emails": [{"value": "b@x"}, {}]}),
        false,
    );
    check(
        json!({"id": "<uuid>", "active": "true", "emails": [{"value": "b@x"}]}),
        false,
    );
    check(
        json!({"id": "<uuid>", "active": true, "emails": [{"value": "b@x"}], "title": null}),
        false,
    );
    check(Value::Null, false);
}

#[test]
fn an_update_keeps_what_fits_and_redacts_the_rest() {
    let actual = json!({
        "id": EVE, "manager": BOB, "$ref": format!("http://127.0.0.1:4000/scim/v2/Users/{EVE}"),
        "created": "2026-11-21T09:00:04.000Z", "modified": "2026-11-21T09:00:05.000Z", "version": "W/\"2.0\""
    });
    let expected = json!({"id": "<uuid as eve>", "created": "<time>", "title": "old"});
    let (shown, matches) = known().compare(Some(&expected), &actual);
    assert!(!matches);
    assert_eq!(
        shown,
        json!({
            "id": "<uuid as eve>", "manager": "{bob}", "$ref": "<base>/Users/{eve}",
            "created": "<time>", "modified": "<now>", "version": "W/\"2.0\""
        })
    );
}

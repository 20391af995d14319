use serde_json::json;

use super::*;

/// Every setting, with a value that is not its default.
fn changed() -> Settings {
    let mut settings = Settings::default();
    for (name, value) in [
        ("dialect", json!("strict")),
        ("unique_identifier", json!("email")),
        ("group_push", json!("link_only")),
        ("group_rename", json!("ignore")),
        ("protected_users", json!("ignore")),
        ("delete_users", json!("deactivate")),
        ("default_role", json!("Empty role")),
        ("allowed_networks", json!("203.0.113.0/24,2001:db8::/32")),
        ("token_lifetime", json!("90d")),
    ] {
        settings.set(name, &value).unwrap();
    }
    settings
}

#[test]
fn what_is_stored_is_read_again() {
    for settings in [changed(), Settings::default()] {
        let read = Settings::from_attribute(Some(&stored(&settings))).unwrap();
        assert_eq!(read, settings);
    }
    assert_eq!(Settings::from_attribute(None).unwrap(), Settings::default());
    assert_eq!(Settings::default().to_attributes().len(), 0);
}

#[test]
fn every_setting_is_set_shown_and_taken_back() {
    let (changed, default) = (changed().to_json(), Settings::default().to_json());
    for (name, value) in &default {
        assert_ne!(changed[name], *value, "{name}");
        for nothing in [Value::Null, json!(""), json!([])] {
            let mut settings = super::tests::changed();
            settings.set(name, &nothing).unwrap();
            assert_eq!(settings.get(name).as_ref(), Some(value), "{name}");
        }
    }
    assert_eq!(
        changed["allowed_networks"],
        json!(["203.0.113.0/24", "2001:db8::/32"])
    );
    assert_eq!(changed["token_lifetime"], "90d");
}

#[test]
fn what_cannot_be_is_told() {
    let check = |name: &str, value: Value, expected: &str| {
        let error = Settings::default().set(name, &value).unwrap_err();
        assert!(error.detail.contains(expected), "{}", error.detail);
    };
    check(
        "group_push",
        json!("link"),
        "`group_push` is `create` or `link_only`",
    );
    check(
        "dialect",
        json!(true),
        "`dialect` is `tolerant` or `strict`",
    );
    check("default_role", json!("x".repeat(101)), "at most 100 bytes");
    check("default_role", json!(1), "at most 100 bytes");
    check("token_lifetime", json!("59s"), "from 1m to 3650d");
    check("token_lifetime", json!(90), "such as `90d`");
    check(
        "colour",
        json!("red"),
        "There is no setting `colour`: there are `dialect`,",
    );
}

#[test]
fn a_stored_setting_that_cannot_be_read_is_not_taken_for_its_default() {
    let stored = |name: &str, value: AttributeValue| {
        AttributeValue::M(HashMap::from([(name.to_owned(), value)]))
    };
    let unreadable = stored("allowed_networks", AttributeValue::S("everywhere".into()));
    assert!(Settings::from_attribute(Some(&unreadable)).is_err());
    let later = stored("of_a_later_version", AttributeValue::Bool(true));
    assert_eq!(
        Settings::from_attribute(Some(&later)).unwrap(),
        Settings::default()
    );
}

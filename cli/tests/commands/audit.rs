use std::time::Duration;

use expect_test::expect;
use scim::{Dialect, Resource, ResourceType};
use serde_json::{Value, json};

use crate::given::{Muster, redact};

/// A directory with a user whose id is given, and what was done to both by commands.
fn lived_in(test: &str) -> (Muster, String) {
    let muster = Muster::with_a_directory(test);
    let id = muster.ago(Duration::ZERO, async |store| {
        let administration = store.administration("test", "test");
        let directory = administration.find_directory("acme/okta").await.unwrap();
        let principal = store.application(&directory, "test").await.unwrap();
        let body =
            json!({"schemas": [ResourceType::user().schema.id], "userName": "ada@example.com"});
        let user = Resource::from_body(body, ResourceType::user(), Dialect::Strict).unwrap();
        let scope = store.scope(&principal, "test");
        scope.create_user(user, None).await.unwrap().id.to_string()
    });
    muster.ok(&[
        "directory",
        "set",
        "acme/okta",
        "default_role=member",
        "dialect=strict",
    ]);
    muster.ok(&[
        "credential",
        "issue",
        "acme/okta",
        "--label",
        "secret plans",
    ]);
    muster.ok(&["user", "protect", "acme/okta", "ada@example.com"]);
    (muster, id)
}

#[test]
fn what_commands_change_is_told_with_who_and_what_but_no_values() {
    let (muster, id) = lived_in("told");
    let trail = muster.ok(&["audit", "acme/okta"]);
    let listed = muster.json(&["credential", "list", "acme/okta"]);
    let credential = listed[0]["id"].as_str().unwrap();
    expect![[r"
        TIME                 WHO                   WHAT                         RESOURCE                                   RESULT  ATTRIBUTES
        YYYY-MM-DD hh:mm:ss  administrator tester  create directory             -                                          done    -
        YYYY-MM-DD hh:mm:ss  administrator tester  change settings              -                                          done    default_role, dialect
        YYYY-MM-DD hh:mm:ss  administrator tester  issue credential Cred000001  -                                          done    -
        YYYY-MM-DD hh:mm:ss  administrator tester  change user                  User 00000000-0000-7000-8000-000000000000  done    urn:muster:params:scim:schemas:extension:2.0:User:protected
    "]].assert_eq(&redact(&trail).replace(credential, "Cred000001"));
    for value in ["ada@example.com", "secret plans", "member", "strict"] {
        assert!(!trail.contains(value), "{value}");
    }
    let json = muster.json(&["audit", "acme/okta"]);
    let last = json.as_array().unwrap().last().unwrap();
    assert_eq!(
        (
            &last["by"],
            &last["operation"],
            &last["resource"],
            &last["result"]
        ),
        (
            &json!({"administrator": "tester"}),
            &json!("change user"),
            &json!({"type": "User", "id": id}),
            &json!("done")
        )
    );
    assert_eq!(
        last["attributes"],
        json!(["urn:muster:params:scim:schemas:extension:2.0:User:protected"])
    );
    assert!(last["request_id"].as_str().unwrap().starts_with("cli-"));
    assert_eq!(
        (&last["status"], &last["scim_type"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn a_trail_is_narrowed_by_user_and_time() {
    let (muster, id) = lived_in("narrowed");
    let count = |more: &[&str]| {
        muster
            .json(&[&["audit", "acme/okta"], more].concat())
            .as_array()
            .unwrap()
            .len()
    };
    let all = count(&[]);
    assert!(all > 2, "{all}");
    assert_eq!(count(&["--user", &id]), 1);
    assert_eq!(count(&["--user", "ADA@example.com"]), 1);
    assert_eq!(
        count(&["--user", "0197c3f0-0000-7000-8000-000000000001"]),
        0
    );
    assert_eq!(count(&["--since", "1h"]), all);
    assert_eq!(count(&["--since", "2100-01-01T00:00:00Z"]), 0);
    muster.refused(&["audit", "acme/entra"], 4, "`muster directory list` shows");
    muster.refused(
        &["audit", "acme/okta", "--user", "nobody"],
        4,
        "`muster user list acme/okta` shows",
    );
    assert_eq!(
        muster
            .run(&["audit", "acme/okta", "--since", "yesterday"])
            .code,
        Some(2)
    );
}

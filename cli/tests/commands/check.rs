use std::time::Duration;

use directory::Precondition;
use scim::{Dialect, Resource, ResourceType};
use serde_json::json;

use crate::given::{Muster, redact};

const CHECK: [&str; 3] = ["directory", "check", "acme/okta"];
const REPAIR: [&str; 4] = ["directory", "check", "acme/okta", "--repair"];

/// Two users of the same name, as no request can make them: the second one holds it.
fn twins(test: &str) -> (Muster, Vec<String>) {
    let muster = Muster::with_a_directory(test);
    muster.ago(Duration::ZERO, async |store| {
        let administration = store.administration("test", "test");
        let directory = administration.find_directory("acme/okta").await.unwrap();
        let principal = store.application(&directory, "test").await.unwrap();
        let scope = store.scope(&principal, "test");
        for _ in 0..2 {
            let user = json!({"schemas": [ResourceType::user().schema.id], "userName": "twin@example.com"});
            let user = Resource::from_body(user, ResourceType::user(), Dialect::Strict).unwrap();
            scope.seed_users(&directory.settings, [user]).await.unwrap();
        }
    });
    let list = muster.json(&["user", "list", "acme/okta"]);
    let ids = list
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["id"].as_str().unwrap().to_owned());
    let ids = ids.collect();
    (muster, ids)
}

/// The second of them goes, and with him the name.
fn one_without_his_name(test: &str) -> (Muster, String) {
    let (muster, ids) = twins(test);
    let second = directory::UserId::parse(&ids[1]).unwrap();
    muster.ago(Duration::ZERO, async |store| {
        let administration = store.administration("test", "test");
        let directory = administration.find_directory("acme/okta").await.unwrap();
        let principal = store.application(&directory, "test").await.unwrap();
        let user = store
            .user(directory.id, second, true)
            .await
            .unwrap()
            .unwrap();
        let scope = store.scope(&principal, "test");
        scope
            .delete_user(user, &Precondition::default())
            .await
            .unwrap();
    });
    (muster, ids[0].clone())
}

#[test]
fn of_a_sound_directory_nothing_is_told() {
    let muster = Muster::with_a_directory("sound");
    let sound =
        "Looked at acme/okta: users 0, groups 0, memberships 0, items 0.\nNothing is wrong.\n";
    assert_eq!(muster.ok(&CHECK), sound);
    assert_eq!(muster.ok(&REPAIR), sound);
    muster.refused(
        &["directory", "check", "acme/entra"],
        4,
        "`muster directory list` shows",
    );
}

#[test]
fn what_is_left_is_exit_code_1_and_told_without_names() {
    let (muster, ids) = twins("twins");
    let ran = muster.run(&REPAIR);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stderr,
        "muster: not everything in acme/okta is as it has to be, 1 left: what is left has to be done by hand\n"
    );
    let line = format!(
        "by hand  User {}  it has the same userName as {}  give one of the two another value, or delete it",
        ids[0], ids[1]
    );
    assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    assert!(!ran.stdout.contains("twin"), "{}", ran.stdout);
}

#[test]
fn what_can_be_is_repaired_when_it_is_asked_for() {
    let (muster, id) = one_without_his_name("repaired");
    let repairable = json!({
        "directory": "acme/okta",
        "looked_at": {"users": 1, "groups": 0, "memberships": 0, "items": 3},
        "findings": [{
            "resource": {"type": "User", "id": id},
            "damage": "unique_value_not_held",
            "finding": "its userName is not held for it",
            "result": "repairable",
            "remedy": "hold it"
        }],
        "found": 1, "repaired": 0, "pending": 0, "undecided": 0
    });
    for _ in 0..2 {
        let ran = muster.run(&[&CHECK[..], &["--json"]].concat());
        assert_eq!(ran.code, Some(1));
        let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(shown, repairable);
        assert!(
            ran.stderr
                .contains("1 left: `muster directory check acme/okta --repair` repairs"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(
        redact(&muster.ok(&REPAIR)),
        "Looked at acme/okta: users 1, groups 0, memberships 0, items 3.\n\
         RESULT    RESOURCE                                   FINDING                          REMEDY\n\
         repaired  User 00000000-0000-7000-8000-000000000000  its userName is not held for it  hold it\n"
    );
    assert!(muster.ok(&CHECK).ends_with("Nothing is wrong.\n"));
    let trail = muster.ok(&["audit", "acme/okta"]);
    assert_eq!(trail.matches(" repair ").count(), 2, "{trail}");
    assert_eq!(trail.matches(" repair directory ").count(), 1, "{trail}");
}

use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;
use std::time::Duration;

use directory::{Deletion, ResourceKind};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use scim::{Dialect, Resource, ResourceType};
use serde_json::json;

use crate::given::{Muster, Ran};

const DELETE: [&str; 3] = ["directory", "delete", "acme/okta"];
const HOUR: Duration = Duration::from_hours(1);

/// Nobody waits a minute: it was disabled an hour ago.
fn disabled_an_hour_ago(test: &str) -> Muster {
    let muster = Muster::with_a_directory(test);
    muster.ago(HOUR, async |store| {
        let administration = store.administration("test", "test");
        let id = administration.find_directory("acme/okta").await.unwrap().id;
        administration.disable_directory(id).await.unwrap();
    });
    muster
}

#[test]
fn without_a_terminal_nothing_is_deleted_that_was_not_asked_for() {
    let muster = Muster::with_a_directory("refused");
    muster.refused(
        &DELETE,
        5,
        "nothing was deleted: to delete `acme/okta` without a terminal, add --yes",
    );
    muster
        .run_with_input(&DELETE, "acme/okta\n")
        .check_refused(5, "add --yes");
    assert_eq!(
        muster.json(&["directory", "show", "acme/okta"])["state"],
        "enabled"
    );
    muster.refused(
        &["directory", "delete", "acme/entra", "--yes"],
        4,
        "`muster directory list` shows",
    );
}

#[test]
fn the_primary_one_of_several_is_refused_before_it_is_disabled() {
    let muster = Muster::with_a_directory("primary");
    muster.ok(&["directory", "create", "acme/entra"]);
    let delete = [&DELETE[..], &["--yes"]].concat();
    muster.refused(
        &delete,
        5,
        "make another one primary first, with `muster directory make-primary`",
    );
    assert_eq!(
        muster.json(&["directory", "show", "acme/okta"])["state"],
        "enabled"
    );
}

#[test]
fn what_was_disabled_long_ago_is_deleted_at_once() {
    let muster = disabled_an_hour_ago("at-once");
    let delete = [&DELETE[..], &["--yes"]].concat();
    assert_eq!(muster.ok(&delete), "Deleted directory acme/okta.\n");
    muster.refused(&["directory", "show", "acme/okta"], 4, "was not found");
    assert_eq!(muster.json(&["directory", "list"]), json!([]));
    // Its name is free, and so is its organization.
    muster.ok(&["directory", "create", "acme/okta"]);
}

#[test]
fn a_deletion_that_was_interrupted_goes_on() {
    let muster = disabled_an_hour_ago("resumed");
    let id = muster.directory("acme/okta").id;
    muster.ago(Duration::ZERO, async |store| {
        let administration = store.administration("test", "test");
        let directory = administration.directory(id).await.unwrap();
        let people = (0..150).map(|number| {
            let user = json!({"schemas": [ResourceType::user().schema.id], "userName": format!("user-{number}")});
            Resource::from_body(user, ResourceType::user(), Dialect::Strict).unwrap()
        });
        let principal = store.application(&directory, "test").await.unwrap();
        store.scope(&principal, "test").seed_users(&directory.settings, people).await.unwrap();
        // As far as it comes in no time at all.
        let deletion = administration.delete_directory(id, Duration::ZERO).await.unwrap();
        assert_eq!(deletion, Deletion::Unfinished);
        assert!(store.total(id, ResourceKind::User).await.unwrap() > 0);
    });
    assert_eq!(
        muster.json(&["directory", "show", "acme/okta"])["state"],
        "deleting"
    );
    muster.refused(&["directory", "enable", "acme/okta"], 5, "is being deleted");
    let delete = [&DELETE[..], &["--yes"]].concat();
    assert_eq!(muster.json(&delete), json!({"deleted": "acme/okta"}));
    muster.refused(&["directory", "show", &id.to_string()], 4, "was not found");
    let left = muster.ago(Duration::ZERO, async |store| {
        store.total(id, ResourceKind::User).await.unwrap()
    });
    assert_eq!(left, 0);
}

/// The command on a terminal, at which this is typed.
fn at_a_terminal(muster: &Muster, typed: &str) -> Ran {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let stdin = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut process = muster
        .command(&DELETE)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut terminal = File::from(terminal);
    writeln!(terminal, "{typed}").unwrap();
    let mut stdout = String::new();
    process
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut stdout)
        .unwrap();
    let mut stderr = String::new();
    process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    let code = process.wait().unwrap().code();
    Ran {
        code,
        stdout,
        stderr,
    }
}

#[test]
fn at_a_terminal_the_name_is_typed() {
    let muster = disabled_an_hour_ago("typed");
    let ran = at_a_terminal(&muster, "acme");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(5), ""));
    assert!(
        ran.stderr.contains("Type its name") && ran.stderr.contains("is not `acme/okta`"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        muster.json(&["directory", "show", "acme/okta"])["state"],
        "disabled"
    );

    let ran = at_a_terminal(&muster, "acme/okta");
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "Deleted directory acme/okta.\n"),
        "{}",
        ran.stderr
    );
    muster.refused(&["directory", "show", "acme/okta"], 4, "was not found");
}

use std::time::Duration;

use expect_test::expect;
use serde_json::{Value, json};

use crate::given::Muster;
use crate::running::{Dev, credentials, folder, text};

struct Patient {
    _dev: Dev,
    muster: Muster,
    base_url: String,
}

impl Patient {
    fn new(test: &str) -> Self {
        let file = folder(&format!("{test}-stack")).join("credentials.json");
        let dev = Dev::start(&["--users", "1", "--credentials", text(&file)]);
        let credentials = credentials(&file);
        Self {
            _dev: dev,
            muster: Muster::beside(test, &credentials["dynamodb"]),
            base_url: credentials["base_url"].as_str().unwrap().to_owned(),
        }
    }

    /// Exit code, and what the checks found.
    fn examine(&self) -> (Option<i32>, Value) {
        let ran = self.muster.run(&[
            "doctor",
            "acme/main",
            "--base-url",
            &self.base_url,
            "--json",
        ]);
        (ran.code, serde_json::from_str(&ran.stdout).unwrap())
    }

    /// The check fails with this, and nothing of the round is left.
    #[track_caller]
    fn check_failed(&self, check: &str, finding: &str) {
        let left = self.left();
        let (code, report) = self.examine();
        assert_eq!(code, Some(1));
        let failed = report
            .as_array()
            .unwrap()
            .iter()
            .find(|found| found["result"] == "failed")
            .unwrap();
        assert_eq!(failed["check"], check, "{report:#}");
        assert!(
            failed["finding"].as_str().unwrap().contains(finding),
            "{failed:#}"
        );
        assert_eq!(self.left(), left);
    }

    /// Everything that a round could leave: credentials and users, also deleted ones.
    fn left(&self) -> [Value; 3] {
        let deleted = "urn:muster:params:scim:schemas:extension:2.0:User:deleted pr";
        [
            self.muster.json(&["credential", "list", "acme/main"]),
            self.muster.json(&["user", "list", "acme/main"]),
            self.muster
                .json(&["user", "list", "acme/main", "--filter", deleted]),
        ]
    }
}

#[test]
fn a_healthy_stack_is_found_healthy_and_left_as_it_was() {
    let patient = Patient::new("healthy");
    for settings in [
        &["dialect=tolerant"][..],
        &[
            "delete_users=deactivate",
            "protected_users=ignore",
            "dialect=strict",
        ],
    ] {
        patient
            .muster
            .ok(&[&["directory", "set", "acme/main"], settings].concat());
        let left = patient.left();
        let report = patient
            .muster
            .ok(&["doctor", "acme/main", "--base-url", &patient.base_url]);
        let report = report.replace(&patient.base_url, "<base URL>");
        expect![[r"
            RESULT  CHECK        FINDING
            ok      access       as tester
            ok      table        `muster` is there
            ok      stream       NEW_AND_OLD_IMAGES
            ok      expiry       items expire by `expires`
            ok      clock        within a minute of DynamoDB's
            ok      directory    acme/main is enabled
            ok      credentials  2, and none expires within 30 days
            ok      round        create, read, find, deactivate, delete, gone: <base URL>
        "]]
        .assert_eq(&report);
        assert_eq!(patient.left(), left);
    }
    // Where it is reached can be said once.
    patient.muster.ok(&[
        "environment",
        "set",
        "local",
        &format!("base_url={}", patient.base_url),
    ]);
    patient.muster.ok(&["doctor", "acme/main"]);
    patient.muster.ok(&["doctor"]);
}

#[test]
fn users_who_are_identified_by_e_mail_are_tried_too() {
    let patient = Patient::new("email");
    patient.muster.ok(&[
        "directory",
        "create",
        "acme/email",
        "unique_identifier=email",
    ]);
    patient.muster.ok(&["credential", "issue", "acme/email"]);
    patient
        .muster
        .ok(&["doctor", "acme/email", "--base-url", &patient.base_url]);
    assert_eq!(
        patient.muster.json(&["user", "list", "acme/email"]),
        json!([])
    );
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let patient = Patient::new("sick");
    let muster = &patient.muster;
    let set = |setting: &str| muster.ok(&["directory", "set", "acme/main", setting]);
    set("allowed_networks=203.0.113.0/24");
    patient.check_failed("round", "create: it answered 403 instead of 201: Requests from 127.0.0.1 are not allowed in this directory");
    set("allowed_networks=");
    let short = muster.json(&["credential", "issue", "acme/main", "--lifetime", "1d"]);
    let id = short["id"].as_str().unwrap();
    patient.check_failed("credentials", &format!("`{id}` expires on 20"));
    muster.ok(&["credential", "revoke", "acme/main", id]);
    muster.ok(&["directory", "disable", "acme/main"]);
    patient.check_failed(
        "directory",
        "acme/main is disabled: `muster directory enable acme/main`",
    );
    muster.ok(&["directory", "enable", "acme/main"]);
    for _ in 2..10 {
        muster.ok(&["credential", "issue", "acme/main"]);
    }
    // What cannot be tried has not failed.
    let full = muster.ok(&["doctor", "acme/main", "--base-url", &patient.base_url]);
    assert!(full.contains("not tried  round"), "{full}");
    assert!(
        full.contains("the directory has all that it can have: revoke one"),
        "{full}"
    );
    muster.ok(&["directory", "create", "acme/empty"]);
    let empty = muster.run(&["doctor", "acme/empty"]);
    assert_eq!(empty.code, Some(1));
    for finding in [
        "there is none: `muster credential issue acme/empty`",
        "`muster environment set local base_url=URL`",
    ] {
        assert!(empty.stdout.contains(finding), "{}", empty.stdout);
    }
    assert_eq!(empty.stderr, "muster: 2 of 8 checks failed\n");
    muster.refused(
        &["doctor", "acme/none"],
        4,
        "`muster directory list` shows what there is",
    );
}

#[test]
fn an_address_that_is_not_ours_is_found_out() {
    let patient = Patient::new("address");
    let elsewhere = |base_url: &str| Patient {
        base_url: base_url.to_owned(),
        ..Patient::new(&format!("address-{}", base_url.len()))
    };
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    elsewhere(&format!("http://{free}/scim/v2"))
        .check_failed("round", "create: it cannot be reached: Connection refused");
    let dynamodb = patient.muster.data().to_str().unwrap();
    elsewhere(&format!("{dynamodb}/scim/v2")).check_failed("round", "create: it answered");
}

#[test]
fn an_expired_credential_is_told() {
    let muster = Muster::with_a_directory("expired");
    muster.issue_ago(Duration::from_hours(366 * 24));
    let ran = muster.run(&["doctor", "acme/okta"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stdout.contains("expired on 20")
            && ran
                .stdout
                .contains("`muster credential rotate acme/okta ID`"),
        "{}",
        ran.stdout
    );
}

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use directory::Refusal;
use expect_test::expect;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::given::{Muster, redact};

const ISSUE: [&str; 3] = ["credential", "issue", "acme/okta"];
const LIST: [&str; 3] = ["credential", "list", "acme/okta"];
const DAY: Duration = Duration::from_hours(24);

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn secret(token: &str) -> &str {
    token.split('_').nth(3).unwrap()
}

/// The one word after a name at the beginning of a line.
fn field<'a>(printed: &'a str, name: &str) -> &'a str {
    let line = printed.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().last().unwrap()
}

#[test]
fn a_secret_is_printed_once_and_works() {
    let muster = Muster::with_a_directory("secret");
    let ran = muster.run(&ISSUE);
    let token = field(&ran.stdout, "Token").to_owned();
    assert_eq!(ran.stdout.matches(secret(&token)).count(), 1);
    assert_eq!(ran.stderr, "Keep it now: it is shown this once.\n");
    assert_eq!(muster.verify(&format!("Bearer {token}")), Ok(()));
    let id = field(&ran.stdout, "Credential").to_owned();
    let about = ran
        .stdout
        .replace(&token, "mst_…")
        .replace(&id, "Cred000001");
    expect![[r"
        Credential  Cred000001
        Expires     YYYY-MM-DD hh:mm
        Base URL    the one that `muster dev` prints
        Token       mst_…
    "]]
    .assert_eq(&redact(&about));
    // From then on nobody is told.
    let id = id.as_str();
    for command in [
        &LIST[..],
        &["credential", "show", &token],
        &["credential", "suspend", "acme/okta", id],
        &["credential", "resume", "acme/okta", id],
        &["directory", "show", "acme/okta"],
        &["setup", "okta", "acme/okta"],
        &["credential", "revoke", "acme/okta", id],
    ] {
        for form in [&[][..], &["--json"]] {
            let ran = muster.run(&[command, form].concat());
            if ran.code != Some(0) {
                // The second time it is revoked already.
                assert_eq!((command[1], ran.code), ("revoke", Some(4)));
            }
            assert!(
                !(ran.stdout + &ran.stderr).contains(secret(&token)),
                "{command:?}"
            );
        }
    }
}

#[test]
fn a_basic_credential_is_a_username_and_a_password() {
    let muster = Muster::with_a_directory("basic");
    let printed = muster.ok(&[
        &ISSUE[..],
        &["--basic", "--base-url", "https://scim.example.com/scim/v2"],
    ]
    .concat());
    assert_eq!(
        field(&printed, "Base URL"),
        "https://scim.example.com/scim/v2"
    );
    assert!(!printed.contains("Token"), "{printed}");
    let pair = format!(
        "{}:{}",
        field(&printed, "Username"),
        field(&printed, "Password")
    );
    let header = format!("Basic {}", BASE64_STANDARD.encode(&pair));
    assert_eq!(muster.verify(&header), Ok(()));
    let shown = muster.json(&["credential", "show", &pair]);
    assert_eq!(shown["credential"]["id"], field(&printed, "Credential"));
}

#[test]
fn the_base_url_stands_beside_the_secret_where_it_is_known() {
    let muster = Muster::with_a_directory("base-url");
    assert_eq!(muster.json(&ISSUE)["base_url"], json!(null));
    // The variable is for what nothing else tells: an environment may be reached elsewhere.
    let set = "https://set.example.com/scim/v2";
    let beside_variable = |more: &[&str]| {
        let mut command = muster.command(&[&ISSUE[..], &["--json"], more].concat());
        let output = command.env("MUSTER_BASE_URL", set).output().unwrap();
        let issued = serde_json::from_slice::<Value>(&output.stdout).unwrap();
        issued["base_url"].as_str().unwrap().to_owned()
    };
    assert_eq!(beside_variable(&[]), set);
    let url = "https://scim.example.com/scim/v2";
    muster.ok(&[
        "environment",
        "set",
        "production",
        &format!("base_url={url}"),
    ]);
    assert_eq!(muster.json(&ISSUE)["base_url"], url);
    let other = "https://other.example.com/scim/v2";
    assert_eq!(beside_variable(&[]), url);
    assert_eq!(beside_variable(&["--base-url", other]), other);
    let clear = "base_url=http://scim.example.com/scim/v2";
    let refused = muster.run(&["environment", "set", "production", clear]);
    assert_eq!(refused.code, Some(5), "{}", refused.stderr);
    let wrong = muster.run(&[&ISSUE[..], &["--base-url", "https://scim.example.com/"]].concat());
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.stderr.contains("ends in /scim/v2"),
        "{}",
        wrong.stderr
    );
    assert_eq!(
        muster.json(&LIST).as_array().unwrap().len(),
        5,
        "and none was issued for it"
    );
}

#[test]
fn what_was_asked_for_is_what_is_listed() {
    let muster = Muster::with_a_directory("listed");
    muster.ok(&[&ISSUE[..], &["--label", "Okta, production"]].concat());
    muster.ok(&[
        &ISSUE[..],
        &["--application", "--read-only", "--lifetime", "10d"],
    ]
    .concat());
    let old = muster.issue_ago(400 * DAY);
    let listed = muster.ok(&LIST);
    let json = muster.json(&LIST);
    let mut redacted = redact(&listed);
    for (index, credential) in json.as_array().unwrap().iter().enumerate() {
        redacted = redacted.replace(text(&credential["id"]), &format!("Cred00000{index}"));
    }
    // The oldest first.
    expect![[r"
        ID          KIND         RIGHTS  STATE         CREATED           EXPIRES           LAST USED  LABEL
        Cred000000  provisioner  write   expired       YYYY-MM-DD hh:mm  YYYY-MM-DD hh:mm  -          -
        Cred000001  provisioner  write   valid         YYYY-MM-DD hh:mm  YYYY-MM-DD hh:mm  -          Okta, production
        Cred000002  application  read    expires soon  YYYY-MM-DD hh:mm  YYYY-MM-DD hh:mm  -          -
    "]]
    .assert_eq(&redacted);
    assert_eq!(json[0]["id"], old.id.as_str());
    assert_eq!(
        (&json[1]["label"], &json[0]["label"]),
        (&json!("Okta, production"), &json!(null))
    );
    let shown = muster.json(&["credential", "show", old.token.expose_secret()]);
    assert_eq!(shown["credential"], json[0]);
}

#[test]
fn rights_are_taken_away_and_given_back_without_a_new_secret() {
    let muster = Muster::with_a_directory("suspend");
    let issued = muster.json(&ISSUE);
    let (id, token) = (text(&issued["id"]), text(&issued["token"]));
    let suspended = muster.json(&["credential", "suspend", "acme/okta", id]);
    assert_eq!(suspended["credential"]["state"], "suspended");
    assert_eq!(muster.verify(token), Err(Refusal::Suspended));
    let resumed = muster.json(&["credential", "resume", "acme/okta", id]);
    assert_eq!(resumed["credential"]["state"], "valid");
    assert_eq!(muster.verify(token), Ok(()));
    assert_eq!(
        muster.ok(&["credential", "revoke", "acme/okta", id]),
        format!("Revoked credential {id} of acme/okta.\n")
    );
    assert_eq!(muster.verify(token), Err(Refusal::Unknown));
    assert_eq!(muster.json(&LIST), json!([]));
}

#[test]
fn a_secret_is_replaced_at_once_or_with_an_overlap() {
    let muster = Muster::with_a_directory("rotate");
    let first = muster.json(&[&ISSUE[..], &["--label", "okta"]].concat());
    let rotate = |id: &Value, more: &[&str]| {
        muster.json(&[&["credential", "rotate", "acme/okta", text(id)], more].concat())
    };
    let second = rotate(&first["id"], &[]);
    assert_eq!(muster.verify(text(&first["token"])), Err(Refusal::Unknown));
    assert_eq!(muster.verify(text(&second["token"])), Ok(()));
    let third = rotate(&second["id"], &["--overlap", "24h"]);
    assert_eq!(muster.verify(text(&second["token"])), Ok(()));
    assert_eq!(muster.verify(text(&third["token"])), Ok(()));
    let listed = muster.json(&LIST);
    let states: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|credential| (&credential["state"], &credential["label"]))
        .collect();
    assert_eq!(
        states,
        [
            (&json!("expires soon"), &json!("okta")),
            (&json!("valid"), &json!("okta"))
        ]
    );
    let basic = muster.ok(&[
        "credential",
        "rotate",
        "acme/okta",
        text(&third["id"]),
        "--basic",
    ]);
    assert!(
        basic.contains("Password") && !basic.contains("Token"),
        "{basic}"
    );
}

#[test]
fn a_token_is_told_from_standard_input_where_no_shell_keeps_it() {
    let muster = Muster::with_a_directory("show");
    let issued = muster.json(&ISSUE);
    let show = |arguments: &[&str], input: &str| {
        let ran = muster.run_with_input(
            &[&["credential", "show", "--json"], arguments].concat(),
            input,
        );
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    let token = text(&issued["token"]);
    let pair = format!(
        "{}:{}\n",
        text(&issued["username"]),
        text(&issued["password"])
    );
    let shown = show(&[], token);
    assert_eq!(shown["credential"]["id"], issued["id"]);
    assert_eq!(shown["directory"]["name"], "acme/okta");
    assert_eq!(show(&["-"], &format!("Bearer {token}\r\n")), shown);
    assert_eq!(show(&["-"], &pair), shown);
    muster.ok(&["directory", "disable", "acme/okta"]);
    assert_eq!(show(&[], token)["directory"]["state"], "disabled");
    let printed = muster.ok(&["credential", "show", token]);
    assert!(
        printed.contains("Directory   acme/okta (disabled)\n"),
        "{printed}"
    );

    muster.ok(&["credential", "revoke", "acme/okta", text(&issued["id"])]);
    let gone = "no credential has this secret: it was revoked, or belongs to another deployment";
    muster
        .run_with_input(&["credential", "show"], token)
        .check_refused(4, gone);
    let junk = "this is no credential of Muster's: it was cut off, or mistyped";
    muster
        .run_with_input(&["credential", "show"], &token[..60])
        .check_refused(4, junk);
    muster
        .run_with_input(&["credential", "show"], "")
        .check_refused(4, junk);
}

#[test]
fn what_is_wrong_with_a_credential_is_said() {
    let muster = Muster::with_a_directory("refused");
    for command in ["suspend", "resume", "rotate", "revoke"] {
        let list = "`muster credential list acme/okta` shows";
        muster.refused(&["credential", command, "acme/okta", "Cred000001"], 4, list);
        muster.refused(&["credential", command, "acme/okta", "junk"], 4, list);
        muster.refused(
            &["credential", command, "acme/entra", "Cred000001"],
            4,
            "`muster directory list` shows",
        );
    }
    muster.refused(
        &["credential", "issue", "acme/entra"],
        4,
        "`muster directory list` shows",
    );
    muster.refused(
        &["credential", "list", "acme/entra"],
        4,
        "`muster directory list` shows",
    );
    let issue = |more: &[&str]| muster.run(&[&ISSUE[..], more].concat());
    issue(&["--label", &"x".repeat(61)])
        .check_refused(5, "a label is one line of at most 60 bytes");
    issue(&["--lifetime", "10s"]).check_refused(5, "`lifetime` is a time such as `90d`");
    issue(&["--lifetime", "99999999d"]).check_refused(5, "from 1m to 3650d");
    assert_eq!(issue(&["--lifetime", "soon"]).code, Some(2));
    let id = muster.json(&ISSUE)["id"].clone();
    let rotate = [
        "credential",
        "rotate",
        "acme/okta",
        text(&id),
        "--overlap",
        "99999999d",
    ];
    muster.refused(&rotate, 5, "`overlap` is a time such as `90d`");
    for _ in 1..10 {
        muster.ok(&ISSUE);
    }
    issue(&[]).check_refused(
        5,
        "at most 10 credentials, expired ones included: revoke one first",
    );
}

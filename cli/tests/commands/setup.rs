use expect_test::expect;
use serde_json::{Value, json};

use crate::given::Muster;

const URL: [&str; 2] = ["--base-url", "https://scim.example.com/prod/scim/v2"];

fn setup(muster: &Muster, provider: &str, more: &[&str]) -> String {
    muster.ok(&[&["setup", provider, "acme/okta"], more].concat())
}

#[test]
fn the_steps_for_each_provider_are_filled_in() {
    let muster = Muster::with_a_directory("filled");
    for provider in ["okta", "entra", "onelogin", "jumpcloud"] {
        let steps = setup(&muster, provider, &URL);
        assert!(
            steps.contains(URL[1]) && steps.contains("acme/okta"),
            "{steps}"
        );
        assert!(
            steps.contains("muster credential issue acme/okta"),
            "{steps}"
        );
        for junk in ["{", "}", "[link_only]", "[create]", "[email]", "[userName]"] {
            assert!(!steps.contains(junk), "{provider} has {junk}");
        }
        for line in steps.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert_eq!(
            steps,
            setup(&muster, provider, &URL),
            "nothing is issued by it"
        );
    }
    assert_eq!(muster.json(&["credential", "list", "acme/okta"]), json!([]));
}

#[test]
fn the_credential_is_issued_and_filled_in() {
    let muster = Muster::with_a_directory("issued");
    let steps = setup(&muster, "okta", &["--issue", URL[0], URL[1]]);
    let after = |name: &str| {
        let mut lines = steps.lines().skip_while(|line| *line != name);
        lines.nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(after("Base URL"), URL[1]);
    assert_eq!(muster.verify(&after("Token")), Ok(()));
    let pair = format!("{}:{}", after("Username"), after("Password"));
    let shown = muster.json(&["credential", "show", &pair]);
    assert_eq!(
        (&shown["credential"]["kind"], &shown["credential"]["label"]),
        (&json!("provisioner"), &json!("okta"))
    );

    let json = muster.json(&["setup", "jumpcloud", "acme/okta", "--issue"]);
    assert_eq!(
        (&json["provider"], &json["base_url"]),
        (&json!("jumpcloud"), &json!(null))
    );
    let token = json["credential"]["token"].as_str().unwrap();
    assert_eq!(muster.verify(token), Ok(()));
    assert_eq!(json.to_string().matches(token).count(), 1, "once");
}

/// The lines that a directory with these settings has, and another one has not.
fn difference(test: &str, settings: &[&str]) -> String {
    let muster = Muster::with_a_directory(test);
    let before = setup(&muster, "okta", &URL);
    // The identifier can be changed only while nobody uses the directory: it is created with it.
    muster.ok(&[&["directory", "create", "acme/other"], settings].concat());
    let after = muster
        .ok(&["setup", "okta", "acme/other", URL[0], URL[1]])
        .replace("acme/other", "acme/okta");
    let new = after
        .lines()
        .filter(|line| !before.lines().any(|known| known == *line));
    new.map(|line| [line.trim(), "\n"].concat()).collect()
}

#[test]
fn the_steps_are_those_for_the_directorys_settings() {
    expect![[r"
        Import Groups        ticked
        Push Groups, Import Groups
        This directory has its own teams. Create the team in the application
        first. Refresh App Groups, Push Groups > Find groups by name, and
        choose Link Group, not Create Group, which is refused.
    "]]
    .assert_eq(&difference("link-only", &["group_push=link_only"]));
    expect![[r"
        5. Map the user's e-mail address to Primary email: it identifies him here.
        Unique identifier field for users   email
    "]]
    .assert_eq(&difference("email", &["unique_identifier=email"]));
}

#[test]
fn what_is_wrong_is_said_before_a_credential_is_issued() {
    let muster = Muster::with_a_directory("refused");
    muster.refused(
        &["setup", "okta", "acme/entra", "--issue"],
        4,
        "`muster directory list` shows",
    );
    let other = muster.run(&["setup", "workday", "acme/okta", "--issue"]);
    assert_eq!(other.code, Some(2));
    assert!(
        other
            .stderr
            .contains("[possible values: okta, entra, onelogin, jumpcloud]"),
        "{}",
        other.stderr
    );
    let listed: Value = muster.json(&["credential", "list", "acme/okta"]);
    assert_eq!(listed, json!([]));
}

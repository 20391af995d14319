use expect_test::expect;
use serde_json::json;

use crate::given::{Muster, redact};

#[test]
fn the_life_of_an_environment() {
    let muster = Muster::on_a_file("environment");
    expect![[r"
        Name           staging
        Base URL       -
        Organizations  0
        Created        YYYY-MM-DD hh:mm
    "]]
    .assert_eq(&redact(&muster.ok(&["environment", "create", "staging"])));
    muster.ok(&["environment", "create", "production"]);
    let url = "https://scim.example.com/scim/v2";
    expect![[r"
        Name           production
        Base URL       https://scim.example.com/scim/v2
        Organizations  0
        Created        YYYY-MM-DD hh:mm
    "]]
    .assert_eq(&redact(&muster.ok(&[
        "environment",
        "set",
        "production",
        &format!("base_url={url}"),
    ])));
    expect![[r"
        NAME        ORGANIZATIONS  CREATED           BASE URL
        production  0              YYYY-MM-DD hh:mm  https://scim.example.com/scim/v2
        staging     0              YYYY-MM-DD hh:mm  -
    "]]
    .assert_eq(&redact(&muster.ok(&["environment", "list"])));
    let listed = muster.json(&["environment", "list"]);
    assert_eq!(
        listed[0],
        muster.json(&["environment", "show", "production"])
    );
    assert_eq!(
        (
            &listed[0]["name"],
            &listed[0]["base_url"],
            &listed[1]["base_url"]
        ),
        (&json!("production"), &json!(url), &json!(null))
    );
    assert_eq!(
        muster.json(&["environment", "set", "production", "base_url="])["base_url"],
        json!(null)
    );
    assert_eq!(
        muster.ok(&["environment", "delete", "staging"]),
        "Deleted environment staging.\n"
    );
    assert_eq!(
        muster.json(&["environment", "delete", "production"]),
        json!({"deleted": "production"})
    );
    assert_eq!(muster.json(&["environment", "list"]), json!([]));
}

#[test]
fn what_is_wrong_with_an_environment_is_said() {
    let muster = Muster::with_a_directory("environment-refused");
    let list = "`muster environment list` shows what there is";
    muster.refused(
        &["environment", "create", "production"],
        5,
        "there is an environment `production` already",
    );
    muster.refused(
        &["environment", "create", "Production"],
        5,
        "`Production` is no name",
    );
    muster.refused(&["environment", "show", "staging"], 4, list);
    muster.refused(&["environment", "set", "staging", "base_url="], 4, list);
    muster.refused(&["environment", "delete", "staging"], 4, list);
    muster.refused(
        &["environment", "set", "production", "base_url=http://x/"],
        5,
        "ends in /scim/v2",
    );
    muster.refused(
        &["environment", "set", "production", "colour=red"],
        5,
        "it has `base_url`",
    );
    muster.refused(
        &["environment", "delete", "production"],
        5,
        "has organizations: delete them first",
    );
    assert_eq!(
        muster
            .run(&["environment", "set", "production", "base_url"])
            .code,
        Some(2)
    );
    assert_eq!(
        muster.run(&["environment", "set", "production"]).code,
        Some(2)
    );
}

#[test]
fn the_life_of_an_organization() {
    let muster = Muster::on_a_file("organization");
    // The first one brings its environment.
    expect![[r"
        Name         acme
        Environment  production
        Primary      -
        Directories  0
        Created      YYYY-MM-DD hh:mm
    "]]
    .assert_eq(&redact(&muster.ok(&["organization", "create", "acme"])));
    // As long as there is one environment it needs no naming.
    muster.ok(&["organization", "create", "initech"]);
    muster.ok(&["environment", "create", "staging"]);
    muster.refused(
        &["organization", "create", "globex"],
        5,
        "Say it with --environment: production, staging",
    );
    muster.ok(&[
        "organization",
        "create",
        "globex",
        "--environment",
        "staging",
    ]);
    muster.ok(&["directory", "create", "acme/okta"]);
    expect![[r"
        NAME     ENVIRONMENT  DIRECTORIES  CREATED
        acme     production   1            YYYY-MM-DD hh:mm
        initech  production   0            YYYY-MM-DD hh:mm
        globex   staging      0            YYYY-MM-DD hh:mm
    "]]
    .assert_eq(&redact(&muster.ok(&["organization", "list"])));
    let staging = muster.json(&["organization", "list", "--environment", "staging"]);
    assert_eq!(
        (staging.as_array().unwrap().len(), &staging[0]["name"]),
        (1, &json!("globex"))
    );
    let acme = muster.json(&["organization", "show", "acme"]);
    assert_eq!(
        acme["primary"],
        muster.json(&["directory", "show", "acme/okta"])["id"]
    );
    assert!(
        muster
            .ok(&["organization", "show", "acme"])
            .contains("Primary      acme/okta\n")
    );
    assert_eq!(
        muster.ok(&["organization", "delete", "globex"]),
        "Deleted organization globex.\n"
    );
}

#[test]
fn what_is_wrong_with_an_organization_is_said() {
    let muster = Muster::with_a_directory("organization-refused");
    muster.refused(
        &["organization", "create", "acme"],
        5,
        "there is an organization `acme` already",
    );
    muster.refused(
        &["organization", "create", "x", "--environment", "y"],
        4,
        "`muster environment list` shows",
    );
    muster.refused(
        &["organization", "show", "globex"],
        4,
        "`muster organization list` shows",
    );
    muster.refused(
        &["organization", "delete", "globex"],
        4,
        "`muster organization list` shows",
    );
    muster.refused(
        &["organization", "delete", "acme"],
        5,
        "has directories: delete them first",
    );
    muster.refused(
        &["organization", "list", "--environment", "y"],
        4,
        "`muster environment list` shows",
    );
}

use directory::DirectoryState;
use expect_test::expect;
use serde_json::json;

use crate::given::{Muster, redact};

const EXTENSIONS: &str = r#"[{
    "resourceType": "User",
    "schema": {
        "id": "urn:example:2.0:User", "name": "Example",
        "attributes": [{"name": "badge", "type": "string"}]
    }
}]"#;

#[test]
fn the_life_of_a_directory() {
    let muster = Muster::on_a_file("directory");
    muster.ok(&["organization", "create", "acme"]);
    let created = muster.ok(&[
        "directory",
        "create",
        "acme/okta",
        "group_push=link_only",
        "default_role=member",
        "allowed_networks=203.0.113.0/24,2001:db8::/32",
        "token_lifetime=90d",
    ]);
    expect![[r"
        Name         acme/okta
        Id           d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1
        State        enabled
        Primary      yes
        Created      YYYY-MM-DD hh:mm
        Credentials  0

        SETTING            VALUE
        dialect            tolerant
        unique_identifier  userName
        group_push         link_only
        group_rename       apply
        protected_users    reject
        delete_users       delete
        default_role       member
        allowed_networks   203.0.113.0/24, 2001:db8::/32
        token_lifetime     90d
        schema_extensions  -
    "]]
    .assert_eq(&redact(&created));
    muster.ok(&["directory", "create", "acme/entra"]);
    expect![[r"
        NAME        ID                                STATE    PRIMARY  CREATED
        acme/okta   d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1  enabled  yes      YYYY-MM-DD hh:mm
        acme/entra  d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1  enabled  no       YYYY-MM-DD hh:mm
    "]]
    .assert_eq(&redact(&muster.ok(&["directory", "list"])));

    let shown = muster.json(&["directory", "show", "acme/okta"]);
    let id = shown["id"].as_str().unwrap();
    assert_eq!(
        shown,
        muster.json(&["directory", "show", id]),
        "by name and by id"
    );
    assert_eq!(shown, muster.json(&["directory", "list", "acme"])[0]);
    assert_eq!(
        shown["settings"]["allowed_networks"],
        json!(["203.0.113.0/24", "2001:db8::/32"])
    );

    let changed = muster.json(&[
        "directory",
        "set",
        "acme/okta",
        "group_push=",
        "dialect=strict",
    ]);
    assert_eq!(
        (
            &changed["settings"]["group_push"],
            &changed["settings"]["dialect"]
        ),
        (&json!("create"), &json!("strict"))
    );
    assert_eq!(
        changed["settings"]["default_role"], "member",
        "the others stay"
    );

    assert_eq!(
        muster.json(&["directory", "make-primary", "acme/entra"])["primary"],
        true
    );
    assert_eq!(
        muster.json(&["directory", "show", "acme/okta"])["primary"],
        false
    );

    assert_eq!(
        muster.json(&["directory", "disable", "acme/okta"])["state"],
        "disabled"
    );
    assert!(matches!(
        muster.directory("acme/okta").state,
        DirectoryState::Disabled(_)
    ));
    assert!(
        muster
            .ok(&["directory", "show", id])
            .contains("State        disabled since 20")
    );
    assert_eq!(
        muster.json(&["directory", "enable", id])["state"],
        "enabled"
    );
    assert_eq!(muster.directory("acme/okta").state, DirectoryState::Enabled);
}

#[test]
fn schema_extensions_are_read_from_a_file() {
    let muster = Muster::with_a_directory("extensions");
    muster.write("badge.json", EXTENSIONS);
    let set = muster.ok(&[
        "directory",
        "set",
        "acme/okta",
        "schema_extensions=@badge.json",
    ]);
    assert!(
        set.ends_with("schema_extensions  defined (--json shows them)\n"),
        "{set}"
    );
    let shown = muster.json(&["directory", "show", "acme/okta"]);
    assert_eq!(
        shown["settings"]["schema_extensions"][0]["schema"]["attributes"][0]["name"],
        "badge"
    );
    let created = muster.json(&[
        "directory",
        "create",
        "acme/entra",
        "schema_extensions=@badge.json",
    ]);
    assert_eq!(created["settings"], shown["settings"]);
    let cleared = muster.json(&["directory", "set", "acme/okta", "schema_extensions="]);
    assert_eq!(cleared["settings"]["schema_extensions"], json!(null));

    let set = |value: &str| {
        ["directory", "set", "acme/okta"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("schema_extensions={value}")])
            .collect::<Vec<_>>()
    };
    let refused = |value: &str, code, sentence: &str| {
        let arguments = set(value);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        muster.refused(&arguments, code, sentence);
    };
    refused(
        "@nowhere.json",
        1,
        "the file `nowhere.json` for `schema_extensions` cannot be read",
    );
    muster.write("letter.json", "Dear all");
    refused(
        "@letter.json",
        5,
        "the file `letter.json` for `schema_extensions` is refused",
    );
    refused("[]", 5, "write schema_extensions=@FILE");
    // Nothing is created for what cannot be.
    muster.write("wrong.json", &EXTENSIONS.replace("User", "Horse"));
    let create = [
        "directory",
        "create",
        "acme/horse",
        "schema_extensions=@wrong.json",
    ];
    assert_eq!(muster.run(&create).code, Some(5));
    muster.refused(&["directory", "show", "acme/horse"], 4, "was not found");
}

#[test]
fn what_is_wrong_with_a_directory_is_said() {
    let muster = Muster::with_a_directory("directory-refused");
    muster.refused(
        &["directory", "create", "acme/okta"],
        5,
        "there is a directory `acme/okta` already",
    );
    muster.refused(
        &["directory", "create", "globex/okta"],
        4,
        "create it with `muster organization create globex`",
    );
    muster.refused(
        &["directory", "create", "okta"],
        5,
        "write `organization/directory`",
    );
    muster.refused(
        &["directory", "create", "acme/entra", "colour=red"],
        5,
        "there is no setting `colour`",
    );
    muster.refused(
        &["directory", "show", "acme/entra"],
        4,
        "`muster directory list` shows what there is",
    );
    for command in ["show", "make-primary", "disable", "enable"] {
        muster.refused(
            &["directory", command, "0197c3f0000070008000000000000001"],
            4,
            "`muster directory list` shows",
        );
    }
    muster.refused(
        &["directory", "list", "globex"],
        4,
        "`muster organization list` shows",
    );
    muster.refused(
        &["directory", "set", "acme/okta", "dialect=x"],
        5,
        "`dialect` is `tolerant` or `strict`",
    );
    muster.refused(
        &[
            "directory",
            "set",
            "acme/okta",
            "dialect=strict",
            "dialect=tolerant",
        ],
        5,
        "`dialect` is given twice",
    );
    muster.refused(
        &[
            "directory",
            "set",
            "acme/okta",
            "dialect=strict",
            "colour=red",
        ],
        5,
        "no setting `colour`",
    );
    assert_eq!(
        muster.json(&["directory", "show", "acme/okta"])["settings"]["dialect"],
        "tolerant",
        "all or none"
    );
    muster.refused(
        &["directory", "set", "acme/okta", "unique_identifier=email"],
        5,
        "has been disabled for a minute",
    );
    assert_eq!(
        muster
            .run(&["directory", "set", "acme/okta", "dialect"])
            .code,
        Some(2)
    );
}

use expect_test::expect;
use serde_json::{Value, json};

use crate::given::{Muster, redact};
use crate::running::{Dev, credentials, folder, send, text};

const DELETED: &str = "urn:muster:params:scim:schemas:extension:2.0:User:deleted pr";

/// A running stack with three users in acme/main, and `muster` beside it.
struct Stack {
    _dev: Dev,
    muster: Muster,
    credentials: Value,
}

impl Stack {
    fn start(test: &str) -> Self {
        let file = folder(&format!("{test}-stack")).join("credentials.json");
        let dev = Dev::start(&["--users", "3", "--credentials", text(&file)]);
        let credentials = credentials(&file);
        Self {
            _dev: dev,
            muster: Muster::beside(test, &credentials["dynamodb"]),
            credentials,
        }
    }

    /// A request of the identity provider's.
    fn provisioner(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.send("token", method, path, body)
    }

    fn application(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.send("application_token", method, path, body)
    }

    fn send(&self, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let authorization = format!("Bearer {}", self.credentials[token].as_str().unwrap());
        let base_url = self.credentials["base_url"].as_str().unwrap();
        send(base_url, method, path, &authorization, &body.to_string())
    }

    fn users(&self) -> Vec<Value> {
        self.muster
            .json(&["user", "list", "acme/main"])
            .as_array()
            .unwrap()
            .clone()
    }
}

fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

#[test]
fn users_are_listed_and_shown_as_the_application_sees_them() {
    let stack = Stack::start("users");
    let muster = &stack.muster;
    expect![[r"
        ID                                    USER NAME                     ACTIVE  ORIGIN  PROTECTED  ROLE
        00000000-0000-7000-8000-000000000000  bruno.adeyemi.1@example.com   yes     scim    no         -
        00000000-0000-7000-8000-000000000000  chiara.adeyemi.2@example.com  yes     scim    no         -
        00000000-0000-7000-8000-000000000000  dmitri.adeyemi.3@example.com  yes     scim    no         -
    "]]
    .assert_eq(&redact(&muster.ok(&["user", "list", "acme/main"])));
    let shown = muster.ok(&["user", "show", "acme/main", "BRUNO.adeyemi.1@example.com"]);
    expect![[r"
        Id             00000000-0000-7000-8000-000000000000
        User name      bruno.adeyemi.1@example.com
        External id    00u00000000000000001
        Display name   Bruno Adeyemi
        Active         yes
        Origin         scim
        Protected      no
        Role           -
        Groups         -
        Created        YYYY-MM-DDThh:mm:ss.sssZ
        Last modified  YYYY-MM-DDThh:mm:ss.sssZ
        Deleted        -
    "]]
    .assert_eq(&redact(&shown));
    let users = stack.users();
    let by_id = muster.json(&["user", "show", "acme/main", id(&users[0])]);
    assert_eq!(by_id, users[0]);
    let (_, read) = stack.application("GET", &format!("/Users/{}", id(&users[0])), &json!(null));
    assert_eq!(by_id["emails"], read["emails"]);

    let filtered = muster.json(&[
        "user",
        "list",
        "acme/main",
        "--filter",
        "name.givenName eq \"Chiara\"",
    ]);
    assert_eq!(filtered, json!([users[1]]));
    muster.refused(
        &["user", "list", "acme/main", "--filter", "x"],
        5,
        "the filter cannot be read at character 2",
    );
    let list = "`muster user list acme/main` shows who is there";
    muster.refused(&["user", "show", "acme/main", "nobody"], 4, list);
    muster.refused(
        &[
            "user",
            "show",
            "acme/main",
            "a\" or userName pr or id eq \"b",
        ],
        4,
        list,
    );
    muster.refused(
        &[
            "user",
            "show",
            "acme/main",
            "0197c3f0-0000-7000-8000-000000000001",
        ],
        4,
        list,
    );
    muster.refused(
        &["user", "show", "globex/main", id(&users[0])],
        4,
        "`muster user list globex/main` shows",
    );
    muster.refused(
        &["user", "list", "acme/x"],
        4,
        "`muster directory list` shows",
    );
}

#[test]
fn a_long_list_is_whole() {
    let file = folder("long-stack").join("credentials.json");
    let _dev = Dev::start(&["--users", "450", "--credentials", text(&file)]);
    let muster = Muster::beside("long", &credentials(&file)["dynamodb"]);
    let users = muster.json(&["user", "list", "acme/main"]);
    let ids: std::collections::BTreeSet<_> = users.as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids.len(), 450);
    assert_eq!(
        muster.ok(&["user", "list", "acme/main"]).lines().count(),
        451
    );
}

#[test]
fn a_protected_user_cannot_be_changed_by_the_identity_provider() {
    let stack = Stack::start("protect");
    let users = stack.users();
    let path = format!("/Users/{}", id(&users[0]));
    let deactivate = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"active": false}}],
    });
    let protect = [
        "user",
        "protect",
        "acme/main",
        "bruno.adeyemi.1@example.com",
    ];
    let shown = stack.muster.ok(&protect);
    assert!(shown.contains("Protected      yes\n"), "{shown}");
    assert_eq!(stack.provisioner("PATCH", &path, &deactivate).0, 403);
    assert_eq!(
        stack.muster.ok(&protect),
        shown,
        "again, and nothing changes"
    );
    let lifted = stack.muster.json(&[&protect[..], &["--off"]].concat());
    assert_eq!(
        lifted["urn:muster:params:scim:schemas:extension:2.0:User"]["protected"],
        false
    );
    assert_eq!(stack.provisioner("PATCH", &path, &deactivate).0, 200);
    stack.muster.refused(
        &["user", "protect", "acme/main", "nobody"],
        4,
        "`muster user list acme/main` shows",
    );
}

#[test]
fn a_user_who_was_deleted_and_kept_is_found_by_id() {
    let stack = Stack::start("kept");
    let users = stack.users();
    stack
        .muster
        .ok(&["directory", "set", "acme/main", "delete_users=deactivate"]);
    let path = format!("/Users/{}", id(&users[0]));
    assert_eq!(stack.provisioner("DELETE", &path, &json!(null)).0, 204);
    assert_eq!(stack.users(), users[1..]);
    let kept = stack
        .muster
        .json(&["user", "list", "acme/main", "--filter", DELETED]);
    assert_eq!(
        (kept.as_array().unwrap().len(), id(&kept[0])),
        (1, id(&users[0]))
    );
    let shown = stack
        .muster
        .ok(&["user", "show", "acme/main", id(&users[0])]);
    assert!(
        shown.contains("Deleted        20") && shown.contains("Active         no\n"),
        "{shown}"
    );
    stack.muster.refused(
        &["user", "show", "acme/main", "bruno.adeyemi.1@example.com"],
        4,
        "was not found",
    );
    assert_eq!(
        stack
            .muster
            .run(&["user", "protect", "acme/main", id(&users[0])])
            .code,
        Some(5)
    );
}

#[test]
fn a_group_gives_its_members_a_role() {
    let stack = Stack::start("groups");
    let muster = &stack.muster;
    let users = stack.users();
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Team \"A\"", "members": [{"value": id(&users[0])}],
    });
    let (status, created) = stack.application("POST", "/Groups", &group);
    assert_eq!(status, 201);
    let map =
        |more: &[&str]| muster.json(&[&["group", "map", "acme/main", "team \"a\""], more].concat());
    let extension = "urn:muster:params:scim:schemas:extension:2.0:Group";
    assert_eq!(
        map(&["--role", "admin", "--priority", "-5"])[extension],
        json!({"origin": "application", "role": "admin", "priority": -5})
    );
    assert_eq!(
        map(&["--role", "owner"])[extension]["priority"],
        -5,
        "it stays"
    );
    expect![[r#"
        ID                                    DISPLAY NAME  ORIGIN       ROLE   PRIORITY
        00000000-0000-7000-8000-000000000000  Team "A"      application  owner  -5
    "#]]
    .assert_eq(&redact(&muster.ok(&["group", "list", "acme/main"])));
    let shown = muster.ok(&["group", "show", "acme/main", id(&created)]);
    expect![[r#"
        Id             00000000-0000-7000-8000-000000000000
        Display name   Team "A"
        External id    -
        Origin         application
        Role           owner
        Priority       -5
        Members        1
        Created        YYYY-MM-DDThh:mm:ss.sssZ
        Last modified  YYYY-MM-DDThh:mm:ss.sssZ
    "#]]
    .assert_eq(&redact(&shown));
    let user = muster.ok(&["user", "show", "acme/main", id(&users[0])]);
    assert!(
        user.contains("Role           owner\n") && user.contains("Groups         Team \"A\"\n"),
        "{user}"
    );
    let whole = muster.json(&["group", "show", "acme/main", "Team \"A\""]);
    assert_eq!(whole["members"][0]["value"], users[0]["id"]);
    assert!(
        muster.json(&["group", "list", "acme/main"])[0]
            .get("members")
            .is_none()
    );

    assert_eq!(
        map(&["--no-role"])[extension],
        json!({"origin": "application"})
    );
    let user = muster.ok(&["user", "show", "acme/main", id(&users[0])]);
    assert!(user.contains("Role           -\n"), "{user}");

    muster.refused(
        &["group", "show", "acme/main", "none"],
        4,
        "`muster group list acme/main` shows",
    );
    muster.refused(
        &["group", "map", "acme/main", "none", "--no-role"],
        4,
        "`muster group list acme/main` shows",
    );
    let long = "x".repeat(101);
    muster.refused(
        &["group", "map", "acme/main", "Team \"A\"", "--role", &long],
        5,
        "has at most 100 bytes",
    );
    for wrong in [
        &[][..],
        &["--priority", "1"],
        &["--role", "x", "--no-role"],
        &["--role", "x", "--priority", "high"],
    ] {
        let arguments = [&["group", "map", "acme/main", "Team \"A\""], wrong].concat();
        assert_eq!(muster.run(&arguments).code, Some(2), "{wrong:?}");
    }
}

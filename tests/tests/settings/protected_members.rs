//! Protected users as members: each stays as he is, and everybody else's change is done, so a pushed group keeps syncing.

use end_to_end::{Api, Client};
use serde_json::{Value, json};

use crate::given::{group, id, operations, protect, references, shown, sides, user, write};

/// A team of the protected owner and of bob; outside are the protected chief, and cy.
struct Given {
    _api: Api,
    okta: Client,
    application: Client,
    people: Vec<(&'static str, String)>,
    team: String,
}

impl Given {
    async fn new(mode: &str) -> Self {
        let (api, okta, application) = sides(json!({"protected_users": mode})).await;
        let mut people = Vec::new();
        for name in ["owner", "bob", "chief", "cy"] {
            people.push((name, user(&okta, name).await));
        }
        let team = group(&okta, "Team", &[&people[0].1, &people[1].1]).await;
        for protected in [0, 2] {
            protect(&application, &people[protected].1, true).await;
        }
        Self {
            _api: api,
            okta,
            application,
            people,
            team,
        }
    }

    fn path(&self, name: &str) -> &str {
        let person = self.people.iter().find(|(known, _)| *known == name);
        &person.unwrap().1
    }

    fn members(&self, names: &str) -> Value {
        let paths: Vec<_> = names
            .split_whitespace()
            .map(|name| self.path(name))
            .collect();
        references(&paths)
    }

    /// Who is a member, by name: as the group tells it, and as the users do.
    async fn told(&self, group: &str) -> [String; 2] {
        let shown_group = self.okta.get(group).await;
        let members = shown_group.values("members");
        let (mut by_group, mut by_users) = (Vec::new(), Vec::new());
        for (name, path) in &self.people {
            if members.contains(&id(path).to_owned()) {
                by_group.push(*name);
            }
            if self
                .okta
                .get(path)
                .await
                .values("groups")
                .contains(&id(group).to_owned())
            {
                by_users.push(*name);
            }
        }
        [by_group.join(" "), by_users.join(" ")]
    }
}

/// A change of the team's members: how it is written, who is a member after the identity provider's, and after the
/// application's.
struct Change {
    method: &'static str,
    body: fn(&Given) -> Value,
    expected: &'static str,
    by_application: &'static str,
}

fn change(
    method: &'static str,
    body: fn(&Given) -> Value,
    expected: &'static str,
    by_application: &'static str,
) -> Change {
    Change {
        method,
        body,
        expected,
        by_application,
    }
}

fn member_filter(given: &Given, names: &str) -> String {
    let one = |name: &str| format!("value eq \"{}\"", id(given.path(name)));
    let filter: Vec<_> = names.split_whitespace().map(one).collect();
    format!("members[{}]", filter.join(" or "))
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn changes() -> Vec<Change> {
    vec![
        change(
            "PATCH",
            |it| {
                operations(
                    json!([{"op": "add", "path": "members", "value": it.members("chief cy")}]),
                )
            },
            "owner bob cy",
            "owner bob chief cy",
        ),
        change(
            "PATCH",
            |it| {
                operations(json!([{"op": "add", "path": "members", "value": it.members("chief")}]))
            },
            "owner bob",
            "owner bob chief",
        ),
        change(
            "PATCH",
            |it| {
                operations(
                    json!([{"op": "add", "value": {"members": it.members("chief cy owner")}}]),
                )
            },
            "owner bob cy",
            "owner bob chief cy",
        ),
        change(
            "PATCH",
            |it| {
                operations(
                    json!([{"op": "remove", "path": "members", "value": it.members("owner bob")}]),
                )
            },
            "owner",
            "",
        ),
        change(
            "PATCH",
            |it| {
                operations(
                    json!([{"op": "remove", "path": "members", "value": it.members("owner")}]),
                )
            },
            "owner bob",
            "bob",
        ),
        change(
            "PATCH",
            |it| operations(json!([{"op": "remove", "path": member_filter(it, "owner")}])),
            "owner bob",
            "bob",
        ),
        change(
            "PATCH",
            |it| operations(json!([{"op": "remove", "path": member_filter(it, "owner bob")}])),
            "owner",
            "",
        ),
        change(
            "PATCH",
            |_| operations(json!([{"op": "remove", "path": "members[type eq \"User\"]"}])),
            "owner",
            "",
        ),
        change(
            "PATCH",
            |_| operations(json!([{"op": "remove", "path": "members"}])),
            "owner",
            "",
        ),
        change(
            "PATCH",
            |it| {
                operations(
                    json!([{"op": "replace", "path": "members", "value": it.members("chief cy")}]),
                )
            },
            "owner cy",
            "chief cy",
        ),
        change(
            "PATCH",
            |it| {
                operations(
                    json!([{"op": "replace", "path": "members", "value": it.members("owner bob")}]),
                )
            },
            "owner bob",
            "owner bob",
        ),
        change(
            "PATCH",
            |it| {
                operations(json!([
                    {"op": "remove", "path": member_filter(it, "owner bob")},
                    {"op": "add", "path": "members", "value": it.members("chief cy")}
                ]))
            },
            "owner cy",
            "chief cy",
        ),
        change(
            "PATCH",
            |it| {
                operations(json!([
                    {"op": "replace", "path": "displayName", "value": "Team"},
                    {"op": "replace", "path": "externalId", "value": "e1"},
                    {"op": "add", "path": "members", "value": it.members("chief cy")}
                ]))
            },
            "owner bob cy",
            "owner bob chief cy",
        ),
        change(
            "PUT",
            |it| json!({"displayName": "Team", "members": it.members("chief cy")}),
            "owner cy",
            "chief cy",
        ),
        change("PUT", |_| json!({"displayName": "Team"}), "owner", ""),
    ]
}

async fn check(mode: &str, bulk: bool, by_application: bool) {
    for (number, change) in changes().iter().enumerate() {
        let given = Given::new(mode).await;
        let body = (change.body)(&given);
        let (client, expected) = if by_application {
            (&given.application, change.by_application)
        } else {
            (&given.okta, change.expected)
        };
        let (status, error) = write(client, bulk, change.method, &given.team, &body).await;
        let done = if change.method == "PUT" { 200 } else { 204 };
        assert_eq!(status, done, "{mode} {number} {body}: {error}");
        assert_eq!(
            given.told(&given.team).await,
            [expected; 2],
            "{mode} {number} {body}"
        );
        let again = write(client, bulk, change.method, &given.team, &body).await;
        assert_eq!(again.0, done, "{mode} {number} {body}: {error}");
        assert_eq!(
            given.told(&given.team).await,
            [expected; 2],
            "{mode} {number} {body}"
        );
    }
}

#[tokio::test]
async fn stay_as_they_are_where_writes_are_rejected() {
    check("reject", false, false).await;
}

#[tokio::test]
async fn stay_as_they_are_where_writes_are_ignored() {
    check("ignore", false, false).await;
}

#[tokio::test]
async fn stay_as_they_are_in_bulk() {
    check("reject", true, false).await;
}

#[tokio::test]
async fn change_for_the_application() {
    check("reject", false, true).await;
}

#[tokio::test]
async fn do_not_join_a_new_group() {
    for bulk in [false, true] {
        let given = Given::new("reject").await;
        let body = json!({"displayName": "New", "members": given.members("owner bob chief cy")});
        let (status, error) = write(&given.okta, bulk, "POST", "/Groups", &body).await;
        assert_eq!(status, 201, "{error}");
        let new = given
            .okta
            .find("/Groups", "displayName eq \"New\"")
            .await
            .ids()
            .remove(0);
        let new = format!("/Groups/{new}");
        assert_eq!(given.told(&new).await, ["bob cy"; 2]);
    }
    let given = Given::new("reject").await;
    let body = json!({"displayName": "New", "members": given.members("owner chief")});
    let created = given.okta.post("/Groups", &body).await;
    assert_eq!(
        (created.status, &created.body["members"]),
        (201, &json!([]))
    );
    let body = json!({"displayName": "Own", "members": given.members("owner chief")});
    let created = given.application.post("/Groups", &body).await;
    assert_eq!(created.values("members").len(), 2);
}

/// What would change protected members alone changes nothing, the version included.
#[tokio::test]
async fn leave_no_version_behind() {
    let given = Given::new("reject").await;
    let before = shown(&given.okta, &given.team).await;
    for operation in [
        json!({"op": "add", "path": "members", "value": given.members("chief")}),
        json!({"op": "remove", "path": member_filter(&given, "owner")}),
        json!({"op": "replace", "path": "members", "value": given.members("bob chief")}),
    ] {
        let answer = given.okta.patch(&given.team, &json!([operation])).await;
        assert_eq!(answer.status, 204, "{operation}: {answer:?}");
        assert_eq!(shown(&given.okta, &given.team).await, before, "{operation}");
    }
}

/// Somebody who does not exist is an error beside protected users, too.
#[tokio::test]
async fn do_not_hide_who_does_not_exist() {
    let given = Given::new("ignore").await;
    let mut members = given.members("chief cy");
    let nobody = "019aa583-8f00-7000-8000-000000000000";
    members
        .as_array_mut()
        .unwrap()
        .push(json!({"value": nobody}));
    let add = operations(json!([{"op": "add", "path": "members", "value": members}]));
    let put = json!({"displayName": "Team", "members": members});
    for (method, path, body) in [
        ("PATCH", given.team.as_str(), &add),
        ("PUT", &given.team, &put),
        ("POST", "/Groups", &put),
    ] {
        let body = body.to_string().replace(
            "\"Team\"",
            if method == "POST" {
                "\"New\""
            } else {
                "\"Team\""
            },
        );
        let body = serde_json::from_str(&body).unwrap();
        let (status, error) = write(&given.okta, false, method, path, &body).await;
        assert_eq!(
            (status, &error["scimType"]),
            (400, &json!("invalidValue")),
            "{method}: {error}"
        );
        let detail = format!("`members` names the user `{nobody}`, who does not exist.");
        assert_eq!(error["detail"], detail);
    }
    assert_eq!(given.told(&given.team).await, ["owner bob"; 2]);
}

#[tokio::test]
async fn go_with_a_group_that_is_deleted() {
    let given = Given::new("reject").await;
    assert_eq!(given.okta.delete(&given.team).await.status, 204);
    assert_eq!(given.told(&given.team).await, [""; 2]);
}

#[tokio::test]
async fn change_again_when_they_are_no_longer_protected() {
    let given = Given::new("reject").await;
    for name in ["owner", "chief"] {
        protect(&given.application, given.path(name), false).await;
    }
    let put = json!({"displayName": "Team", "members": given.members("chief")});
    assert_eq!(given.okta.put(&given.team, &put).await.status, 200);
    assert_eq!(given.told(&given.team).await, ["chief"; 2]);
}

//! `group_rename`: who names the application's groups.

use end_to_end::{Api, Client};
use serde_json::{Value, json};

use crate::given::{
    create, group, id, operations, patch, references, replace, shown, sides, user, write,
};

/// A team of the application's, one that was pushed, and a user.
struct Given {
    _api: Api,
    okta: Client,
    application: Client,
    team: String,
    pushed: String,
    ann: String,
}

impl Given {
    async fn new(mode: &str) -> Self {
        let (api, okta, application) = sides(json!({"group_rename": mode})).await;
        let ann = user(&okta, "ann").await;
        let team = group(&application, "Team", &[]).await;
        let pushed = group(&okta, "Pushed", &[]).await;
        Self {
            _api: api,
            okta,
            application,
            team,
            pushed,
            ann,
        }
    }
}

async fn name(client: &Client, path: &str) -> Value {
    shown(client, path).await["displayName"].clone()
}

/// The ways in which identity providers send a name, alone and beside members and others.
fn renames(path: &str, ann: &str, new: &str) -> Vec<(&'static str, Value, u16)> {
    let add = json!({"op": "add", "path": "members", "value": references(&[ann])});
    vec![
        (
            "PATCH",
            operations(json!([replace("displayName", new)])),
            204,
        ),
        (
            "PATCH",
            operations(json!([{"op": "replace", "value": {"id": id(path), "displayName": new}}])),
            204,
        ),
        (
            "PATCH",
            operations(json!([replace("displayName", new), add])),
            204,
        ),
        (
            "PATCH",
            operations(json!([
                replace("displayName", new),
                replace("members", references(&[ann]))
            ])),
            204,
        ),
        (
            "PUT",
            json!({"displayName": new, "members": references(&[ann])}),
            200,
        ),
    ]
}

#[tokio::test]
async fn ignore_drops_a_new_name_and_does_the_rest() {
    let rivals = ["Other", "pushed"];
    for (new, bulk) in [(rivals[0], false), (rivals[1], false), (rivals[1], true)] {
        let number_of_ways = 5;
        for number in 0..number_of_ways {
            let given = Given::new("ignore").await;
            let (method, body, done) = renames(&given.team, &given.ann, new).swap_remove(number);
            let (status, error) = write(&given.okta, bulk, method, &given.team, &body).await;
            assert_eq!(status, done, "{body}: {error}");
            assert_eq!(name(&given.okta, &given.team).await, "Team", "{body}");
            assert_eq!(name(&given.okta, &given.pushed).await, "Pushed", "{body}");
            let members = given.okta.get(&given.team).await.values("members");
            let asks_for_members = body.to_string().contains("members");
            assert_eq!(
                members.contains(&id(&given.ann).to_owned()),
                asks_for_members,
                "{body}"
            );
            // The name that it did not get is free, and the one that it kept is not.
            let free = given
                .okta
                .post("/Groups", &json!({"displayName": "Other"}))
                .await;
            assert_eq!(free.status, 201, "{body}");
            let kept = given
                .okta
                .post("/Groups", &json!({"displayName": "TEAM"}))
                .await;
            assert_eq!(kept.status, 409, "{body}");
        }
    }
}

#[tokio::test]
async fn the_answer_has_the_old_name() {
    let given = Given::new("ignore").await;
    let put = json!({"displayName": "Other", "externalId": "e1"});
    let answer = given.okta.put(&given.team, &put).await;
    assert_eq!(
        (
            answer.status,
            &answer.body["displayName"],
            &answer.body["externalId"]
        ),
        (200, &json!("Team"), &json!("e1"))
    );
    let path = format!("{}?attributes=displayName", given.team);
    let answer = given
        .okta
        .patch(&path, &json!([replace("displayName", "Other")]))
        .await;
    assert_eq!(
        (answer.status, &answer.body["displayName"]),
        (200, &json!("Team"))
    );
}

/// A name and nothing else changes nothing, the version included.
#[tokio::test]
async fn a_dropped_name_leaves_no_version_behind() {
    let given = Given::new("ignore").await;
    let before = shown(&given.okta, &given.team).await;
    patch(&given.okta, &given.team, replace("displayName", "Other")).await;
    let put = json!({"displayName": "Another"});
    assert_eq!(given.okta.put(&given.team, &put).await.status, 200);
    assert_eq!(shown(&given.okta, &given.team).await, before);
}

/// What is wrong with a name is told as ever.
#[tokio::test]
async fn a_name_that_cannot_be_is_refused() {
    let given = Given::new("ignore").await;
    for operation in [
        json!({"op": "remove", "path": "displayName"}),
        replace("displayName", json!({"a": 1})),
    ] {
        let answer = given.okta.patch(&given.team, &json!([operation])).await;
        assert_eq!(answer.status, 400, "{operation}");
    }
    assert_eq!(given.okta.put(&given.team, &json!({})).await.status, 400);
    assert_eq!(name(&given.okta, &given.team).await, "Team");
}

#[tokio::test]
async fn pushed_groups_are_renamed_in_either_case() {
    for mode in ["apply", "ignore"] {
        for number in 0..5 {
            let given = Given::new(mode).await;
            let (method, body, done) =
                renames(&given.pushed, &given.ann, "Other").swap_remove(number);
            let (status, error) = write(&given.okta, false, method, &given.pushed, &body).await;
            assert_eq!(status, done, "{body}: {error}");
            assert_eq!(name(&given.okta, &given.pushed).await, "Other", "{body}");
            let taken = json!({"displayName": "Team"});
            assert_eq!(given.okta.put(&given.pushed, &taken).await.status, 409);
        }
    }
}

#[tokio::test]
async fn apply_takes_a_new_name() {
    for number in 0..5 {
        let given = Given::new("apply").await;
        let (method, body, done) = renames(&given.team, &given.ann, "Other").swap_remove(number);
        let (status, error) = write(&given.okta, false, method, &given.team, &body).await;
        assert_eq!(status, done, "{body}: {error}");
        assert_eq!(name(&given.okta, &given.team).await, "Other", "{body}");
        let (method, body, _) = renames(&given.team, &given.ann, "Pushed").swap_remove(number);
        let (status, error) = write(&given.okta, false, method, &given.team, &body).await;
        assert_eq!(status, 409, "{body}");
        assert_eq!(
            error["detail"],
            "A group with displayName `Pushed` already exists."
        );
    }
}

#[tokio::test]
async fn the_application_renames() {
    let given = Given::new("ignore").await;
    patch(
        &given.application,
        &given.team,
        replace("displayName", "Crew"),
    )
    .await;
    assert_eq!(name(&given.okta, &given.team).await, "Crew");
    let put = json!({"displayName": "Gang"});
    assert_eq!(given.application.put(&given.pushed, &put).await.status, 200);
    assert_eq!(name(&given.okta, &given.pushed).await, "Gang");
    create(&given.okta, "/Groups", &json!({"displayName": "Team"})).await;
}

use end_to_end::Api;
use serde_json::json;

use crate::given::{
    NOBODY, add, assert_settled, change, group, members, members_of, remove, replace, users_in,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_group_tells_a_large_change_at_once_and_its_members_follow() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(60).await;
    let team = group(&client, "team", &users[..40]).await;
    assert_eq!(members_of(&client, &team).await, users[..40]);
    assert_settled(&api, &team, &users[..40]).await;

    change(&client, &team, &add(&users)).await;
    assert_eq!(members_of(&client, &team).await, users);
    assert_settled(&api, &team, &users).await;

    change(&client, &team, &remove(&users[10..])).await;
    assert_eq!(members_of(&client, &team).await, users[..10]);
    assert_settled(&api, &team, &users[..10]).await;

    change(&client, &team, &replace(&users[5..])).await;
    assert_eq!(members_of(&client, &team).await, users[5..]);
    assert_settled(&api, &team, &users[5..]).await;

    let body = json!({"displayName": "team", "members": members(&users[..30])});
    let put = client.put(&team, &body).await;
    assert_eq!(
        (put.status, put.values("members")),
        (200, users[..30].to_vec())
    );
    assert_settled(&api, &team, &users[..30]).await;

    change(
        &client,
        &team,
        &json!([{"op": "remove", "path": "members"}]),
    )
    .await;
    assert_settled(&api, &team, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_in_one_request_changes_together() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(40).await;
    let team = group(&client, "team", &users[..1]).await;
    group(&client, "taken", &[]).await;
    let before = client.get(&team).await;
    let both = |name: &str| {
        json!([
            {"op": "replace", "path": "displayName", "value": name},
            {"op": "add", "path": "members", "value": members(&users)}
        ])
    };

    let refused = client.patch(&team, &both("taken")).await;
    assert_eq!(
        (refused.status, &refused.body["scimType"]),
        (409, &json!("uniqueness"))
    );
    assert_eq!(client.get(&team).await.body, before.body);
    assert_settled(&api, &team, &users[..1]).await;

    change(&client, &team, &both("renamed")).await;
    let after = client.get(&team).await;
    assert_eq!(after.body["displayName"], "renamed");
    assert_eq!(after.body["meta"]["version"], "W/\"2\"");
    assert_settled(&api, &team, &users).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_change_names_the_user_who_does_not_exist() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(30).await;
    let team = group(&client, "team", &users[..1]).await;
    let before = client.get(&team).await;
    let mut ids = users.clone();
    ids.push(NOBODY.to_owned());
    let body = json!({"displayName": "other", "members": members(&ids)});
    for refused in [
        client.patch(&team, &add(&ids)).await,
        client.patch(&team, &replace(&ids)).await,
        client.put(&team, &body).await,
        client.post("/Groups", &body).await,
    ] {
        assert_eq!(
            (refused.status, &refused.body["scimType"]),
            (400, &json!("invalidValue"))
        );
        assert!(
            refused.body["detail"].as_str().unwrap().contains(NOBODY),
            "{refused:?}"
        );
    }
    assert_eq!(client.get(&team).await.body, before.body);
    // Of those who leave nobody has to exist.
    ids.extend((0..30).map(|number| format!("{}{number:02}", &NOBODY[..34])));
    change(&client, &team, &remove(&ids)).await;
    assert_settled(&api, &team, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_change_that_changes_nothing_writes_nothing() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(40).await;
    let team = group(&client, "team", &users).await;
    api.settled().await;
    let before = client.get(&team).await;
    for operations in [
        add(&users),
        replace(&users),
        json!([remove(&users)[0], add(&users)[0]]),
    ] {
        change(&client, &team, &operations).await;
        assert_eq!(client.get(&team).await.body, before.body, "{operations}");
    }
    assert_settled(&api, &team, &users).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_refuses_a_large_change() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(40).await;
    let team = group(&client, "team", &users[..30]).await;
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": add(&users)
    });
    let send = async |version: &str| {
        let headers = [
            ("content-type", "application/scim+json"),
            ("if-match", version),
        ];
        client
            .send("PATCH", &team, &headers, Some(patch.to_string()))
            .await
            .status
    };
    assert_eq!(send("W/\"7\"").await, 412);
    assert_eq!(members_of(&client, &team).await, users[..30]);
    assert_eq!(send("W/\"1\"").await, 204);
    assert_settled(&api, &team, &users).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn large_changes_at_once_leave_one_truth() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(90).await;
    let (one, two) = (
        group(&client, "one", &users[..50]).await,
        group(&client, "two", &users[40..]).await,
    );
    let rounds = (0..6).map(|round| {
        let (client, users, one, two) = (api.client(), &users, &one, &two);
        async move {
            let some = &users[round * 10..round * 10 + 40];
            let operations = match round % 3 {
                0 => add(some),
                1 => remove(some),
                _ => replace(some),
            };
            for group in [one, two] {
                let answer = client.patch(group, &operations).await;
                assert!([204, 429].contains(&answer.status), "{answer:?}");
                let single = client
                    .patch(group, &remove(&users[round * 11..][..1]))
                    .await;
                assert_eq!(single.status, 204, "{single:?}");
            }
        }
    });
    futures_util::future::join_all(rounds).await;
    for group in [one, two] {
        let told = members_of(&client, &group).await;
        assert_settled(&api, &group, &told).await;
        api.replay().await;
        assert_eq!(users_in(&client, &group).await, told);
    }
}

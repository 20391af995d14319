use std::time::Instant;

use end_to_end::{Api, MOST_WITH_STREAM, how_many};
use serde_json::json;

use crate::given::{add, assert_agrees, change, group, members_of, remove};

/// Does what follows from all changes so far, also where the stack's stream was taken away while the directory was filled.
async fn follow(api: &Api) {
    let started = Instant::now();
    api.settled().await;
    api.replay().await;
    eprintln!("followed in {:?}", started.elapsed());
    assert_agrees(api).await;
}

async fn assert_members(api: &Api, team: &str, expected: &[String]) {
    let client = api.client();
    assert_eq!(members_of(&client, team).await, expected);
    follow(api).await;
}

/// With as many members as `MUSTER_MEMBERS` says.
#[tokio::test(flavor = "multi_thread")]
async fn a_very_large_group_begins_changes_and_ends() {
    let count = how_many("MUSTER_MEMBERS", 200);
    let api = Api::start().await;
    let users = api.seed(count).await;
    let stream = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
    if count > MOST_WITH_STREAM {
        api.dynamodb("UpdateTable", &json!({"StreamSpecification": stream}))
            .await;
    }
    let client = api.client();
    let team = group(&client, "team", &users).await;
    assert_members(&api, &team, &users).await;
    change(&client, &team, &remove(&users[..count / 2])).await;
    assert_members(&api, &team, &users[count / 2..]).await;
    change(
        &client,
        &team,
        &json!([{"op": "remove", "path": "members"}]),
    )
    .await;
    assert_members(&api, &team, &[]).await;
    change(&client, &team, &add(&users)).await;
    assert_eq!(client.delete(&team).await.status, 204);
    follow(&api).await;
}

/// In as many groups as `MUSTER_GROUPS` says.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_very_many_groups_is_deleted() {
    let count = how_many("MUSTER_GROUPS", 100);
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(2).await;
    let mut groups = Vec::new();
    for number in 0..count {
        groups.push(group(&client, &format!("group {number}"), &users).await);
    }
    assert_eq!(
        client.delete(&format!("/Users/{}", users[0])).await.status,
        204
    );
    follow(&api).await;
    for group in &groups {
        assert_eq!(members_of(&client, group).await, users[1..]);
    }
}

use end_to_end::Api;
use serde_json::json;

use crate::given::{assert_settled, group, items_of, members_of, to_do, users_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_large_group_is_deleted_at_once_and_its_members_follow() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(60).await;
    let team = group(&client, "team", &users).await;
    let other = group(&client, "other", &users[..30]).await;
    assert_eq!(client.delete(&team).await.status, 204);
    assert_eq!(client.get(&team).await.status, 404);
    // The name is free.
    let again = group(&client, "team", &users[..2]).await;
    api.settled().await;
    assert!(users_in(&client, &team).await.is_empty());
    assert_settled(&api, &other, &users[..30]).await;
    assert_settled(&api, &again, &users[..2]).await;
    assert!(
        items_of(&api, team.trim_start_matches("/Groups/"), "members")
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_deleted_while_its_members_follow_a_change() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(80).await;
    let team = group(&client, "team", &users).await;
    assert_eq!(client.delete(&team).await.status, 204);
    api.settled().await;
    assert!(users_in(&client, &team).await.is_empty());
    assert_eq!(to_do(&api).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_groups_are_linked_a_large_one_is_emptied() {
    let api = Api::start().await;
    let users = api.seed(40).await;
    let client = api.client();
    let team = group(&client, "team", &users).await;
    api.set(json!({"group_push": "link_only"})).await;
    assert_eq!(client.delete(&team).await.status, 204);
    assert_eq!(members_of(&client, &team).await, [""; 0]);
    assert_settled(&api, &team, &[]).await;
}

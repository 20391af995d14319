use end_to_end::{Api, Client};
use serde_json::json;

use crate::given::{add, change, group, items_of, members_of, to_do};

/// More groups than forget a user in one transaction.
const GROUPS: usize = 45;

async fn groups(client: &Client, members: &[String]) -> Vec<String> {
    let mut groups = Vec::new();
    for number in 0..GROUPS {
        groups.push(group(client, &format!("group {number}"), members).await);
    }
    groups
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_many_groups_is_gone_at_once_and_they_follow() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(2).await;
    let groups = groups(&client, &users).await;
    let user = format!("/Users/{}", users[0]);
    let name = client.get(&user).await.body["userName"].clone();
    assert_eq!(client.delete(&user).await.status, 204);
    assert_eq!(client.get(&user).await.status, 404);
    // He cannot join a group any more, and his name is free.
    let refused = client.patch(&groups[0], &add(&users[..1])).await;
    assert!(
        refused.status == 400 || refused.status == 204,
        "{refused:?}"
    );
    let again = client.post("/Users", &json!({"userName": name})).await;
    assert_eq!(again.status, 201, "{again:?}");
    assert!(again.body.get("groups").is_none());
    api.settled().await;
    for group in &groups {
        assert_eq!(members_of(&client, group).await, users[1..]);
    }
    assert_eq!(to_do(&api).await, 0);
    assert!(items_of(&api, &users[0], "user's groups").await.is_empty());
    assert_eq!(
        client.patch(&groups[0], &add(&users[..1])).await.status,
        400
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_kept_after_his_deletion_is_in_none_of_his_many_groups() {
    let api = Api::start().await;
    api.set(json!({"delete_users": "deactivate"})).await;
    let client = api.client();
    let users = api.seed(1).await;
    let groups = groups(&client, &users).await;
    let user = format!("/Users/{}", users[0]);
    assert_eq!(client.delete(&user).await.status, 204);
    let application = api.application().await;
    let kept = application.get(&user).await;
    assert_eq!((kept.status, &kept.body["active"]), (200, &json!(false)));
    assert!(kept.body.get("groups").is_none(), "{kept:?}");
    api.settled().await;
    for group in &groups {
        assert_eq!(members_of(&client, group).await, [""; 0]);
    }
    assert_eq!(to_do(&api).await, 0);
    assert_eq!(application.delete(&user).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_during_a_large_change_is_no_member_in_the_end() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(60).await;
    let team = group(&client, "team", &[]).await;
    change(&client, &team, &add(&users)).await;
    let deletions = users[..20].iter().map(|user| {
        let client = api.client();
        async move { client.delete(&format!("/Users/{user}")).await.status }
    });
    let statuses = futures_util::future::join_all(deletions).await;
    assert_eq!(statuses, [204; 20]);
    crate::given::assert_settled(&api, &team, &users[20..]).await;
}

#[tokio::test]
async fn who_is_deleted_before_a_large_change_is_tried_again_does_not_join() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(60).await;
    let team = group(&client, "team", &[]).await;
    let held = api
        .calls
        .hold(|call| call.is_write() && call.touches("members"));
    let adding = async {
        let adding = client.patch(&team, &add(&users)).await;
        (adding.status, adding.body["scimType"].clone())
    };
    let meanwhile = async {
        held.reached().await;
        let deleted = client.delete(&format!("/Users/{}", users[0])).await;
        assert_eq!(deleted.status, 204);
        let rename = json!([{"op": "replace", "path": "displayName", "value": "crew"}]);
        change(&client, &team, &rename).await;
        held.release();
    };
    let (refused, ()) = futures_util::future::join(adding, meanwhile).await;
    assert_eq!(refused, (400, json!("invalidValue")));
    crate::given::assert_settled(&api, &team, &[]).await;
}

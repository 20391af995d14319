use end_to_end::Api;
use serde_json::json;

use crate::given::{
    add, assert_settled, change, group, items_of, members, members_of, remove, replace,
};

/// One member more than one chunk holds.
const MANY: usize = 1_001;

async fn chunks(api: &Api, group: &str) -> usize {
    let id = group.trim_start_matches("/Groups/");
    items_of(api, id, "members").await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_thousand_and_first_member_spreads_a_group() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(MANY + 20).await;
    let team = group(&client, "team", &users[..MANY - 1]).await;
    assert_eq!(chunks(&api, &team).await, 1);
    change(&client, &team, &add(&users[MANY - 1..MANY])).await;
    assert_eq!(chunks(&api, &team).await, 64);
    assert_eq!(members_of(&client, &team).await, users[..MANY]);
    assert_settled(&api, &team, &users[..MANY]).await;

    // Few ids at a time, as before; and both at once.
    change(&client, &team, &add(&users[MANY..])).await;
    change(&client, &team, &remove(&users[..5])).await;
    let both = json!([remove(&users[5..6])[0], add(&users[..1])[0]]);
    change(&client, &team, &both).await;
    let expected: Vec<_> = users[..1].iter().chain(&users[6..]).cloned().collect();
    assert_settled(&api, &team, &expected).await;

    // It stays spread when it is emptied.
    change(
        &client,
        &team,
        &json!([{"op": "remove", "path": "members"}]),
    )
    .await;
    assert_eq!(chunks(&api, &team).await, 64);
    assert_settled(&api, &team, &[]).await;
    change(&client, &team, &add(&users[..3])).await;
    assert_settled(&api, &team, &users[..3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_spread_while_members_leave() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(MANY + 40).await;
    let team = group(&client, "team", &users[..100]).await;
    change(&client, &team, &replace(&users[40..])).await;
    assert_eq!(chunks(&api, &team).await, 64);
    assert_settled(&api, &team, &users[40..]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_can_begin_spread() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(MANY).await;
    let team = group(&client, "team", &users).await;
    assert_eq!(chunks(&api, &team).await, 64);
    assert_settled(&api, &team, &users).await;

    let without = client
        .get(&format!("{team}?excludedAttributes=members"))
        .await;
    assert!(without.body.get("members").is_none());
    // Of so many only the ids are shown.
    let whole = client.get(&team).await;
    assert_eq!(whole.body["members"][0], json!({"value": users[0]}));
    let filter = format!(
        "displayName eq \"team\" and members.value eq \"{}\"",
        users[7]
    );
    assert_eq!(
        client.find("/Groups", &filter).await.body["totalResults"],
        1
    );
    let list = client.get("/Groups").await;
    assert_eq!(
        list.body["Resources"][0]["members"]
            .as_array()
            .unwrap()
            .len(),
        MANY
    );

    // Who is deleted leaves it, and a removal by filter finds him in any chunk.
    assert_eq!(
        client.delete(&format!("/Users/{}", users[0])).await.status,
        204
    );
    let operation =
        json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", users[1])}]);
    change(&client, &team, &operation).await;
    assert_settled(&api, &team, &users[2..]).await;

    let put = json!({"displayName": "team", "members": members(&users[500..])});
    assert_eq!(client.put(&team, &put).await.status, 200);
    assert_settled(&api, &team, &users[500..]).await;
    assert_eq!(client.delete(&team).await.status, 204);
    api.settled().await;
    assert_eq!(chunks(&api, &team).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn adds_at_once_spread_a_group_once_and_none_is_lost() {
    let api = Api::start().await;
    let users = api.seed(MANY + 19).await;
    let client = api.client();
    let team = group(&client, "team", &users[..MANY - 4]).await;
    let adds = users[MANY - 4..].chunks(2).map(|some| {
        let (client, team) = (api.client(), &team);
        async move { client.patch(team, &add(some)).await.status }
    });
    let statuses = futures_util::future::join_all(adds).await;
    assert!(statuses.iter().all(|status| *status == 204), "{statuses:?}");
    assert_settled(&api, &team, &users).await;
}

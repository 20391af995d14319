use expect_test::expect;
use serde_json::json;

use crate::given::{Given, given};

/// The shards of the users' total in which one is counted, in order.
async fn shards(given: &Given) -> Vec<String> {
    let partition = format!("D#{}#T#User", given.api.directory);
    let items = given.api.items().await;
    let shards = items
        .iter()
        .filter(|item| item["pk"]["S"] == partition && item["count"]["N"] == "1");
    shards
        .map(|item| item["sk"]["S"].as_str().unwrap().to_owned())
        .collect()
}

async fn total(given: &Given) -> serde_json::Value {
    let list = given.api.client().get("/Users?count=0").await;
    list.body["totalResults"].clone()
}

#[tokio::test]
async fn a_total_that_is_wrong() {
    let given = given().await;
    let shards = shards(&given).await;
    let damage = format!("set D#{{d}}#T#User {} count {{\"N\":\"7\"}}", shards[0]);
    given.check(&[&damage], expect![[r"
        -: the total of User says 6 in a shard, and there are 0 (repairable: write the number that was counted)
    "]]).await;
    assert_eq!(total(&given).await, 3);
}

#[tokio::test]
async fn shards_that_are_wrong_where_their_sum_is_right() {
    let given = given().await;
    let mut number = 0;
    while shards(&given).await.len() < 2 {
        number += 1;
        let user = json!({"userName": format!("more-{number}")});
        given.api.client().post("/Users", &user).await;
    }
    let (shards, users) = (shards(&given).await, total(&given).await);
    let set =
        |shard: &str, count: u8| format!("set D#{{d}}#T#User {shard} count {{\"N\":\"{count}\"}}");
    given.damage(&set(&shards[0], 2)).await;
    given.damage(&set(&shards[1], 0)).await;
    assert_eq!(total(&given).await, users);
    given.damage(&set(&shards[0], 1)).await;
    given.damage(&set(&shards[1], 1)).await;
    let damage = [set(&shards[0], 2), set(&shards[1], 0)];
    given.check(&[&damage[0], &damage[1]], expect![[r"
        -: the total of User says 1 in a shard, and there are 0 (repairable: write the number that was counted)
        -: the total of User says 0 in a shard, and there are 1 (repairable: write the number that was counted)
    "]]).await;
}

#[tokio::test]
async fn a_shard_that_is_missing() {
    let given = given().await;
    let damage = format!("delete D#{{d}}#T#User {}", shards(&given).await[0]);
    given.check(&[&damage], expect![[r"
        -: the total of User says 0 in a shard, and there are 1 (repairable: write the number that was counted)
    "]]).await;
}

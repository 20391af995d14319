//! Pages that would be too large carry fewer, and nobody is lost.

use end_to_end::{Api, Client};
use serde_json::{Value, json};

use crate::given::{Query, ids};

const USERS: usize = 110;

/// Users of 60 KB.
async fn large_users(client: &Client) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..USERS {
        let user = json!({"userName": format!("large-{number:03}"), "title": "x".repeat(60_000)});
        ids.push(client.post("/Users", &user).await.id());
    }
    ids
}

#[tokio::test]
async fn nobody_is_lost_in_order_of_creation() {
    check_nobody_is_lost(json!({"count": 100})).await;
}

#[tokio::test]
async fn nobody_is_lost_where_a_filter_reads_all() {
    check_nobody_is_lost(json!({"count": 100, "filter": "title pr"})).await;
}

#[tokio::test]
async fn nobody_is_lost_in_an_order() {
    check_nobody_is_lost(json!({"count": 100, "sortBy": "userName"})).await;
}

#[tokio::test]
async fn nobody_is_lost_in_the_reverse_order() {
    let descending = json!({"count": 100, "sortBy": "userName", "sortOrder": "descending"});
    check_nobody_is_lost(descending).await;
}

#[tokio::test]
async fn nobody_is_lost_where_all_are_alike() {
    check_nobody_is_lost(json!({"count": 100, "sortBy": "title"})).await;
}

/// In either direction.
async fn check_nobody_is_lost(parameters: Value) {
    let api = Api::start().await;
    let client = api.client();
    let mut expected = large_users(&client).await;
    if parameters["sortOrder"] == "descending" {
        expected.reverse();
    }
    let query = Query::new("/Users", parameters);
    let pages = query.walk(&client, async |_| {}).await;
    assert!(pages[0].ids.len() < 100, "the first page holds them all");
    assert_eq!(ids(&pages), expected);
    for page in &pages {
        assert_eq!(page.total, Some(USERS as u64));
    }
    // From the end to the beginning: pages cut elsewhere, but everybody is on one of them.
    let last = pages.last().unwrap();
    let mut back = query.walk_back(&client, last).await;
    back.reverse();
    let before = &expected[..USERS - last.ids.len()];
    assert_eq!(ids(&back), before);
    // And from the beginning, as it was found on the way back, to the end again.
    let mut forward = vec![back[0].clone()];
    while let Some(next) = forward.last().unwrap().next.clone() {
        forward.push(query.page(&client, &next).await);
    }
    assert_eq!(ids(&forward), expected);
}

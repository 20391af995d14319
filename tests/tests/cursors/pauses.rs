//! A walk over more documents than one request may read goes on with the next page.

use end_to_end::Api;
use serde_json::json;

use crate::given::{Query, check_refused, ids};

/// More than a request walks over (20,000).
const OTHERS: usize = 20_100;

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_that_pauses_goes_on_in_either_direction() {
    let api = Api::start().await;
    let client = api.client();
    let make = async |name: &str| {
        let user = json!({"userName": name, "nickName": name});
        client.post("/Users", &user).await.id()
    };
    let first = make("first").await;
    api.fill(OTHERS).await;
    let last = make("last").await;

    let query = Query::new("/Users", json!({"count": 5, "filter": "nickName pr"}));
    let pages = query.walk(&client, async |_| {}).await;
    assert!(pages.len() > 1, "the walk does not pause");
    assert_eq!(ids(&pages), [first.clone(), last.clone()]);
    assert!(
        pages.iter().all(|page| page.total.is_none()),
        "it is counted"
    );

    let back = query.walk_back(&client, pages.last().unwrap()).await;
    assert_eq!(ids(&back), [first]);
    // Forward from a pause comes what it came from.
    let mut forward = back[0].clone();
    assert!(forward.ids.is_empty(), "the way back does not pause");
    while forward.ids.is_empty() {
        forward = query.page(&client, forward.next.as_deref().unwrap()).await;
    }
    assert_eq!(forward.ids, [last]);

    let sorted = query.with("sortBy", "userName");
    check_refused(&sorted.ask(&client, "").await, "tooMany");
    let count = query.with("count", 0).ask(&client, "").await;
    assert_eq!((count.status, count.body.get("totalResults")), (200, None));
}

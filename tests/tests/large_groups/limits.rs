use std::time::{Duration, Instant};

use end_to_end::{Api, how_many};
use serde_json::json;

use crate::given::{add, assert_settled, change, group, members, members_of, remove};

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_members_fit_a_request() {
    let api = Api::start().await;
    let client = api.client();
    let nobody = |number| format!("019aa583-8f00-7000-8000-{number:012x}");
    let ids: Vec<_> = (0..100_000).map(nobody).collect();
    let body = json!({"displayName": "team", "members": members(&ids)});
    let refused = client.post("/Groups", &body).await;
    assert_eq!(
        (refused.status, &refused.body["scimType"]),
        (400, &json!("invalidValue"))
    );
    assert!(refused.body["detail"].as_str().unwrap().contains(&ids[0]));
    let team = group(&client, "team", &[]).await;
    change(&client, &team, &remove(&ids)).await;
    assert_settled(&api, &team, &[]).await;
}

/// As many as `MUSTER_MEMBERS` says: 20,000 in `.ci/run`.
#[tokio::test(flavor = "multi_thread")]
async fn very_many_join_and_leave_in_seconds() {
    const LONGEST: Duration = Duration::from_secs(3);
    let count = how_many("MUSTER_MEMBERS", 300);
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(count).await;
    let team = group(&client, "team", &users[..1]).await;
    for (operations, after) in [(add(&users), &users[..]), (remove(&users), &[])] {
        let started = Instant::now();
        change(&client, &team, &operations).await;
        let took = started.elapsed();
        eprintln!("{count} memberships changed in {took:?}");
        assert!(took < LONGEST, "{took:?}");
        assert_eq!(members_of(&client, &team).await, after);
    }
}

use end_to_end::Api;
use serde_json::json;

use crate::given::{assert_settled, change, group, members, remove};

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

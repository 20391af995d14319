//! How large a request may be.

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{
    BULK_REQUEST, ENTERPRISE, bulk, delete, outcomes, path, post_group, post_user, statuses, total,
};

/// A body of this many bytes with one operation.
fn body_of(bytes: usize) -> String {
    let body = |padding: &str| {
        json!({"schemas": [BULK_REQUEST], "Operations": [post_user("a", "ann")], "padding": padding}).to_string()
    };
    body(&"x".repeat(bytes - body("").len()))
}

#[tokio::test]
async fn a_bulk_request_over_a_limit_is_413() {
    let api = Api::start().await;
    let client = api.client();
    let config = client.get("/ServiceProviderConfig").await.body;
    let limit = |name: &str| usize::try_from(config["bulk"][name].as_u64().unwrap()).unwrap();
    assert_eq!(config["bulk"]["supported"], true);
    assert_eq!(
        (limit("maxOperations"), limit("maxPayloadSize")),
        (1_000, 1_048_576)
    );

    let send = async |body: String| client.send("POST", "/Bulk", &[], Some(body)).await;
    let too_large = send(body_of(limit("maxPayloadSize") + 1)).await;
    assert_eq!(too_large.status, 413, "{too_large:?}");
    let detail = too_large.body["detail"].as_str().unwrap();
    assert!(detail.contains("1048576"), "{detail}");

    let operations = |count: usize| {
        let operations: Vec<Value> = (0..count)
            .map(|number| delete(&format!("/Users/{number}")))
            .collect();
        json!({"schemas": [BULK_REQUEST], "Operations": operations}).to_string()
    };
    let too_many = send(operations(limit("maxOperations") + 1)).await;
    assert_eq!(too_many.status, 413, "{too_many:?}");
    let detail = too_many.body["detail"].as_str().unwrap();
    assert!(detail.contains("1000"), "{detail}");
    assert!(too_many.broken_promises().is_empty());
    assert_eq!(total(&client, "/Users").await, 0);

    // At the limit it is not refused.
    let largest = send(body_of(limit("maxPayloadSize"))).await;
    assert_eq!(statuses(&largest), ["201"], "{largest:?}");
    let most = send(operations(limit("maxOperations"))).await;
    assert_eq!(statuses(&most), ["404"; 1_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_operations_are_done_in_one_request() {
    let api = Api::start().await;
    let client = api.client();
    let mut operations: Vec<_> = (0..990)
        .map(|number| post_user(&format!("u{number}"), &format!("user-{number}")))
        .collect();
    for number in 0..10 {
        let members: Vec<_> = (0..20)
            .map(|member| format!("bulkId:u{}", number * 99 + member))
            .collect();
        let members: Vec<_> = members.iter().map(String::as_str).collect();
        operations.insert(
            number * 17,
            post_group(&format!("g{number}"), &format!("group {number}"), &members),
        );
    }
    let answer = bulk(&client, &json!(operations)).await;
    assert_eq!(statuses(&answer), ["201"; 1_000]);
    assert_eq!(total(&client, "/Users").await, 990);
    let group = client.get(path(&outcomes(&answer)[0])).await;
    assert_eq!(group.values("members").len(), 20);
    let bulk_ids = outcomes(&answer)
        .iter()
        .map(|outcome| outcome["bulkId"].as_str().unwrap());
    let sent = operations
        .iter()
        .map(|operation| operation["bulkId"].as_str().unwrap());
    assert!(
        bulk_ids.eq(sent),
        "the outcomes are in the order of the request"
    );
}

#[tokio::test]
async fn a_long_text_is_not_repeated_in_every_outcome() {
    let api = Api::start().await;
    let client = api.client();
    let long = format!("bulkId:{}", "x".repeat(900_000));
    let ring = |number: usize, next: usize| {
        json!({"method": "POST", "path": "/Users", "bulkId": format!("u{number}"), "data": {
            "userName": format!("user-{number}"), ENTERPRISE: {"manager": {"value": format!("bulkId:u{next}")}}
        }})
    };
    let mut operations: Vec<_> = (0..100)
        .map(|number| ring(number, (number + 1) % 100))
        .collect();
    operations[7]["data"]["nickName"] = json!(long);
    let answer = bulk(&client, &json!(operations)).await;
    assert_eq!(statuses(&answer), ["409"; 100]);
    assert!(answer.body.to_string().len() < 100_000);
    assert_eq!(total(&client, "/Users").await, 0);

    let too_long = json!([{"method": "POST", "path": "/Users", "bulkId": "x".repeat(257), "data": {"userName": "a"}}]);
    assert_eq!(statuses(&bulk(&client, &too_long).await), ["400"]);
}

#[tokio::test]
async fn very_many_references_in_one_text_are_replaced_in_time() {
    let api = Api::start().await;
    let client = api.client();
    let text = "\"bulkId:a\"".repeat(85_000);
    let operations = json!([
        post_user("a", "ann"),
        {"method": "PATCH", "path": "/Users/bulkId:a", "data": {"title": text}}
    ]);
    assert_eq!(statuses(&bulk(&client, &operations).await), ["201", "400"]);
}

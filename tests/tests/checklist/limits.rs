//! What is not there, and what is too much.

use serde_json::{Value, json};

use crate::given::{NOBODY, check_refused, dialects, user};

#[tokio::test]
async fn c41_what_is_not_there_and_what_is_too_much() {
    const MEBIBYTE: usize = 1 << 20;
    for api in dialects().await {
        let client = api.client();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let body = (method != "GET" && method != "DELETE").then(|| "{}".to_owned());
            let answer = client.send(method, "/Me", &[], body).await;
            check_refused(&answer, 501, "", method);
        }

        let config = client.get("/ServiceProviderConfig").await.body;
        let limits = json!({"supported": true, "maxOperations": 1_000, "maxPayloadSize": MEBIBYTE});
        assert_eq!(config["bulk"], limits);
        let bulk = |operations: Vec<Value>| {
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "failOnErrors": 1, "Operations": operations
            })
        };
        let delete = json!({"method": "DELETE", "path": format!("/Users/{NOBODY}")});
        let create = |title: usize| {
            json!({
                "method": "POST", "path": "/Users", "bulkId": "1", "data": user("new", json!({"title": "x".repeat(title)}))
            })
        };
        // As many as are allowed: it ends at the first error, which is one operation's and not the request's.
        let most = client
            .post("/Bulk", &bulk(vec![delete.clone(); 1_000]))
            .await;
        assert_eq!(most.status, 200, "{most:?}");
        assert_eq!(most.body["Operations"][0]["status"], "404");

        let many = client
            .post(
                "/Bulk",
                &bulk([vec![create(1)], vec![delete; 1_000]].concat()),
            )
            .await;
        check_refused(&many, 413, "", "1,001 operations");
        assert!(
            many.body["detail"].as_str().unwrap().contains("1000"),
            "{many:?}"
        );
        let large = client
            .post("/Bulk", &bulk(vec![create(1), create(MEBIBYTE)]))
            .await;
        check_refused(&large, 413, "", "more than a mebibyte");
        assert!(
            large.body["detail"]
                .as_str()
                .unwrap()
                .contains(&MEBIBYTE.to_string()),
            "{large:?}"
        );
        // Nothing of it was done.
        assert_eq!(client.get("/Users").await.body["totalResults"], 0);
    }
}

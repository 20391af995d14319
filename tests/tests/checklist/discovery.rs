//! What the service says about itself.

use serde_json::json;

use crate::given::{
    ENTERPRISE, GROUP, LIST_RESPONSE, USER, check_refused, dialects, make_user, resources,
};

#[tokio::test]
async fn c40_discovery() {
    for api in dialects().await {
        let client = api.client();
        let config = client.get("/ServiceProviderConfig").await;
        assert_eq!(config.status, 200);
        let schema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
        assert_eq!(config.body["schemas"], json!([schema]));
        assert!(config.body.get("Resources").is_none());
        for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
            assert!(config.body[feature]["supported"].is_boolean(), "{feature}");
        }
        assert!(config.body["authenticationSchemes"][0]["name"].is_string());

        // Lists, and each of what is in them by its own path, which is also the one that it names.
        for (endpoint, ids) in [
            ("/ResourceTypes", vec!["User", "Group"]),
            ("/Schemas", vec![USER, ENTERPRISE, GROUP]),
        ] {
            let list = client.get(endpoint).await;
            assert_eq!(list.body["schemas"], json!([LIST_RESPONSE]));
            assert_eq!(list.ids(), ids);
            assert_eq!(list.body["totalResults"], ids.len());
            for (id, listed) in ids.iter().zip(resources(&list)) {
                let path = format!("{endpoint}/{id}");
                let one = client.get(&path).await;
                assert_eq!((one.status, &one.body), (200, listed));
                let location = format!("{}{path}", api.base_url());
                assert_eq!(one.body["meta"]["location"], json!(location));
            }
        }
        let types = client.get("/ResourceTypes").await;
        for (resource_type, schema, endpoint) in
            [("User", USER, "/Users"), ("Group", GROUP, "/Groups")]
        {
            let found = resources(&types)
                .iter()
                .find(|found| found["name"] == resource_type)
                .unwrap();
            assert_eq!(
                (&found["schema"], &found["endpoint"]),
                (&json!(schema), &json!(endpoint))
            );
        }

        let paths = [
            "/ServiceProviderConfig".to_owned(),
            "/ResourceTypes".to_owned(),
            "/ResourceTypes/User".to_owned(),
            "/Schemas".to_owned(),
            format!("/Schemas/{USER}"),
        ];
        for path in &paths {
            let plain = client.get(path).await.body;
            for query in [
                "attributes=id",
                "excludedAttributes=id,attributes",
                "count=1&startIndex=2",
                "count=0",
                "sortBy=id&sortOrder=descending",
                "aadOptscim062020",
            ] {
                let asked = client.get(&format!("{path}?{query}")).await;
                assert_eq!((asked.status, &asked.body), (200, &plain), "{path}?{query}");
            }
            let filtered = client.get(&format!("{path}?filter=id%20pr")).await;
            check_refused(&filtered, 403, "", path);
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let body = (method != "DELETE").then(|| plain.to_string());
                let answer = client.send(method, path, &[], body).await;
                check_refused(&answer, 405, "", (method, path));
                assert!(answer.header("allow").contains("GET"), "{method} {path}");
            }
            assert_eq!(client.get(path).await.body, plain);
        }
        for path in [
            "/ResourceTypes/Robot",
            "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Robot",
        ] {
            check_refused(&client.get(path).await, 404, "", path);
        }
    }
}

#[tokio::test]
async fn what_the_configuration_says_is_so() {
    for api in dialects().await {
        let client = api.client();
        let config = client.get("/ServiceProviderConfig").await.body;
        let bob = make_user(&client, "bob").await;
        let supported = |feature: &str| config[feature]["supported"] == true;
        let change = json!([{"op": "add", "path": "title", "value": "x"}]);
        let patched = client.patch(&bob.path, &change).await;
        assert_eq!(patched.status == 200, supported("patch"));
        assert_eq!(!patched.header("etag").is_empty(), supported("etag"));
        let found = client.find("/Users", "userName eq \"bob\"").await;
        assert_eq!(found.status == 200, supported("filter"));
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{"method": "DELETE", "path": bob.path}]
        });
        let bulk = client.post("/Bulk", &bulk).await;
        assert_eq!(bulk.status, if supported("bulk") { 200 } else { 501 });
    }
}

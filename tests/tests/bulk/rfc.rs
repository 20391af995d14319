//! The examples of RFC 7644 §3.7.

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, bulk_until, check, id, make_user, outcomes, path, statuses, strict, total,
};

async fn send(api: &Api, body: &str) -> end_to_end::Response {
    let answer = api
        .client()
        .send("POST", "/Bulk", &[], Some(body.to_owned()))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// §3.7.1: groups within groups are not kept here, and the service provider may say so.
#[tokio::test]
async fn groups_that_are_members_of_each_other() {
    let body = r#"{
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {
                "method": "POST", "path": "/Groups", "bulkId": "qwerty",
                "data": {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Group A",
                    "members": [{"type": "Group", "value": "bulkId:ytrewq"}]
                }
            },
            {
                "method": "POST", "path": "/Groups", "bulkId": "ytrewq",
                "data": {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Group B",
                    "members": [{"type": "Group", "value": "bulkId:qwerty"}]
                }
            }
        ]
    }"#;
    for api in [Api::start().await, strict().await] {
        let answer = send(&api, body).await;
        check(&answer, &["400", "400"]);
        for outcome in outcomes(&answer) {
            let detail = outcome["response"]["detail"].as_str().unwrap();
            assert!(
                detail.contains("a group cannot be a member of a group"),
                "{detail}"
            );
        }
        assert_eq!(total(&api.client(), "/Groups").await, 0);
    }
}

/// §3.7.2: a user and a group that lists him.
#[tokio::test]
async fn alice_and_the_tour_guides() {
    let body = r#"{
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {
                "method": "POST", "path": "/Users", "bulkId": "qwerty",
                "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice"}
            },
            {
                "method": "POST", "path": "/Groups", "bulkId": "ytrewq",
                "data": {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Tour Guides",
                    "members": [{"type": "User", "value": "bulkId:qwerty"}]
                }
            }
        ]
    }"#;
    for api in [Api::start().await, strict().await] {
        let answer = send(&api, body).await;
        check(&answer, &["201", "201"]);
        let [alice, guides] = outcomes(&answer) else {
            panic!("{answer:?}")
        };
        let group = api.client().get(path(guides)).await;
        assert_eq!(group.values("members"), [id(alice)]);
        assert_eq!(guides["version"], group.header("etag"));
    }
}

/// §3.7.2: a user and his manager.
#[tokio::test]
async fn alice_is_bobs_manager() {
    let body = r#"{
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {
                "method": "POST", "path": "/Users", "bulkId": "qwerty",
                "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice"}
            },
            {
                "method": "POST", "path": "/Users", "bulkId": "ytrewq",
                "data": {
                    "schemas": [
                        "urn:ietf:params:scim:schemas:core:2.0:User",
                        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
                    ],
                    "userName": "Bob",
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                        "employeeNumber": "11250", "manager": {"value": "bulkId:qwerty"}
                    }
                }
            }
        ]
    }"#;
    for api in [Api::start().await, strict().await] {
        let answer = send(&api, body).await;
        check(&answer, &["201", "201"]);
        let [alice, bob] = outcomes(&answer) else {
            panic!("{answer:?}")
        };
        let bob = api.client().get(path(bob)).await;
        assert_eq!(bob.body[ENTERPRISE]["manager"]["value"], id(alice));
    }
}

/// §3.7.3: add, update and remove a user, with versions; and what follows from an error.
#[tokio::test]
async fn alice_bob_dave_and_one_who_leaves() {
    let api = Api::start().await;
    let client = api.client();
    let mut users = Vec::new();
    for name in ["Robert", "David", "leaver"] {
        let path = make_user(&client, name).await;
        let version = client.get(&path).await.header("etag").to_owned();
        users.push((path, version));
    }
    let [(bob, bobs), (dave, daves), (leaver, leavers)] = users.as_slice() else {
        unreachable!()
    };
    let operations = |alice: &str| {
        json!([
            {
                "method": "POST", "path": "/Users", "bulkId": "qwerty",
                "data": {"schemas": ["urn:ietf:params:scim:api:messages:2.0:User"], "userName": alice}
            },
            {
                "method": "PUT", "path": bob, "version": bobs,
                "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": bob.rsplit('/').next(), "userName": "Bob"}
            },
            {
                "method": "PATCH", "path": dave, "version": daves,
                "data": {"Operations": [{"op": "remove", "path": "nickName"}, {"op": "add", "path": "userName", "value": "Dave"}]}
            },
            {"method": "DELETE", "path": leaver, "version": leavers}
        ])
    };
    // Alice cannot be created: that is all that is processed.
    let answer = bulk_until(&client, 1, &operations("robert")).await;
    check(&answer, &["409"]);
    let keys: Vec<_> = outcomes(&answer)[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["method", "bulkId", "status", "response"]);
    assert_eq!(client.get(leaver).await.status, 200);

    let answer = bulk_until(&client, 1, &operations("Alice")).await;
    check(&answer, &["201", "200", "200", "204"]);
    let base = api.base_url();
    let locations: Vec<_> = outcomes(&answer)[1..]
        .iter()
        .map(|outcome| &outcome["location"])
        .collect();
    let expected: Value = json!([
        format!("{base}{bob}"),
        format!("{base}{dave}"),
        format!("{base}{leaver}")
    ]);
    assert_eq!(json!(locations), expected);
    assert_eq!(client.get(bob).await.body["userName"], "Bob");
    assert_eq!(client.get(dave).await.body["userName"], "Dave");
    assert_eq!(client.get(leaver).await.status, 404);

    // Again: every version is stale, and without a limit each is told so.
    let body = json!({"schemas": [crate::given::BULK_REQUEST], "Operations": operations("Alice")});
    let answer = client.post("/Bulk", &body).await;
    assert_eq!(statuses(&answer), ["409", "412", "412", "404"]);
}

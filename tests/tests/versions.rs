//! Versions: what a client holds is compared with what is there, and no change is lost.

use end_to_end::Api;
use futures_util::future::join_all;
use serde_json::json;

#[tokio::test]
async fn a_client_that_has_the_version_is_sent_nothing() {
    let api = Api::start().await;
    let client = api.client();
    let user = client
        .post("/Users", &json!({"userName": "bob"}))
        .await
        .id();
    let group = client
        .post("/Groups", &json!({"displayName": "team"}))
        .await
        .id();
    for path in [format!("/Users/{user}"), format!("/Groups/{group}")] {
        let version = client.get(&path).await.header("etag").to_owned();
        let again = client
            .send("GET", &path, &[("If-None-Match", &version)], None)
            .await;
        assert_eq!(
            (again.status, again.header("etag")),
            (304, version.as_str()),
            "{path}"
        );
        let other = client
            .send("GET", &path, &[("If-None-Match", "W/\"0\"")], None)
            .await;
        assert_eq!(other.status, 200, "{path}");
    }
    // Membership is part of both versions.
    let path = format!("/Users/{user}");
    let version = client.get(&path).await.header("etag").to_owned();
    let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
    assert_eq!(
        client.patch(&format!("/Groups/{group}"), &add).await.status,
        204
    );
    let now = client
        .send("GET", &path, &[("If-None-Match", &version)], None)
        .await;
    assert_eq!(now.status, 200);
    assert_eq!(now.values("groups"), [group]);
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let api = Api::start().await;
    let client = api.client();
    let user = client
        .post("/Users", &json!({"userName": "bob"}))
        .await
        .id();
    let group = client
        .post("/Groups", &json!({"displayName": "team"}))
        .await
        .id();
    let cases = [
        (
            format!("/Users/{user}"),
            json!({"userName": "bob"}),
            "title",
        ),
        (
            format!("/Groups/{group}"),
            json!({"displayName": "team"}),
            "externalId",
        ),
    ];
    for (path, put, attribute) in cases {
        let stale = client.get(&path).await.header("etag").to_owned();
        let change = |value: &str| {
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": attribute, "value": value}]
            })
            .to_string()
        };
        let with = [("If-Match", stale.as_str())];
        let fresh = client
            .send("PATCH", &path, &with, Some(change("first")))
            .await;
        assert!(fresh.status < 300, "{path}: {fresh:?}");
        let before = client.get(&path).await;
        let refused = [
            client
                .send("PATCH", &path, &with, Some(change("second")))
                .await,
            client
                .send("PUT", &path, &with, Some(put.to_string()))
                .await,
            client.send("DELETE", &path, &with, None).await,
        ];
        for answer in refused {
            assert_eq!(answer.status, 412, "{path}: {answer:?}");
        }
        assert_eq!(client.get(&path).await.body, before.body);
        let any = client
            .send("DELETE", &path, &[("If-Match", "*")], None)
            .await;
        assert_eq!(any.status, 204, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_at_once_none_is_lost() {
    const ATTRIBUTES: [&str; 6] = [
        "title",
        "nickName",
        "userType",
        "locale",
        "timezone",
        "displayName",
    ];
    let api = Api::start().await;
    let client = api.client();
    let path = format!(
        "/Users/{}",
        client
            .post("/Users", &json!({"userName": "bob"}))
            .await
            .id()
    );
    let changes =
        ATTRIBUTES.map(|attribute| json!([{"op": "add", "path": attribute, "value": attribute}]));
    let answers = join_all(changes.iter().map(|change| client.patch(&path, change))).await;
    assert!(
        answers.iter().all(|answer| answer.status == 200),
        "{answers:?}"
    );
    let user = client.get(&path).await;
    for attribute in ATTRIBUTES {
        assert_eq!(user.body[attribute], attribute);
    }
    let version = format!("W/\"{}.1\"", 1 + ATTRIBUTES.len());
    assert_eq!(user.header("etag"), version);
}

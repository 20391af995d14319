use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{admin, directory, told};

#[tokio::test]
async fn created_listed_shown_changed_and_deleted() {
    let api = Api::start().await;
    let admin = admin(&api);
    let created = admin
        .post("/environments", json!({"name": "staging"}))
        .await;
    let staging = json!({
        "name": "staging", "base_url": null, "organizations": 0, "created": "2026-11-21T09:00:00.000Z"
    });
    assert_eq!((created.status, &created.body), (201, &staging));
    let location = created.header("location");
    assert_eq!(
        api.client_at(location).get("").await.status,
        404,
        "a token is no signature"
    );
    let path = location
        .strip_prefix(&api.base_url().replace("/scim/v2", "/admin/v1"))
        .unwrap();
    assert_eq!(admin.get(path).await.body, staging);

    let listed = admin.get("/environments").await.body;
    let names = |listed: &Value| -> Vec<String> {
        let environments = listed["environments"].as_array().unwrap();
        environments
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&listed), ["staging", "test"]);
    assert_eq!(listed["environments"][1]["organizations"], 1);

    assert_eq!(admin.delete(path).await.status, 204);
    assert_eq!(
        told(&admin.get(path).await),
        "404 Environment `staging` was not found."
    );
    assert_eq!(
        told(&admin.delete(path).await),
        "404 Environment `staging` was not found."
    );
    assert_eq!(names(&admin.get("/environments").await.body), ["test"]);
}

#[tokio::test]
async fn a_base_url_is_set_shown_with_credentials_and_taken_away() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let issue = async || {
        let issued = admin.act(&format!("{directory}/credentials")).await;
        issued.body["base_url"].as_str().unwrap().to_owned()
    };
    assert_eq!(issue().await, api.base_url());
    let environment = "/environments/production";
    let own = "https://scim.initech.example/scim/v2";
    let changed = admin.patch(environment, json!({"base_url": own})).await;
    assert_eq!(
        (changed.status, &changed.body["base_url"]),
        (200, &json!(own))
    );
    assert_eq!(issue().await, own);
    let unchanged = admin.patch(environment, json!({})).await;
    assert_eq!(unchanged.body["base_url"], own);
    let changed = admin.patch(environment, json!({"base_url": null})).await;
    assert_eq!(
        (changed.status, &changed.body["base_url"]),
        (200, &Value::Null)
    );
    assert_eq!(issue().await, api.base_url());
}

#[tokio::test]
async fn what_cannot_be() {
    let api = Api::start().await;
    let admin = admin(&api);
    let create = async |body| told(&admin.post("/environments", body).await);
    assert_eq!(
        create(json!({"name": "test"})).await,
        "409 There is an environment `test` already."
    );
    assert_eq!(create(json!({})).await, "400 `name` is missing.");
    assert_eq!(
        create(json!({"name": null})).await,
        "400 `name` is missing."
    );
    assert_eq!(create(json!({"name": 1})).await, "400 `name` is a text.");
    assert_eq!(
        create(json!({"name": "Test"})).await,
        "400 `Test` is no name: use 1 to 40 of the letters a to z, digits and, in between, hyphens."
    );
    assert_eq!(
        create(json!({"name": "a", "colour": "b"})).await,
        "400 There is no member `colour` here, only `name`."
    );
    let change = async |body| told(&admin.patch("/environments/test", body).await);
    for url in [
        "scim.example.com/scim/v2",
        "https://scim.example.com",
        "ftp://a/scim/v2",
    ] {
        assert_eq!(
            change(json!({"base_url": url})).await,
            format!("400 `{url}` is no base URL: it begins with https:// and ends in /scim/v2.")
        );
    }
    assert_eq!(
        told(
            &admin
                .patch("/environments/other", json!({"base_url": null}))
                .await
        ),
        "404 Environment `other` was not found."
    );
    assert_eq!(
        told(&admin.delete("/environments/test").await),
        "409 Environment `test` has organizations: delete them first."
    );
    assert_eq!(
        admin.get("/environments/test").await.body["base_url"],
        Value::Null
    );
}

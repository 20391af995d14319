use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{admin, told};

#[tokio::test]
async fn created_listed_shown_and_deleted() {
    let api = Api::start().await;
    let admin = admin(&api);
    let list = "/environments/test/organizations";
    let created = admin.post(list, json!({"name": "initech"})).await;
    let initech = json!({
        "name": "initech", "environment": "test", "primary": null, "directories": 0,
        "created": "2026-11-21T09:00:00.000Z"
    });
    assert_eq!((created.status, &created.body), (201, &initech));
    assert!(
        created
            .header("location")
            .ends_with("/admin/v1/organizations/initech")
    );
    assert_eq!(admin.get("/organizations/initech").await.body, initech);

    let listed = admin.get(list).await.body;
    let organizations = listed["organizations"].as_array().unwrap();
    assert_eq!(organizations.len(), 2);
    assert_eq!(organizations[0]["name"], "acme");
    assert_eq!(organizations[0]["primary"], api.directory.to_string());
    assert_eq!(organizations[1], initech);
    assert_eq!(
        admin.get("/environments/test").await.body["organizations"],
        2
    );

    assert_eq!(admin.delete("/organizations/initech").await.status, 204);
    assert_eq!(
        told(&admin.get("/organizations/initech").await),
        "404 Organization `initech` was not found."
    );
    assert_eq!(
        admin.get("/environments/test").await.body["organizations"],
        1
    );
}

#[tokio::test]
async fn what_cannot_be() {
    let api = Api::start().await;
    let admin = admin(&api);
    let create = async |environment: &str, body: Value| {
        let path = format!("/environments/{environment}/organizations");
        told(&admin.post(&path, body).await)
    };
    assert_eq!(
        create("test", json!({"name": "acme"})).await,
        "409 There is an organization `acme` already."
    );
    assert_eq!(
        create("other", json!({"name": "initech"})).await,
        "404 Environment `other` was not found."
    );
    assert_eq!(
        create("test", json!({"name": "initech", "environment": "test"})).await,
        "400 There is no member `environment` here, only `name`."
    );
    assert_eq!(
        told(&admin.get("/environments/other/organizations").await),
        "404 Environment `other` was not found."
    );
    assert_eq!(
        told(&admin.delete("/organizations/acme").await),
        "409 Organization `acme` has directories: delete them first."
    );
    assert_eq!(
        told(&admin.delete("/organizations/initech").await),
        "404 Organization `initech` was not found."
    );
}

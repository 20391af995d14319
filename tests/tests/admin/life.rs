use std::collections::BTreeSet;

use end_to_end::Api;
use serde_json::{Value, json};

use crate::directories::disabled_for_a_minute;
use crate::given::{admin, document, scim};

/// From an empty deployment to Okta's first user and back, by every operation that there is.
#[tokio::test]
async fn from_the_first_environment_to_the_last_deletion() {
    let api = Api::start().await;
    let admin = admin(&api);

    admin
        .post("/environments", json!({"name": "production"}))
        .await;
    let own_domain = json!({"base_url": api.base_url()});
    admin.patch("/environments/production", own_domain).await;
    assert_eq!(
        admin.get("/environments/production").await.body["base_url"],
        api.base_url()
    );
    assert_eq!(
        admin.get("/environments").await.body["environments"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let organizations = "/environments/production/organizations";
    admin.post(organizations, json!({"name": "initech"})).await;
    assert_eq!(
        admin.get(organizations).await.body["organizations"][0]["name"],
        "initech"
    );

    let directories = "/organizations/initech/directories";
    let okta = admin.post(directories, json!({"name": "okta"})).await;
    let okta = format!("/directories/{}", okta.id());
    admin
        .patch(&okta, json!({"settings": {"default_role": "member"}}))
        .await;
    let entra = admin.post(directories, json!({"name": "entra"})).await;
    let entra = format!("/directories/{}", entra.id());
    assert_eq!(
        admin.get(&format!("{directories}?name=entra")).await.body["directories"][0]["primary"],
        false
    );
    admin.act(&format!("{entra}/make-primary")).await;
    assert_eq!(admin.get(&entra).await.body["primary"], true);

    let issued = admin.act(&format!("{okta}/credentials")).await;
    let first = scim(&api, &issued);
    let user = first.post("/Users", &json!({"userName": "milton"})).await;
    assert_eq!(user.status, 201);
    let own = format!("{okta}/credentials/{}", issued.id());
    assert_eq!(admin.get(&own).await.body["state"], "valid");
    admin.act(&format!("{own}/suspend")).await;
    assert_eq!(first.get("/Users").await.status, 403);
    admin.act(&format!("{own}/resume")).await;
    assert_eq!(first.get("/Users").await.ids(), [user.id()]);
    let rotated = admin.act(&format!("{own}/rotate")).await;
    assert_eq!(first.get("/Users").await.status, 401);
    let second = scim(&api, &rotated);
    assert_eq!(second.get("/Users").await.ids(), [user.id()]);
    let token = json!({"token": rotated.body["token"]});
    let identified = admin.post("/credentials/identify", token).await.body;
    assert_eq!(identified["credential"]["id"], rotated.id());
    assert_eq!(
        admin.get(&format!("{okta}/credentials")).await.body["credentials"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    admin
        .delete(&format!("{okta}/credentials/{}", rotated.id()))
        .await;
    assert_eq!(second.get("/Users").await.status, 401);

    api.settled().await;
    let trail = admin.get(&format!("{okta}/audit")).await.body;
    let mut entries = trail["entries"].as_array().unwrap().iter();
    let is_rotation = |entry: &Value| {
        let operation = entry["operation"].as_str().unwrap_or_default();
        operation.starts_with("rotate credential ")
    };
    assert!(entries.any(is_rotation));
    admin.act(&format!("{okta}/disable")).await;
    admin.act(&format!("{okta}/enable")).await;
    for directory in [&okta, &entra] {
        disabled_for_a_minute(&api, &admin, directory).await;
        assert_eq!(admin.delete(directory).await.status, 204);
    }
    assert_eq!(
        admin.get("/organizations/initech").await.body["directories"],
        0
    );
    assert_eq!(admin.delete("/organizations/initech").await.status, 204);
    assert_eq!(admin.delete("/environments/production").await.status, 204);

    let paths = document()["paths"].as_object().unwrap().values();
    let operations: BTreeSet<_> = paths
        .flat_map(|path| path.as_object().unwrap().values())
        .filter_map(|operation| operation["operationId"].as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(admin.seen(), operations);
}

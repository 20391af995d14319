//! What administrators do is on conditions too.

use std::time::Duration;

use directory::{CredentialKind, Repair, Rights};
use end_to_end::{Api, Client, Response};
use futures_util::future::join;
use serde_json::{Value, json};

use crate::given::{delete, get, held, user};

async fn post(admin: &Client, path: &str, body: Value) -> Response {
    let headers = [("content-type", "application/json")];
    admin
        .send("POST", path, &headers, Some(body.to_string()))
        .await
}

/// The directory of an organization that has no other one, and its path.
async fn only_directory(api: &Api, admin: &Client) -> String {
    let organization = json!({"name": "initech"});
    post(admin, "/environments/test/organizations", organization).await;
    another(api, admin, "okta").await
}

async fn another(api: &Api, admin: &Client, name: &str) -> String {
    let body = json!({"name": name});
    let created = post(admin, "/organizations/initech/directories", body).await;
    assert_eq!(created.status, 201, "{created:?}");
    api.settled().await;
    format!("/directories/{}", created.body["id"].as_str().unwrap())
}

/// It has been disabled for as long as its deletion wants it.
async fn disabled(api: &Api, admin: &Client, directory: &str) {
    let path = format!("{directory}/disable");
    assert_eq!(admin.send("POST", &path, &[], None).await.status, 200);
    api.environment.advance(Duration::from_secs(61));
    api.settled().await;
}

/// What the organization says of its directories after the deletion of its only one, during whose last transaction this is done.
async fn after_a_deletion(meanwhile: impl AsyncFnOnce(&Api, &Client, &str)) -> Value {
    let api = Api::start().await;
    let admin = api.admin();
    let okta = only_directory(&api, &admin).await;
    disabled(&api, &admin, &okta).await;
    let deleted = held(&api, "directory, listed", admin.delete(&okta), async |_| {
        meanwhile(&api, &admin, &okta).await;
    });
    assert_eq!(deleted.await.status, 204);
    let mut organization = admin.get("/organizations/initech").await.body;
    json!([
        organization["directories"].take(),
        organization["primary"].take()
    ])
}

async fn set_primary(api: &Api, id: &str) {
    let update = json!({
        "Key": {"pk": {"S": "ORG#initech"}, "sk": {"S": "O"}}, "UpdateExpression": "SET #primary = :primary",
        "ExpressionAttributeNames": {"#primary": "primary"}, "ExpressionAttributeValues": {":primary": {"S": id}}
    });
    api.dynamodb("UpdateItem", &update).await;
}

#[tokio::test]
async fn an_organization_with_directories_has_a_primary_one() {
    // Another one is created when the last one is about to go.
    let mut entra = String::new();
    let told = after_a_deletion(async |api, admin, _| {
        entra = another(api, admin, "entra").await;
    });
    let told = told.await;
    assert_eq!(told, json!([1, entra.trim_start_matches("/directories/")]));

    // Another one was made the primary one.
    let other = "019aa5838f0070008000000000000000";
    let told = after_a_deletion(async |api, _, _| set_primary(api, other).await).await;
    assert_eq!(told, json!([0, other]));
}

#[tokio::test]
async fn a_directory_that_goes_does_not_stay_the_primary_one() {
    let api = Api::start().await;
    let admin = api.admin();
    let okta = only_directory(&api, &admin).await;
    let entra = another(&api, &admin, "entra").await;
    disabled(&api, &admin, &entra).await;
    let deleted = held(
        &api,
        "directory, listed",
        admin.delete(&entra),
        async |_| {
            set_primary(&api, entra.trim_start_matches("/directories/")).await;
        },
    );
    assert_eq!(deleted.await.status, 204);
    let organization = admin.get("/organizations/initech").await.body;
    assert_eq!(
        organization["primary"],
        okta.trim_start_matches("/directories/")
    );
}

#[tokio::test]
async fn nobody_changes_what_another_made_of_a_directory() {
    let api = Api::start().await;
    let admin = api.admin();
    let path = format!("/directories/{}/credentials", api.directory);
    // One was issued when it began, and there are to be ten at most.
    for _ in 0..8 {
        api.issue(CredentialKind::Provisioner, Rights::Read).await;
    }
    let issue = post(&admin, &path, json!({"kind": "provisioner"}));
    let answer = held(&api, "directory", issue, async |_| {
        api.issue(CredentialKind::Provisioner, Rights::Read).await;
    });
    assert_eq!(answer.await.status, 409);
    let directory = admin
        .get(&format!("/directories/{}/credentials", api.directory))
        .await;
    assert_eq!(directory.body["credentials"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_repair_makes_up_no_directory() {
    let api = Api::start().await;
    let client = api.client();
    let ann = client.post("/Users", &user("ann")).await.id();
    api.settled().await;
    let directory = api.directory;
    let roster = json!({"pk": {"S": format!("D#{directory}#R#User")}, "sk": {"S": ann}});
    assert!(get(&api, &roster).await.is_some());
    delete(&api, &roster).await;
    let laid = api
        .calls
        .hold(|call| call.is_write() && call.touches("directory"));
    let (id, key) = (
        api.directory,
        json!({"pk": {"S": format!("DIR#{directory}")}, "sk": {"S": "D"}}),
    );
    let administration = api.administration();
    let repair = administration.check_directory(id, Repair::Yes, |_| {});
    let meanwhile = async {
        laid.reached().await;
        delete(&api, &key).await;
        laid.release();
    };
    let _ = join(repair, meanwhile).await;
    assert_eq!(get(&api, &key).await, None);
}

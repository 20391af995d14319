use std::time::Duration;

use directory::{Deletion, DirectoryId};
use end_to_end::Api;
use serde_json::{Value, json};

use crate::directories::disabled_for_a_minute;
use crate::given::{admin, another_directory, credential, directory, told};

#[tokio::test]
async fn of_a_directory_nothing_is_left() {
    let api = Api::start().await;
    let admin = admin(&api);
    api.settled().await;
    let before = api.items().await;
    let directory = directory(&admin, json!({})).await;
    let (_, client) = credential(&api, &admin, &directory, json!({})).await;
    let user = json!({
        "userName": "milton", "externalId": "m", "emails": [{"value": "milton@initech.example"}]
    });
    let user = client.post("/Users", &user).await;
    let group = json!({"displayName": "Basement", "members": [{"value": user.id()}]});
    assert_eq!(client.post("/Groups", &group).await.status, 201);
    assert_eq!(client.get("/Users?startIndex=1&count=1").await.status, 200);

    assert_eq!(
        told(&admin.delete(&directory).await),
        "409 Disable the directory first."
    );
    admin.act(&format!("{directory}/disable")).await;
    api.environment.advance(Duration::from_secs(50));
    assert_eq!(
        told(&admin.delete(&directory).await),
        "409 The directory was disabled less than a minute ago, and requests may still be under way: try again in 11 seconds."
    );
    api.environment.advance(Duration::from_secs(10));
    assert_eq!(admin.delete(&directory).await.status, 204);
    api.settled().await;

    let id = directory.rsplit('/').next().unwrap();
    assert_eq!(
        told(&admin.get(&directory).await),
        format!("404 Directory `{id}` was not found.")
    );
    assert_eq!(client.get("/Users").await.status, 401);
    let of_it = |item: &Value| item.to_string().contains(id);
    assert!(!api.items().await.iter().any(of_it));
    assert_eq!(admin.delete("/organizations/initech").await.status, 204);
    assert_eq!(admin.delete("/environments/production").await.status, 204);
    assert_eq!(api.items().await, before);
}

#[tokio::test]
async fn begun_by_one_and_ended_by_another() {
    let api = Api::start().await;
    let admin = admin(&api);
    api.seed(250).await;
    let id: DirectoryId = api.directory;
    let directory = format!("/directories/{id}");
    disabled_for_a_minute(&api, &admin, &directory).await;
    let begun = api
        .administration()
        .delete_directory(id, Duration::ZERO)
        .await;
    assert_eq!(begun.unwrap(), Deletion::Unfinished);
    assert_eq!(admin.get(&directory).await.body["state"], "deleting");
    for act in ["enable", "disable"] {
        assert_eq!(
            told(&admin.act(&format!("{directory}/{act}")).await),
            "409 Directory `acme/main` is being deleted."
        );
    }
    assert_eq!(api.client().get("/Users").await.status, 403);
    assert_eq!(admin.delete(&directory).await.status, 204);
    api.settled().await;
    let of_it = |item: &Value| item.to_string().contains(&id.to_string());
    assert!(!api.items().await.iter().any(of_it));
}

#[tokio::test]
async fn not_of_the_primary_one_of_several() {
    let api = Api::start().await;
    let admin = admin(&api);
    let okta = directory(&admin, json!({})).await;
    let entra = another_directory(&admin, "entra", json!({})).await;
    disabled_for_a_minute(&api, &admin, &okta).await;
    assert_eq!(
        told(&admin.delete(&okta).await),
        "409 Directory `initech/okta` is the primary one of its organization: make another one primary first."
    );
    admin.act(&format!("{entra}/make-primary")).await;
    assert_eq!(admin.delete(&okta).await.status, 204);
    assert_eq!(
        admin.get("/organizations/initech").await.body["directories"],
        1
    );
}

//! `unique_identifier` is changed only where nobody can be writing and nothing is there.

use std::time::Duration;

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{create, group, sides, user};

const NOT_SETTLED: &str = "`unique_identifier` can be changed only in a directory that has been disabled for a minute and has no users and groups.";
const NOT_EMPTY: &str =
    "`unique_identifier` can be changed only in a directory without users and groups.";

/// What the administrator is told who changes it; nothing if it is changed.
async fn change(api: &Api, settings: Value) -> Option<(u16, String)> {
    let settings = settings.as_object().unwrap();
    let changed = api
        .administration()
        .change_settings(api.directory, settings)
        .await;
    let error = scim::Error::from(changed.err()?);
    Some((error.status.code(), error.detail))
}

fn refused(detail: &str) -> (u16, String) {
    (409, detail.to_owned())
}

fn email() -> Value {
    json!({"unique_identifier": "email"})
}

async fn disable(api: &Api) {
    api.administration()
        .disable_directory(api.directory)
        .await
        .unwrap();
}

async fn enable(api: &Api) {
    api.administration()
        .enable_directory(api.directory)
        .await
        .unwrap();
}

#[tokio::test]
async fn it_is_disabled_for_a_minute_first() {
    let (api, okta, _) = sides(json!({})).await;
    assert_eq!(change(&api, email()).await, Some(refused(NOT_SETTLED)));
    disable(&api).await;
    assert_eq!(change(&api, email()).await, Some(refused(NOT_SETTLED)));
    api.environment.advance(Duration::from_millis(59_999));
    assert_eq!(change(&api, email()).await, Some(refused(NOT_SETTLED)));
    // Disabled again, it is disabled since then; disabled once more, it was.
    enable(&api).await;
    disable(&api).await;
    api.environment.advance(Duration::from_millis(59_999));
    disable(&api).await;
    assert_eq!(change(&api, email()).await, Some(refused(NOT_SETTLED)));
    api.environment.advance(Duration::from_millis(1));
    assert_eq!(change(&api, email()).await, None);
    enable(&api).await;
    let bob = |name: &str| json!({"userName": name, "emails": [{"value": "bob@example.com"}]});
    create(&okta, "/Users", &bob("bob")).await;
    assert_eq!(okta.post("/Users", &bob("bobby")).await.status, 409);
}

#[tokio::test]
async fn nothing_may_be_there() {
    let (api, okta, application) = sides(json!({"delete_users": "deactivate"})).await;
    let ann = user(&okta, "ann").await;
    let team = group(&application, "Team", &[]).await;
    let try_it = async |expected: &str| {
        disable(&api).await;
        api.environment.advance(Duration::from_mins(1));
        assert_eq!(change(&api, email()).await, Some(refused(expected)));
        enable(&api).await;
    };
    try_it(NOT_EMPTY).await;
    assert_eq!(application.delete(&team).await.status, 204);
    try_it(NOT_EMPTY).await;
    // Whoever is kept for the application is there.
    assert_eq!(okta.delete(&ann).await.status, 204);
    try_it(NOT_EMPTY).await;
    let team = group(&application, "Team", &[]).await;
    assert_eq!(application.delete(&ann).await.status, 204);
    try_it(NOT_EMPTY).await;
    assert_eq!(application.delete(&team).await.status, 204);
    disable(&api).await;
    api.environment.advance(Duration::from_mins(1));
    assert_eq!(change(&api, email()).await, None);
    assert_eq!(change(&api, json!({"unique_identifier": null})).await, None);
}

/// With others it is all or nothing; where it stays as it is, it asks for nothing.
#[tokio::test]
async fn others_are_changed_with_it_or_not_at_all() {
    let (api, okta, _) = sides(json!({})).await;
    user(&okta, "ann").await;
    let both = json!({"default_role": "viewer", "unique_identifier": "email"});
    assert_eq!(change(&api, both).await, Some(refused(NOT_SETTLED)));
    let settings = api
        .administration()
        .directory(api.directory)
        .await
        .unwrap()
        .settings;
    assert_eq!(settings.default_role, None);
    let both = json!({"default_role": "viewer", "unique_identifier": "userName"});
    assert_eq!(change(&api, both).await, None);
    let wrong = json!({"default_role": "editor", "unique_identifier": "name"});
    let (status, detail) = change(&api, wrong).await.unwrap();
    assert_eq!(
        (status, detail.as_str()),
        (400, "`unique_identifier` is `userName` or `email`.")
    );
    let settings = api
        .administration()
        .directory(api.directory)
        .await
        .unwrap()
        .settings;
    assert_eq!(settings.default_role.as_deref(), Some("viewer"));
}

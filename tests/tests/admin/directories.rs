use std::time::Duration;

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{Admin, admin, another_directory, credential, directory, told};

const EXTENSION: &str = "urn:initech:params:scim:schemas:extension:1.0:User";

fn badge() -> Value {
    json!([{
        "resourceType": "User", "required": false,
        "schema": {
            "id": EXTENSION, "name": "Initech", "description": "What Initech knows of a user",
            "attributes": [{"name": "badge", "type": "integer"}]
        }
    }])
}

#[tokio::test]
async fn created_with_settings_and_shown() {
    let api = Api::start().await;
    let admin = admin(&api);
    let settings = json!({
        "dialect": "strict", "default_role": "member", "allowed_networks": ["203.0.113.0/24"],
        "token_lifetime": "90d", "schema_extensions": badge()
    });
    let directory = directory(&admin, settings).await;
    let shown = admin.get(&directory).await;
    let id = directory.rsplit('/').next().unwrap();
    assert_eq!(
        shown.body,
        json!({
            "id": id, "name": "initech/okta", "organization": "initech", "state": "enabled", "primary": true,
            "created": "2026-11-21T09:00:00.000Z",
            "settings": {
                "dialect": "strict", "unique_identifier": "userName", "group_push": "create",
                "group_rename": "apply", "protected_users": "reject", "delete_users": "delete",
                "default_role": "member", "allowed_networks": ["203.0.113.0/24"], "token_lifetime": "90d",
                "schema_extensions": badge()
            }
        })
    );
}

#[tokio::test]
async fn its_extensions_hold_from_the_first_request_on() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({"schema_extensions": badge()})).await;
    let (_, client) = credential(&api, &admin, &directory, json!({})).await;
    let user = json!({"userName": "milton", EXTENSION: {"badge": 7}});
    let created = client.post("/Users", &user).await;
    assert_eq!(
        (created.status, &created.body[EXTENSION]["badge"]),
        (201, &json!(7))
    );
}

#[tokio::test]
async fn listed_by_age_and_found_by_name() {
    let api = Api::start().await;
    let admin = admin(&api);
    let okta = directory(&admin, json!({})).await;
    let entra = another_directory(&admin, "entra", json!({})).await;
    let list = async |query: &str| {
        let path = format!("/organizations/initech/directories{query}");
        admin.get(&path).await.body["directories"].clone()
    };
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let listed_okta = json!({"id": id(&okta), "name": "initech/okta", "primary": true});
    let listed_entra = json!({"id": id(&entra), "name": "initech/entra", "primary": false});
    assert_eq!(list("").await, json!([listed_okta, listed_entra]));
    assert_eq!(list("?name=entra").await, json!([listed_entra]));
    assert_eq!(list("?name=other").await, json!([]));
    let refused = async |path: &str| told(&admin.get(path).await);
    assert_eq!(
        refused("/organizations/other/directories").await,
        "404 Organization `other` was not found."
    );
    assert_eq!(
        refused("/organizations/initech/directories?slug=okta").await,
        "400 There is no query parameter `slug` here."
    );
    assert_eq!(
        refused("/organizations/initech/directories?name=okta&name=entra").await,
        "400 The query parameter `name` is given twice."
    );
    assert!(
        refused("/organizations/initech/directories?name=Okta")
            .await
            .starts_with("400 `Okta` is no name")
    );
}

#[tokio::test]
async fn another_one_is_made_primary() {
    let api = Api::start().await;
    let admin = admin(&api);
    let okta = directory(&admin, json!({})).await;
    let entra = another_directory(&admin, "entra", json!({})).await;
    let primary = async |path: &str| admin.get(path).await.body["primary"].clone();
    assert_eq!(
        (primary(&okta).await, primary(&entra).await),
        (json!(true), json!(false))
    );
    let made = admin.act(&format!("{entra}/make-primary")).await;
    assert_eq!((made.status, &made.body["primary"]), (200, &json!(true)));
    assert_eq!(
        (primary(&okta).await, primary(&entra).await),
        (json!(false), json!(true))
    );
    let organization = admin.get("/organizations/initech").await.body;
    assert_eq!(organization["primary"], made.body["id"]);
}

#[tokio::test]
async fn settings_are_changed_all_of_them_or_none() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({"dialect": "strict"})).await;
    let change = async |settings: Value| {
        let changed = admin
            .patch(&directory, json!({ "settings": settings }))
            .await;
        assert_eq!(changed.status, 200, "{changed:?}");
        changed.body["settings"].clone()
    };
    let changed = change(json!({"group_push": "link_only", "schema_extensions": badge()})).await;
    assert_eq!(changed["dialect"], "strict");
    assert_eq!(changed["group_push"], "link_only");
    assert_eq!(changed["schema_extensions"], badge());
    let changed = change(json!({"dialect": null, "schema_extensions": null})).await;
    assert_eq!(changed["dialect"], "tolerant");
    assert_eq!(changed["schema_extensions"], Value::Null);
    assert_eq!(change(json!({})).await, changed);

    let refused = async |settings: Value| {
        told(
            &admin
                .patch(&directory, json!({ "settings": settings }))
                .await,
        )
    };
    assert_eq!(
        refused(json!({"dialect": "strict", "group_push": "never"})).await,
        "400 `group_push` is `create` or `link_only`."
    );
    let unknown = refused(json!({"dialect": "strict", "colour": "red"})).await;
    assert!(
        unknown.starts_with("400 There is no setting `colour`: there are `dialect`, "),
        "{unknown}"
    );
    let extensions = refused(json!({"dialect": "strict", "schema_extensions": [{}]})).await;
    assert!(extensions.starts_with("400 "), "{extensions}");
    assert_eq!(admin.get(&directory).await.body["settings"], changed);
}

#[tokio::test]
async fn what_cannot_be_created_leaves_nothing() {
    let api = Api::start().await;
    let admin = admin(&api);
    let _ = directory(&admin, json!({})).await;
    api.settled().await;
    let before = api.items().await;
    let create =
        async |body: Value| told(&admin.post("/organizations/initech/directories", body).await);
    assert_eq!(
        create(json!({"name": "okta"})).await,
        "409 There is a directory `initech/okta` already."
    );
    assert_eq!(
        create(json!({"name": "okta", "settings": {"schema_extensions": badge()}})).await,
        "409 There is a directory `initech/okta` already."
    );
    assert_eq!(
        create(json!({"settings": {}})).await,
        "400 `name` is missing."
    );
    assert_eq!(
        create(json!({"name": "a", "settings": []})).await,
        "400 `settings` is an object."
    );
    assert_eq!(
        create(json!({"name": "a", "settings": {"dialect": "x"}})).await,
        "400 `dialect` is `tolerant` or `strict`."
    );
    let extensions = create(json!({"name": "a", "settings": {"schema_extensions": [{}]}})).await;
    assert!(extensions.starts_with("400 "), "{extensions}");
    assert_eq!(
        create(json!({"name": "a", "primary": true})).await,
        "400 There is no member `primary` here, only `name`, `settings`."
    );
    assert_eq!(
        told(
            &admin
                .post("/organizations/other/directories", json!({"name": "a"}))
                .await
        ),
        "404 Organization `other` was not found."
    );
    api.settled().await;
    assert_eq!(api.items().await, before);
}

#[tokio::test]
async fn what_keys_depend_on_is_changed_only_where_nobody_can_be_writing() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let email = json!({"settings": {"unique_identifier": "email"}});
    let change = async || admin.patch(&directory, email.clone()).await;
    let told = told(&change().await);
    assert_eq!(
        told,
        "409 `unique_identifier` can be changed only in a directory that has been disabled for a minute and has no users and groups."
    );
    disabled_for_a_minute(&api, &admin, &directory).await;
    assert_eq!(
        change().await.body["settings"]["unique_identifier"],
        "email"
    );
}

#[tokio::test]
async fn disabled_and_enabled() {
    let api = Api::start().await;
    let admin = admin(&api);
    let directory = directory(&admin, json!({})).await;
    let (_, client) = credential(&api, &admin, &directory, json!({})).await;
    assert_eq!(client.get("/Users").await.status, 200);
    let disabled = admin.act(&format!("{directory}/disable")).await;
    assert_eq!(
        (disabled.status, &disabled.body["state"]),
        (200, &json!("disabled"))
    );
    assert_eq!(client.get("/Users").await.status, 403);
    let enabled = admin.act(&format!("{directory}/enable")).await;
    assert_eq!(
        (enabled.status, &enabled.body["state"]),
        (200, &json!("enabled"))
    );
    assert_eq!(client.get("/Users").await.status, 200);
}

#[tokio::test]
async fn one_that_is_not_there() {
    let api = Api::start().await;
    let admin = admin(&api);
    for id in ["0197c3f0000070008000000000000000", "okta", "acme%2Fmain"] {
        let path = format!("/directories/{id}");
        let expected = format!("404 Directory `{}` was not found.", id.replace("%2F", "/"));
        assert_eq!(told(&admin.get(&path).await), expected);
        assert_eq!(
            told(&admin.patch(&path, json!({"settings": {}})).await),
            expected
        );
        assert_eq!(told(&admin.delete(&path).await), expected);
        for act in ["make-primary", "disable", "enable", "credentials"] {
            assert_eq!(
                told(&admin.act(&format!("{path}/{act}")).await),
                expected,
                "{act}"
            );
        }
        assert_eq!(
            told(&admin.get(&format!("{path}/credentials")).await),
            expected
        );
    }
}

pub async fn disabled_for_a_minute(api: &Api, admin: &Admin, directory: &str) {
    let disabled = admin.act(&format!("{directory}/disable")).await;
    assert_eq!(disabled.status, 200, "{disabled:?}");
    api.environment.advance(Duration::from_mins(1));
}

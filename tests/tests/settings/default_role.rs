//! `default_role`: of users whom no mapped group gives one.

use scim::MUSTER_USER;
use serde_json::{Value, json};

use crate::given::{mapped, names, of_user, role, shown, sides, user};

#[tokio::test]
async fn the_next_request_knows_it() {
    let (api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let bob = user(&application, "bob").await;
    mapped(&application, "Admins", json!({"role": "admin"}), &[&bob]).await;
    let okta_sees = shown(&okta, &ann).await;
    for default_role in [Value::Null, json!("viewer"), json!("Empty role"), json!("")] {
        api.set(json!({"default_role": default_role})).await;
        let expected = if default_role == "" {
            &Value::Null
        } else {
            &default_role
        };
        assert_eq!(role(&application, &ann).await, *expected);
        assert_eq!(role(&application, &bob).await, "admin");
        let list = application.get("/Users").await;
        assert_eq!(
            list.body["Resources"][0][MUSTER_USER].get("role"),
            Some(expected).filter(|it| !it.is_null())
        );
        if let Some(text) = expected.as_str() {
            let filter = format!("{MUSTER_USER}:role eq \"{text}\"");
            assert_eq!(names(&application.find("/Users", &filter).await), "ann");
        }
        assert_eq!(shown(&okta, &ann).await, okta_sees);
    }
}

#[tokio::test]
async fn who_was_deleted_has_none() {
    let (_api, okta, application) =
        sides(json!({"default_role": "viewer", "delete_users": "deactivate"})).await;
    let ann = user(&okta, "ann").await;
    assert_eq!(of_user(&application, &ann).await["role"], "viewer");
    assert_eq!(okta.delete(&ann).await.status, 204);
    assert_eq!(of_user(&application, &ann).await.get("role"), None);
    let filter = format!("{MUSTER_USER}:deleted pr and {MUSTER_USER}:role pr");
    assert_eq!(names(&application.find("/Users", &filter).await), "");
}

//! `schema_extensions` of a directory that is used: what stored resources violate is refused, with the first ones named.

use end_to_end::Api;
use scim::MUSTER_USER;
use serde_json::{Value, json};

use crate::given::{create, group, id, patch, replace, shown, sides, user};

const OWN: &str = "urn:example:acme:2.0:User";
const OWN_GROUP: &str = "urn:example:acme:2.0:Group";

fn definitions(of_users: &Value, of_groups: &Value) -> Value {
    let definition = |resource_type: &str, id: &str, attributes: &Value| json!({"resourceType": resource_type, "schema": {"id": id, "name": "Acme", "attributes": attributes}});
    json!([
        definition("User", OWN, of_users),
        definition("Group", OWN_GROUP, of_groups)
    ])
}

/// What the administrator is told; nothing if the settings are changed.
async fn change(api: &Api, settings: Value) -> Option<(u16, String)> {
    let settings = settings.as_object().unwrap();
    let changed = api
        .administration()
        .change_settings(api.directory, settings)
        .await;
    let error = scim::Error::from(changed.err()?);
    Some((error.status.code(), error.detail))
}

#[tokio::test]
async fn the_first_three_that_violate_them_are_named() {
    let (api, okta, application) = sides(json!({})).await;
    let texts = definitions(&json!([{"name": "badge"}]), &json!([{"name": "cost"}]));
    api.extend(&texts).await.unwrap();
    let mut users = vec![user(&okta, "without").await];
    for number in 0..5 {
        let body =
            json!({"userName": format!("user-{number}"), OWN: {"badge": format!("b{number}")}});
        users.push(create(&okta, "/Users", &body).await);
    }
    let body = json!({"displayName": "Team", OWN_GROUP: {"cost": "c1"}});
    let team = create(&application, "/Groups", &body).await;
    let numbers = definitions(
        &json!([{"name": "badge", "type": "integer"}]),
        &json!([{"name": "cost", "type": "integer"}]),
    );
    let wanted =
        json!({"schema_extensions": numbers, "default_role": "viewer", "group_push": "link_only"});
    let (status, detail) = change(&api, wanted.clone()).await.unwrap();
    assert_eq!(status, 409);
    for (number, path) in users.iter().enumerate() {
        assert_eq!(
            detail.contains(&format!("User `{}`: `badge`", id(path))),
            (1..4).contains(&number),
            "{detail}"
        );
    }
    assert!(!detail.contains("Group"), "{detail}");
    // No value and no name of anybody's is in it.
    assert!(
        !detail.contains("b1") && !detail.contains("user-"),
        "{detail}"
    );
    // Nothing is changed, the other settings included.
    let settings = api
        .administration()
        .directory(api.directory)
        .await
        .unwrap()
        .settings;
    assert_eq!(settings, directory::Settings::default());
    assert_eq!(shown(&okta, &users[1]).await[OWN]["badge"], "b0");
    for path in &users[1..] {
        patch(
            &okta,
            path,
            json!({"op": "remove", "path": format!("{OWN}:badge")}),
        )
        .await;
    }
    let (status, detail) = change(&api, wanted.clone()).await.unwrap();
    assert_eq!(status, 409);
    assert!(
        detail.contains(&format!("Group `{}`: `cost`", id(&team))),
        "{detail}"
    );
    patch(
        &application,
        &team,
        replace(&format!("{OWN_GROUP}:cost"), "7"),
    )
    .await;
    assert!(
        change(&api, wanted.clone()).await.is_some(),
        "a text is no number"
    );
    patch(
        &application,
        &team,
        json!({"op": "remove", "path": format!("{OWN_GROUP}:cost")}),
    )
    .await;
    assert_eq!(change(&api, wanted).await, None);
    patch(&okta, &users[1], replace(&format!("{OWN}:badge"), 7)).await;
    assert_eq!(shown(&application, &users[1]).await[OWN]["badge"], 7);
    assert_eq!(
        okta.post("/Groups", &json!({"displayName": "New"}))
            .await
            .status,
        403
    );
}

/// What the application says of users is beside their documents: no extension can be in its way, nor it in theirs.
#[tokio::test]
async fn they_stand_beside_the_applications() {
    let (api, okta, application) = sides(json!({"default_role": "viewer"})).await;
    api.extend(&definitions(
        &json!([{"name": "role"}, {"name": "protected"}]),
        &json!([{"name": "role"}]),
    ))
    .await
    .unwrap();
    let body = json!({"userName": "ann", OWN: {"role": "cook", "protected": "no"}});
    let ann = create(&okta, "/Users", &body).await;
    let user = shown(&application, &ann).await;
    assert_eq!(user[OWN], json!({"role": "cook", "protected": "no"}));
    assert_eq!(
        user[MUSTER_USER],
        json!({"origin": "scim", "protected": false, "role": "viewer"})
    );
    let team = group(&okta, "Team", &[&ann]).await;
    patch(
        &okta,
        &team,
        replace(&format!("{OWN_GROUP}:role"), "kitchen"),
    )
    .await;
    assert_eq!(
        shown(&application, &ann).await[MUSTER_USER]["role"],
        "viewer"
    );
    let found = application
        .find(
            "/Users",
            &format!("{OWN}:role eq \"cook\" and {MUSTER_USER}:role eq \"viewer\""),
        )
        .await;
    assert_eq!(found.ids(), [id(&ann)]);
    let schemas = application.get("/Schemas").await.body["totalResults"].clone();
    assert_eq!(schemas, 7);
}

/// Who was deleted and is kept does not keep anybody from changing them, and is shown without what they do not allow.
#[tokio::test]
async fn who_is_kept_does_not_count() {
    let (api, okta, application) = sides(json!({"delete_users": "deactivate"})).await;
    let none = json!([{"name": "cost"}]);
    api.extend(&definitions(&json!([{"name": "badge"}]), &none))
        .await
        .unwrap();
    let ann = create(
        &okta,
        "/Users",
        &json!({"userName": "ann", OWN: {"badge": "b1"}}),
    )
    .await;
    assert_eq!(okta.delete(&ann).await.status, 204);
    assert_eq!(shown(&application, &ann).await[OWN]["badge"], "b1");
    api.extend(&definitions(&json!([{"name": "other"}]), &none))
        .await
        .unwrap();
    let user = shown(&application, &ann).await;
    assert_eq!((user.get(OWN), &user["userName"]), (None, &json!("ann")));
    let deleted = application
        .find("/Users", &format!("{MUSTER_USER}:deleted pr"))
        .await;
    assert_eq!(deleted.ids(), [id(&ann)]);
    assert_eq!(application.delete(&ann).await.status, 204);
}

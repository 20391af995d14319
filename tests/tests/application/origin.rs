//! Who created a user or a group, for good.

use scim::{MUSTER_GROUP, MUSTER_USER};
use serde_json::{Value, json};

use crate::given::{create, group, names, of_group, of_user, patch, replace, sides, user};

#[tokio::test]
async fn follows_from_the_credential() {
    let (_api, okta, application) = sides(json!({})).await;
    for (client, origin) in [(&okta, "scim"), (&application, "application")] {
        let user = user(client, origin).await;
        assert_eq!(of_user(&application, &user).await["origin"], origin);
        let group = group(client, origin, &[]).await;
        assert_eq!(of_group(&application, &group).await["origin"], origin);
        let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "1", "data": {"userName": format!("bulk-{origin}")}}
        ]});
        assert_eq!(
            client.post("/Bulk", &bulk).await.body["Operations"][0]["status"],
            "201"
        );
    }
    let came_by_scim = format!("{MUSTER_USER}:origin eq \"scim\"");
    assert_eq!(
        names(&application.find("/Users", &came_by_scim).await),
        "scim bulk-scim"
    );
    let came_by_scim = format!("{MUSTER_GROUP}:origin eq \"scim\"");
    assert_eq!(
        names(&application.find("/Groups", &came_by_scim).await),
        "scim"
    );
}

#[tokio::test]
async fn is_read_only() {
    let (_api, okta, application) = sides(json!({})).await;
    let body = json!({"userName": "ann", MUSTER_USER: {"origin": "scim"}});
    let ann = create(&application, "/Users", &body).await;
    let body = json!({"displayName": "Team", MUSTER_GROUP: {"origin": "scim"}});
    let team = create(&application, "/Groups", &body).await;
    let put = json!({"userName": "ann", MUSTER_USER: {"origin": "scim"}, "title": "Boss"});
    assert_eq!(application.put(&ann, &put).await.status, 200);
    let put = json!({"displayName": "Crew", MUSTER_GROUP: {"origin": "scim"}});
    assert_eq!(application.put(&team, &put).await.status, 200);
    for (path, urn) in [(&ann, MUSTER_USER), (&team, MUSTER_GROUP)] {
        let change = json!([replace(&format!("{urn}:origin"), "scim")]);
        let answer = application.patch(path, &change).await;
        assert_eq!(
            (answer.status, &answer.body["scimType"]),
            (400, &json!("mutability")),
            "{answer:?}"
        );
    }
    assert_eq!(of_user(&application, &ann).await["origin"], "application");
    assert_eq!(of_group(&application, &team).await["origin"], "application");
    // Who changes it later does not matter.
    patch(&okta, &ann, replace("title", "Chief")).await;
    patch(&okta, &team, replace("displayName", "Crew 2")).await;
    assert_eq!(
        okta.put(&ann, &json!({"userName": "ann"})).await.status,
        200
    );
    assert_eq!(of_user(&application, &ann).await["origin"], "application");
    assert_eq!(of_group(&application, &team).await["origin"], "application");
}

#[tokio::test]
async fn role_and_deleted_of_a_user_are_read_only_too() {
    let (_api, _, application) = sides(json!({})).await;
    let ann = user(&application, "ann").await;
    for name in ["role", "deleted"] {
        let change = json!([replace(
            &format!("{MUSTER_USER}:{name}"),
            "2026-11-21T09:00:00Z"
        )]);
        let answer = application.patch(&ann, &change).await;
        assert_eq!(
            (answer.status, &answer.body["scimType"]),
            (400, &json!("mutability")),
            "{name}"
        );
    }
    let body = json!({"userName": "ann", MUSTER_USER: {"role": "owner", "deleted": "2026-11-21T09:00:00Z"}});
    assert_eq!(application.put(&ann, &body).await.status, 200);
    let said = of_user(&application, &ann).await;
    assert_eq!(
        (&said["role"], &said["deleted"]),
        (&Value::Null, &Value::Null)
    );
}

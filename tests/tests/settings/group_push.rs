//! `group_push`: the identity provider makes groups, or links to what the application made.

use scim::MUSTER_GROUP;
use serde_json::{Value, json};

use crate::given::{
    check_refused, group, id, items, mapped, names, of_group, patch, protect, references, replace,
    role, shown, sides, user, write,
};

const LINK: &str = "Groups cannot be created from the identity provider in this directory: link an existing group instead (in Okta, Link Group in the place of Create Group).";

fn link_only() -> Value {
    json!({"group_push": "link_only"})
}

#[tokio::test]
async fn link_only_refuses_new_groups() {
    let (api, okta, application) = sides(link_only()).await;
    let ann = user(&okta, "ann").await;
    let body = json!({"displayName": "Team", "members": references(&[&ann])});
    for bulk in [false, true] {
        let (status, error) = write(&okta, bulk, "POST", "/Groups", &body).await;
        assert_eq!((status, error["detail"].as_str()), (403, Some(LINK)));
    }
    assert_eq!(names(&application.get("/Groups").await), "");
    // Even one that is there already: nothing is told of names.
    group(&application, "Team", &[]).await;
    check_refused(&okta.post("/Groups", &body).await, 403, LINK);
    assert_eq!(names(&okta.get("/Groups").await), "Team");
    api.set(json!({"group_push": "create"})).await;
    let created = okta
        .post("/Groups", &json!({"displayName": "Pushed"}))
        .await;
    assert_eq!(created.status, 201);
}

/// Okta's way: list, link by the first change of members, push, rename, unlink.
#[tokio::test]
async fn okta_links_fills_renames_empties_and_unlinks() {
    let (_api, okta, application) = sides(link_only()).await;
    let (ann, bob) = (user(&okta, "ann").await, user(&okta, "bob").await);
    let team = mapped(
        &application,
        "Admins",
        json!({"role": "admin", "priority": 2}),
        &[],
    )
    .await;
    let listed = okta.get("/Groups?startIndex=1&count=100").await;
    assert_eq!(listed.ids(), [id(&team)]);
    let found = okta.find("/Groups", "displayName eq \"Admins\"").await;
    assert_eq!(found.ids(), [id(&team)]);
    let push = json!({"op": "add", "path": "members", "value": references(&[&ann, &bob])});
    patch(&okta, &team, push).await;
    let name = json!({"op": "replace", "value": {"id": id(&team), "displayName": "Okta Admins"}});
    patch(&okta, &team, name).await;
    assert_eq!(shown(&okta, &team).await["displayName"], "Okta Admins");
    let remove = json!({"op": "remove", "path": format!("members[value eq \"{}\"]", id(&bob))});
    patch(&okta, &team, remove).await;
    let put = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": id(&team), "displayName": "Admins", "members": references(&[&bob])});
    assert_eq!(okta.put(&team, &put).await.status, 200);
    assert_eq!(okta.get(&team).await.values("members"), [id(&bob)]);
    assert_eq!(role(&application, &bob).await, "admin");
    assert_eq!(role(&application, &ann).await, Value::Null);
    patch(
        &okta,
        &team,
        json!({"op": "replace", "path": "members", "value": []}),
    )
    .await;
    assert_eq!(shown(&okta, &team).await["members"], json!([]));
    let push = json!({"op": "add", "path": "members", "value": references(&[&ann])});
    patch(&okta, &team, push).await;
    assert_eq!(okta.delete(&team).await.status, 204);
    assert_eq!(role(&application, &ann).await, Value::Null);
    assert_eq!(
        of_group(&application, &team).await,
        json!({"origin": "application", "role": "admin", "priority": 2})
    );
}

#[tokio::test]
async fn delete_empties_and_keeps() {
    for bulk in [false, true] {
        let (api, okta, application) = sides(link_only()).await;
        let ann = user(&okta, "ann").await;
        let team = mapped(&application, "Admins", json!({"role": "admin"}), &[&ann]).await;
        let before = shown(&application, &team).await;
        assert_eq!(role(&application, &ann).await, "admin");
        assert_eq!(
            write(&okta, bulk, "DELETE", &team, &Value::Null).await.0,
            204
        );
        let emptied = shown(&application, &team).await;
        assert_eq!(emptied["members"], json!([]));
        assert_eq!(
            (&emptied["displayName"], &emptied[MUSTER_GROUP]),
            (&before["displayName"], &before[MUSTER_GROUP])
        );
        assert_eq!(shown(&okta, &ann).await.get("groups"), None);
        assert_eq!(role(&application, &ann).await, Value::Null);
        // Once more: there is nothing to do, and it is no error.
        let before = items(&api).await;
        assert_eq!(
            write(&okta, bulk, "DELETE", &team, &Value::Null).await.0,
            204
        );
        assert_eq!(items(&api).await, before);
        assert_eq!(shown(&application, &team).await, emptied);
        assert_eq!(names(&okta.get("/Groups").await), "Admins");
    }
}

#[tokio::test]
async fn delete_leaves_protected_members() {
    let (_api, okta, application) = sides(link_only()).await;
    let (ann, bob) = (user(&okta, "ann").await, user(&okta, "bob").await);
    let team = mapped(
        &application,
        "Admins",
        json!({"role": "admin"}),
        &[&ann, &bob],
    )
    .await;
    protect(&application, &ann, true).await;
    assert_eq!(okta.delete(&team).await.status, 204);
    assert_eq!(okta.get(&team).await.values("members"), [id(&ann)]);
    assert_eq!(role(&application, &ann).await, "admin");
    assert_eq!(role(&application, &bob).await, Value::Null);
}

#[tokio::test]
async fn delete_asks_for_the_version_like_any_other() {
    let (_api, okta, application) = sides(link_only()).await;
    let ann = user(&okta, "ann").await;
    let team = group(&application, "Team", &[&ann]).await;
    let tag = shown(&okta, &team).await["meta"]["version"]
        .as_str()
        .unwrap()
        .to_owned();
    let stale = [("If-Match", "W/\"77\"")];
    assert_eq!(okta.send("DELETE", &team, &stale, None).await.status, 412);
    assert_eq!(
        okta.send("DELETE", &team, &[("If-None-Match", &tag)], None)
            .await
            .status,
        412
    );
    assert_eq!(okta.get(&team).await.values("members"), [id(&ann)]);
    assert_eq!(
        okta.send("DELETE", &team, &[("If-Match", &tag)], None)
            .await
            .status,
        204
    );
    assert_eq!(okta.get(&team).await.values("members"), [""; 0]);
    let nobody = "/Groups/019aa583-8f00-7000-8000-000000000000";
    assert_eq!(okta.delete(nobody).await.status, 404);
}

#[tokio::test]
async fn groups_of_before_stay_and_are_linked_too() {
    let (api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let team = group(&okta, "Pushed", &[&ann]).await;
    api.set(link_only()).await;
    assert_eq!(okta.delete(&team).await.status, 204);
    assert_eq!(shown(&application, &team).await["members"], json!([]));
    patch(&okta, &team, replace("displayName", "Pushed again")).await;
    api.set(json!({"group_push": null})).await;
    assert_eq!(okta.delete(&team).await.status, 204);
    assert_eq!(application.get(&team).await.status, 404);
}

#[tokio::test]
async fn the_application_creates_and_deletes() {
    let (_api, okta, application) = sides(link_only()).await;
    let ann = user(&okta, "ann").await;
    for bulk in [false, true] {
        let body = json!({"displayName": "Team", "members": references(&[&ann])});
        assert_eq!(
            write(&application, bulk, "POST", "/Groups", &body).await.0,
            201
        );
        let team = format!("/Groups/{}", application.get("/Groups").await.ids()[0]);
        assert_eq!(
            write(&application, bulk, "DELETE", &team, &Value::Null)
                .await
                .0,
            204
        );
        assert_eq!(okta.get(&team).await.status, 404);
    }
}

/// A user who is created beside a group that is refused is there.
#[tokio::test]
async fn in_bulk_the_rest_is_done() {
    let (_api, okta, _) = sides(link_only()).await;
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ann"}},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "Team", "members": [{"value": "bulkId:a"}]}}
    ]});
    let answer = okta.post("/Bulk", &body).await;
    let statuses: Vec<_> = answer.body["Operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"])
        .collect();
    assert_eq!(json!(statuses), json!(["201", "403"]));
    assert_eq!(names(&okta.get("/Users").await), "ann");
}

//! The entity tag of a user as the application sees him: document, groups, their names and the role.

use serde_json::json;

use crate::given::{group, mapped, patch, replace, sides, user};

#[tokio::test]
async fn the_tag_changes_with_everything_that_is_shown() {
    let (api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let tag = async || {
        let shown = application.get(&ann).await;
        let tag = shown.header("etag").to_owned();
        assert_eq!(shown.body["meta"]["version"], tag);
        let again = application
            .send("GET", &ann, &[("If-None-Match", &tag)], None)
            .await;
        assert_eq!((again.status, again.header("etag")), (304, tag.as_str()));
        let in_list = application.find("/Users", "userName eq \"ann\"").await;
        assert_eq!(in_list.body["Resources"][0]["meta"]["version"], tag);
        let found = application
            .find(
                "/Users",
                &format!("meta.version eq \"{}\"", tag.replace('"', "\\\"")),
            )
            .await;
        assert_eq!(found.body["totalResults"], 1, "{tag}");
        tag
    };
    let mut tags = vec![tag().await];
    let mut check = async |what: &str, changes: bool| {
        let (last, now) = (tags.last().unwrap().clone(), tag().await);
        assert_eq!(now != last, changes, "{what}: {last}, {now}");
        let stale = application
            .send("GET", &ann, &[("If-None-Match", &last)], None)
            .await;
        assert_eq!(stale.status, if changes { 200 } else { 304 }, "{what}");
        if changes {
            assert!(!tags.contains(&now), "{what}");
            tags.push(now);
        }
    };
    check("nothing", false).await;
    patch(&okta, &ann, replace("title", "Boss")).await;
    check("the document", true).await;
    api.set(json!({"default_role": "viewer"})).await;
    check("the default role", true).await;
    let team = group(&okta, "Team", &[&ann]).await;
    check("a group", true).await;
    patch(&okta, &team, replace("displayName", "Crew")).await;
    check("its name", true).await;
    let role = format!("{}:role", scim::MUSTER_GROUP);
    patch(&application, &team, replace(&role, "admin")).await;
    check("its role", true).await;
    patch(
        &application,
        &team,
        replace(&format!("{}:priority", scim::MUSTER_GROUP), 7),
    )
    .await;
    check("its priority, which changes no role", false).await;
    mapped(
        &application,
        "Higher",
        json!({"role": "owner", "priority": 9}),
        &[&ann],
    )
    .await;
    check("a higher group", true).await;
    patch(&okta, &team, replace("externalId", "e1")).await;
    check("what is not shown of a group", false).await;
    assert_eq!(okta.delete(&team).await.status, 204);
    check("the end of a group", true).await;
}

#[tokio::test]
async fn the_identity_providers_tag_is_of_what_it_sees() {
    let (api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let team = group(&okta, "Team", &[&ann]).await;
    let tag = async || okta.get(&ann).await.header("etag").to_owned();
    let before = tag().await;
    assert_eq!(before, "W/\"1.2\"");
    api.set(json!({"default_role": "viewer"})).await;
    patch(
        &application,
        &team,
        replace(&format!("{}:role", scim::MUSTER_GROUP), "admin"),
    )
    .await;
    patch(&application, &team, replace("displayName", "Crew")).await;
    assert_eq!(tag().await, before);
}

/// What others show of the user does not keep the application from changing him.
#[tokio::test]
async fn if_match_is_about_the_document() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let tag = application.get(&ann).await.header("etag").to_owned();
    mapped(&application, "Team", json!({"role": "admin"}), &[&ann]).await;
    let title = |title: &str| {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        json!({"schemas": schemas, "Operations": [replace("title", title)]}).to_string()
    };
    let with = |tag: &str| [("If-Match", tag.to_owned())];
    let send = async |tag: &str, value: &str| {
        let headers = with(tag);
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        application
            .send("PATCH", &ann, &headers, Some(title(value)))
            .await
    };
    let changed = send(&tag, "Boss").await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(send(&tag, "Chief").await.status, 412);
    assert_eq!(
        changed.header("etag"),
        application.get(&ann).await.header("etag")
    );
    assert_eq!(send(changed.header("etag"), "Chief").await.status, 200);
    // And If-None-Match about all of it.
    let now = application.get(&ann).await.header("etag").to_owned();
    let refused = application
        .send("PATCH", &ann, &[("If-None-Match", &now)], Some(title("x")))
        .await;
    assert_eq!(refused.status, 412, "{refused:?}");
    let done = application
        .send("PATCH", &ann, &[("If-None-Match", &tag)], Some(title("x")))
        .await;
    assert_eq!(done.status, 200, "{done:?}");
}

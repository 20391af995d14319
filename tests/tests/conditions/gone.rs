//! What is gone is not made up by a change of it.

use end_to_end::{Api, Client, Response};
use serde_json::json;

use crate::given::{add, delete, get, group, held, keys, kind_of, protect, remove, table, user};

/// A user in a group, another one who is in none, one who was deleted and is kept, and the clients.
struct World {
    api: Api,
    okta: Client,
    application: Client,
    member: String,
    other: String,
    kept: String,
    team: String,
}

async fn world() -> World {
    let api = Api::start().await;
    let (okta, application) = (api.client(), api.application().await);
    application.get("/Users").await;
    let member = okta.post("/Users", &user("ann")).await.id();
    let other = okta.post("/Users", &user("bob")).await.id();
    let kept = okta.post("/Users", &user("cy")).await.id();
    api.set(json!({"delete_users": "deactivate"})).await;
    let deleted = okta.delete(&format!("/Users/{kept}")).await;
    assert_eq!(deleted.status, 204);
    api.set(json!({"delete_users": "delete"})).await;
    let body = group("team", std::slice::from_ref(&member));
    let team = okta.post("/Groups", &body).await.id();
    api.settled().await;
    World {
        api,
        okta,
        application,
        member,
        other,
        kept,
        team,
    }
}

impl World {
    fn team(&self) -> String {
        format!("/Groups/{}", self.team)
    }
}

/// Of each of these kinds an item vanishes before it is changed or deleted. It stays away, and a request that is refused has written
/// nothing; it is refused, unless the kind is marked with `?`.
async fn check(written: &'static str, request: impl AsyncFn(&World) -> Response, kinds: &[&str]) {
    for kind in kinds {
        let world = world().await;
        let api = &world.api;
        let (mut gone, mut before) = (None, Vec::new());
        let answer = held(api, written, request(&world), async |asked| {
            let mut keys = [keys(&asked, "Update"), keys(&asked, "Delete")].concat();
            keys.retain(|key| kind_of(key) == kind.trim_end_matches('?'));
            let key = keys.pop().expect("an item of this kind");
            assert!(get(api, &key).await.is_some(), "{kind}");
            delete(api, &key).await;
            gone = Some(key);
            before = table(api).await;
        })
        .await;
        assert_eq!(get(api, &gone.unwrap()).await, None, "{kind}: {answer:?}");
        if answer.status >= 400 {
            assert_eq!(table(api).await, before, "{kind}: {answer:?}");
        } else {
            assert!(kind.ends_with('?'), "{kind}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn by_who_joins() {
    let request = async |world: &World| world.okta.patch(&world.team(), &add(&world.other)).await;
    check("group", request, &["group", "members", "user's groups"]).await;
}

#[tokio::test]
async fn by_who_leaves() {
    let request = async |world: &World| {
        world
            .okta
            .patch(&world.team(), &remove(&world.member))
            .await
    };
    check("group", request, &["group", "members?", "user's groups?"]).await;
}

#[tokio::test]
async fn by_more_members_in_place_of_all() {
    let request = async |world: &World| {
        let body = group("team", &[world.member.clone(), world.other.clone()]);
        world.okta.put(&world.team(), &body).await
    };
    check("group", request, &["group", "members", "user's groups"]).await;
}

#[tokio::test]
async fn by_no_members_in_place_of_all() {
    let request = async |world: &World| world.okta.put(&world.team(), &group("team", &[])).await;
    check("group", request, &["group", "members", "user's groups?"]).await;
}

#[tokio::test]
async fn by_a_new_group() {
    let request = async |world: &World| {
        let body = group("others", std::slice::from_ref(&world.other));
        world.okta.post("/Groups", &body).await
    };
    check("group", request, &["user's groups"]).await;
}

#[tokio::test]
async fn by_the_end_of_a_group() {
    let request = async |world: &World| world.okta.delete(&world.team()).await;
    check(
        "group",
        request,
        &["group", "members", "user's groups?", "roster"],
    )
    .await;
}

#[tokio::test]
async fn by_the_end_of_a_user() {
    let request = async |world: &World| {
        let path = format!("/Users/{}", world.member);
        world.okta.delete(&path).await
    };
    check(
        "user",
        request,
        &["group?", "members", "user", "user's groups?", "roster"],
    )
    .await;
}

#[tokio::test]
async fn by_the_protection_of_a_user() {
    let request = async |world: &World| {
        let path = format!("/Users/{}", world.member);
        world.application.patch(&path, &protect()).await
    };
    check("user", request, &["user", "user's groups"]).await;
}

#[tokio::test]
async fn by_the_end_of_a_user_in_many_groups() {
    let request = async |world: &World| {
        for number in 0..21 {
            let body = group(
                &format!("group-{number}"),
                std::slice::from_ref(&world.other),
            );
            assert_eq!(world.okta.post("/Groups", &body).await.status, 201);
        }
        world.okta.delete(&format!("/Users/{}", world.other)).await
    };
    check("user", request, &["user's groups?"]).await;
}

#[tokio::test]
async fn by_the_last_end_of_a_user_who_was_kept() {
    let request = async |world: &World| {
        let path = format!("/Users/{}", world.kept);
        world.application.delete(&path).await
    };
    check("roster", request, &["roster", "user"]).await;
}

//! How a user stands to memberships may be otherwise when one of his is changed.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use end_to_end::{Api, Client, Response};
use serde_json::{Value, json};

use crate::given::{add, agrees, get, group, held, keys, kind_of, protect, put, remove, user};

/// Requests by which a user joins a group.
const JOINS: [&str; 3] = ["POST", "PATCH", "PUT"];

/// A group without members, and a user.
async fn given(client: &Client) -> (String, String) {
    let team = client.post("/Groups", &group("team", &[])).await.id();
    let ann = client.post("/Users", &user("ann")).await.id();
    (format!("/Groups/{team}"), ann)
}

async fn join(client: &Client, method: &str, team: &str, ann: &str) -> Response {
    let ids = [ann.to_owned()];
    match method {
        "POST" => client.post("/Groups", &group("others", &ids)).await,
        "PATCH" => client.patch(team, &add(ann)).await,
        _ => client.put(team, &group("team", &ids)).await,
    }
}

/// Somebody joins a group, but when it is written, his own item has become this.
async fn check_join(method: &str, status: u16, alter: impl Fn(&mut Value)) {
    let api = Api::start().await;
    let client = api.client();
    let (team, ann) = given(&client).await;
    let mut there = None;
    let joined = join(&client, method, &team, &ann);
    let answer = held(&api, "user's groups", joined, async |asked| {
        let mut keys = keys(&asked, "Update");
        keys.retain(|key| kind_of(key) == "user's groups");
        let mut item = get(&api, &keys[0]).await.expect("it is there");
        alter(&mut item);
        put(&api, &item).await;
        there = Some((keys.remove(0), item));
    })
    .await;
    assert_eq!(answer.status, status, "{method}: {answer:?}");
    let (key, item) = there.unwrap();
    assert_eq!(get(&api, &key).await, Some(item), "{method}");
}

#[tokio::test]
async fn who_is_in_as_many_groups_as_can_be_joins_no_other() {
    const MOST: u128 = 5_000;
    let groups = (0..MOST).map(|id| BASE64_STANDARD.encode(id.to_be_bytes()));
    let groups: Value = groups.collect();
    for method in JOINS {
        check_join(method, 413, |item| item["groups"] = json!({"BS": groups})).await;
    }
}

#[tokio::test]
async fn who_is_leaving_joins_no_group() {
    for method in JOINS {
        check_join(method, 400, |item| item["leaving"] = json!({"BOOL": true})).await;
    }
}

/// The application protects a user while the identity provider changes his memberships: they stay as they are.
async fn check_protected(
    was_member: bool,
    request: impl AsyncFnOnce(&Client, &str, &str) -> Response,
) {
    let api = Api::start().await;
    let (okta, application) = (api.client(), api.application().await);
    let (team, ann) = given(&okta).await;
    if was_member {
        okta.patch(&team, &add(&ann)).await;
    }
    let path = format!("/Users/{ann}");
    application.get(&path).await;
    let request = request(&okta, &team, &ann);
    let answer = held(&api, "user's groups", request, async |_| {
        assert_eq!(application.patch(&path, &protect()).await.status, 200);
    })
    .await;
    assert!(answer.status < 300, "{answer:?}");
    let groups = application.get(&path).await.values("groups");
    assert_eq!(!groups.is_empty(), was_member, "{answer:?}");
    agrees(&api).await;
}

#[tokio::test]
async fn who_is_protected_joins_no_group() {
    for method in JOINS {
        let request =
            async |client: &Client, team: &str, ann: &str| join(client, method, team, ann).await;
        check_protected(false, request).await;
    }
}

#[tokio::test]
async fn who_is_protected_leaves_no_group() {
    check_protected(true, async |client, team, ann| {
        client.patch(team, &remove(ann)).await
    })
    .await;
    check_protected(true, async |client, team, _| {
        client.put(team, &group("team", &[])).await
    })
    .await;
}

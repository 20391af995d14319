//! A group's members and its members' groups tell the same, whatever happens at the same moment.

use std::collections::BTreeSet;

use end_to_end::{Api, Client};
use futures_util::future::join_all;
use serde_json::{Value, json};

const NOBODY: &str = "019aa583-8f00-7000-8000-000000000000";

fn members<'a>(ids: impl IntoIterator<Item = &'a String>) -> Value {
    ids.into_iter().map(|id| json!({"value": id})).collect()
}

fn add<'a>(ids: impl IntoIterator<Item = &'a String>) -> Value {
    json!([{"op": "add", "path": "members", "value": members(ids)}])
}

fn remove(id: &str) -> Value {
    json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}])
}

async fn group(client: &Client, name: &str, ids: &[String]) -> String {
    let created = client
        .post(
            "/Groups",
            &json!({"displayName": name, "members": members(ids)}),
        )
        .await;
    assert_eq!(created.status, 201, "{:?}", created.body);
    format!("/Groups/{}", created.id())
}

/// Who is in which group: as the groups tell it, and as the users do.
async fn told(client: &Client) -> [BTreeSet<(String, String)>; 2] {
    let pairs = |list: &Value, of: &str, pair: fn(String, String) -> (String, String)| {
        let mut pairs = BTreeSet::new();
        for resource in list["Resources"].as_array().unwrap() {
            for element in resource[of].as_array().into_iter().flatten() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                pairs.insert(pair(text(&resource["id"]), text(&element["value"])));
            }
        }
        pairs
    };
    let (groups, users) = (
        client.get("/Groups?count=200").await,
        client.get("/Users?count=200").await,
    );
    [
        pairs(&groups.body, "members", |group, user| (group, user)),
        pairs(&users.body, "groups", |user, group| (group, user)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn many_clients_at_once_leave_one_truth() {
    const CLIENTS: usize = 12;
    const CHANGES: usize = 8;
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(10).await;
    let mut groups = Vec::new();
    for name in ["one", "two", "three"] {
        groups.push(group(&client, name, &users[..3]).await);
    }
    let work = (0..CLIENTS).map(|worker| {
        let (client, users, groups) = (api.client(), &users, &groups);
        async move {
            for change in 0..CHANGES {
                let pick = worker * 5 + change * 7;
                let (user, group) = (
                    &users[pick % users.len()],
                    &groups[(worker + change) % groups.len()],
                );
                let other = &users[(pick + 3) % users.len()];
                let operations = match (worker + change) % 4 {
                    0 | 1 => add([user, other]),
                    2 => remove(user),
                    _ => json!([remove(user)[0], add([other])[0]]),
                };
                let answer = client.patch(group, &operations).await;
                // Who adds and removes at once competes with all others, and may be asked to come again.
                let expected: &[u16] = if operations.as_array().is_some_and(|all| all.len() == 1) {
                    &[204]
                } else {
                    &[204, 429]
                };
                assert!(expected.contains(&answer.status), "{answer:?}");
            }
        }
    });
    join_all(work).await;
    let [groups_tell, users_tell] = told(&client).await;
    assert_eq!(groups_tell, users_tell);
    assert!(!groups_tell.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_simultaneous_add_is_lost() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(16).await;
    let group = group(&client, "team", &[]).await;
    let requests = users.iter().map(|user| {
        let (client, group) = (api.client(), &group);
        async move { client.patch(group, &add([user])).await.status }
    });
    assert_eq!(join_all(requests).await, [204; 16]);
    let shown = client.get(&group).await;
    assert_eq!(shown.values("members"), users);
    assert_eq!(shown.body["meta"]["version"], "W/\"17\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_while_he_is_added_is_in_no_group() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(8).await;
    let group = group(&client, "team", &[]).await;
    let requests = users.iter().map(|user| {
        let (client, group) = (api.client(), &group);
        async move {
            let (add, path) = (add([user]), format!("/Users/{user}"));
            let (added, deleted) =
                futures_util::future::join(client.patch(group, &add), client.delete(&path)).await;
            // He is added and then deleted, or he is deleted and then unknown.
            assert!([204, 400].contains(&added.status), "{added:?}");
            assert_eq!(deleted.status, 204, "{deleted:?}");
        }
    });
    join_all(requests).await;
    assert_eq!(client.get(&group).await.body["members"], json!([]));
}

#[tokio::test]
async fn a_member_who_does_not_exist_is_named_and_nothing_changes() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(2).await;
    let group = group(&client, "team", &users[..1]).await;
    let before = client.get(&group).await;
    for stranger in [
        NOBODY,
        "00919288221112222",
        group.trim_start_matches("/Groups/"),
    ] {
        let ids = [users[1].clone(), stranger.to_owned()];
        let body = json!({"displayName": "other", "members": members(&ids)});
        let answers = [
            client.post("/Groups", &body).await,
            client.put(&group, &body).await,
            client.patch(&group, &add(&ids)).await,
            client
                .patch(
                    &group,
                    &json!([{"op": "replace", "path": "members", "value": members(&ids)}]),
                )
                .await,
        ];
        for answer in answers {
            assert_eq!(
                (answer.status, &answer.body["scimType"]),
                (400, &json!("invalidValue")),
                "{answer:?}"
            );
            assert!(
                answer.body["detail"].as_str().unwrap().contains(stranger),
                "{answer:?}"
            );
        }
    }
    assert_eq!(client.get(&group).await.body, before.body);
    assert_eq!(client.get("/Groups").await.body["totalResults"], 1);
}

#[tokio::test]
async fn a_group_cannot_be_a_member() {
    let api = Api::start().await;
    let client = api.client();
    let user = api.seed(1).await.remove(0);
    let (inner, outer) = (
        group(&client, "inner", &[]).await,
        group(&client, "outer", &[]).await,
    );
    for value in [inner.trim_start_matches("/Groups/"), user.as_str()] {
        let operations =
            json!([{"op": "add", "path": "members", "value": [{"value": value, "type": "Group"}]}]);
        let answer = client.patch(&outer, &operations).await;
        assert_eq!(
            (answer.status, &answer.body["scimType"]),
            (400, &json!("invalidValue")),
            "{answer:?}"
        );
    }
    assert_eq!(client.get(&outer).await.body["members"], json!([]));
}

#[tokio::test]
async fn a_deleted_user_leaves_his_groups() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(2).await;
    let groups = [
        group(&client, "one", &users).await,
        group(&client, "two", &users[..1]).await,
    ];
    assert_eq!(
        client.delete(&format!("/Users/{}", users[0])).await.status,
        204
    );
    assert_eq!(client.get(&groups[0]).await.values("members"), users[1..]);
    let emptied = client.get(&groups[1]).await;
    assert_eq!(
        (&emptied.body["members"], &emptied.body["meta"]["version"]),
        (&json!([]), &json!("W/\"2\""))
    );
}

#[tokio::test]
async fn a_deleted_group_leaves_its_members() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(2).await;
    let (one, two) = (
        group(&client, "one", &users).await,
        group(&client, "two", &users[..1]).await,
    );
    assert_eq!(client.delete(&one).await.status, 204);
    let shown = client.get(&format!("/Users/{}", users[0])).await;
    assert_eq!(shown.values("groups"), [two.trim_start_matches("/Groups/")]);
    assert!(
        client
            .get(&format!("/Users/{}", users[1]))
            .await
            .body
            .get("groups")
            .is_none()
    );
}

#[tokio::test]
async fn what_is_so_already_is_no_change() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(2).await;
    let group = group(&client, "team", &users[..1]).await;
    let user = format!("/Users/{}", users[0]);
    let before = (client.get(&group).await.body, client.get(&user).await.body);
    let requests = [
        add(&users[..1]),
        remove(&users[1]),
        remove(NOBODY),
        json!([{"op": "replace", "path": "members", "value": members(&users[..1])}]),
        json!([add(&users[1..])[0], remove(&users[1])[0]]),
    ];
    for operations in requests {
        assert_eq!(
            client.patch(&group, &operations).await.status,
            204,
            "{operations}"
        );
        assert_eq!(
            (client.get(&group).await.body, client.get(&user).await.body),
            before,
            "{operations}"
        );
    }
}

#[tokio::test]
async fn a_list_shows_members_and_groups_however_it_is_found() {
    let api = Api::start().await;
    let client = api.client();
    let ann = client
        .post("/Users", &json!({"userName": "ann"}))
        .await
        .id();
    let team = group(&client, "team", std::slice::from_ref(&ann)).await;
    for query in [
        "",
        "filter=displayName%20eq%20%22team%22",
        "filter=displayName%20pr",
        "filter=members.value%20pr",
        "sortBy=displayName",
        "cursor=&filter=displayName%20pr",
        "cursor=&sortBy=displayName&sortOrder=descending",
    ] {
        let list = client.get(&format!("/Groups?{query}")).await;
        let members = &list.body["Resources"][0]["members"];
        assert_eq!(members[0]["value"], json!(ann), "{query}: {list:?}");
    }
    for query in [
        "filter=userName%20sw%20%22a%22",
        "filter=groups.value%20pr",
        "sortBy=userName",
        "filter=userName%20eq%20%22ann%22",
    ] {
        let list = client.get(&format!("/Users?{query}")).await;
        let groups = &list.body["Resources"][0]["groups"];
        let id = groups[0]["value"].as_str().unwrap();
        assert_eq!(format!("/Groups/{id}"), team, "{query}: {list:?}");
        let etag = client.get(&format!("/Users/{ann}")).await;
        assert_eq!(
            list.body["Resources"][0]["meta"]["version"],
            etag.header("etag")
        );
    }
}

use std::collections::BTreeSet;

use directory::Repair;
use end_to_end::{Api, Client};
use serde_json::{Value, json};

pub const NOBODY: &str = "019aa583-8f00-7000-8000-000000000000";

pub fn members<'a>(ids: impl IntoIterator<Item = &'a String>) -> Value {
    ids.into_iter().map(|id| json!({"value": id})).collect()
}

pub fn add<'a>(ids: impl IntoIterator<Item = &'a String>) -> Value {
    json!([{"op": "add", "path": "members", "value": members(ids)}])
}

pub fn remove<'a>(ids: impl IntoIterator<Item = &'a String>) -> Value {
    json!([{"op": "remove", "path": "members", "value": members(ids)}])
}

pub fn replace<'a>(ids: impl IntoIterator<Item = &'a String>) -> Value {
    json!([{"op": "replace", "path": "members", "value": members(ids)}])
}

/// A group with these members, and its path.
pub async fn group(client: &Client, name: &str, ids: &[String]) -> String {
    let body = json!({"displayName": name, "members": members(ids)});
    let created = client.post("/Groups", &body).await;
    assert_eq!(created.status, 201, "{:?}", created.body["detail"]);
    format!("/Groups/{}", created.id())
}

/// Makes a change that succeeds.
pub async fn change(client: &Client, group: &str, operations: &Value) {
    let changed = client.patch(group, operations).await;
    assert_eq!(changed.status, 204, "{:?}", changed.body);
}

/// The members as the group tells them.
pub async fn members_of(client: &Client, group: &str) -> Vec<String> {
    let shown = client.get(group).await;
    assert_eq!(shown.status, 200, "{:?}", shown.body["detail"]);
    shown.values("members")
}

/// The users of the directory who tell that they are in the group, in the order of their ids.
pub async fn users_in(client: &Client, group: &str) -> Vec<String> {
    let id = group.trim_start_matches("/Groups/");
    let mut said = BTreeSet::new();
    let mut start = 1;
    loop {
        let page = client
            .get(&format!("/Users?startIndex={start}&count=200"))
            .await;
        for user in page.body["Resources"].as_array().unwrap() {
            let groups = user["groups"].as_array().into_iter().flatten();
            if groups.clone().any(|group| group["value"] == id) {
                said.insert(user["id"].as_str().unwrap().to_owned());
            }
        }
        start += page.ids().len();
        if page.body["totalResults"].as_u64().unwrap() < start as u64 {
            return said.into_iter().collect();
        }
    }
}

/// The group tells these members, the users tell the same, and nothing is left to do.
pub async fn assert_settled(api: &Api, group: &str, expected: &[String]) {
    api.settled().await;
    assert_eq!(members_of(&api.client(), group).await, expected);
    assert_agrees(api).await;
}

/// Everything in the directory agrees.
pub async fn assert_agrees(api: &Api) {
    let report = api.check(Repair::No).await;
    let left = (report.found, report.pending, report.undecided);
    assert_eq!(left, (0, 0, 0), "{report:?}");
}

/// How many changes have something left to do.
pub async fn to_do(api: &Api) -> usize {
    let items = api.items().await;
    items
        .iter()
        .filter(|item| item["type"]["S"] == "to do")
        .count()
}

/// The items of a type whose partition names this id.
pub async fn items_of(api: &Api, id: &str, kind: &str) -> Vec<Value> {
    let is_it = |item: &Value| {
        item["type"]["S"] == kind && item["pk"]["S"].as_str().is_some_and(|pk| pk.contains(id))
    };
    api.items().await.into_iter().filter(is_it).collect()
}

/// Takes the stream from the function `changes`: from now on it loses everything.
pub async fn lose_the_stream(api: &Api) {
    api.settled().await;
    let stream = json!({"StreamEnabled": false});
    let off = json!({"StreamSpecification": stream});
    api.dynamodb("UpdateTable", &off).await;
}

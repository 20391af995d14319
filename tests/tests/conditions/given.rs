use std::pin::pin;

use directory::Repair;
use end_to_end::instrument::kind;
use end_to_end::{Api, Response};
use futures_util::future::{Either, select};
use scim::MUSTER_USER;
use serde_json::{Value, json};

/// The key of an item.
pub type Key = Value;

/// Sends a request, holds it back when it writes an item of this kind, and lets it go when something else is done, which is told what
/// the call asks for.
pub async fn held(
    api: &Api,
    kind: &'static str,
    request: impl Future<Output = Response>,
    meanwhile: impl AsyncFnOnce(Value),
) -> Response {
    let laid = api
        .calls
        .hold(move |call| call.is_write() && call.touches(kind));
    let something_else = async {
        laid.reached().await;
        meanwhile(laid.asked()).await;
        laid.release();
    };
    match select(pin!(request), pin!(something_else)).await {
        Either::Left((answer, _)) => panic!("it writes no {kind}: {answer:?}"),
        Either::Right(((), request)) => request.await,
    }
}

/// The items that a call puts (`Put`), changes (`Update`) or deletes (`Delete`), by their keys.
pub fn keys(asked: &Value, action: &str) -> Vec<Key> {
    let single = json!({"Update": asked});
    let of_one = [single];
    let parts = asked["TransactItems"].as_array();
    let parts = parts.map_or(of_one.as_slice(), Vec::as_slice);
    let of_action = parts.iter().filter_map(|part| part.get(action));
    let key = |part: &Value| {
        let key = part.get("Key").unwrap_or(&part["Item"]);
        json!({"pk": key["pk"], "sk": key["sk"]})
    };
    of_action.map(key).collect()
}

/// What the item of a key is.
pub fn kind_of(key: &Key) -> String {
    kind(key["pk"]["S"].as_str().unwrap(), key["sk"]["S"].as_str())
}

pub async fn put(api: &Api, item: &Value) {
    api.dynamodb("PutItem", &json!({"Item": item})).await;
}

pub async fn get(api: &Api, key: &Key) -> Option<Value> {
    let found = json!({"Key": key, "ConsistentRead": true});
    api.dynamodb("GetItem", &found).await.get("Item").cloned()
}

pub async fn delete(api: &Api, key: &Key) {
    api.dynamodb("DeleteItem", &json!({"Key": key})).await;
}

/// The table, without what is written of requests as such.
pub async fn table(api: &Api) -> Vec<Value> {
    let mut items = api.items().await;
    items.retain(|item| item["type"]["S"] != "audit entry" && item["type"]["S"] != "last used");
    items
}

/// A user with everything that has a key of its own.
pub fn user(name: &str) -> Value {
    json!({
        "userName": name, "externalId": format!("x-{name}"),
        "emails": [{"value": format!("{name}@example.com"), "primary": true}]
    })
}

pub fn group(name: &str, members: &[String]) -> Value {
    let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"displayName": name, "externalId": format!("x-{name}"), "members": members})
}

pub fn add(id: &str) -> Value {
    json!([{"op": "add", "path": "members", "value": [{"value": id}]}])
}

pub fn remove(id: &str) -> Value {
    json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}])
}

pub fn protect() -> Value {
    json!([{"op": "replace", "path": format!("{MUSTER_USER}:protected"), "value": true}])
}

/// When all is quiet, everything in the directory agrees, and nothing is left to do.
pub async fn agrees(api: &Api) {
    api.settled().await;
    let report = api.check(Repair::No).await;
    let left = (report.found, report.pending, report.undecided);
    assert_eq!(left, (0, 0, 0), "{report:?}");
}

/// How many changes have something left to do.
pub async fn to_do(api: &Api) -> usize {
    let items = table(api).await;
    let left = items.iter().filter(|item| kind_of(item) == "to do");
    left.count()
}

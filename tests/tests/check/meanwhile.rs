//! Between the look at damage and its repair the table may change: what the repair rests on is a condition of it, and it is looked at
//! again.

use std::pin::pin;

use directory::Repair;
use end_to_end::instrument::kind;
use futures_util::future::{Either, select};
use serde_json::{Value, json};

use crate::given::{Given, given};

async fn get(given: &Given, key: &Value) -> Option<Value> {
    let body = json!({"Key": key, "ConsistentRead": true});
    given
        .api
        .dynamodb("GetItem", &body)
        .await
        .get("Item")
        .cloned()
}

/// What may have become of an item: it is gone or there, or says something else.
fn others(key: &Value, item: Option<Value>) -> Vec<Option<Value>> {
    let Some(item) = item else {
        return vec![Some(key.clone())];
    };
    let with = |name: &str, value: Value| {
        let mut item = item.clone();
        item[name] = value;
        Some(item)
    };
    let mut others = vec![None];
    match kind(key["pk"]["S"].as_str().unwrap(), key["sk"]["S"].as_str()).as_str() {
        "user's groups" => {
            let mut leaving = with("leaving", json!({"BOOL": true}));
            if let Some(item) = &mut leaving {
                item["version"] = json!({"N": "99"});
            }
            others.push(leaving);
        }
        "total" => {
            others.push(with("count", json!({"N": "99"})));
            others.push(with("write", json!({"B": "AAAAAAAAAAAAAAAAAAAAAA=="})));
        }
        _ => {}
    }
    others
}

/// The damage is repaired again and again, each time with another of the items that it rests on changed before it is: nothing is written
/// then. In so many cases.
async fn check(damage: &str, cases: usize) {
    let mut case = 0;
    loop {
        let given = given().await;
        let api = &given.api;
        let items = api.items().await;
        let totals = format!("D#{}#T#User", api.directory);
        let is_total = |item: &&Value| item["pk"]["S"] == totals;
        let shard = items.iter().find(is_total).expect("users are counted");
        let shard = shard["sk"]["S"].as_str().unwrap();
        given.damage(&damage.replace("{shard}", shard)).await;
        let laid = api
            .calls
            .hold(|call| call.is_write() && !call.touches("directory"));
        let mut repair = pin!(api.check(Repair::Yes));
        if let Either::Left(_) = select(repair.as_mut(), pin!(laid.reached())).await {
            panic!("{damage}: nothing is repaired");
        }
        let asked = laid.asked();
        let single = [json!({"Update": asked})];
        let parts = asked["TransactItems"].as_array();
        let mut ways = Vec::new();
        for part in parts.map_or(single.as_slice(), Vec::as_slice) {
            let write = part.as_object().unwrap().values().next().unwrap();
            if write.get("ConditionExpression").is_some() {
                let key = write.get("Key").unwrap_or(&write["Item"]);
                let key = json!({"pk": key["pk"], "sk": key["sk"]});
                let item = get(&given, &key).await;
                let others = others(&key, item).into_iter();
                ways.extend(others.map(|other| (key.clone(), other)));
            }
        }
        let Some((key, other)) = ways.get(case) else {
            assert_eq!(case, cases, "{damage}");
            laid.release();
            repair.await;
            break;
        };
        match other {
            None => api.dynamodb("DeleteItem", &json!({"Key": key})).await,
            Some(item) => api.dynamodb("PutItem", &json!({"Item": item})).await,
        };
        let before = api.items().await;
        let next = api.calls.hold(|_| true);
        laid.release();
        select(repair.as_mut(), pin!(next.reached())).await;
        assert_eq!(api.items().await, before, "{damage}: {key}, {other:?}");
        next.release();
        case += 1;
    }
}

#[tokio::test]
async fn to_keys() {
    check("delete D#{d}#K#userName#ann K", 2).await;
    check("delete D#{d}#K#email#ann@example.com K", 2).await;
    check("delete D#{d}#K#displayName#team K", 2).await;
    check("delete D#{d}#L#externalId#x-ann U#{ann}", 1).await;
    check("delete D#{d}#L#externalId#x-team G#{team}", 1).await;
}

#[tokio::test]
async fn to_rosters_and_totals() {
    check("delete D#{d}#R#User {ann}", 2).await;
    check("put D#{d}#R#User {del} {\"type\":{\"S\":\"roster\"}}", 2).await;
    check("put D#{d}#R#Group {ann} {\"type\":{\"S\":\"roster\"}}", 2).await;
    check("set D#{d}#T#User {shard} count {\"N\":\"7\"}", 3).await;
}

#[tokio::test]
async fn to_members() {
    check("remove D#{d}#U#{ann} G groups", 4).await;
    check("set D#{d}#U#{cy} G groups {\"BS\":[\"{team:bytes}\"]}", 4).await;
    check("set D#{d}#U#{cy} G groups {\"BS\":[\"{ann:bytes}\"]}", 3).await;
    check(
        "set D#{d}#G#{empty}#1.0 M ids {\"BS\":[\"{team:bytes}\"]}",
        3,
    )
    .await;
    check("delete D#{d}#U#{cy} G", 2).await;
    check("set D#{d}#U#{ann} G protected {\"BOOL\":true}", 3).await;
    check("delete D#{d}#G#{empty}#1.0 M", 2).await;
}

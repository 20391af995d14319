//! Between the look at damage and its repair the table may change: what the repair rests on is a condition of it, and it is looked at
//! again.

use std::pin::pin;

use directory::Repair;
use end_to_end::instrument::Call;
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

/// One of the items that a repair rests on, and what has become of it.
struct Change {
    key: Value,
    /// What is there now, if anything.
    item: Option<Value>,
    /// It is gone, as the repair would have had it.
    repairs: bool,
}

/// What can have become of the items that a repair rests on: each clause of its conditions does not hold then.
async fn changes(given: &Given, asked: &Value) -> Vec<Change> {
    let single = [json!({"Update": asked})];
    let parts = asked["TransactItems"].as_array();
    let parts = parts.map_or(single.as_slice(), Vec::as_slice);
    let mut changes = Vec::new();
    for (action, write) in parts.iter().flat_map(|part| part.as_object().unwrap()) {
        let Some(condition) = write["ConditionExpression"].as_str() else {
            continue;
        };
        let key = write.get("Key").unwrap_or(&write["Item"]);
        let key = json!({"pk": key["pk"], "sk": key["sk"]});
        let item = get(given, &key).await.unwrap_or_else(|| key.clone());
        let user = &write["ExpressionAttributeValues"][":user"]["B"];
        let clauses = condition[1..condition.len() - 1].split(") AND (");
        let mut others = Vec::new();
        for other in clauses.flat_map(|clause| others_than(clause, &item, user)) {
            if !others.contains(&other) {
                others.push(other);
            }
        }
        changes.extend(others.into_iter().map(|item| Change {
            key: key.clone(),
            repairs: action == "Delete" && item.is_none(),
            item,
        }));
    }
    changes
}

/// What an item can have become so that a clause does not hold.
fn others_than(clause: &str, item: &Value, user: &Value) -> Vec<Option<Value>> {
    let with = |name: &str, value: Value| {
        let mut item = item.clone();
        item[name] = value;
        Some(item)
    };
    let bytes = "AAAAAAAAAAAAAAAAAAAAAA==";
    match clause {
        "attribute_exists(pk)" | "contains(#ids, :user)" => vec![None],
        "attribute_not_exists(pk)" => vec![Some(item.clone())],
        "attribute_not_exists(#ids)" => vec![with("ids", json!({"BS": [bytes]}))],
        "attribute_not_exists(#leaving)" => vec![with("leaving", json!({"BOOL": true}))],
        "attribute_not_exists(#owner)" => vec![with("owner", json!({"S": "another"}))],
        "NOT contains(#ids, :user)" => vec![with("ids", json!({"BS": [user]}))],
        "#version = :version" => vec![None, with("version", json!({"N": "99"}))],
        "#layout = :layout" => vec![None, with("layout", json!({"N": "2"}))],
        "#owner = :owner" | "#owner = :other" => vec![None, with("owner", json!({"S": "another"}))],
        "#count = :read_count" => vec![None, with("count", json!({"N": "99"}))],
        "#write = :read_write" => vec![None, with("write", json!({"B": bytes}))],
        _ => panic!("{clause}"),
    }
}

/// The damage is repaired again and again, each time with another of the items that it rests on changed before it is: nothing is written
/// then, and what is not damaged any more is no finding. In so many cases.
async fn check(damage: &[&str], cases: usize) {
    check_at(|call| !call.touches("directory"), damage, cases).await;
}

/// The same at the first such write.
async fn check_at(is_it: fn(&Call) -> bool, damage: &[&str], cases: usize) {
    for case in 0..cases {
        let given = given().await;
        let api = &given.api;
        let items = api.items().await;
        let totals = format!("D#{}#T#User", api.directory);
        let counts = |item: &&Value| item["pk"]["S"] == totals && item["count"]["N"] == "1";
        let shard = items.iter().find(counts).expect("users are counted");
        let shard = shard["sk"]["S"].as_str().unwrap();
        for command in damage {
            given.damage(&command.replace("{shard}", shard)).await;
        }
        let laid = api.calls.hold(move |call| call.is_write() && is_it(call));
        let mut repair = pin!(api.check(Repair::Yes));
        if let Either::Left(_) = select(repair.as_mut(), pin!(laid.reached())).await {
            panic!("{damage:?}: nothing is repaired");
        }
        let changes = changes(&given, &laid.asked()).await;
        assert_eq!(changes.len(), cases, "{damage:?}");
        let Change { key, item, repairs } = &changes[case];
        match item {
            None => api.dynamodb("DeleteItem", &json!({"Key": key})).await,
            Some(item) => api.dynamodb("PutItem", &json!({"Item": item})).await,
        };
        // The trail has to have what was written so far.
        api.settled().await;
        let before = api.items().await;
        let next = api.calls.hold(|_| true);
        laid.release();
        select(repair.as_mut(), pin!(next.reached())).await;
        assert_eq!(api.items().await, before, "{damage:?}: {key}, {item:?}");
        next.release();
        if *repairs {
            assert_eq!(repair.await.findings, [], "{damage:?}");
        }
    }
}

#[tokio::test]
async fn to_keys() {
    check(&["delete D#{d}#K#userName#ann K"], 3).await;
    check(&["delete D#{d}#K#email#ann@example.com K"], 3).await;
    check(&["delete D#{d}#K#displayName#team K"], 3).await;
    // She is looked at before what is held for another, and her memberships before her name.
    let damage = [
        "set D#{d}#K#userName#ann K owner {\"S\":\"{cy}\"}",
        "set D#{d}#U#{ann} G protected {\"BOOL\":true}",
    ];
    check_at(|call| call.touches("userName"), &damage, 6).await;
    check(&["delete D#{d}#L#externalId#x-ann U#{ann}"], 2).await;
    check(&["delete D#{d}#L#externalId#x-team G#{team}"], 2).await;
}

#[tokio::test]
async fn to_keys_of_nobody() {
    for (key, owner) in [
        ("userName#zed", "ann"),
        ("email#zed@example.com", "ann"),
        ("displayName#zed", "team"),
    ] {
        let item =
            format!("{{\"type\":{{\"S\":\"unique value\"}},\"owner\":{{\"S\":\"{{{owner}}}\"}}}}");
        check(&[&format!("put D#{{d}}#K#{key} K {item}")], 4).await;
    }
    let item = "{\"type\":{\"S\":\"lookup value\"}}";
    for (key, cases) in [
        ("emails.value#zed@example.com U#{ann}", 4),
        ("externalId#x U#{ann}", 4),
        // A user who does not exist: the id is a group's.
        ("externalId#x U#{team}", 3),
    ] {
        check(&[&format!("put D#{{d}}#L#{key} {item}")], cases).await;
    }
}

#[tokio::test]
async fn to_rosters_and_totals() {
    check(&["delete D#{d}#R#User {ann}"], 3).await;
    let item = "{\"type\":{\"S\":\"roster\"}}";
    check(&[&format!("put D#{{d}}#R#User {{del}} {item}")], 3).await;
    check(&[&format!("put D#{{d}}#R#Group {{ann}} {item}")], 2).await;
    check(&["set D#{d}#T#User {shard} count {\"N\":\"7\"}"], 3).await;
    check(&["delete D#{d}#T#User {shard}"], 1).await;
}

#[tokio::test]
async fn to_members() {
    check(&["remove D#{d}#U#{ann} G groups"], 5).await;
    check(
        &["set D#{d}#U#{cy} G groups {\"BS\":[\"{team:bytes}\"]}"],
        6,
    )
    .await;
    check(&["set D#{d}#U#{cy} G groups {\"BS\":[\"{ann:bytes}\"]}"], 3).await;
    check(
        &["set D#{d}#G#{empty}#1.0 M ids {\"BS\":[\"{team:bytes}\"]}"],
        4,
    )
    .await;
    check(&["delete D#{d}#U#{cy} G"], 3).await;
    check(&["set D#{d}#U#{ann} G protected {\"BOOL\":true}"], 4).await;
    check(&["delete D#{d}#G#{empty}#1.0 M"], 3).await;
    check(
        &["set D#{d}#G#{team} G indexing {\"BS\":[\"{ann:bytes}\"]}"],
        2,
    )
    .await;
}

#[tokio::test]
async fn to_members_of_nobody() {
    let item = "{\"type\":{\"S\":\"members\"}}";
    check(&[&format!("put D#{{d}}#G#{{ann}}#1.0 M {item}")], 3).await;
    let item = "{\"type\":{\"S\":\"user's groups\"},\"version\":{\"N\":\"1\"}}";
    check(&[&format!("put D#{{d}}#U#{{team}} G {item}")], 3).await;
}

#[tokio::test]
async fn to_members_in_a_chunk_that_is_not_theirs() {
    // The id's last byte says that it belongs into chunk 1.
    let damage = [
        "put D#{d}#G#{empty}#64.0 M {\"type\":{\"S\":\"members\"},\"ids\":{\"BS\":[\"AAAAAAAAAAAAAAAAAAAAAQ==\"]}}",
        "put D#{d}#G#{empty}#64.1 M {\"type\":{\"S\":\"members\"}}",
        "set D#{d}#G#{empty} G layout {\"N\":\"64\"}",
    ];
    check(&damage, 4).await;
}

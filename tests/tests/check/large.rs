//! Large changes of members, which users' own items follow later, and groups of more than one chunk.

use directory::{Damage, Remedy, Repair};
use end_to_end::Api;
use end_to_end::instrument::{Fault, Weather};
use serde_json::{Value, json};

/// More than a change changes of both sides at once.
const MEMBERS: usize = 26;

/// A group of which nobody knows yet that he is a member: what follows from its creation cannot reach the table.
async fn given() -> (Api, String) {
    let api = Api::start().await;
    let users = api.seed(MEMBERS).await;
    api.settled().await;
    let unreachable = Weather {
        faults: &[(Fault::Throttled, 1_000)],
        ..Weather::default()
    };
    api.changes.weather(unreachable, 1);
    let members: Vec<_> = users.iter().map(|user| json!({"value": user})).collect();
    let group = json!({"displayName": "everybody", "members": members});
    let group = api.client().post("/Groups", &group).await;
    assert_eq!(group.status, 201);
    (api, group.id())
}

#[tokio::test]
async fn what_will_follow_is_pending() {
    let (api, _) = given().await;
    let report = api.check(Repair::Yes).await;
    assert_eq!(report.findings, []);
    // Each member, and the group.
    assert_eq!(report.pending, MEMBERS + 1);
    api.changes.clear();
    api.settled().await;
    let report = api.check(Repair::No).await;
    assert_eq!((report.findings, report.pending), (Vec::new(), 0));
}

#[tokio::test]
async fn what_nobody_will_do_is_repaired() {
    let (api, group) = given().await;
    let items = api.items().await;
    let to_do = items.iter().find(|item| item["type"]["S"] == "to do");
    let key = json!({"pk": to_do.unwrap()["pk"], "sk": to_do.unwrap()["sk"]});
    api.dynamodb("DeleteItem", &json!({"Key": key})).await;
    let report = api.check(Repair::No).await;
    let [finding] = report.findings.as_slice() else {
        panic!("{report:?}");
    };
    assert_eq!(finding.resource.as_ref().unwrap().id, group);
    assert_eq!(
        (&finding.damage, finding.remedy),
        (&Damage::IndexingForgotten, Remedy::Repairable)
    );
    let report = api.check(Repair::Yes).await;
    assert_eq!(
        (report.found, report.repaired, report.pending),
        (MEMBERS + 1, MEMBERS + 1, 0)
    );
    let report = api.check(Repair::No).await;
    assert_eq!((report.findings, report.pending), (Vec::new(), 0));
    let shown = api.client().get("/Users?startIndex=1&count=1").await;
    assert_eq!(shown.body["Resources"][0]["groups"][0]["value"], group);
    api.changes.clear();
}

/// The last byte of an id says in which chunk it is.
fn chunk_of(user: &str) -> usize {
    usize::from_str_radix(&user[34..], 16).unwrap() % 64
}

#[tokio::test]
async fn a_member_in_a_chunk_that_is_not_his() {
    let api = Api::start().await;
    let users = api.seed(3).await;
    let members: Vec<_> = users.iter().map(|user| json!({"value": user})).collect();
    let group = json!({"displayName": "three", "members": members});
    let group = api.client().post("/Groups", &group).await.id();
    // The group is spread as a thousand more would have done it, but for one who is beside his place.
    let partition = |chunk: &str| json!({"S": format!("D#{}#G#{group}{chunk}", api.directory)});
    let all = items_of(&api, &partition("#1.0")).await;
    let ids: Vec<_> = all[0]["ids"]["BS"].as_array().unwrap().clone();
    for chunk in 0..64 {
        let here = users.iter().zip(&ids).filter(|(user, _)| {
            let beside = usize::from(*user == &users[0]);
            (chunk_of(user) + beside) % 64 == chunk
        });
        let here: Vec<_> = here.map(|(_, id)| id.clone()).collect();
        let mut item = all[0].clone();
        item["pk"] = partition(&format!("#64.{chunk}"));
        item.as_object_mut().unwrap().shift_remove("ids");
        if !here.is_empty() {
            item["ids"] = json!({"BS": here});
        }
        api.dynamodb("PutItem", &json!({"Item": item})).await;
    }
    let old = json!({"Key": {"pk": partition("#1.0"), "sk": {"S": "M"}}});
    api.dynamodb("DeleteItem", &old).await;
    let spread = json!({
        "Key": {"pk": partition(""), "sk": {"S": "G"}},
        "UpdateExpression": "SET layout = :layout", "ExpressionAttributeValues": {":layout": {"N": "64"}}
    });
    api.dynamodb("UpdateItem", &spread).await;

    let report = api.check(Repair::Yes).await;
    let [finding] = report.findings.as_slice() else {
        panic!("{report:?}");
    };
    assert!(
        matches!(&finding.damage, Damage::MemberMisplaced(user) if user.to_string() == users[0]),
        "{finding:?}"
    );
    assert_eq!(finding.remedy, Remedy::Repaired);
    let his = items_of(&api, &partition(&format!("#64.{}", chunk_of(&users[0])))).await;
    assert!(his[0]["ids"]["BS"].as_array().unwrap().contains(&ids[0]));
    assert_eq!(api.check(Repair::No).await.findings, []);
    assert_eq!(
        api.client()
            .get(&format!("/Groups/{group}"))
            .await
            .values("members"),
        users
    );
}

async fn items_of(api: &Api, partition: &Value) -> Vec<Value> {
    let mut items = api.items().await;
    items.retain(|item| item["pk"] == *partition);
    items
}

//! Groups of more members than one chunk holds, and what follows from their changes.

use directory::{Damage, Remedy, Repair};
use end_to_end::Api;
use serde_json::{Value, json};

/// More than a chunk holds. So many users are there without a stream: what would follow from it does not.
const USERS: usize = 1_101;

/// A group of all users, of whom nobody knows it yet; and the change that is waited for.
async fn given() -> (Api, String, Value) {
    let api = Api::start().await;
    let users = api.seed(USERS).await;
    let members: Vec<_> = users.iter().map(|user| json!({"value": user})).collect();
    let group = json!({"displayName": "everybody", "members": members});
    let group = api.client().post("/Groups", &group).await;
    assert_eq!(group.status, 201);
    let to_do = api.items().await;
    let to_do = to_do.iter().find(|item| item["type"]["S"] == "to do");
    let key = json!({"pk": to_do.unwrap()["pk"], "sk": to_do.unwrap()["sk"]});
    (api, group.id(), key)
}

#[tokio::test]
async fn what_is_waited_for_is_pending_and_what_nobody_will_do_is_repaired() {
    let (api, group, to_do) = given().await;
    let report = api.check(Repair::Yes).await;
    assert_eq!(report.findings, []);
    // Each member, and the group.
    assert_eq!(
        (report.pending, report.looked_at.memberships),
        (USERS + 1, USERS)
    );
    assert_eq!(report.looked_at.items, USERS * 5 + 3 + 64);

    api.dynamodb("DeleteItem", &json!({"Key": to_do})).await;
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
        (USERS + 1, USERS + 1, 0)
    );
    let report = api.check(Repair::No).await;
    assert_eq!((report.findings, report.pending), (Vec::new(), 0));
    let shown = api.client().get("/Users?startIndex=1&count=1").await;
    assert_eq!(shown.body["Resources"][0]["groups"][0]["value"], group);
}

#[tokio::test]
async fn a_member_in_a_chunk_that_is_not_his() {
    let (api, group, _) = given().await;
    let partition = |chunk: u8| format!("D#{}#G#{group}#64.{chunk}", api.directory);
    let items = api.items().await;
    let ids = |chunk: u8| {
        let item = items
            .iter()
            .find(|item| item["pk"]["S"] == partition(chunk));
        item.unwrap()["ids"]["BS"].as_array().cloned().unwrap()
    };
    let (mut here, mut there) = (ids(3), ids(4));
    there.push(here.pop().unwrap());
    for (chunk, ids) in [(3, here), (4, there)] {
        let key = json!({"pk": {"S": partition(chunk)}, "sk": {"S": "M"}});
        let update = json!({
            "Key": key, "UpdateExpression": "SET ids = :ids", "ExpressionAttributeValues": {":ids": {"BS": ids}}
        });
        api.dynamodb("UpdateItem", &update).await;
    }
    let report = api.check(Repair::Yes).await;
    let [finding] = report.findings.as_slice() else {
        panic!("{report:?}");
    };
    assert!(
        matches!(finding.damage, Damage::MemberMisplaced(_)),
        "{finding:?}"
    );
    assert_eq!(finding.remedy, Remedy::Repaired);
    let sorted = |mut items: Vec<Value>| {
        items.sort_by_key(ToString::to_string);
        items
    };
    let after = api.items().await;
    for chunk in [3, 4] {
        let item = after
            .iter()
            .find(|item| item["pk"]["S"] == partition(chunk));
        let after = item.unwrap()["ids"]["BS"].as_array().cloned().unwrap();
        assert_eq!(sorted(after), sorted(ids(chunk)), "{chunk}");
    }
    assert_eq!(api.check(Repair::No).await.findings, []);
}

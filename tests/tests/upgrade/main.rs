//! Items that an earlier version wrote are read and rewritten by this one, and items of a later one are left alone.
//!
//! `items-1.json` has everything that version 0.1.0 keeps, as it was in its table: never change it. Where the shape of an item changes, its
//! `shape` (docs/data-model.md) rises, and a further file comes beside this one: the tests write it where there is none.

mod given;

use directory::{AuditQuery, Repair};
use scim::{MUSTER_GROUP, MUSTER_USER};
use serde_json::{Value, json};

use given::{Frozen, OWN, attributes, frozen, make, ok};

#[tokio::test]
async fn what_is_written_today_is_shaped_as_what_was_frozen() {
    let made = make().await;
    let frozen = frozen().await;
    let frozen = attributes(frozen["items"].as_array().unwrap());
    for (kind, today) in attributes(&made.api.items().await) {
        let known = frozen.get(&kind);
        let new: Vec<_> = today
            .iter()
            .filter(|it| known.is_none_or(|known| !known.contains(*it)))
            .collect();
        assert!(
            new.is_empty(),
            "{kind} has {new:?}, which the frozen items have not: is it another shape?"
        );
    }
}

#[tokio::test]
async fn what_was_frozen_is_read() {
    let Frozen {
        api,
        okta,
        application,
        paths,
    } = Frozen::thaw().await;
    let ann = okta.get(&paths["ann"]).await;
    assert_eq!(ann.status, 200, "{ann:?}");
    assert_eq!(
        (
            &ann.body["userName"],
            &ann.body["displayName"],
            &ann.body[OWN]["badge"]
        ),
        (&json!("ann"), &json!("Ann Lee"), &json!("B-1"))
    );
    let seen = application.get(&paths["ann"]).await.body;
    assert_eq!(
        seen[MUSTER_USER],
        json!({"origin": "scim", "protected": true, "role": "admin"})
    );
    assert_eq!(okta.get(&paths["gone"]).await.status, 404);
    let gone = application.get(&paths["gone"]).await.body;
    assert_eq!(gone["active"], false, "{gone}");
    for filter in [
        "userName eq \"ANN\"",
        "externalId eq \"x-ann\"",
        "emails.value eq \"ann@example.com\"",
    ] {
        assert_eq!(
            okta.find("/Users", filter).await.ids(),
            [ann.id()],
            "{filter}"
        );
    }
    let team = okta.get(&paths["team"]).await.body;
    assert_eq!(team["members"].as_array().unwrap().len(), 2, "{team}");
    let crowd = okta.get(&paths["crowd"]).await.body;
    assert_eq!(crowd["members"].as_array().unwrap().len(), 30, "{crowd}");
    let users = okta.get("/Users?count=200").await;
    assert_eq!(users.body["totalResults"], 32, "{users:?}");
    assert_eq!(users.ids().len(), 32);
    let query = AuditQuery {
        since: None,
        resource: None,
        after: None,
        limit: 100,
    };
    let audit = api.store.audit(api.directory, &query).await;
    assert!(audit.unwrap().entries.len() >= 10);
}

#[tokio::test]
async fn what_was_frozen_is_rewritten() {
    let Frozen {
        api,
        okta,
        application,
        paths,
    } = Frozen::thaw().await;
    // A large change that the earlier version left half done, in which the directory's items do not agree yet.
    api.environment.advance(given::OVERDUE);
    let swept = api.store_of_changes().sweep(given::TIME).await.unwrap();
    assert_eq!((swept.done, swept.left), (1, 0));
    let is_sound = async |when: &str| {
        api.settled().await;
        let report = api.check(Repair::No).await;
        assert_eq!((report.found, report.pending), (0, 0), "{when}: {report:?}");
    };
    is_sound("after the sweep").await;

    let replace =
        |path: &str, value: &str| json!([{"op": "replace", "path": path, "value": value}]);
    let member =
        |op: &str, id: &str| json!([{"op": op, "path": "members", "value": [{"value": id}]}]);
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    ok(&okta.patch(&paths["bob"], &replace("title", "Boss")).await);
    ok(&okta
        .patch(&paths["bob"], &replace("userName", "robert"))
        .await);
    ok(&application
        .patch(&paths["ann"], &replace(&format!("{OWN}:badge"), "B-2"))
        .await);
    ok(&application
        .patch(
            &paths["ann"],
            &json!([{"op": "replace", "path": format!("{MUSTER_USER}:protected"), "value": false}]),
        )
        .await);
    for group in ["team", "crowd"] {
        ok(&okta
            .patch(&paths[group], &member("add", &id(&paths["bob"])))
            .await);
        ok(&okta
            .patch(&paths[group], &member("remove", &id(&paths["bob"])))
            .await);
        ok(&okta
            .patch(&paths[group], &member("add", &id(&paths["bob"])))
            .await);
        ok(&okta
            .patch(
                &paths[group],
                &replace("displayName", &format!("{group} of today")),
            )
            .await);
    }
    ok(&application
        .patch(
            &paths["team"],
            &json!([{"op": "replace", "path": format!("{MUSTER_GROUP}:role"), "value": "owner"}]),
        )
        .await);
    is_sound("changed").await;
    let shown = application.get(&paths["bob"]).await.body;
    assert_eq!(shown["groups"].as_array().unwrap().len(), 2, "{shown}");
    assert_eq!(shown[MUSTER_USER]["role"], "owner", "{shown}");

    api.set(json!({"default_role": "guest"})).await;
    ok(&okta.delete(&paths["bob"]).await);
    ok(&okta.delete(&paths["crowd"]).await);
    // A name that was freed, and one that the user who is kept still has.
    ok(&okta.post("/Users", &json!({"userName": "robert-2"})).await);
    is_sound("deleted").await;
}

#[tokio::test]
async fn what_a_later_version_wrote_is_not_misread() {
    let made = make().await;
    let (api, okta) = (&made.api, &made.okta);
    let later = async |key: Value| {
        let update = json!({
            "Key": key, "UpdateExpression": "SET #shape = :later",
            "ExpressionAttributeNames": {"#shape": "shape"}, "ExpressionAttributeValues": {":later": {"N": "2"}}
        });
        api.dynamodb("UpdateItem", &update).await;
    };
    let items = api.items().await;
    let key = |kind: &str, id: &str| {
        let item = items
            .iter()
            .find(|item| {
                item["type"]["S"] == kind && item["pk"]["S"].as_str().unwrap().ends_with(id)
            })
            .unwrap();
        json!({"pk": item["pk"], "sk": item["sk"]})
    };
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    later(key("user", &id(&made.paths["bob"]))).await;
    later(key("group", &id(&made.paths["team"]))).await;
    let before = api.items().await;
    let title = json!([{"op": "replace", "path": "title", "value": "Boss"}]);
    let name = json!([{"op": "replace", "path": "displayName", "value": "other"}]);
    for answer in [
        okta.get(&made.paths["bob"]).await,
        okta.patch(&made.paths["bob"], &title).await,
        okta.delete(&made.paths["bob"]).await,
        okta.find("/Users", "userName eq \"bob\"").await,
        okta.get(&made.paths["team"]).await,
        okta.patch(&made.paths["team"], &name).await,
        okta.delete(&made.paths["team"]).await,
    ] {
        assert_eq!(answer.status, 500, "{answer:?}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("This was stored by a later version of the service"),
            "{detail}"
        );
    }
    let changed = |items: &[Value]| -> Vec<Value> {
        let kept = items
            .iter()
            .filter(|item| item["type"]["S"] != "audit entry");
        kept.cloned().collect()
    };
    assert_eq!(changed(&api.items().await), changed(&before));
    // Who has nothing of it is served.
    assert_eq!(okta.get(&made.paths["ann"]).await.status, 200);
}

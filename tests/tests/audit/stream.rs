//! Out of the table's stream: once for each write, however its records come.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use changes::Event;
use directory::{Claim, CredentialKind, NewCredential, Settings, SystemEnvironment};
use end_to_end::{Api, Place, TestEnvironment, create_directory};
use lambda_http::Context;
use local::{Changes, DynamoDb};
use scim::{Dialect, Resource, ResourceType};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::given::{audit_items, check, entries, everything, group, line, tick, user};

#[tokio::test]
async fn the_same_records_again_change_nothing() {
    let api = Api::start().await;
    let bob = user(&api, "bob").await;
    let team = group(&api, "team", &[&bob]).await;
    tick(
        &api,
        api.client().delete(&format!("/Users/{bob}")).await,
        204,
    );
    api.settled().await;
    let before = audit_items(&api).await;
    let index = before
        .iter()
        .position(|item| item["operation"]["S"] == "create group");
    let lost = &before[index.unwrap()];
    // That one is missing is seen to be made good, so the records did come again.
    let key = json!({"pk": lost["pk"], "sk": lost["sk"]});
    let delete = json!({"Key": key});
    api.dynamodb("DeleteItem", &delete).await;
    assert_eq!(audit_items(&api).await.len(), before.len() - 1);
    api.environment.advance(Duration::from_hours(1));
    api.replay().await;
    assert_eq!(audit_items(&api).await, before);
    let lines = entries(&api, everything()).await;
    let lines: Vec<_> = lines.iter().map(line).collect();
    assert_eq!(
        lines[1],
        format!("create group Group {team} [displayName members] done")
    );
}

#[tokio::test]
async fn values_and_places_carry_no_mark() {
    let api = Api::start().await;
    let client = api.client();
    let body = |name: &str| {
        let email = format!("{name}@example.com");
        json!({"userName": name, "externalId": name, "emails": [{"value": email}]})
    };
    let bob = client.post("/Users", &body("bob")).await.id();
    let team = group(&api, "team", &[]).await;
    let unmarked = ["lookup value", "roster", "unique value", "user's groups"];
    assert_eq!(kinds(&api, false).await, unmarked);
    assert_eq!(
        kinds(&api, true).await,
        ["group", "members", "total", "user"]
    );
    // Other keys, which are put one by one.
    client.put(&format!("/Users/{bob}"), &body("robert")).await;
    let renamed =
        json!({"displayName": "squad", "externalId": "squad", "members": [{"value": bob}]});
    client.put(&format!("/Groups/{team}"), &renamed).await;
    assert_eq!(kinds(&api, false).await, &unmarked[..3]);
    let marked = ["group", "members", "total", "user", "user's groups"];
    assert_eq!(kinds(&api, true).await, marked);
}

/// The kinds of items in the directory of which some have a mark, whole, or of which some have none.
async fn kinds(api: &Api, marked: bool) -> Vec<String> {
    let items = api.items().await;
    let own = format!("D#{}#", api.directory);
    let items = items.iter().filter(|item| {
        let (by, write) = (item.get("by"), item.get("write"));
        assert_eq!(by.is_some(), write.is_some(), "{item}");
        let is_own = item["pk"]["S"].as_str().unwrap().starts_with(&own);
        is_own && item["type"]["S"] != "audit entry" && by.is_some() == marked
    });
    let kind = |item: &Value| item["type"]["S"].as_str().unwrap().to_owned();
    let kinds: BTreeSet<_> = items.map(kind).collect();
    kinds.into_iter().collect()
}

#[tokio::test]
async fn a_table_without_a_stream_is_given_one() {
    let api = Api::start().await;
    let off = json!({"StreamSpecification": {"StreamEnabled": false}});
    api.dynamodb("UpdateTable", &off).await;
    user(&api, "bob").await;
    // Nothing follows, and nothing fails.
    api.replay().await;
    check(&api, &[]).await;
    api.store.create_table_if_absent().await.unwrap();
    let alice = user(&api, "alice").await;
    api.replay().await;
    check(
        &api,
        &[format!("create user User {alice} [active userName] done")],
    )
    .await;
}

#[tokio::test]
async fn a_command_without_a_stack_brings_its_own_changes_through() {
    let dynamodb = Place::find().await;
    let environment = Arc::new(TestEnvironment::default());
    let store = dynamodb.store(environment.clone());
    store.create_table_if_absent().await.unwrap();
    let directory = create_directory(&store, "acme/main", &Settings::default()).await;
    let administration = store.administration("alice", "r-0");
    let new = NewCredential::of(CredentialKind::Provisioner);
    let issued = administration.issue_credential(directory, new);
    let token = issued.await.unwrap().token;
    let claim = Claim::from_authorization(token.expose_secret()).unwrap();
    let principal = store.verify(&claim).await.unwrap().unwrap();
    let scope = store.scope(&principal, "r-1");
    let create = async |name: &str| {
        environment.advance(Duration::from_millis(1));
        let body = json!({"userName": name});
        let user = Resource::from_body(body, ResourceType::user(), Dialect::Tolerant).unwrap();
        scope.create_user(user, None).await.unwrap().id.to_string()
    };
    create("before").await;
    let mut changes = Changes::from_now(&dynamodb, &store).await;
    let own = [create("first").await, create("second").await];
    changes.bring_through().await;
    let page = store.audit(directory, &everything()).await.unwrap();
    let ids = page.entries.into_iter().map(|it| it.resource.unwrap().id);
    assert_eq!(ids.collect::<Vec<_>>(), own);
}

#[tokio::test]
async fn what_could_not_be_recorded_is_named_and_the_rest_is_passed_over() {
    // Nobody listens there.
    let store = DynamoDb::at("http://127.0.0.1:1").store(Arc::new(SystemEnvironment));
    let by = json!({"M": {
        "credential": {"S": "Cred000001"}, "request": {"S": "r"}, "operation": {"S": "create user"},
        "at": {"S": "2026-11-21T09:00:00.000Z"}, "attributes": {"L": []}
    }});
    let image = |pk: &str, write: &str| json!({"pk": {"S": pk}, "sk": {"S": "x"}, "write": {"B": write}, "by": by});
    let one = "AAAAAAAAAAAAAAAAAAAAAA==";
    let other = "AAAAAAAAAAAAAAAAAAAAAQ==";
    let directory = "0197c3f0000070008000000000000001";
    let mut unmarked = image(&format!("D#{directory}#U#x"), one);
    unmarked.as_object_mut().unwrap().remove("by");
    let records = [
        ("1", None, Some(unmarked)),
        ("2", None, Some(image(&format!("D#{directory}#U#x"), one))),
        ("3", None, Some(image("ORG#acme", one))),
        ("4", Some(image(&format!("D#{directory}#G#x"), one)), None),
        // Its mark is from another change than this record's.
        (
            "5",
            Some(image(&format!("D#{directory}#G#x"), one)),
            Some(image(&format!("D#{directory}#G#x"), one)),
        ),
        (
            "6",
            Some(image(&format!("D#{directory}#G#x"), one)),
            Some(image(&format!("D#{directory}#G#x"), other)),
        ),
        ("7", None, Some(image(&format!("DIR#{directory}"), one))),
    ];
    let records = records.map(|(number, old, new)| {
        json!({"dynamodb": {"SequenceNumber": number, "OldImage": old, "NewImage": new}})
    });
    let event: Event = serde_json::from_value(json!({ "Records": records })).unwrap();
    let response = changes::handle(&store, event, &Context::default()).await;
    let failed = ["2", "6", "7"].map(|number| json!({"itemIdentifier": number}));
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": failed})
    );
}

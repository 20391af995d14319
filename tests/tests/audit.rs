//! The audit trail: an entry for each change and each refusal, by name and never by value.

use std::sync::Arc;
use std::time::Duration;

use changes::Event;
use directory::{
    AuditEntry, AuditQuery, AuditResult, Author, Claim, CredentialKind, NewCredential, Rights,
    Rotation, Settings, SystemEnvironment,
};
use end_to_end::{Api, Client, Response, TestEnvironment, create_directory};
use local::{Changes, DynamoDb};
use scim::{Dialect, Resource, ResourceType};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// All entries of credentials' requests, the oldest first.
async fn entries(api: &Api, query: AuditQuery) -> Vec<AuditEntry> {
    let mut entries = whole_trail(api, query).await;
    entries.retain(|entry| matches!(entry.author, Author::Credential(_)));
    entries
}

/// Those of administrators too.
async fn whole_trail(api: &Api, query: AuditQuery) -> Vec<AuditEntry> {
    api.settled().await;
    let page = api.store.audit(api.directory, &query).await.unwrap();
    assert_eq!(page.next, None);
    page.entries
}

fn everything() -> AuditQuery {
    AuditQuery {
        since: None,
        resource: None,
        after: None,
        limit: 1_000,
    }
}

/// An entry as one line: what, of which resource, which attributes, what came of it.
fn line(entry: &AuditEntry) -> String {
    let resource = entry.resource.as_ref();
    let resource = resource.map_or(String::new(), |it| format!(" {} {}", it.kind.name(), it.id));
    let result = match &entry.result {
        AuditResult::Done => "done".to_owned(),
        AuditResult::Ignored => "ignored".to_owned(),
        AuditResult::Refused { status, scim_type } => {
            format!("{status} {}", scim_type.as_deref().unwrap_or("-"))
        }
    };
    let attributes = entry.attributes.join(" ");
    format!("{}{resource} [{attributes}] {result}", entry.operation)
}

/// The trail is exactly this.
async fn check(api: &Api, expected: &[String]) {
    let entries = entries(api, everything()).await;
    assert_eq!(entries.iter().map(line).collect::<Vec<_>>(), expected);
}

/// The clock of the tests stands still, and entries are in the order of time.
fn tick(api: &Api, answer: Response, status: u16) -> Response {
    assert_eq!(answer.status, status, "{answer:?}");
    api.environment.advance(Duration::from_millis(1));
    answer
}

async fn user(api: &Api, name: &str) -> String {
    let body = json!({"userName": name});
    tick(api, api.client().post("/Users", &body).await, 201).id()
}

async fn group(api: &Api, name: &str, members: &[&String]) -> String {
    let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
    let body = json!({"displayName": name, "members": members});
    tick(api, api.client().post("/Groups", &body).await, 201).id()
}

#[tokio::test]
async fn each_change_leaves_one_entry() {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let api = Api::start().await;
    let client = api.client();
    let body = json!({
        "userName": "Zanzibar@example.com", "name": {"givenName": "Zanzibar"}, "externalId": "Zanzibar-1",
        "emails": [{"value": "Zanzibar@example.com", "primary": true}], ENTERPRISE: {"department": "Zanzibar"}
    });
    let bob = tick(&api, client.post("/Users", &body).await, 201).id();
    let path = format!("/Users/{bob}");
    let change = json!([
        {"op": "replace", "path": "title", "value": "Zanzibar"},
        {"op": "replace", "path": "userName", "value": "Zanzibar2@example.com"},
        {"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Zanzibar 2"},
        {"op": "replace", "path": format!("{ENTERPRISE}:costCenter"), "value": "Zanzibar"}
    ]);
    tick(&api, client.patch(&path, &change).await, 200);
    // No change, no entry.
    tick(&api, client.patch(&path, &change).await, 200);
    let team = group(&api, "Zanzibar", &[]).await;
    let members = format!("/Groups/{team}");
    let add = json!([{"op": "add", "path": "members", "value": [{"value": bob}]}]);
    tick(&api, client.patch(&members, &add).await, 204);
    let remove = json!([{"op": "remove", "path": format!("members[value eq \"{bob}\"]")}]);
    tick(&api, client.patch(&members, &remove).await, 204);
    tick(&api, client.patch(&members, &add).await, 204);
    let rename = json!({"displayName": "Zanzibar 2", "members": []});
    tick(&api, client.put(&members, &rename).await, 200);
    let other = group(&api, "Zanzibar 3", &[&bob]).await;
    tick(&api, client.delete(&path).await, 204);
    tick(&api, client.delete(&members).await, 204);

    check(
        &api,
        &[
            format!("create user User {bob} [active emails externalId name {ENTERPRISE}:department userName] done"),
            format!("change user User {bob} [title {ENTERPRISE}:costCenter {ENTERPRISE}:department userName] done"),
            format!("create group Group {team} [displayName] done"),
            format!("add members Group {team} [members] done"),
            format!("remove members Group {team} [members] done"),
            format!("add members Group {team} [members] done"),
            format!("change group Group {team} [displayName members] done"),
            format!("create group Group {other} [displayName members] done"),
            format!("delete user User {bob} [] done"),
            format!("delete group Group {team} [] done"),
        ],
    )
    .await;

    // Who, under which request, and when.
    let credential = api.token().split('_').nth(2).unwrap();
    let entries = entries(&api, everything()).await;
    for entry in &entries {
        assert_eq!(entry.author.to_string(), format!("credential {credential}"));
        assert!(!entry.request_id.is_empty());
    }
    let requests: std::collections::BTreeSet<_> =
        entries.iter().map(|entry| &entry.request_id).collect();
    assert_eq!(requests.len(), entries.len());
    assert_eq!(entries[0].at.to_string(), "2026-11-21T09:00:00Z");

    // Nothing of a value, and gone in 90 days.
    let items = audit_items(&api).await;
    assert_eq!(items.len(), whole_trail(&api, everything()).await.len());
    for item in &items {
        assert!(
            !item.to_string().to_lowercase().contains("zanzibar"),
            "{item}"
        );
    }
    let ninety_days = "2027-02-19T09:00:00Z".parse::<jiff::Timestamp>().unwrap();
    assert_eq!(
        items[0]["expires"]["N"],
        ninety_days.as_second().to_string()
    );
}

/// The items of the trail as they are stored, in order.
async fn audit_items(api: &Api) -> Vec<Value> {
    let table = serde_json::from_str::<Value>(&api.table().await).unwrap();
    let mut items: Vec<_> = table.as_array().unwrap().clone();
    items.retain(|item| item["type"]["S"] == "audit entry");
    items.sort_by_key(|item| item["sk"]["S"].as_str().unwrap().to_owned());
    items
}

#[tokio::test]
async fn the_operations_of_a_bulk_request_leave_an_entry_each() {
    let api = Api::start().await;
    let bob = user(&api, "bob").await;
    let operations = json!([
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "alice"}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "bob"}},
        {"method": "PATCH", "path": format!("/Users/{bob}"), "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "title", "value": "x"}]
        }},
        {"method": "DELETE", "path": format!("/Groups/{NOBODY}")},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {
            "displayName": "team", "members": [{"value": "bulkId:missing"}]
        }},
        {"method": "GET", "path": "/Users"}
    ]);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations
    });
    let answer = tick(&api, api.client().post("/Bulk", &body).await, 200);
    let alice = answer.body["Operations"][0]["location"].as_str().unwrap();
    let alice = alice.rsplit('/').next().unwrap();
    let entries = entries(&api, everything()).await;
    let mut lines: Vec<_> = entries.iter().skip(1).map(line).collect();
    lines.sort();
    // Those of one request are of one moment.
    let mut expected = [
        format!("create user User {alice} [active userName] done"),
        format!("change user User {bob} [title] done"),
        "create user [] 409 uniqueness".to_owned(),
        format!("delete group Group {NOBODY} [] 404 -"),
        "create group [] 409 -".to_owned(),
        "POST /Bulk [] 400 invalidSyntax".to_owned(),
    ];
    expected.sort();
    assert_eq!(lines, expected);
    let of_bulk = entries.iter().skip(1).map(|entry| &entry.request_id);
    assert_eq!(of_bulk.collect::<std::collections::BTreeSet<_>>().len(), 1);
}

#[tokio::test]
async fn refused_writes_leave_an_entry_and_refused_reads_do_not() {
    let api = Api::start().await;
    let client = api.client();
    let bob = user(&api, "bob").await;
    let path = format!("/Users/{bob}");
    tick(
        &api,
        client.post("/Users", &json!({"userName": "Bob"})).await,
        409,
    );
    tick(
        &api,
        client.post("/Users", &json!({"name": "Zanzibar"})).await,
        400,
    );
    tick(&api, client.get(&format!("/Users/{NOBODY}")).await, 404);
    tick(&api, client.get("/Users?filter=nonsense").await, 400);
    tick(
        &api,
        client
            .post("/Users/.search", &json!({"count": "many"}))
            .await,
        400,
    );
    let stale = client
        .send("DELETE", &path, &[("If-Match", "W/\"7\"")], None)
        .await;
    tick(&api, stale, 412);
    tick(
        &api,
        client
            .put("/Users/zanzibar@example.com", &json!({"userName": "x"}))
            .await,
        404,
    );
    tick(&api, client.put("/Groups", &json!({})).await, 405);
    let entries = entries(&api, everything()).await;
    let lines: Vec<_> = entries.iter().skip(1).map(line).collect();
    assert_eq!(
        lines,
        [
            "create user [] 409 uniqueness".to_owned(),
            "create user [] 400 invalidValue".to_owned(),
            format!("delete user User {bob} [] 412 -"),
            "change user [] 404 -".to_owned(),
            "PUT /Groups [] 405 -".to_owned(),
        ]
    );
    let stored = json!(audit_items(&api).await).to_string().to_lowercase();
    assert!(!stored.contains("zanzibar"), "{stored}");
}

#[tokio::test]
async fn who_is_refused_as_such_leaves_an_entry_for_reads_too() {
    let api = Api::start().await;
    let (kind, administration) = (CredentialKind::Provisioner, api.administration());
    let short = NewCredential {
        lifetime: Some(Duration::from_mins(1)),
        ..NewCredential::of(kind)
    };
    let expiring = administration.issue_credential(api.directory, short).await;
    let expiring = expiring.unwrap();
    let reading = api.issue(kind, Rights::Read).await;
    let suspended = api.issue(kind, Rights::ReadAndWrite).await;
    let bearer = |token: &str| api.client_with(Some(&format!("Bearer {token}")));
    let who = |issued: &directory::IssuedCredential| bearer(issued.token.expose_secret());

    administration
        .suspend_credential(api.directory, &suspended.id)
        .await
        .unwrap();
    api.environment.advance(Duration::from_secs(61));
    tick(
        &api,
        who(&expiring).get("/ServiceProviderConfig").await,
        401,
    );
    // Once a minute, however often it is tried.
    for _ in 0..3 {
        tick(&api, who(&suspended).get("/Users").await, 403);
    }
    api.environment.advance(Duration::from_mins(1));
    tick(&api, who(&suspended).get("/Users").await, 403);
    tick(&api, who(&reading).get("/Users").await, 200);
    let body = json!({"userName": "bob"});
    tick(&api, who(&reading).post("/Users", &body).await, 403);
    administration
        .disable_directory(api.directory)
        .await
        .unwrap();
    tick(
        &api,
        api.client().get(&format!("/Groups/{NOBODY}")).await,
        403,
    );
    // Whose secret is wrong is nobody.
    let unknown: Client = bearer("junk");
    tick(&api, unknown.post("/Users", &body).await, 401);
    let mut wrong = api.token().to_owned();
    wrong.replace_range(50..53, "abc");
    tick(&api, bearer(&wrong).post("/Users", &body).await, 401);
    administration
        .revoke_credential(api.directory, &suspended.id)
        .await
        .unwrap();
    tick(&api, who(&suspended).post("/Users", &body).await, 401);

    let entries = entries(&api, everything()).await;
    let lines: Vec<_> = entries
        .iter()
        .filter(|entry| entry.result != AuditResult::Done)
        .map(|entry| format!("{}: {}", entry.author, line(entry)))
        .collect();
    let credential = api.token().split('_').nth(2).unwrap();
    assert_eq!(
        lines,
        [
            format!(
                "credential {}: GET /ServiceProviderConfig [] 401 -",
                expiring.id
            ),
            format!("credential {}: GET /Users [] 403 -", suspended.id),
            format!("credential {}: GET /Users [] 403 -", suspended.id),
            format!("credential {}: create user [] 403 -", reading.id),
            format!("credential {credential}: GET /Groups/{{id}} Group {NOBODY} [] 403 -"),
        ]
    );
}

#[tokio::test]
async fn what_administrators_do_is_in_it_by_their_names() {
    let api = Api::start().await;
    let administration = api.store.administration("alice", "r-7");
    api.environment.advance(Duration::from_millis(1));
    let new = NewCredential::of(CredentialKind::Application);
    let issued = administration.issue_credential(api.directory, new).await;
    let old = issued.unwrap().id;
    api.environment.advance(Duration::from_millis(1));
    let suspended = administration.suspend_credential(api.directory, &old);
    suspended.await.unwrap();
    api.environment.advance(Duration::from_millis(1));
    let rotation = Rotation::AtOnce;
    let rotated = administration.rotate_credential(api.directory, &old, rotation);
    let id = rotated.await.unwrap().id;
    api.environment.advance(Duration::from_millis(1));
    let revoked = administration.revoke_credential(api.directory, &id);
    revoked.await.unwrap();
    api.environment.advance(Duration::from_millis(1));
    administration.make_primary(api.directory).await.unwrap();
    let mut trail = whole_trail(&api, everything()).await;
    trail.retain(|entry| entry.author == Author::Administrator("alice".to_owned()));
    let shown: Vec<_> = trail.iter().map(|entry| entry.operation.clone()).collect();
    assert_eq!(
        shown,
        [
            format!("issue credential {old}"),
            format!("suspend credential {old}"),
            format!("rotate credential {old} to {id}"),
            format!("revoke credential {id}"),
            "make primary".to_owned(),
        ]
    );
    let is_done =
        |entry: &AuditEntry| entry.result == AuditResult::Done && entry.request_id == "r-7";
    assert!(trail.iter().all(is_done));
}

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
    let delete = json!({"TableName": "muster", "Key": key});
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
async fn a_table_without_a_stream_is_given_one() {
    let api = Api::start().await;
    let off = json!({"TableName": "muster", "StreamSpecification": {"StreamEnabled": false}});
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
async fn a_trail_is_read_in_pages_from_a_time_and_of_one_resource() {
    let api = Api::start().await;
    let mut users = Vec::new();
    for number in 0..7 {
        users.push(user(&api, &format!("user-{number}")).await);
    }
    let patch = json!([{"op": "replace", "path": "title", "value": "x"}]);
    let changed = format!("/Users/{}", users[2]);
    tick(&api, api.client().patch(&changed, &patch).await, 200);
    let all = whole_trail(&api, everything()).await;
    assert!(all.len() > 8);

    let mut paged = Vec::new();
    let mut query = AuditQuery {
        limit: 3,
        ..everything()
    };
    loop {
        let page = api.store.audit(api.directory, &query).await.unwrap();
        assert!(page.entries.len() <= 3);
        paged.extend(page.entries);
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);

    let since = AuditQuery {
        since: Some(all[all.len() - 3].at),
        ..everything()
    };
    assert_eq!(entries(&api, since).await, all[all.len() - 3..]);
    let of_one = |entry: &&AuditEntry| {
        let resource = entry.resource.as_ref();
        resource.is_some_and(|resource| resource.id == users[2])
    };
    let of_one: Vec<_> = all.iter().filter(of_one).cloned().collect();
    assert_eq!(of_one.len(), 2);
    let one = AuditQuery {
        resource: Some(users[2].clone()),
        ..everything()
    };
    assert_eq!(entries(&api, one).await, of_one);

    // Another directory has a trail of its own.
    let (stranger, _) = api.stranger().await;
    let page = api.store.audit(stranger, &everything()).await.unwrap();
    assert!(
        page.entries.iter().all(|entry| entry.resource.is_none()),
        "{page:?}"
    );

    // DynamoDB may not have deleted them yet.
    api.environment.advance(Duration::from_hours(90 * 24));
    assert_eq!(entries(&api, everything()).await, []);
}

#[tokio::test]
async fn a_command_without_a_stack_brings_its_own_changes_through() {
    let dynamodb = DynamoDb::embedded(None, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
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
    dynamodb.stop().await;
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
    let response = changes::handle(&store, event).await;
    let failed = ["2", "6", "7"].map(|number| json!({"itemIdentifier": number}));
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": failed})
    );
}

/// Who asks why nothing became of a change that was answered with 200 finds it here.
#[tokio::test]
async fn what_was_ignored_is_told() {
    let mut settings = Settings::default();
    settings.set("protected_users", &json!("ignore")).unwrap();
    let api = Api::with(settings).await;
    let boss = user(&api, "boss").await;
    let application = api
        .issue(CredentialKind::Application, Rights::ReadAndWrite)
        .await;
    let application = api.client_with(Some(application.token.expose_secret()));
    let path = format!("/Users/{boss}");
    let protected = "urn:muster:params:scim:schemas:extension:2.0:User:protected";
    let protect = json!([{"op": "add", "path": protected, "value": true}]);
    tick(&api, application.patch(&path, &protect).await, 200);
    let deactivate = json!([{"op": "replace", "path": "active", "value": false}]);
    tick(&api, api.client().patch(&path, &deactivate).await, 200);
    tick(&api, api.client().delete(&path).await, 204);
    check(
        &api,
        &[
            format!("create user User {boss} [active userName] done"),
            format!("change user User {boss} [{protected}] done"),
            format!("change user User {boss} [] ignored"),
            format!("delete user User {boss} [] ignored"),
        ],
    )
    .await;
    // The same of a member who stays as he is, in the trail of himself.
    let team = group(&api, "team", &[&boss]).await;
    let bob = user(&api, "bob").await;
    let members =
        json!([{"op": "add", "path": "members", "value": [{"value": boss}, {"value": bob}]}]);
    tick(
        &api,
        api.client()
            .patch(&format!("/Groups/{team}"), &members)
            .await,
        204,
    );
    let put = json!({"displayName": "team", "members": [{"value": boss}, {"value": bob}]});
    tick(
        &api,
        api.client().put(&format!("/Groups/{team}"), &put).await,
        200,
    );
    let query = AuditQuery {
        resource: Some(boss.clone()),
        ..everything()
    };
    let trail = entries(&api, query).await;
    let joins = trail
        .iter()
        .filter(|entry| entry.operation == format!("join group {team}"));
    assert_eq!(
        joins
            .filter(|entry| entry.result == AuditResult::Ignored)
            .count(),
        3
    );
}

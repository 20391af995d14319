//! What the function `changes` read may be otherwise when it writes.

use end_to_end::instrument::{Call, Laid};
use end_to_end::{Api, Client};
use serde_json::json;

use crate::given::{
    Key, add, agrees, delete, get, group, keys, kind_of, put, remove, table, to_do, user,
};

/// Users, more than a change of memberships changes itself.
const MANY: usize = 30;
/// Groups, more than the deletion of a user changes itself.
const GROUPS: usize = 21;

/// Where the function `changes` is held back.
type Place = fn(&Call) -> bool;

/// It has read that a group is there, and is about to read its members.
const READS_MEMBERS: Place = |call| call.operation == "GetItem" && call.touches("members");
const CHANGES_USERS: Place = |call| call.is_write() && call.touches("user's groups");
/// Who is deleted is taken out of a group.
const TAKES_OUT: Place = |call| call.is_write() && call.touches("group") && call.touches("members");
const NOTES_A_CHUNK: Place = |call| call.operation == "UpdateItem" && call.touches("to do");
const ENDS: Place = |call| call.operation == "TransactWriteItems" && call.touches("to do");

/// Lets it go on to another place.
async fn go_on(api: &Api, held: &Laid, place: Place) -> Laid {
    let next = api.changes.hold(place);
    held.release();
    next.reached().await;
    next
}

/// An item that the call changes or deletes.
fn item(held: &Laid, kind: &str) -> Key {
    let mut keys = [keys(&held.asked(), "Update"), keys(&held.asked(), "Delete")].concat();
    keys.retain(|key| kind_of(key) == kind);
    assert!(!keys.is_empty(), "{}", held.asked());
    keys.swap_remove(0)
}

/// A directory with many users, and a group of all of them which the function `changes` follows as far as this.
async fn created(place: Place) -> (Api, Client, Vec<String>, String, Laid) {
    let api = Api::start().await;
    let ids = api.seed(MANY).await;
    let client = api.client();
    api.settled().await;
    let held = api.changes.hold(place);
    let team = client.post("/Groups", &group("team", &ids)).await;
    assert_eq!(team.status, 201, "{team:?}");
    held.reached().await;
    (api, client, ids, format!("/Groups/{}", team.id()), held)
}

/// A user who is in many groups.
async fn in_many_groups(client: &Client, id: &str) {
    for number in 0..GROUPS {
        let body = group(&format!("group-{number}"), &[id.to_owned()]);
        assert_eq!(client.post("/Groups", &body).await.status, 201);
    }
}

/// A user in many groups who is being deleted.
async fn leaving(place: Place) -> (Api, Laid) {
    let api = Api::start().await;
    let client = api.client();
    let ann = client.post("/Users", &user("ann")).await.id();
    in_many_groups(&client, &ann).await;
    api.settled().await;
    let held = api.changes.hold(place);
    assert_eq!(client.delete(&format!("/Users/{ann}")).await.status, 204);
    held.reached().await;
    (api, held)
}

#[tokio::test]
async fn who_left_meanwhile_is_no_member() {
    let (api, client, ids, team, held) = created(CHANGES_USERS).await;
    assert_eq!(client.patch(&team, &remove(&ids[0])).await.status, 204);
    held.release();
    agrees(&api).await;
}

#[tokio::test]
async fn who_joined_meanwhile_is_a_member() {
    let (api, client, ids, team, held) = created(CHANGES_USERS).await;
    held.release();
    api.settled().await;
    let held = api.changes.hold(CHANGES_USERS);
    let emptied = client.put(&team, &group("team", &[])).await;
    assert_eq!(emptied.status, 200);
    held.reached().await;
    assert_eq!(client.patch(&team, &add(&ids[0])).await.status, 204);
    held.release();
    agrees(&api).await;
}

#[tokio::test]
async fn who_was_taken_out_meanwhile_is_not_taken_out_again() {
    let (api, client, ids, team, held) = created(READS_MEMBERS).await;
    let path = format!("/Users/{}", ids[0]);
    assert_eq!(client.delete(&path).await.status, 204);
    let held = go_on(&api, &held, TAKES_OUT).await;
    assert_eq!(client.patch(&team, &remove(&ids[0])).await.status, 204);
    let version = client.get(&team).await.header("etag").to_owned();
    held.release();
    agrees(&api).await;
    assert_eq!(client.get(&team).await.header("etag"), version);
}

#[tokio::test]
async fn who_is_deleted_or_leaving_leaves_nothing_more() {
    for kind in ["gone", "leaving"] {
        let (api, client, ids, team, held) = created(CHANGES_USERS).await;
        held.release();
        api.settled().await;
        let held = api.changes.hold(CHANGES_USERS);
        let emptied = client.put(&team, &group("team", &[])).await;
        assert_eq!(emptied.status, 200);
        held.reached().await;
        let key = item(&held, "user's groups");
        let mut before = get(&api, &key).await;
        if kind == "gone" {
            delete(&api, &key).await;
            before = None;
        } else if let Some(before) = &mut before {
            before["leaving"] = json!({"BOOL": true});
            put(&api, before).await;
        }
        let held = go_on(&api, &held, |_| true).await;
        assert_eq!(get(&api, &key).await, before, "{kind}, {}", ids.len());
        held.release();
    }
}

#[tokio::test]
async fn a_group_that_is_gone_is_not_made_up_while_a_user_was_found_deleted() {
    let (api, client, ids, _, held) = created(READS_MEMBERS).await;
    let path = format!("/Users/{}", ids[0]);
    assert_eq!(client.delete(&path).await.status, 204);
    let held = go_on(&api, &held, TAKES_OUT).await;
    let key = item(&held, "group");
    delete(&api, &key).await;
    held.release();
    api.settled().await;
    assert_eq!(get(&api, &key).await, None);
}

#[tokio::test]
async fn who_was_deleted_meanwhile_is_not_made_up() {
    let (api, client, ids, _, held) = created(CHANGES_USERS).await;
    let path = format!("/Users/{}", ids[0]);
    assert_eq!(client.delete(&path).await.status, 204);
    held.release();
    agrees(&api).await;
    let of_him = |item: &serde_json::Value| item["pk"]["S"].as_str().unwrap().contains(&ids[0]);
    assert!(!table(&api).await.iter().any(of_him));
}

#[tokio::test]
async fn who_is_leaving_joins_nothing() {
    let api = Api::start().await;
    let ids = api.seed(MANY).await;
    let client = api.client();
    in_many_groups(&client, &ids[0]).await;
    api.settled().await;
    let held = api.changes.hold(CHANGES_USERS);
    let team = client.post("/Groups", &group("team", &ids)).await;
    held.reached().await;
    assert_eq!(
        client.delete(&format!("/Users/{}", ids[0])).await.status,
        204
    );
    let directory = api.directory;
    let key = json!({"pk": {"S": format!("D#{directory}#U#{}", ids[0])}, "sk": {"S": "G"}});
    let before = get(&api, &key).await;
    assert!(before.is_some(), "he is leaving");
    let held = go_on(&api, &held, |_| true).await;
    assert_eq!(get(&api, &key).await, before);
    held.release();
    agrees(&api).await;
    let shown = client.get(&format!("/Groups/{}", team.id())).await;
    assert_eq!(shown.values("members"), ids[1..]);
}

#[tokio::test]
async fn a_change_that_is_through_stays_so() {
    let (api, _, _, _, held) = created(NOTES_A_CHUNK).await;
    let to_do_item = item(&held, "to do");
    delete(&api, &to_do_item).await;
    held.release();
    api.settled().await;
    assert_eq!(to_do(&api).await, 0);
}

#[tokio::test]
async fn a_group_that_was_deleted_meanwhile_is_not_made_up() {
    let (api, client, _, team, held) = created(ENDS).await;
    assert_eq!(client.delete(&team).await.status, 204);
    held.release();
    agrees(&api).await;
    assert_eq!(to_do(&api).await, 0);
}

#[tokio::test]
async fn what_a_leaving_user_was_in_is_not_made_up() {
    for kind in ["group", "members", "user's groups"] {
        let (api, held) = leaving(CHANGES_USERS).await;
        let key = item(&held, kind);
        let before = get(&api, &key).await.expect("it is there");
        delete(&api, &key).await;
        let held = go_on(&api, &held, |_| true).await;
        assert_eq!(get(&api, &key).await, None, "{kind}");
        put(&api, &before).await;
        held.release();
        agrees(&api).await;
    }
}

#[tokio::test]
async fn the_list_of_groups_stays_as_long_as_it_names_one() {
    let (api, held) = leaving(ENDS).await;
    let key = item(&held, "user's groups");
    let client = api.client();
    let groups = client.get("/Groups?count=1").await.ids();
    let bytes: Vec<u8> = (0..groups[0].len() / 2)
        .filter_map(|at| {
            u8::from_str_radix(groups[0].replace('-', "").get(2 * at..2 * at + 2)?, 16).ok()
        })
        .collect();
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    let mut named = get(&api, &key).await.expect("it is there");
    named["groups"] = json!({"BS": [encoded]});
    put(&api, &named).await;
    let held = go_on(&api, &held, |_| true).await;
    assert_eq!(get(&api, &key).await, Some(named));
    held.release();
    agrees(&api).await;
}

#[tokio::test]
async fn a_chunk_that_is_gone_says_nothing_of_who_left() {
    let (api, client, _, team, held) = created(CHANGES_USERS).await;
    held.release();
    api.settled().await;
    let held = api.changes.hold(CHANGES_USERS);
    let emptied = client.put(&team, &group("team", &[])).await;
    assert_eq!(emptied.status, 200);
    held.reached().await;
    let (mut chunk, users) = (
        keys(&held.asked(), "ConditionCheck"),
        item(&held, "user's groups"),
    );
    let chunk = chunk.remove(0);
    let there = get(&api, &chunk).await.expect("it is there");
    let before = get(&api, &users).await;
    delete(&api, &chunk).await;
    let held = go_on(&api, &held, |_| true).await;
    assert_eq!(get(&api, &users).await, before);
    put(&api, &there).await;
    held.release();
    agrees(&api).await;
}

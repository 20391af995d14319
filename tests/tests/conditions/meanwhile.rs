//! Another request is answered between what a request reads and what it writes: nothing of it is lost.

use directory::{DeleteUsers, Settings};
use end_to_end::instrument::Call;
use end_to_end::{Api, Client, Response};
use futures_util::future::join;
use serde_json::{Value, json};

use crate::given::{add, agrees, group, held, remove, user};

/// The fewest members of which a group has 64 chunks.
const SPREAD: usize = 1_001;

/// A user in a group and one in none, by their paths.
struct World {
    api: Api,
    okta: Client,
    member: String,
    other: String,
    team: String,
}

async fn world(settings: Settings) -> World {
    let api = Api::with(settings).await;
    let okta = api.client();
    let member = okta.post("/Users", &user("ann")).await.id();
    let other = okta.post("/Users", &user("bob")).await.id();
    let body = group("team", std::slice::from_ref(&member));
    let team = okta.post("/Groups", &body).await.id();
    World {
        api,
        okta,
        member,
        other,
        team,
    }
}

impl World {
    fn user(&self) -> String {
        format!("/Users/{}", self.member)
    }

    fn team(&self) -> String {
        format!("/Groups/{}", self.team)
    }

    /// Sends a request, and another one before it writes an item of this kind; afterwards everything agrees.
    async fn meanwhile(
        &self,
        kind: &'static str,
        request: impl Future<Output = Response>,
        other: impl Future<Output = Response>,
    ) -> Response {
        let answer = held(&self.api, kind, request, async |_| {
            let answer = other.await;
            assert!(answer.status < 300, "{answer:?}");
        })
        .await;
        agrees(&self.api).await;
        answer
    }
}

fn set(path: &str, value: &str) -> Value {
    json!([{"op": "replace", "path": path, "value": value}])
}

#[tokio::test]
async fn a_change_of_a_user() {
    let world = world(Settings::default()).await;
    let (path, okta) = (world.user(), &world.okta);
    let (title, name) = (set("title", "Chief"), set("nickName", "Annie"));
    let changed = world.meanwhile("user", okta.patch(&path, &title), okta.patch(&path, &name));
    let shown = changed.await.body;
    assert_eq!([&shown["title"], &shown["nickName"]], ["Chief", "Annie"]);
}

#[tokio::test]
async fn a_change_of_a_group() {
    let world = world(Settings::default()).await;
    let (path, okta) = (world.team(), &world.okta);
    let (name, external) = (set("displayName", "Team"), set("externalId", "x"));
    let changed = world.meanwhile(
        "group",
        okta.patch(&path, &name),
        okta.patch(&path, &external),
    );
    assert_eq!(changed.await.status, 204);
    let shown = okta.get(&path).await.body;
    assert_eq!([&shown["displayName"], &shown["externalId"]], ["Team", "x"]);
}

#[tokio::test]
async fn a_change_of_a_group_of_this_version() {
    let world = world(Settings::default()).await;
    let (path, okta) = (world.team(), &world.okta);
    let version = okta.get(&path).await.header("etag").to_owned();
    let headers = [
        ("content-type", "application/scim+json"),
        ("if-match", version.as_str()),
    ];
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": set("displayName", "Team")
    });
    let change = okta.send("PATCH", &path, &headers, Some(body.to_string()));
    let joins = add(&world.other);
    let changed = world.meanwhile("group", change, okta.patch(&path, &joins));
    assert_eq!(changed.await.status, 412);
}

#[tokio::test]
async fn members_in_place_of_all() {
    let world = world(Settings::default()).await;
    let (path, okta) = (world.team(), &world.okta);
    let (body, joins) = (group("team", &[]), add(&world.other));
    let changed = world.meanwhile("group", okta.put(&path, &body), okta.patch(&path, &joins));
    assert_eq!(changed.await.status, 200);
    assert_eq!(okta.get(&path).await.values("members"), [""; 0]);
}

#[tokio::test]
async fn the_end_of_a_group() {
    let world = world(Settings::default()).await;
    let (path, okta) = (world.team(), &world.okta);
    let joins = add(&world.other);
    let deleted = world.meanwhile("group", okta.delete(&path), okta.patch(&path, &joins));
    assert_eq!(deleted.await.status, 204);
}

#[tokio::test]
async fn the_end_of_a_user() {
    for joins in [false, true] {
        let world = world(Settings::default()).await;
        let (path, okta) = (world.user(), &world.okta);
        let other = async {
            if joins {
                let ids = [world.member.clone()];
                okta.post("/Groups", &group("others", &ids)).await
            } else {
                okta.patch(&path, &set("externalId", "y")).await
            }
        };
        let deleted = world.meanwhile("user", okta.delete(&path), other).await;
        assert_eq!(deleted.status, 204);
    }
}

#[tokio::test]
async fn the_end_of_a_user_who_is_kept() {
    let world = world(Settings {
        delete_users: DeleteUsers::Deactivate,
        ..Settings::default()
    })
    .await;
    let application = world.api.application().await;
    let (path, okta) = (world.user(), &world.okta);
    let title = set("title", "Chief");
    let deleted = world.meanwhile("user", okta.delete(&path), okta.patch(&path, &title));
    assert_eq!(deleted.await.status, 204);
    assert_eq!(application.get(&path).await.body["title"], "Chief");
}

/// Sends a change of members of which a part is so already, and another one before it is tried again without that part. Who is a member
/// in the end?
async fn as_it_is_tried_again(world: &World, operations: &Value, other: &Value) -> Vec<String> {
    let writes = |call: &Call| call.is_write() && call.touches("members");
    let team = world.team();
    let first = world.api.calls.hold(writes);
    let something_else = async {
        first.reached().await;
        let again = world.api.calls.hold(writes);
        first.release();
        again.reached().await;
        let answer = world.okta.patch(&team, other).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        again.release();
    };
    let (answer, ()) = join(world.okta.patch(&team, operations), something_else).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    agrees(&world.api).await;
    world.okta.get(&team).await.values("members")
}

#[tokio::test]
async fn who_leaves_while_he_and_another_are_added_is_added_again() {
    let world = world(Settings::default()).await;
    let both = json!([add(&world.member)[0], add(&world.other)[0]]);
    let members = as_it_is_tried_again(&world, &both, &remove(&world.member)).await;
    assert_eq!(members, [world.member.clone(), world.other.clone()]);
}

#[tokio::test]
async fn who_joins_while_he_and_another_are_removed_is_removed_too() {
    let world = world(Settings::default()).await;
    let both = json!([remove(&world.member)[0], remove(&world.other)[0]]);
    let members = as_it_is_tried_again(&world, &both, &add(&world.other)).await;
    assert_eq!(members, [""; 0]);
}

#[tokio::test]
async fn so_is_he_whose_chunk_is_not_the_others() {
    let mut world = world(Settings::default()).await;
    let others = world.api.seed(SPREAD + 2).await;
    let in_which = |id: &String| u8::from_str_radix(&id[id.len() - 2..], 16).unwrap() % 64;
    // One who is not among the members, and a member of another chunk.
    world.other = others[SPREAD].clone();
    let elsewhere = |id: &&String| in_which(id) != in_which(&world.other);
    world.member = others[..SPREAD].iter().find(elsewhere).unwrap().clone();
    let crowd = group("crowd", &others[..SPREAD]);
    world.team = world.okta.post("/Groups", &crowd).await.id();
    world.api.settled().await;
    let both = json!([add(&world.member)[0], add(&world.other)[0]]);
    let members = as_it_is_tried_again(&world, &both, &remove(&world.member)).await;
    for user in [&world.member, &world.other] {
        assert!(members.contains(user), "{user}");
    }
}

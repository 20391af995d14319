//! What is there already is not overwritten.

use directory::{DeleteUsers, Settings, UniqueIdentifier};
use end_to_end::{Api, Response};
use serde_json::json;

use crate::given::{delete, get, group, held, keys, kind_of, put, table, user};

/// Sends a request again and again, each time with another of the items already there that it is to put: it is refused, and nothing is
/// written. Only then it succeeds.
pub async fn check(
    api: &Api,
    written: &'static str,
    request: impl AsyncFn() -> Response,
    kinds: &[&str],
) {
    let mut looked_at: Vec<String> = Vec::new();
    loop {
        let (mut there, mut before) = (None, Vec::new());
        let answer = held(api, written, request(), async |asked| {
            let keys = keys(&asked, "Put");
            let new = keys
                .into_iter()
                .find(|key| !looked_at.contains(&kind_of(key)));
            if let Some(key) = new {
                let mut item = key.clone();
                item["owner"] = json!({"S": "somebody"});
                put(api, &item).await;
                there = Some((key, item));
            }
            before = table(api).await;
        })
        .await;
        let Some((key, item)) = there else {
            assert!(answer.status < 300, "{answer:?}");
            break;
        };
        let kind = kind_of(&key);
        assert_eq!(get(api, &key).await, Some(item), "{kind}");
        assert!(answer.status >= 400, "{kind}: {answer:?}");
        assert_eq!(table(api).await, before, "{kind}");
        delete(api, &key).await;
        looked_at.push(kind);
    }
    looked_at.sort();
    assert_eq!(looked_at, kinds);
}

#[tokio::test]
async fn by_a_new_user() {
    let api = Api::with(Settings {
        unique_identifier: UniqueIdentifier::Email,
        ..Settings::default()
    })
    .await;
    let client = api.client();
    client.get("/Users").await;
    let request = async || client.post("/Users", &user("ann")).await;
    let kinds = [
        "email",
        "emails.value",
        "externalId",
        "roster",
        "user",
        "user's groups",
        "userName",
    ];
    check(&api, "user", request, &kinds).await;
}

#[tokio::test]
async fn by_a_new_group() {
    let api = Api::start().await;
    let ids = api.seed(30).await;
    let client = api.client();
    let request = async || client.post("/Groups", &group("team", &ids)).await;
    let kinds = [
        "displayName",
        "externalId",
        "group",
        "members",
        "roster",
        "to do",
    ];
    check(&api, "group", request, &kinds).await;
}

#[tokio::test]
async fn by_other_names() {
    let api = Api::with(Settings {
        unique_identifier: UniqueIdentifier::Email,
        ..Settings::default()
    })
    .await;
    let client = api.client();
    let ann = client.post("/Users", &user("ann")).await;
    let path = format!("/Users/{}", ann.id());
    let request = async || client.put(&path, &user("bob")).await;
    // Lookup values are his own, whatever they are.
    for kind in ["email", "userName"] {
        refused_for(&api, request, kind).await;
    }
    let team = client.post("/Groups", &group("team", &[])).await;
    let path = format!("/Groups/{}", team.id());
    let rename = json!([{"op": "replace", "path": "displayName", "value": "other"}]);
    refused_for(
        &api,
        async || client.patch(&path, &rename).await,
        "displayName",
    )
    .await;
    let members = [ann.id()];
    let request = async || client.put(&path, &group("other", &members)).await;
    refused_for(&api, request, "displayName").await;
}

/// The same for one item, of a request that makes others too which nobody else can have.
async fn refused_for(api: &Api, request: impl AsyncFn() -> Response, kind: &'static str) {
    let (mut there, mut before) = (None, Vec::new());
    let answer = held(api, kind, request(), async |asked| {
        let keys = keys(&asked, "Put");
        let key = keys.into_iter().find(|key| kind_of(key) == kind);
        let key = key.expect("the item is put");
        let mut item = key.clone();
        item["owner"] = json!({"S": "somebody"});
        put(api, &item).await;
        there = Some(key);
        before = table(api).await;
    })
    .await;
    assert_eq!(answer.status, 409, "{kind}: {answer:?}");
    assert_eq!(table(api).await, before, "{kind}");
    delete(api, &there.unwrap()).await;
}

#[tokio::test]
async fn by_what_is_left_to_do() {
    let api = Api::start().await;
    let ids = api.seed(30).await;
    let client = api.client();
    let team = client.post("/Groups", &group("team", &[])).await.id();
    let path = format!("/Groups/{team}");
    // A change of members that meets another of its id is done under another id.
    let mut there = None;
    let body = group("team", &ids);
    let answer = held(&api, "to do", client.put(&path, &body), async |asked| {
        let mut keys = keys(&asked, "Put");
        keys.retain(|key| kind_of(key) == "to do");
        put(&api, &keys[0]).await;
        there = keys.pop();
    });
    assert_eq!(answer.await.status, 200);
    let key = there.unwrap();
    assert_eq!(get(&api, &key).await.as_ref(), Some(&key));
    delete(&api, &key).await;
    api.settled().await;
    check(
        &api,
        "group",
        async || client.delete(&path).await,
        &["to do"],
    )
    .await;

    for number in 0..21 {
        let body = group(&format!("group-{number}"), &ids[..1]);
        assert_eq!(client.post("/Groups", &body).await.status, 201);
    }
    api.settled().await;
    let path = format!("/Users/{}", ids[0]);
    check(
        &api,
        "user",
        async || client.delete(&path).await,
        &["to do"],
    )
    .await;
}

#[tokio::test]
async fn by_the_end_of_a_user_who_is_kept() {
    let api = Api::with(Settings {
        delete_users: DeleteUsers::Deactivate,
        ..Settings::default()
    })
    .await;
    let client = api.client();
    let ann = client.post("/Users", &user("ann")).await.id();
    api.settled().await;
    let path = format!("/Users/{ann}");
    let request = async || client.delete(&path).await;
    check(&api, "user", request, &["roster"]).await;
}

#[tokio::test]
async fn by_spreading_a_group() {
    let api = Api::start().await;
    let ids = api.seed(1_001).await;
    let client = api.client();
    let team = client.post("/Groups", &group("team", &ids[1..])).await.id();
    api.settled().await;
    let path = format!("/Groups/{team}");
    let request = async || client.put(&path, &group("team", &ids)).await;
    // Nor is it spread if the chunk that it had is gone.
    let (mut before, mut chunk) = (Vec::new(), None);
    let answer = held(&api, "group", request(), async |asked| {
        let mut keys = keys(&asked, "Delete");
        keys.retain(|key| kind_of(key) == "members");
        chunk = get(&api, &keys[0]).await;
        delete(&api, &keys[0]).await;
        before = table(&api).await;
    })
    .await;
    assert!(answer.status >= 400, "{:?}", answer.body["detail"]);
    assert_eq!(table(&api).await, before);
    put(&api, &chunk.unwrap()).await;
    check(&api, "group", request, &["members"]).await;
}

//! Names are unique, however they are written and whoever comes at the same moment.

use directory::{Settings, UniqueIdentifier};
use end_to_end::{Api, Response};
use futures_util::future::join_all;
use serde_json::{Value, json};

const RIVALS: usize = 16;

fn by_email() -> Settings {
    Settings {
        unique_identifier: UniqueIdentifier::Email,
        ..Settings::default()
    }
}

/// The same name in another spelling for each rival.
fn spelling(name: &str, rival: usize) -> String {
    let letter = |(place, letter): (usize, char)| match rival >> (place % 4) & 1 {
        1 => letter.to_ascii_uppercase(),
        _ => letter,
    };
    name.chars().enumerate().map(letter).collect()
}

/// One of the rivals has the name, the others are told that it is taken.
#[track_caller]
fn check_one_winner(answers: &[Response], success: u16) {
    let winners = answers
        .iter()
        .filter(|answer| answer.status == success)
        .count();
    let told = |answer: &&Response| answer.status == 409 && answer.body["scimType"] == "uniqueness";
    let losers = answers.iter().filter(told).count();
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!((winners, losers), (1, RIVALS - 1), "{statuses:?}");
}

async fn race_to_create(api: &Api, path: &str, body: impl Fn(usize) -> Value) {
    let client = api.client();
    let bodies: Vec<_> = (0..RIVALS).map(body).collect();
    let answers = join_all(bodies.iter().map(|body| client.post(path, body))).await;
    check_one_winner(&answers, 201);
    let all = client.get(path).await;
    let winner = answers.iter().find(|answer| answer.status == 201).unwrap();
    assert_eq!(
        (&all.body["totalResults"], all.ids()),
        (&json!(1), vec![winner.id()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_simultaneous_creates_has_the_user_name() {
    let api = Api::start().await;
    race_to_create(
        &api,
        "/Users",
        |rival| json!({"userName": spelling("bob@example.com", rival)}),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_simultaneous_creates_has_the_display_name() {
    let api = Api::start().await;
    race_to_create(
        &api,
        "/Groups",
        |rival| json!({"displayName": spelling("team", rival)}),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_simultaneous_creates_has_the_address() {
    let api = Api::with(by_email()).await;
    let user = |rival| {
        let address = spelling("bob@example.com", rival);
        json!({"userName": format!("user-{rival}"), "emails": [{"value": address, "primary": true}]})
    };
    race_to_create(&api, "/Users", user).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_email_as_identifier_an_address_may_be_shared() {
    let api = Api::start().await;
    let client = api.client();
    let user = |name: &str| json!({"userName": name, "emails": [{"value": "team@example.com", "primary": true}]});
    assert_eq!(client.post("/Users", &user("ada")).await.status, 201);
    assert_eq!(client.post("/Users", &user("bob")).await.status, 201);
    let found = client
        .find("/Users", "emails.value eq \"TEAM@example.com\"")
        .await;
    assert_eq!(found.body["totalResults"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_simultaneous_renames_has_the_name() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(RIVALS).await;
    let rename = |rival: usize| json!([{"op": "replace", "path": "userName", "value": spelling("bob", rival)}]);
    let requests = users.iter().enumerate().map(|(rival, user)| {
        let (client, path, operations) = (client.clone(), format!("/Users/{user}"), rename(rival));
        async move { client.patch(&path, &operations).await }
    });
    check_one_winner(&join_all(requests).await, 200);
    assert_eq!(
        client.find("/Users", "userName eq \"bob\"").await.body["totalResults"],
        1
    );
    // Who lost kept the name that he had.
    let kept = client.get("/Users?count=100&attributes=userName").await;
    let kept = kept.body["Resources"].as_array().unwrap().iter();
    assert_eq!(
        kept.filter(|user| user["userName"].as_str().unwrap().starts_with("user-"))
            .count(),
        RIVALS - 1
    );
}

#[tokio::test]
async fn the_owner_may_spell_a_name_anew() {
    let api = Api::with(by_email()).await;
    let client = api.client();
    let user = |name: &str, address: &str| json!({"userName": name, "emails": [{"value": address, "primary": true}]});
    let bob = client
        .post("/Users", &user("Bob", "Bob@Example.com"))
        .await
        .id();
    let path = format!("/Users/{bob}");

    let renamed = client
        .patch(
            &path,
            &json!([{"op": "replace", "value": {"userName": "bob"}}]),
        )
        .await;
    assert_eq!(
        (renamed.status, &renamed.body["userName"]),
        (200, &json!("bob"))
    );
    let readdressed = client.put(&path, &user("bob", "bob@example.com")).await;
    assert_eq!(
        (readdressed.status, &readdressed.body["emails"][0]["value"]),
        (200, &json!("bob@example.com"))
    );
    for filter in [
        "userName eq \"BOB\"",
        "userName eq \"BOB@example.com\"",
        "emails.value eq \"bob@EXAMPLE.com\"",
    ] {
        assert_eq!(
            client.find("/Users", filter).await.ids(),
            [bob.as_str()],
            "{filter}"
        );
    }

    let team = client
        .post("/Groups", &json!({"displayName": "Team"}))
        .await
        .id();
    let renamed = client
        .patch(
            &format!("/Groups/{team}"),
            &json!([{"op": "replace", "value": {"displayName": "TEAM"}}]),
        )
        .await;
    assert_eq!(renamed.status, 204);
    let found = client.find("/Groups", "displayName eq \"team\"").await;
    assert_eq!(found.body["Resources"][0]["displayName"], "TEAM");
}

#[tokio::test]
async fn the_same_address_at_work_and_at_home_is_one() {
    let api = Api::with(by_email()).await;
    let client = api.client();
    let user = json!({
        "userName": "bob",
        "emails": [{"value": "bob@example.com", "type": "work", "primary": true}, {"value": "Bob@Example.com", "type": "home"}]
    });
    let created = client.post("/Users", &user).await;
    assert_eq!(created.status, 201);
    let at_home = json!({"userName": "bob", "emails": [{"value": "bob@example.com", "type": "home", "primary": true}]});
    let changed = client
        .put(&format!("/Users/{}", created.id()), &at_home)
        .await;
    assert_eq!(changed.status, 200);
    assert_eq!(
        client
            .find("/Users", "emails.value eq \"bob@example.com\"")
            .await
            .ids(),
        [created.id()]
    );
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_to_the_next_of_that_name() {
    let api = Api::with(by_email()).await;
    let client = api.client();
    let body = json!({
        "userName": "bob", "externalId": "00u1", "emails": [{"value": "bob@example.com", "type": "work", "primary": true}]
    });
    let old = client.post("/Users", &body).await.id();
    let team = client
        .post(
            "/Groups",
            &json!({"displayName": "Team", "members": [{"value": old}]}),
        )
        .await
        .id();
    assert_eq!(client.delete(&format!("/Users/{old}")).await.status, 204);

    let created = client.post("/Users", &body).await;
    let new = created.id();
    assert_eq!(created.status, 201);
    assert_ne!(new, old);
    let shown = client.get(&format!("/Users/{new}")).await;
    assert!(shown.body.get("groups").is_none(), "{:?}", shown.body);
    assert_eq!(
        client.get(&format!("/Groups/{team}")).await.body["members"],
        json!([])
    );
    let filters = [
        "userName eq \"bob\"",
        "externalId eq \"00u1\"",
        "emails.value eq \"bob@example.com\"",
        "userName eq \"bob@example.com\"",
    ];
    for filter in filters {
        assert_eq!(
            client.find("/Users", filter).await.ids(),
            [new.as_str()],
            "{filter}"
        );
    }
    for method in ["GET", "DELETE"] {
        assert_eq!(
            client
                .send(method, &format!("/Users/{old}"), &[], None)
                .await
                .status,
            404,
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_deleted_group_leaves_its_name() {
    let api = Api::start().await;
    let client = api.client();
    let member = api.seed(1).await.remove(0);
    let old = client
        .post(
            "/Groups",
            &json!({"displayName": "Team", "members": [{"value": member}]}),
        )
        .await
        .id();
    assert_eq!(client.delete(&format!("/Groups/{old}")).await.status, 204);
    let created = client
        .post("/Groups", &json!({"displayName": "team"}))
        .await;
    assert_eq!(
        (created.status, &created.body["members"]),
        (201, &json!([]))
    );
    assert_ne!(created.id(), old);
    assert_eq!(
        client
            .find("/Groups", "displayName eq \"TEAM\"")
            .await
            .ids(),
        [created.id()]
    );
}

//! `unique_identifier=email`: the primary address is one user's, under concurrency too.

use directory::{Settings, UniqueIdentifier};
use end_to_end::{Api, Client, Response};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::given::{check_refused, create, id, patch, replace, shown, write};

pub fn by_email() -> Settings {
    Settings {
        unique_identifier: UniqueIdentifier::Email,
        ..Settings::default()
    }
}

fn user(name: &str, address: &str) -> Value {
    json!({"userName": name, "emails": [{"value": address, "type": "work", "primary": true}]})
}

const TAKEN: &str = "A user with the primary e-mail address `bob@example.com` already exists.";

#[tokio::test]
async fn a_second_user_with_the_address_is_refused_by_every_write() {
    let api = Api::with(by_email()).await;
    let (okta, application) = (api.client(), api.application().await);
    create(&okta, "/Users", &user("bob", "bob@example.com")).await;
    let ann = create(&okta, "/Users", &user("ann", "ann@example.com")).await;
    let before = shown(&okta, &ann).await;
    let address = |value: &str| json!({"value": value, "type": "home", "primary": true});
    let patches = [
        json!([replace("emails[type eq \"work\"].value", "Bob@Example.com")]),
        json!([replace("emails", json!([address("bob@example.com")]))]),
        json!([{"op": "add", "path": "emails", "value": [address("BOB@example.com")]}]),
        json!([{"op": "replace", "value": {"emails": [address("bob@example.com")]}}]),
        // The first one is meant where none is primary.
        json!([replace(
            "emails",
            json!([{"value": "bob@example.com"}, {"value": "ann@example.com"}])
        )]),
    ];
    for client in [&okta, &application] {
        for bulk in [false, true] {
            let mut writes = vec![
                ("POST", "/Users", user("bobby", "bob@example.com")),
                ("POST", "/Users", user("bobby", "BOB@EXAMPLE.COM")),
                (
                    "POST",
                    "/Users",
                    json!({"userName": "bobby", "emails": [{"value": "bob@example.com"}]}),
                ),
                ("PUT", &ann, user("ann", "bob@example.com")),
            ];
            writes.extend(patches.iter().map(|patch| {
                (
                    "PATCH",
                    ann.as_str(),
                    crate::given::operations(patch.clone()),
                )
            }));
            for (method, path, body) in writes {
                let (status, error) = write(client, bulk, method, path, &body).await;
                let told = (status, &error["scimType"], &error["detail"]);
                assert_eq!(
                    told,
                    (409, &json!("uniqueness"), &json!(TAKEN)),
                    "{method} {body}"
                );
                assert_eq!(shown(&okta, &ann).await, before, "{method} {body}");
            }
        }
    }
    assert_eq!(okta.get("/Users?count=0").await.body["totalResults"], 2);
}

#[tokio::test]
async fn other_addresses_identify_nobody() {
    let api = Api::with(by_email()).await;
    let okta = api.client();
    let both = |name: &str, primary: &str| {
        json!({"userName": name, "emails": [
            {"value": "shared@example.com", "type": "other"}, {"value": primary, "type": "work", "primary": true}
        ]})
    };
    let bob = create(&okta, "/Users", &both("bob", "bob@example.com")).await;
    let ann = create(&okta, "/Users", &both("ann", "ann@example.com")).await;
    let mut found = okta
        .find("/Users", "emails.value eq \"shared@example.com\"")
        .await
        .ids();
    found.sort_unstable();
    assert_eq!(found, [id(&bob), id(&ann)]);
    assert_eq!(
        okta.find("/Users", "userName eq \"shared@example.com\"")
            .await
            .ids(),
        [""; 0]
    );
    // Two without any.
    create(&okta, "/Users", &json!({"userName": "cy"})).await;
    create(&okta, "/Users", &json!({"userName": "dee"})).await;
}

#[tokio::test]
async fn an_address_that_is_given_up_is_free() {
    let api = Api::with(by_email()).await;
    let okta = api.client();
    let bob = create(&okta, "/Users", &user("bob", "bob@example.com")).await;
    patch(
        &okta,
        &bob,
        replace("emails[type eq \"work\"].value", "robert@example.com"),
    )
    .await;
    let ann = create(&okta, "/Users", &user("ann", "bob@example.com")).await;
    check_refused(
        &okta.post("/Users", &user("x", "Robert@example.com")).await,
        409,
        &TAKEN.replace("bob", "robert"),
    );
    assert_eq!(
        okta.put(&ann, &json!({"userName": "ann"})).await.status,
        200
    );
    let cy = create(&okta, "/Users", &user("cy", "bob@example.com")).await;
    assert_eq!(okta.delete(&cy).await.status, 204);
    let dee = create(&okta, "/Users", &user("dee", "bob@example.com")).await;
    // Another one becomes the primary one.
    let two = json!([{"value": "bob@example.com"}, {"value": "dee@example.com", "primary": true}]);
    patch(&okta, &dee, replace("emails", two)).await;
    create(&okta, "/Users", &user("eve", "bob@example.com")).await;
    check_refused(
        &okta.post("/Users", &user("x", "dee@example.com")).await,
        409,
        &TAKEN.replace("bob", "dee"),
    );
}

#[tokio::test]
async fn a_user_is_found_by_the_address_as_by_a_name() {
    let api = Api::with(by_email()).await;
    let (okta, application) = (api.client(), api.application().await);
    let bob = create(&okta, "/Users", &user("bob", "Bob@Example.com")).await;
    let other = create(
        &okta,
        "/Users",
        &user("ann@example.com", "other@example.com"),
    )
    .await;
    create(&okta, "/Users", &user("ann", "ann@example.com")).await;
    for client in [&okta, &application] {
        for (filter, expected) in [
            ("userName eq \"bob@example.com\"", &bob),
            ("userName eq \"BOB\"", &bob),
            ("email eq \"BOB@example.com\"", &bob),
            ("userName eq \"bob@example.com\" and active eq true", &bob),
            // Who has it as his name goes first.
            ("userName eq \"ann@example.com\"", &other),
        ] {
            assert_eq!(
                client.find("/Users", filter).await.ids(),
                [id(expected)],
                "{filter}"
            );
        }
    }
    let plain = Api::start().await;
    let refused = plain
        .client()
        .find("/Users", "email eq \"bob@example.com\"")
        .await;
    check_refused(
        &refused,
        400,
        "The filter names `email`, which is not an attribute here.",
    );
}

/// One of the rivals has the address, the others are told that it is taken.
#[track_caller]
fn check_one_winner(answers: &[Response]) {
    let won = answers.iter().filter(|answer| answer.status < 300).count();
    let told = |answer: &&Response| answer.status == 409 && answer.body["scimType"] == "uniqueness";
    let lost = answers.iter().filter(told).count();
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!((won, lost), (1, answers.len() - 1), "{statuses:?}");
}

async fn check_one_owner(okta: &Client, address: &str) {
    let found = okta
        .find("/Users", &format!("emails.value eq \"{address}\""))
        .await;
    assert_eq!(found.body["totalResults"], 1);
    assert_eq!(
        okta.find("/Users", &format!("email eq \"{address}\""))
            .await
            .ids(),
        found.ids()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_simultaneous_creates_one_wins() {
    let api = Api::with(by_email()).await;
    let okta = api.client();
    for round in 0..3 {
        let address = format!("bob-{round}@example.com");
        let bodies: Vec<_> = (0..20)
            .map(|rival| user(&format!("user-{round}-{rival}"), &address))
            .collect();
        let answers = join_all(bodies.iter().map(|body| okta.post("/Users", body))).await;
        check_one_winner(&answers);
        check_one_owner(&okta, &address).await;
    }
    assert_eq!(okta.get("/Users?count=0").await.body["totalResults"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_simultaneous_creates_and_changes_one_wins() {
    let api = Api::with(by_email()).await;
    let okta = api.client();
    for round in 0..5 {
        let address = format!("Bob-{round}@example.com");
        let mut paths = Vec::new();
        for rival in 0..10 {
            let name = format!("old-{round}-{rival}");
            paths.push(
                create(
                    &okta,
                    "/Users",
                    &user(&name, &format!("{name}@example.com")),
                )
                .await,
            );
        }
        let rivals = (0..20).map(|rival| {
            let (okta, address, path) = (okta.clone(), address.clone(), paths[rival % 10].clone());
            async move {
                let address = if rival % 3 == 0 {
                    address.to_uppercase()
                } else {
                    address
                };
                match rival {
                    0..5 => {
                        okta.patch(
                            &path,
                            &json!([replace("emails[type eq \"work\"].value", address)]),
                        )
                        .await
                    }
                    5..10 => {
                        okta.put(&path, &user(&format!("old-{round}-{rival}"), &address))
                            .await
                    }
                    _ => {
                        okta.post("/Users", &user(&format!("new-{round}-{rival}"), &address))
                            .await
                    }
                }
            }
        });
        check_one_winner(&join_all(rivals).await);
        check_one_owner(&okta, &address).await;
    }
}

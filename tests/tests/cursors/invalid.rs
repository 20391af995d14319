//! Cursors that are refused (RFC 9865 §2.1).

use std::time::Duration;

use directory::{CredentialKind, Rights};
use end_to_end::Api;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::given::{Query, SEARCH_REQUEST, check_refused, make_groups, stranger};

fn users() -> Query {
    Query::new("/Users", json!({"count": 2}))
}

#[tokio::test]
async fn a_strangers_cursor_is_invalid() {
    let api = Api::start().await;
    let client = api.client();
    let ids = api.seed(5).await;
    let stranger = stranger(&api).await;
    let mine = users().page(&client, "").await.next.unwrap();
    let theirs = users().page(&stranger, "").await.next.unwrap();
    for (client, cursor) in [(&stranger, &mine), (&client, &theirs)] {
        let refused = users().ask(client, cursor).await;
        check_refused(&refused, "invalidCursor");
        // As if it had never been one: nothing is told about the other directory.
        let garbage = users().ask(client, "garbage").await;
        assert_eq!(refused.body, garbage.body);
    }
    // Another credential of the same directory may go on.
    let issued = api
        .issue(CredentialKind::Provisioner, Rights::ReadAndWrite)
        .await;
    let colleague = api.client_with(Some(&format!("Bearer {}", issued.token.expose_secret())));
    assert_eq!(users().page(&colleague, &mine).await.ids, ids[2..4]);
}

#[tokio::test]
async fn a_cursor_of_another_query_is_refused_in_the_same_words() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(5).await;
    make_groups(&client, 5).await;
    let sorted = users().with("sortBy", "userName");
    let queries = [
        users(),
        Query::new("/Groups", json!({"count": 2})),
        Query::new("/.search", json!({"count": 2})),
        users().with("filter", "title pr"),
        users().with("filter", "active eq true"),
        users().with("filter", "title pr or active eq true"),
        sorted.clone(),
        sorted.with("sortOrder", "descending"),
        sorted.with("filter", "title pr"),
        users().with("sortBy", "title"),
    ];
    let garbage = users().ask(&client, "garbage").await.body;
    for (index, query) in queries.iter().enumerate() {
        let cursor = query.page(&client, "").await.next.unwrap();
        for (other, wrong) in queries.iter().enumerate() {
            let answer = wrong.ask(&client, &cursor).await;
            if index == other {
                assert_eq!(answer.status, 200, "{query:?}: {answer:?}");
            } else {
                check_refused(&answer, "invalidCursor");
                assert_eq!(answer.body, garbage, "{query:?} for {wrong:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_cursor_is_refused_everywhere() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(3).await;
    let cursor = users().page(&client, "").await.next.unwrap();
    let mut cut = cursor.clone();
    cut.pop();
    let mut bytes = cursor.clone().into_bytes();
    bytes[5] = if bytes[5] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(bytes).unwrap();
    let garbage = [
        "x",
        "0",
        "%",
        "é",
        "null",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        &cut,
        &forged,
        &format!("{cursor}A"),
    ];
    for text in garbage {
        for query in [
            users(),
            users().with("filter", "title pr"),
            users().with("filter", "userName eq \"user-1@example.com\""),
            users().with("sortBy", "title"),
            Query::new("/Users/.search", json!({"count": 2})),
            Query::new("/Groups", json!({"count": 2})),
            Query::new("/.search", json!({"count": 2})),
            users().with("count", 0),
        ] {
            check_refused(&query.ask(&client, text).await, "invalidCursor");
        }
    }
    let long = Query::new("/Users/.search", json!({"count": 2}))
        .ask(&client, &"A".repeat(100_000))
        .await;
    check_refused(&long, "invalidCursor");
}

#[tokio::test]
async fn after_an_hour_a_cursor_has_expired() {
    let api = Api::start().await;
    let client = api.client();
    let ids = api.seed(5).await;
    let first = users().page(&client, "").await.next.unwrap();
    api.environment.advance(Duration::from_mins(59));
    let second = users().page(&client, &first).await;
    assert_eq!(second.ids, ids[2..4]);
    api.environment.advance(Duration::from_mins(1));
    check_refused(&users().ask(&client, &first).await, "expiredCursor");
    // Each page begins an hour of its own, in both directions.
    let third = users().page(&client, second.next.as_deref().unwrap()).await;
    assert_eq!(third.ids, ids[4..]);
    assert_eq!(
        users()
            .page(&client, second.previous.as_deref().unwrap())
            .await
            .ids,
        ids[..2]
    );
    api.environment.advance(Duration::from_hours(24));
    for cursor in [&first, &second.next.unwrap(), &third.previous.unwrap()] {
        check_refused(&users().ask(&client, cursor).await, "expiredCursor");
    }
    // A stranger is not told that it was one.
    let stranger = stranger(&api).await;
    check_refused(&users().ask(&stranger, &first).await, "invalidCursor");
}

#[tokio::test]
async fn the_count_stays_that_of_the_first_page() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(5).await;
    for query in [
        users(),
        users().with("sortBy", "title"),
        Query::new("/.search", json!({"count": 2})),
    ] {
        let cursor = query.page(&client, "").await.next.unwrap();
        for count in [
            json!(0),
            json!(1),
            json!(3),
            json!(200),
            json!(201),
            json!("x"),
            json!(1.5),
        ] {
            check_refused(
                &query.with("count", count).ask(&client, &cursor).await,
                "invalidCount",
            );
        }
        assert_eq!(query.page(&client, &cursor).await.ids.len(), 2);
    }
    for count in [json!(201), json!(1_000_000), json!("x"), json!("")] {
        check_refused(
            &users().with("count", count).ask(&client, "").await,
            "invalidCount",
        );
    }
}

#[tokio::test]
async fn the_default_count_is_kept() {
    let api = Api::start().await;
    let client = api.client();
    let ids = api.seed(130).await;
    let query = Query::new("/Users", json!({"attributes": "id"}));
    let first = query.page(&client, "").await;
    assert_eq!(first.ids, ids[..100]);
    let next = first.next.unwrap();
    assert_eq!(query.page(&client, &next).await.ids, ids[100..]);
    assert_eq!(
        query.with("count", 100).page(&client, &next).await.ids,
        ids[100..]
    );
    check_refused(
        &query.with("count", 50).ask(&client, &next).await,
        "invalidCount",
    );
    assert_eq!(query.with("count", 200).page(&client, "").await.ids, ids);
}

#[tokio::test]
async fn an_index_and_a_cursor_together_are_refused() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(3).await;
    let cursor = users().page(&client, "").await.next.unwrap();
    for cursor in ["", &cursor] {
        for path in ["/Users", "/Users/.search", "/.search", "/Groups"] {
            for start_index in [1, 2] {
                let query = Query::new(path, json!({"count": 2, "startIndex": start_index}));
                check_refused(&query.ask(&client, cursor).await, "invalidValue");
            }
        }
    }
    for cursor in [json!(1), json!(["x"]), json!({})] {
        let body = json!({"schemas": [SEARCH_REQUEST], "cursor": cursor});
        check_refused(&client.post("/Users/.search", &body).await, "invalidValue");
    }
}

#[tokio::test]
async fn every_page_is_authorized_anew() {
    let api = Api::start().await;
    let ids = api.seed(5).await;
    let issued = api.issue(CredentialKind::Provisioner, Rights::Read).await;
    let reader = api.client_with(Some(&format!("Bearer {}", issued.token.expose_secret())));
    let first = users().page(&reader, "").await.next.unwrap();
    let second = users().page(&reader, &first).await;
    assert_eq!(second.ids, ids[2..4]);
    let revoked = api
        .administration()
        .revoke_credential(api.directory, &issued.id)
        .await;
    revoked.unwrap();
    for cursor in [&first, &second.next.unwrap(), &second.previous.unwrap(), ""] {
        let refused = users().ask(&reader, cursor).await;
        assert_eq!(refused.status, 401, "{refused:?}");
        assert_eq!(refused.body.get("Resources"), None::<&Value>);
    }
    assert_eq!(users().page(&api.client(), &first).await.ids, ids[2..4]);
}

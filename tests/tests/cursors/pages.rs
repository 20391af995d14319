//! What a page has, forward and backward.

use std::time::Duration;

use directory::{CredentialKind, Rights};
use end_to_end::{Api, Client};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::given::{Page, Query, ids, make_groups};

/// The pages are those of the whole list cut at every `count`; the way back leads over the same ones.
async fn check_pages(
    client: &Client,
    query: &Query,
    count: usize,
    expected: &[String],
) -> Vec<Page> {
    let query = query.with("count", count);
    let pages = query.walk(client, async |_| {}).await;
    let shown: Vec<_> = pages.iter().map(|page| page.ids.clone()).collect();
    let cut: Vec<_> = expected.chunks(count).map(<[String]>::to_vec).collect();
    assert_eq!(shown, cut, "{query:?}");
    for page in &pages {
        assert_eq!(page.total, Some(expected.len() as u64), "{query:?}");
    }
    for (index, page) in pages.iter().enumerate() {
        assert_eq!(page.previous.is_some(), index > 0, "{query:?} {index}");
        let back = query.walk_back(client, page).await;
        let back: Vec<_> = back.iter().map(|page| page.ids.clone()).collect();
        let before: Vec<_> = shown[..index].iter().rev().cloned().collect();
        assert_eq!(back, before, "{query:?} {index}");
    }
    // And forward again.
    let back = query.walk_back(client, pages.last().unwrap()).await;
    if let Some(first) = back.last() {
        assert_eq!(first.total, Some(expected.len() as u64), "{query:?}");
        let second = query.page(client, first.next.as_deref().unwrap()).await;
        assert_eq!(second.ids, shown[1], "{query:?}");
        assert_eq!(second.next.is_some(), shown.len() > 2, "{query:?}");
    }
    pages
}

#[tokio::test]
async fn the_way_back_leads_over_the_same_pages() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(23).await;
    let groups = make_groups(&client, 7).await;
    let all: Vec<_> = users.iter().chain(&groups).cloned().collect();
    let plain = |path: &str| Query::new(path, json!({}));
    for count in [1, 5, 22, 23, 24] {
        check_pages(&client, &plain("/Users"), count, &users).await;
    }
    check_pages(&client, &plain("/Users/.search"), 5, &users).await;
    check_pages(&client, &plain("/Groups"), 3, &groups).await;
    check_pages(&client, &plain("/Groups/.search"), 7, &groups).await;
    for count in [4, 23, 30] {
        check_pages(&client, &plain("/.search"), count, &all).await;
        let filtered = plain("/.search").with("filter", "meta.created pr");
        check_pages(&client, &filtered, count, &all).await;
    }
    let filtered = plain("/Users").with("filter", "title eq \"member\"");
    for count in [5, 23] {
        check_pages(&client, &filtered, count, &users).await;
    }
    let some = [2, 3, 5, 7, 11, 13, 17];
    let names = some.map(|number| format!("userName eq \"user-{number}@example.com\""));
    let some: Vec<_> = some
        .iter()
        .map(|number| users[number - 1].clone())
        .collect();
    let by_key = plain("/Users").with("filter", names.join(" or "));
    check_pages(&client, &by_key, 3, &some).await;
}

#[tokio::test]
async fn sorted_pages_lead_back_too() {
    let api = Api::start().await;
    let client = api.client();
    let mut users = Vec::new();
    let titles = ["c", "", "A", "b", "", "a", "B", "b"];
    for (number, title) in titles.iter().enumerate() {
        api.environment.advance(Duration::from_secs(1));
        let user = json!({"userName": format!("user-{number}"), "title": title});
        users.push(client.post("/Users", &user).await.id());
    }
    let in_order =
        |places: &[usize]| -> Vec<_> { places.iter().map(|place| users[*place].clone()).collect() };
    for path in ["/Users", "/Users/.search", "/.search"] {
        for filter in ["userName sw \"user\"", "userName pr"] {
            let query = Query::new(path, json!({"sortBy": "title", "filter": filter}));
            for count in [1, 2, 3, 8] {
                check_pages(&client, &query, count, &in_order(&[2, 5, 3, 6, 7, 0, 1, 4])).await;
                let descending = query.with("sortOrder", "descending");
                check_pages(
                    &client,
                    &descending,
                    count,
                    &in_order(&[1, 4, 0, 3, 6, 7, 2, 5]),
                )
                .await;
            }
        }
    }
    let by_time = Query::new(
        "/Users",
        json!({"sortBy": "meta.created", "sortOrder": "descending"}),
    );
    let newest: Vec<_> = users.iter().rev().cloned().collect();
    check_pages(&client, &by_time, 3, &newest).await;
}

/// A value of which a cursor has a part, however it is written.
#[tokio::test]
async fn long_and_strange_values_are_paged_like_others() {
    let api = Api::start().await;
    let client = api.client();
    for (number, letter) in ["\u{1}", "\"", "\\", "é", "🦀", "x"]
        .into_iter()
        .enumerate()
    {
        for length in [1_023, 1_024, 1_025, 3_000] {
            let user = json!({"userName": format!("{number}-{length}"), "title": letter.repeat(length / letter.len())});
            assert_eq!(client.post("/Users", &user).await.status, 201);
        }
    }
    let query = Query::new(
        "/Users/.search",
        json!({"sortBy": "title", "attributes": ["userName"]}),
    );
    let all = query.with("count", 200).page(&client, "").await.ids;
    assert_eq!(all.len(), 24);
    for count in [1, 5] {
        check_pages(&client, &query, count, &all).await;
        let by_get = Query::new("/Users", json!({"sortBy": "title", "attributes": "id"}));
        check_pages(&client, &by_get, count, &all).await;
    }
}

#[tokio::test]
async fn without_a_cursor_there_are_none() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(5).await;
    let config = client.get("/ServiceProviderConfig").await.body;
    assert_eq!(
        config["pagination"],
        json!({
            "cursor": true, "index": true, "defaultPaginationMethod": "index",
            "defaultPageSize": 100, "maxPageSize": 200, "cursorTimeout": 3_600
        })
    );
    let search = |body: Value| {
        let client = client.clone();
        async move { client.post("/Users/.search", &body).await }
    };
    let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]);
    let answers = [
        client.get("/Users?count=2").await,
        client.get("/Users?count=2&startIndex=2").await,
        client.get("/Users?count=2&sortBy=userName").await,
        client.get("/Users?count=2&filter=title%20pr").await,
        search(json!({"schemas": schemas, "count": 2})).await,
        search(json!({"schemas": schemas, "count": 2, "cursor": null})).await,
    ];
    for answer in answers {
        assert_eq!(answer.ids().len(), 2, "{answer:?}");
        for name in ["nextCursor", "previousCursor"] {
            assert!(answer.body.get(name).is_none(), "{answer:?}");
        }
        assert!(answer.body["startIndex"].is_u64(), "{answer:?}");
        assert!(answer.broken_promises().is_empty(), "{answer:?}");
    }
    // The parameter alone is enough.
    for parameter in ["cursor", "cursor=", "CURSOR="] {
        let answer = client.get(&format!("/Users?{parameter}&count=2")).await;
        assert!(
            answer.body["nextCursor"].is_string(),
            "{parameter}: {answer:?}"
        );
        assert!(
            answer.body.get("startIndex").is_none(),
            "{parameter}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_count_of_zero_asks_for_the_total_alone() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(5).await;
    make_groups(&client, 2).await;
    let queries = [
        (Query::new("/Users", json!({})), 5),
        (Query::new("/Users", json!({"filter": "title pr"})), 5),
        (Query::new("/Users", json!({"sortBy": "title"})), 5),
        (
            Query::new(
                "/Users",
                json!({"filter": "userName eq \"user-1@example.com\""}),
            ),
            1,
        ),
        (Query::new("/.search", json!({})), 7),
        (
            Query::new(
                "/.search",
                json!({"filter": "displayName pr", "sortBy": "displayName"}),
            ),
            2,
        ),
    ];
    for (query, expected) in queries {
        for count in [0, -1] {
            let page = query.with("count", count).ask(&client, "").await;
            assert_eq!(page.body["totalResults"], expected, "{page:?}");
            assert_eq!(page.body["Resources"], json!([]), "{page:?}");
            assert!(page.body.get("nextCursor").is_none(), "{page:?}");
            assert!(page.body.get("previousCursor").is_none(), "{page:?}");
        }
    }
}

#[tokio::test]
async fn of_nothing_there_is_one_page() {
    let api = Api::start().await;
    let client = api.client();
    for query in [
        Query::new("/Users", json!({})),
        Query::new("/Users", json!({"filter": "title pr"})),
        Query::new("/Users", json!({"sortBy": "title"})),
        Query::new(
            "/Users",
            json!({"filter": "externalId eq \"x\"", "sortBy": "title"}),
        ),
        Query::new("/.search", json!({"count": 3})),
    ] {
        let page = query.page(&client, "").await;
        assert_eq!(
            (page.total, page.ids.len(), page.next),
            (Some(0), 0, None),
            "{query:?}"
        );
    }
}

#[tokio::test]
async fn pages_show_what_is_asked_for_and_the_attributes_may_change() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(4).await;
    let query = Query::new("/Users", json!({"count": 2, "attributes": "title"}));
    let first = query.ask(&client, "").await;
    let shown: Vec<_> = first.body["Resources"][0]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(shown, ["schemas", "id", "title"]);
    let next = first.body["nextCursor"].as_str().unwrap();
    let second = query
        .with("attributes", "userName")
        .ask(&client, next)
        .await;
    assert_eq!(second.ids(), users[2..]);
    assert!(second.body["Resources"][0].get("title").is_none());
}

/// As an example of RFC 9865 §2 has it.
#[tokio::test]
async fn the_next_page_may_be_asked_for_with_names_in_another_case() {
    let api = Api::start().await;
    let client = api.client();
    for number in 0..4 {
        let user = json!({
            "userName": format!("J{number}"), "emails": [{"value": "j@example.com", "type": "work"}]
        });
        assert_eq!(client.post("/Users", &user).await.status, 201);
    }
    let cases = [
        ("filter", "userName sw \"J\"", "username SW \"J\""),
        (
            "filter",
            "emails[type eq \"work\"]",
            "EMAILS[Type EQ \"work\"]",
        ),
        (
            "filter",
            "not (title pr or name.givenName pr)",
            "NOT (Title pr OR NAME.givenname PR)",
        ),
        ("sortBy", "meta.created", "Meta.Created"),
    ];
    for (name, one, other) in cases {
        let query = Query::new("/Users", json!({"count": 2})).with(name, one);
        let first = query.page(&client, "").await;
        let second = query.with(name, other);
        let second = second.page(&client, first.next.as_deref().unwrap()).await;
        assert_eq!((second.ids.len(), second.next), (2, None), "{one}");
    }
    // The case of a value may matter.
    let query = Query::new("/Users", json!({"count": 2, "filter": "userName sw \"J\""}));
    let next = query.page(&client, "").await.next.unwrap();
    let other = query.with("filter", "userName sw \"j\"");
    assert_eq!(other.ask(&client, &next).await.status, 400);
}

#[tokio::test]
async fn who_may_only_read_may_page() {
    let api = Api::start().await;
    let users = api.seed(5).await;
    let issued = api.issue(CredentialKind::Provisioner, Rights::Read).await;
    let reader = api.client_with(Some(&format!("Bearer {}", issued.token.expose_secret())));
    for path in ["/Users", "/Users/.search", "/.search"] {
        for parameters in [
            json!({"count": 2}),
            json!({"count": 2, "sortBy": "meta.created"}),
        ] {
            let pages = Query::new(path, parameters)
                .walk(&reader, async |_| {})
                .await;
            assert_eq!(ids(&pages), users, "{path}");
        }
    }
}

/// A page that is empty because those on it have gone is the last one, with a way back.
#[tokio::test]
async fn from_an_empty_page_there_is_a_way_back() {
    for parameters in [
        json!({"count": 2}),
        json!({"count": 2, "sortBy": "meta.created"}),
        json!({"count": 2, "filter": "title pr"}),
    ] {
        let api = Api::start().await;
        let client = api.client();
        let users = api.seed(5).await;
        let query = Query::new("/Users", parameters);
        let mut page = query.page(&client, "").await;
        page = query.page(&client, page.next.as_deref().unwrap()).await;
        let gone = client.delete(&format!("/Users/{}", users[4])).await;
        assert_eq!(gone.status, 204);
        let empty = query.page(&client, page.next.as_deref().unwrap()).await;
        assert_eq!((empty.ids.len(), &empty.next), (0, &None), "{query:?}");
        let back = query.walk_back(&client, &empty).await;
        let back: Vec<_> = back.iter().map(|page| page.ids.as_slice()).collect();
        assert_eq!(back, [&users[2..4], &users[..2]], "{query:?}");
    }
}

/// What is gone at the end of the list is no page; what is gone at its beginning is not missed on the way back.
#[tokio::test]
async fn deletions_at_either_end_break_no_walk() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(9).await;
    for parameters in [
        json!({"count": 3}),
        json!({"count": 3, "sortBy": "meta.created"}),
        json!({"count": 3, "filter": "title pr"}),
    ] {
        let query = Query::new("/Users", parameters);
        let before: Vec<_> = client.get("/Users").await.ids();
        let first = query.page(&client, "").await;
        let second = query.page(&client, first.next.as_deref().unwrap()).await;
        let (gone, last) = (&before[0], before.last().unwrap());
        for user in [gone, last] {
            assert_eq!(client.delete(&format!("/Users/{user}")).await.status, 204);
        }
        let back = query.walk_back(&client, &second).await;
        assert_eq!(ids(&back), before[1..3], "{query:?}");
        if let Some(next) = second.next {
            let third = query.page(&client, &next).await;
            assert_eq!(
                third.ids,
                before[6.min(before.len() - 1)..before.len() - 1],
                "{query:?}"
            );
            assert_eq!(third.next, None, "{query:?}");
        }
    }
    assert_eq!(client.get("/Users").await.ids(), users[3..6]);
}

//! Lists: pages, totals, and what finds nothing.

use end_to_end::{Api, Client, Response};
use serde_json::{Value, json};

use crate::given::{
    LIST_RESPONSE, SEARCH_REQUEST, check_refused, dialects, make, make_group, make_user, names,
    resources, user,
};

/// A list with its three numbers: in all, from where, on the page.
#[track_caller]
fn check_list(list: &Response, total: usize, start_index: usize, items: usize, request: &str) {
    assert_eq!(list.status, 200, "{request}: {list:?}");
    assert_eq!(list.body["schemas"], json!([LIST_RESPONSE]), "{request}");
    let numbers =
        ["totalResults", "startIndex", "itemsPerPage"].map(|name| list.body[name].as_u64());
    let expected = [total, start_index, items].map(|number| Some(number as u64));
    assert_eq!(numbers, expected, "{request}");
    // Resources are there, even when there are none.
    assert_eq!(
        list.body["Resources"].as_array().map(Vec::len),
        Some(items),
        "{request}"
    );
}

fn search(more: Value) -> Value {
    let mut body = json!({"schemas": [SEARCH_REQUEST]});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}

#[tokio::test]
async fn c28_to_find_nothing_is_a_success() {
    for api in dialects().await {
        let client = api.client();
        for endpoint in ["/Users", "/Groups"] {
            check_list(&client.get(endpoint).await, 0, 1, 0, endpoint);
        }
        let bob = make_user(&client, "bob").await;
        make_group(&client, "team", &[&bob]).await;
        // By a key, by a walk, by both at once.
        for (endpoint, filters) in [
            (
                "/Users",
                [
                    "userName eq \"ann\"",
                    "title pr",
                    "userName eq \"bob\" and title pr",
                ],
            ),
            (
                "/Groups",
                [
                    "displayName eq \"x\"",
                    "externalId pr",
                    "displayName eq \"team\" and externalId pr",
                ],
            ),
        ] {
            for filter in filters {
                check_list(&client.find(endpoint, filter).await, 0, 1, 0, filter);
                for path in ["/.search".to_owned(), format!("{endpoint}/.search")] {
                    let list = client.post(&path, &search(json!({"filter": filter}))).await;
                    check_list(&list, 0, 1, 0, filter);
                }
            }
        }
    }
}

#[tokio::test]
async fn c29_pages() {
    let api = Api::start().await;
    let client = api.client();
    let ids = api.seed(7).await;
    let cases = [
        ("", 1, 7),
        ("startIndex=0&count=3", 1, 3),
        ("startIndex=-5", 1, 7),
        ("count=-1", 1, 0),
        ("count=0", 1, 0),
        ("startIndex=3&count=0", 3, 0),
        ("count=3", 1, 3),
        ("startIndex=3&count=3", 3, 3),
        ("startIndex=6&count=3", 6, 2),
        ("startIndex=7&count=1", 7, 1),
        ("startIndex=8", 8, 0),
        ("startIndex=8&count=3", 8, 0),
        ("startIndex=1000&count=3", 1000, 0),
    ];
    // All of them; by a walk; by keys.
    let by_keys: Vec<_> = ids.iter().map(|id| format!("id eq \"{id}\"")).collect();
    for filter in ["", "title eq \"Member\"", &by_keys.join(" or ")] {
        let encoded = filter.replace(' ', "%20").replace('"', "%22");
        for (query, start_index, items) in cases {
            let request = format!("{query} {filter}");
            let parameters = if filter.is_empty() {
                query.to_owned()
            } else {
                format!("filter={encoded}&{query}")
            };
            let list = client.get(&format!("/Users?{parameters}")).await;
            check_list(&list, 7, start_index, items, &request);
            assert_eq!(
                list.ids(),
                ids[(start_index - 1).min(7)..][..items],
                "{request}"
            );

            let mut body = search(json!({}));
            if !filter.is_empty() {
                body["filter"] = json!(filter);
            }
            for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
                body[name] = json!(value.parse::<i64>().unwrap());
            }
            let found = client.post("/Users/.search", &body).await;
            assert_eq!((found.status, &found.body), (200, &list.body), "{request}");
        }
    }
    // The total is that of the filter.
    let list = client
        .get("/Users?count=1&filter=name.familyName%20lt%20%223%22")
        .await;
    check_list(&list, 2, 1, 1, "a filter");
}

#[tokio::test]
async fn c30_a_partial_page_says_where_it_is() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(5).await;
    for number in 0..5 {
        make_group(&client, &format!("team{number}"), &[]).await;
    }
    for (path, total) in [
        ("/Users?count=2", 5),
        ("/Users?count=2&filter=title%20pr", 5),
        ("/Groups?count=2", 5),
        ("/Groups?count=2&filter=displayName%20sw%20%22team%22", 5),
        ("/Groups?count=2&excludedAttributes=members", 5),
        ("/Users?count=2&attributes=userName", 5),
    ] {
        check_list(&client.get(path).await, total, 1, 2, path);
        let next = format!("{path}&startIndex=4");
        check_list(&client.get(&next).await, total, 4, 2, &next);
    }
    for (path, total) in [
        ("/Users/.search", 5),
        ("/Groups/.search", 5),
        ("/.search", 10),
    ] {
        for start_index in [1, 4] {
            let body = search(json!({"count": 2, "startIndex": start_index}));
            check_list(&client.post(path, &body).await, total, start_index, 2, path);
        }
    }
    check_list(
        &client.get("/ResourceTypes").await,
        2,
        1,
        2,
        "/ResourceTypes",
    );
    check_list(&client.get("/Schemas").await, 3, 1, 3, "/Schemas");
}

/// A search answers what a GET with the same query answers.
async fn check_same(client: &Client, endpoint: &str, query: &str, body: Value) {
    let got = client.get(&format!("{endpoint}?{query}")).await;
    let found = client
        .post(&format!("{endpoint}/.search"), &search(body))
        .await;
    assert_eq!(
        (found.status, &found.body),
        (200, &got.body),
        "{endpoint} {query}"
    );
    assert_eq!(found.body["schemas"], json!([LIST_RESPONSE]));
}

#[tokio::test]
async fn c35_a_search_is_a_query_in_a_body() {
    for api in dialects().await {
        let client = api.client();
        let ann = make(&client, "/Users", &user("ann", json!({"title": "Guide"}))).await;
        let bob = make_user(&client, "bob").await;
        make_group(&client, "team", &[&ann]).await;
        check_same(&client, "/Users", "", json!({})).await;
        check_same(
            &client,
            "/Users",
            "filter=title%20pr",
            json!({"filter": "title pr"}),
        )
        .await;
        check_same(
            &client,
            "/Users",
            "startIndex=2&count=1",
            json!({"startIndex": 2, "count": 1}),
        )
        .await;
        check_same(
            &client,
            "/Users",
            "attributes=title,userName",
            json!({"attributes": ["title", "userName"]}),
        )
        .await;
        check_same(
            &client,
            "/Groups",
            "excludedAttributes=members",
            json!({"excludedAttributes": ["members"]}),
        )
        .await;

        // The root has both types, each as its own endpoint shows it.
        let all = client.post("/.search", &search(json!({}))).await;
        check_list(&all, 3, 1, 3, "/.search");
        assert_eq!(names(&all), ["ann", "bob", "team"]);
        for resource in resources(&all) {
            let location = resource["meta"]["location"].as_str().unwrap();
            let path = location.strip_prefix(&api.base_url()).unwrap();
            assert_eq!(&client.get(path).await.body, resource);
        }
        let some = search(
            json!({"filter": "userName eq \"bob\" or displayName eq \"team\"", "attributes": ["userName", "displayName"]}),
        );
        let found = client.post("/.search", &some).await;
        assert_eq!(names(&found), ["bob", "team"]);
        assert_eq!(found.ids()[0], bob.id);

        for path in ["/.search", "/Users/.search", "/Groups/.search"] {
            for body in [
                json!({"filter": "id pr"}),
                json!({"schemas": [], "filter": "id pr"}),
                json!({"schemas": [LIST_RESPONSE]}),
                json!([]),
            ] {
                check_refused(
                    &client.post(path, &body).await,
                    400,
                    "invalidSyntax",
                    (path, &body),
                );
            }
            let bad = client
                .post(path, &search(json!({"filter": "userName xx 1"})))
                .await;
            check_refused(&bad, 400, "invalidFilter", path);
        }
    }
}

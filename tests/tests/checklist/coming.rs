//! Sorting, conditional requests and /Bulk.

use std::time::Duration;

use end_to_end::{Client, Response};
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, GROUP, NOBODY, PATCH_OP, SEARCH_REQUEST, USER, check_refused, dialects, group,
    make, make_group, make_user, resources, user,
};

/// The names in a list, as they stand there.
fn order(list: &Response) -> String {
    let name = |resource: &Value| {
        let name = resource["userName"]
            .as_str()
            .or(resource["displayName"].as_str());
        name.unwrap_or_default().to_owned()
    };
    resources(list)
        .iter()
        .map(name)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Sorted by this attribute the names come in this order, by GET and by search, in pages and at once.
async fn check_order(
    client: &Client,
    endpoint: &str,
    sort_by: &str,
    sort_order: &str,
    expected: &str,
) {
    let about = format!("{endpoint} {sort_by} {sort_order}");
    let sort_order = Some(sort_order).filter(|order| !order.is_empty());
    let parameter = sort_order.map_or_else(String::new, |order| format!("&sortOrder={order}"));
    let list = client
        .get(&format!("{endpoint}?sortBy={sort_by}{parameter}"))
        .await;
    assert_eq!(
        (list.status, order(&list).as_str()),
        (200, expected),
        "{about}: {list:?}"
    );
    let mut search = json!({"schemas": [SEARCH_REQUEST], "sortBy": sort_by});
    if let Some(order) = sort_order {
        search["sortOrder"] = json!(order);
    }
    let found = client.post(&format!("{endpoint}/.search"), &search).await;
    assert_eq!(found.body, list.body, "{about}");
    let mut pages = Vec::new();
    for start_index in (1..=expected.split(' ').count()).step_by(2) {
        let page =
            format!("{endpoint}?sortBy={sort_by}{parameter}&startIndex={start_index}&count=2");
        let page = client.get(&page).await;
        assert_eq!(
            page.body["totalResults"], list.body["totalResults"],
            "{about}"
        );
        pages.push(order(&page));
    }
    assert_eq!(pages.join(" "), expected, "{about}");
}

#[tokio::test]
async fn c34_sorting() {
    for api in dialects().await {
        let client = api.client();
        let config = client.get("/ServiceProviderConfig").await.body;
        assert_eq!(config["sort"]["supported"], true);

        let cy = json!({"title": "Boss", "externalId": "b", "name": {"familyName": "Adams"}});
        let ann = json!({
            "title": "author", "externalId": "C", "name": {"familyName": "brown"},
            "emails": [{"value": "z@example.com", "type": "work"}, {"value": "a@example.com", "type": "home", "primary": true}]
        });
        // Neither value is primary: the first counts.
        let bob = json!({
            "title": "Clerk", "externalId": "a", "schemas": [USER, ENTERPRISE], ENTERPRISE: {"department": "Ops"},
            "emails": [{"value": "C@example.com", "type": "work"}, {"value": "0@example.com", "type": "home"}]
        });
        let eve = json!({"emails": [{"value": "b@example.com", "type": "work"}]});
        for (name, more) in [("cy", cy), ("Ann", ann), ("bob", bob), ("eve", eve)] {
            make(&client, "/Users", &user(name, more)).await;
            api.environment.advance(Duration::from_secs(1));
        }
        for name in ["red", "Blue", "green"] {
            make_group(&client, name, &[]).await;
            api.environment.advance(Duration::from_secs(1));
        }

        let cases = [
            // Case matters where the attribute says so: to an externalId, not to a title.
            ("userName", "Ann bob cy eve"),
            ("USERNAME", "Ann bob cy eve"),
            ("title", "Ann cy bob eve"),
            ("externalId", "Ann bob cy eve"),
            ("meta.created", "cy Ann bob eve"),
        ];
        for (sort_by, expected) in cases {
            check_order(&client, "/Users", sort_by, "", expected).await;
            check_order(&client, "/Users", sort_by, "ascending", expected).await;
            let descending: Vec<_> = expected.split(' ').rev().collect();
            check_order(
                &client,
                "/Users",
                sort_by,
                "descending",
                &descending.join(" "),
            )
            .await;
        }
        // Who has no value is last, and first the other way round; several values count by the primary or the first.
        check_order(&client, "/Users", "emails.value", "", "Ann eve bob cy").await;
        check_order(&client, "/Users", "emails", "ascending", "Ann eve bob cy").await;
        check_order(
            &client,
            "/Users",
            "emails.value",
            "descending",
            "cy bob eve Ann",
        )
        .await;
        let department = format!("{ENTERPRISE}:department");
        for (sort_by, have) in [("name.familyName", "cy Ann"), (department.as_str(), "bob")] {
            let list = client.get(&format!("/Users?sortBy={sort_by}")).await;
            assert!(
                order(&list).starts_with(have),
                "{sort_by}: {}",
                order(&list)
            );
            let list = client
                .get(&format!("/Users?sortBy={sort_by}&sortOrder=descending"))
                .await;
            let have: Vec<_> = have.split(' ').rev().collect();
            assert!(
                order(&list).ends_with(&have.join(" ")),
                "{sort_by}: {}",
                order(&list)
            );
        }
        check_order(&client, "/Groups", "displayName", "", "Blue green red").await;
        check_order(
            &client,
            "/Groups",
            "displayName",
            "descending",
            "red green Blue",
        )
        .await;

        // What a filter finds is sorted, by a walk and by keys; without sortBy there is nothing to sort.
        for filter in [
            "title%20pr",
            "userName%20eq%20%22cy%22%20or%20userName%20eq%20%22ann%22%20or%20userName%20eq%20%22bob%22",
        ] {
            let list = client
                .get(&format!(
                    "/Users?filter={filter}&sortBy=title&sortOrder=descending"
                ))
                .await;
            assert_eq!(order(&list), "bob cy Ann", "{filter}");
        }
        assert_eq!(
            order(&client.get("/Users?sortOrder=descending").await),
            "cy Ann bob eve"
        );
    }
}

/// A request on condition of a version.
async fn conditional(
    client: &Client,
    method: &str,
    path: &str,
    header: (&str, &str),
    body: Option<&Value>,
) -> Response {
    client
        .send(method, path, &[header], body.map(Value::to_string))
        .await
}

#[tokio::test]
async fn c39_versions_are_conditions() {
    let api = &dialects().await[1];
    let client = api.client();
    let config = client.get("/ServiceProviderConfig").await.body;
    assert_eq!(config["etag"]["supported"], true);
    let change = |value: &str| json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "externalId", "value": value}]});
    let bob = make_user(&client, "bob").await;
    let team = make_group(&client, "team", &[]).await;
    let cases = [
        (&bob, user("bob", json!({"externalId": "put"}))),
        (
            &team,
            json!({"schemas": [GROUP], "displayName": "team", "externalId": "put"}),
        ),
    ];
    for (made, put) in cases {
        let path = made.path.as_str();
        let stale = client.get(path).await.header("etag").to_owned();
        assert!(stale.starts_with("W/\""), "{stale}");
        assert!(client.patch(path, &change("1")["Operations"]).await.status < 300);
        let before = client.get(path).await;
        let current = before.header("etag").to_owned();
        assert_ne!(current, stale);

        // A client that has it is sent nothing.
        for tags in [
            current.clone(),
            "*".to_owned(),
            format!("{stale}, {current}"),
        ] {
            let answer = conditional(&client, "GET", path, ("If-None-Match", &tags), None).await;
            assert_eq!((answer.status, &answer.body), (304, &Value::Null), "{tags}");
            assert_eq!(answer.header("etag"), current);
        }
        let answer = conditional(&client, "GET", path, ("If-None-Match", &stale), None).await;
        assert_eq!((answer.status, &answer.body), (200, &before.body));

        // What is stale to If-Match, and what is current to If-None-Match, is refused.
        let second = change("2");
        let refused = [
            ("GET", ("If-Match", stale.as_str()), None),
            ("PUT", ("If-Match", &stale), Some(&put)),
            ("PATCH", ("If-Match", &stale), Some(&second)),
            ("DELETE", ("If-Match", &stale), None),
            ("DELETE", ("If-Match", "W/\"nonsense\""), None),
            ("PUT", ("If-None-Match", &current), Some(&put)),
            ("PATCH", ("If-None-Match", &current), Some(&second)),
            ("PATCH", ("If-None-Match", "*"), Some(&second)),
            ("DELETE", ("If-None-Match", &current), None),
        ];
        for (method, header, body) in refused {
            let answer = conditional(&client, method, path, header, body).await;
            check_refused(&answer, 412, "", (method, header));
        }
        assert_eq!(client.get(path).await.body, before.body);

        // And the other way round it is done.
        let answer = conditional(&client, "GET", path, ("If-Match", &current), None).await;
        assert_eq!((answer.status, &answer.body), (200, &before.body));
        for (method, name, body) in [
            ("PATCH", "If-Match", Some(&second)),
            ("PUT", "If-Match", Some(&put)),
            ("PATCH", "If-None-Match", Some(&second)),
        ] {
            let now = client.get(path).await.header("etag").to_owned();
            let tags = if name == "If-Match" {
                format!("{stale}, {now}")
            } else {
                stale.clone()
            };
            let answer = conditional(&client, method, path, (name, &tags), body).await;
            assert!(
                matches!(answer.status, 200 | 204),
                "{method} {name}: {answer:?}"
            );
            assert_ne!(client.get(path).await.header("etag"), now);
        }
        let answer = conditional(
            &client,
            "PATCH",
            path,
            ("If-Match", "*"),
            Some(&change("3")),
        )
        .await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
        let now = client.get(path).await.header("etag").to_owned();
        let answer = conditional(&client, "DELETE", path, ("If-Match", &now), None).await;
        assert_eq!(answer.status, 204);
    }

    // Members are part of a group's version.
    let ann = make_user(&client, "ann").await;
    let team = make_group(&client, "other", &[]).await;
    let stale = client.get(&team.path).await.header("etag").to_owned();
    let put = client.put(&team.path, &group("other", &[&ann])).await;
    assert_eq!(put.values("members"), [ann.id]);
    let answer = conditional(&client, "DELETE", &team.path, ("If-Match", &stale), None).await;
    check_refused(&answer, 412, "", "DELETE of a group with other members");
}

#[tokio::test]
async fn c41_what_is_not_there_and_what_is_too_much() {
    const MEBIBYTE: usize = 1 << 20;
    for api in dialects().await {
        let client = api.client();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let body = (method != "GET" && method != "DELETE").then(|| "{}".to_owned());
            let answer = client.send(method, "/Me", &[], body).await;
            check_refused(&answer, 501, "", method);
        }

        let config = client.get("/ServiceProviderConfig").await.body;
        let limits = json!({"supported": true, "maxOperations": 1_000, "maxPayloadSize": MEBIBYTE});
        assert_eq!(config["bulk"], limits);
        let bulk = |operations: Vec<Value>| {
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "failOnErrors": 1, "Operations": operations
            })
        };
        let delete = json!({"method": "DELETE", "path": format!("/Users/{NOBODY}")});
        let create = |title: usize| {
            json!({
                "method": "POST", "path": "/Users", "bulkId": "1", "data": user("new", json!({"title": "x".repeat(title)}))
            })
        };
        // As many as are allowed: it ends at the first error, which is one operation's and not the request's.
        let most = client
            .post("/Bulk", &bulk(vec![delete.clone(); 1_000]))
            .await;
        assert_eq!(most.status, 200, "{most:?}");
        assert_eq!(most.body["Operations"][0]["status"], "404");

        let many = client
            .post(
                "/Bulk",
                &bulk([vec![create(1)], vec![delete; 1_000]].concat()),
            )
            .await;
        check_refused(&many, 413, "", "1,001 operations");
        assert!(
            many.body["detail"].as_str().unwrap().contains("1000"),
            "{many:?}"
        );
        let large = client
            .post("/Bulk", &bulk(vec![create(1), create(MEBIBYTE)]))
            .await;
        check_refused(&large, 413, "", "more than a mebibyte");
        assert!(
            large.body["detail"]
                .as_str()
                .unwrap()
                .contains(&MEBIBYTE.to_string()),
            "{large:?}"
        );
        // Nothing of it was done.
        assert_eq!(client.get("/Users").await.body["totalResults"], 0);
    }
}

//! Sorting.

use std::time::Duration;

use end_to_end::{Client, Response};
use serde_json::{Value, json};

use crate::given::{ENTERPRISE, SEARCH_REQUEST, USER, dialects, make, make_group, resources, user};

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

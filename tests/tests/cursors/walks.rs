//! Walks from the first page to the last, while others create and delete.

use std::collections::{BTreeMap, BTreeSet};

use end_to_end::Api;
use serde_json::json;

use crate::given::{Query, ids, make_groups};

const RESOURCES: usize = 40;

/// Those of the beginning who were not deleted are visited once, and nobody twice.
async fn check_walk(query: Query, of_users: bool, of_groups: bool) {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(RESOURCES).await;
    let groups = make_groups(&client, RESOURCES).await;
    let paths = |endpoint: &str, ids: &[String]| -> Vec<String> {
        ids.iter().map(|id| format!("{endpoint}/{id}")).collect()
    };
    let mut there = Vec::new();
    if of_users {
        there.extend(paths("/Users", &users));
    }
    if of_groups {
        there.extend(paths("/Groups", &groups));
    }
    let mut fate: BTreeMap<&String, bool> = there.iter().map(|path| (path, true)).collect();
    let mut created = 0;
    let pages = query
        .walk(&client, async |number| {
            // Some of those before the page and after it go, but every third stays; two come.
            let places = [
                number * 5,
                number * 7 + 3,
                number * 4,
                (number + 1) * 4,
                there.len().wrapping_sub(number * 3 + 1),
            ];
            let going = places.iter().filter(|place| *place % 3 != 0);
            for path in going.filter_map(|place| there.get(*place)) {
                if fate[path] {
                    assert_eq!(client.delete(path).await.status, 204);
                    fate.insert(path, false);
                }
            }
            // Not for ever: the walk has to end.
            for _ in 0..if created < 20 { 2 } else { 0 } {
                created += 1;
                let user = json!({"userName": format!("new-{created}"), "title": "New"});
                assert_eq!(client.post("/Users", &user).await.status, 201);
                let group = json!({"displayName": format!("new {created}")});
                assert_eq!(client.post("/Groups", &group).await.status, 201);
            }
        })
        .await;
    let visited = ids(&pages);
    let distinct: BTreeSet<_> = visited.iter().collect();
    assert_eq!(
        distinct.len(),
        visited.len(),
        "{query:?}: somebody is visited twice"
    );
    let stayed: Vec<_> = fate.into_iter().filter(|(_, stays)| *stays).collect();
    assert!(
        stayed.len() < there.len() && stayed.len() >= there.len() / 3,
        "{query:?}"
    );
    let missed: Vec<_> = stayed
        .iter()
        .filter(|(path, _)| !visited.iter().any(|id| path.ends_with(id.as_str())))
        .collect();
    assert!(
        missed.is_empty(),
        "{query:?}: {} are not visited",
        missed.len()
    );
}

fn by_names() -> String {
    let names = (1..=RESOURCES).map(|number| format!("userName eq \"user-{number}@example.com\""));
    names.collect::<Vec<_>>().join(" or ")
}

#[tokio::test]
async fn a_walk_by_cursor_visits_everybody_once() {
    for count in [1, 7, 10] {
        check_walk(Query::new("/Users", json!({"count": count})), true, false).await;
    }
    check_walk(
        Query::new("/Users/.search", json!({"count": 7})),
        true,
        false,
    )
    .await;
}

#[tokio::test]
async fn so_does_one_with_a_filter() {
    let query = |filter: &str| Query::new("/Users", json!({"count": 6, "filter": filter}));
    check_walk(query("title pr"), true, false).await;
    check_walk(query(&by_names()), true, false).await;
}

#[tokio::test]
async fn so_does_one_that_is_sorted() {
    let query = |by: &str, order: &str| {
        Query::new(
            "/Users",
            json!({"count": 6, "sortBy": by, "sortOrder": order}),
        )
    };
    check_walk(query("userName", "ascending"), true, false).await;
    check_walk(query("name.familyName", "descending"), true, false).await;
    // All equal, or without a value.
    check_walk(query("title", "ascending"), true, false).await;
    check_walk(query("externalId", "descending"), true, false).await;
    let filtered = query("userName", "descending").with("filter", by_names());
    check_walk(filtered, true, false).await;
}

#[tokio::test]
async fn so_does_one_of_groups() {
    check_walk(Query::new("/Groups", json!({"count": 7})), false, true).await;
    let parameters = json!({"count": 7, "sortBy": "displayName", "filter": "displayName pr"});
    check_walk(Query::new("/Groups", parameters), false, true).await;
}

#[tokio::test]
async fn so_does_one_of_users_and_groups() {
    let query = Query::new("/.search", json!({"count": 7}));
    check_walk(query.clone(), true, true).await;
    check_walk(query.with("filter", "meta.created pr"), true, true).await;
    check_walk(query.with("sortBy", "displayName"), true, true).await;
    check_walk(
        query
            .with("sortBy", "userName")
            .with("sortOrder", "descending"),
        true,
        true,
    )
    .await;
    check_walk(query.with("filter", "displayName pr"), false, true).await;
}

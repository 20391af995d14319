use std::collections::{BTreeMap, BTreeSet};

use end_to_end::Api;
use serde_json::json;

use crate::given::{Step, page, walk};

/// Those of the beginning who were not deleted are visited once, nobody twice, in the order of creation.
async fn check_import(query: &str, count: usize, step: Step) {
    const USERS: usize = 40;
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(USERS).await;
    let mut fate: BTreeMap<&String, bool> = users.iter().map(|user| (user, true)).collect();
    let mut created = 0;
    let visited = walk(&client, query, count, step, async |number| {
        // Some of those before the page and after it go, its first and the next page's, but every third stays; two come.
        let places = [
            number * 5,
            number * 7 + 3,
            number * count,
            (number + 1) * count,
            USERS.wrapping_sub(number * 3 + 1),
        ];
        let going = places.iter().filter(|place| *place % 3 != 0);
        for user in going.filter_map(|place| users.get(*place)) {
            if fate[user] {
                assert_eq!(client.delete(&format!("/Users/{user}")).await.status, 204);
                fate.insert(user, false);
            }
        }
        // Not for ever: the walk has to end.
        for _ in 0..if created < 20 { 2 } else { 0 } {
            created += 1;
            let user = json!({"userName": format!("new-{created}"), "title": "New"});
            assert_eq!(client.post("/Users", &user).await.status, 201);
        }
    })
    .await;
    let case = format!("{query} {count} {step:?}");
    assert!(
        visited.is_sorted(),
        "{case}: not in the order of creation, or twice"
    );
    let distinct: BTreeSet<_> = visited.iter().collect();
    assert_eq!(
        distinct.len(),
        visited.len(),
        "{case}: somebody is visited twice"
    );
    let stayed: Vec<_> = fate.into_iter().filter(|(_, stays)| *stays).collect();
    assert!(
        (USERS / 3..USERS).contains(&stayed.len()),
        "{case}: {}",
        stayed.len()
    );
    let missed: Vec<_> = stayed
        .iter()
        .map(|(user, _)| *user)
        .filter(|user| !distinct.contains(user))
        .collect();
    assert!(
        missed.is_empty(),
        "{case}: {} are not visited",
        missed.len()
    );
}

#[tokio::test]
async fn an_import_visits_everybody_once_counting_by_what_was_asked_for() {
    check_import("/Users?", 7, Step::Count).await;
    check_import("/Users?", 1, Step::Count).await;
}

#[tokio::test]
async fn an_import_visits_everybody_once_counting_by_what_came() {
    check_import("/Users?", 7, Step::ItemsPerPage).await;
    check_import("/Users?", 10, Step::ItemsPerPage).await;
}

#[tokio::test]
async fn a_filter_that_no_key_answers_pages_likewise() {
    check_import("/Users?filter=title%20pr&", 7, Step::Count).await;
    check_import("/Users?filter=title%20pr&", 6, Step::ItemsPerPage).await;
}

#[tokio::test]
async fn pages_of_what_stands_still_are_the_list() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(23).await;
    for (query, count) in [
        ("/Users?", 5),
        ("/Users?", 23),
        ("/Users?", 100),
        ("/Users?filter=active%20eq%20true&", 5),
    ] {
        for step in [Step::Count, Step::ItemsPerPage] {
            let visited = walk(&client, query, count, step, async |_| {}).await;
            assert_eq!(visited, users, "{query} {count} {step:?}");
        }
    }
    // A page by itself, without those before it, is the same.
    assert_eq!(
        page(&api.client(), "/Users?", 12, 4).await.ids(),
        users[11..15]
    );
    assert_eq!(
        page(&api.client(), "/Users?filter=title%20pr&", 12, 4)
            .await
            .ids(),
        users[11..15]
    );
}

#[tokio::test]
async fn groups_page_likewise() {
    let api = Api::start().await;
    let client = api.client();
    let mut groups = Vec::new();
    for number in 0..11 {
        groups.push(
            client
                .post(
                    "/Groups",
                    &json!({"displayName": format!("group {number}")}),
                )
                .await
                .id(),
        );
    }
    let mut gone = Vec::new();
    let visited = walk(&client, "/Groups?", 3, Step::Count, async |number| {
        let group = &groups[number * 2];
        assert_eq!(client.delete(&format!("/Groups/{group}")).await.status, 204);
        gone.push(group.clone());
    })
    .await;
    assert!(visited.is_sorted());
    let stayed: Vec<_> = groups
        .iter()
        .filter(|group| !gone.contains(group))
        .collect();
    assert!(
        stayed
            .iter()
            .all(|group| visited.iter().filter(|visited| visited == group).count() == 1),
        "{visited:?}"
    );
}

#[tokio::test]
async fn the_total_never_ends_a_walk_before_the_last_of_those_who_are_there() {
    const NEW: usize = 12;
    let api = Api::start().await;
    let client = api.client();
    let mut users = api.seed(10).await;
    for query in ["/Users?", "/Users?filter=userName%20pr&"] {
        let mut there_at_the_last_page = Vec::new();
        let visited = walk(&client, query, 4, Step::Count, async |number| {
            there_at_the_last_page.clone_from(&users);
            for new in 0..if number < NEW / 2 { 2 } else { 0 } {
                let name = format!("{}-{number}-{new}", users.len());
                users.push(client.post("/Users", &json!({"userName": name})).await.id());
            }
        })
        .await;
        assert_eq!(visited, there_at_the_last_page, "{query}");
    }
}

#[tokio::test]
async fn past_the_end_there_is_nothing() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(3).await;
    for query in [
        "/Users?",
        "/Users?filter=title%20pr&",
        "/Users?filter=externalId%20eq%20%22x%22%20or%20userName%20eq%20%22user-1@example.com%22&",
    ] {
        for start_index in [4, 100] {
            let page = page(&client, query, start_index, 100).await;
            assert_eq!(page.body["itemsPerPage"], 0, "{query}");
            assert_eq!(
                page.body["totalResults"],
                if query.contains("userName") { 1 } else { 3 },
                "{query}"
            );
        }
    }
    assert_eq!(
        page(&client, "/Groups?", 2, 100).await.body["totalResults"],
        0
    );
}

#[tokio::test]
async fn a_count_of_zero_asks_for_the_total() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(3).await;
    for query in [
        "/Users?",
        "/Users?filter=title%20pr&",
        "/Users?filter=userName%20sw%20%22user%22&",
    ] {
        for start_index in [1, 2] {
            let page = page(&client, query, start_index, 0).await;
            assert_eq!(
                (&page.body["totalResults"], &page.body["Resources"]),
                (&json!(3), &json!([])),
                "{query}"
            );
        }
    }
    let negative = client.get("/Users?startIndex=-5&count=-1").await;
    assert_eq!(
        (&negative.body["startIndex"], &negative.body["itemsPerPage"]),
        (&json!(1), &json!(0))
    );
}

/// Users of 60 KB: a hundred of them are more than an answer can hold.
async fn large_users(api: &Api, count: usize) -> Vec<String> {
    let client = api.client();
    let mut ids = Vec::new();
    for number in 0..count {
        let user = json!({"userName": format!("large-{number}"), "title": "x".repeat(60_000)});
        ids.push(client.post("/Users", &user).await.id());
    }
    ids
}

#[tokio::test]
async fn a_page_that_is_too_large_carries_fewer_and_nobody_is_lost() {
    let api = Api::start().await;
    let users = large_users(&api, 100).await;
    let client = api.client();
    let first = page(&client, "/Users?", 1, 100).await;
    assert!(first.ids().len() < 100, "the first page holds them all");
    for step in [Step::Count, Step::ItemsPerPage] {
        for query in ["/Users?", "/Users?filter=title%20pr&"] {
            let visited = walk(&client, query, 100, step, async |_| {}).await;
            assert_eq!(visited, users, "{query} {step:?}");
        }
    }
}

//! An import of a large directory, of which a part comes and goes meanwhile.
//!
//! 2,000 users, or as many as `MUSTER_IMPORT_USERS` says.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use end_to_end::{Api, Client};
use serde_json::json;

use crate::given::{Step, page, walk};

const PAGE: usize = 100;
/// Users who are deleted, and as many who are created, after each page: 5 % of a page.
const CHANGES: usize = PAGE / 20;

#[expect(
    clippy::disallowed_methods,
    reason = "the switch by which whoever runs the tests says how many"
)]
fn users() -> usize {
    let set = std::env::var("MUSTER_IMPORT_USERS");
    set.map_or(2_000, |users| users.parse().expect("a number of users"))
}

#[tokio::test]
async fn an_import_of_many_visits_everybody_once_and_its_last_page_is_as_fast_as_its_first() {
    let api = Api::start().await;
    let client = api.client();
    let users = api.seed(users()).await;
    let mut gone = HashSet::new();
    // Scattered over the whole directory, in front of the walk and behind it: the step has no divisor in common with their number.
    let mut going = (0..).map(|number| &users[number * 7_919 % users.len()]);
    let visited = walk(&client, "/Users?", PAGE, Step::Count, async |number| {
        // Not for ever: the walk has to end.
        if number >= users.len() / PAGE {
            return;
        }
        for change in 0..CHANGES {
            let user = going.next().unwrap();
            assert_eq!(client.delete(&format!("/Users/{user}")).await.status, 204);
            gone.insert(user);
            let new = json!({"userName": format!("new-{number}-{change}")});
            assert_eq!(client.post("/Users", &new).await.status, 201);
        }
    })
    .await;
    assert_eq!(gone.len(), users.len() / 20);
    assert!(
        visited.is_sorted_by(|one, next| one < next),
        "somebody is visited twice"
    );
    let visited: HashSet<_> = visited.iter().collect();
    let missed = users
        .iter()
        .filter(|user| !gone.contains(user) && !visited.contains(user));
    assert_eq!(missed.count(), 0);

    let (first, last) = medians(&client, users.len() + 1 - PAGE).await;
    println!(
        "{} users: the first page took {first:?}, the last one {last:?}",
        users.len()
    );
    assert!(
        last <= 2 * first,
        "the first page took {first:?}, the last one {last:?}"
    );
}

/// How long the first page takes and the one that begins here: medians of many, in turn, so that both have the same
/// neighbours on this machine.
async fn medians(client: &Client, last: usize) -> (Duration, Duration) {
    const TIMES: usize = 15;
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TIMES {
        for (times, start_index) in times.iter_mut().zip([1, last]) {
            let began = Instant::now();
            let page = page(client, "/Users?", start_index, PAGE).await;
            times.push(began.elapsed());
            assert_eq!(page.ids().len(), PAGE);
        }
    }
    let [first, last] = times.map(|mut times| {
        times.sort_unstable();
        times[TIMES / 2]
    });
    (first, last)
}

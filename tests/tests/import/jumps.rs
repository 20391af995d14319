//! Pages that are asked for without those before them.

use std::time::Duration;

use directory::{CredentialKind, Rights};
use end_to_end::{Api, Client};

use crate::given::page;

/// More than one step over keys.
const USERS: usize = 1_500;

/// A client that has asked for no page yet.
async fn newcomer(api: &Api) -> Client {
    let issued = api.issue(CredentialKind::Provisioner, Rights::Read).await;
    api.client_of(&issued)
}

#[tokio::test]
async fn a_jump_reads_keys_and_no_documents_but_those_of_its_page() {
    let api = Api::start().await;
    let users = api.seed(USERS).await;
    let client = newcomer(&api).await;
    api.calls.record();
    let jump = page(&client, "/Users?", 1_401, 10).await;
    assert_eq!(jump.ids(), users[1_400..1_410]);
    let calls = api.calls.recorded();
    let read = |kind: &str| {
        let items = calls.iter().flat_map(|call| &call.items);
        items.filter(|item| *item == kind).count()
    };
    // Two steps over 1,400 keys, and the page's.
    assert_eq!(read("roster"), 3, "{calls:?}");
    assert_eq!((read("user"), read("user's groups")), (10, 10), "{calls:?}");
}

#[tokio::test]
async fn a_jump_that_takes_too_long_is_refused_and_begins_at_the_nearest_anchor() {
    let api = Api::start().await;
    let users = api.seed(USERS).await;
    // No time at all: a single step, over 1,000 keys.
    let hurried = api.store.clone().with_longest_walk(Duration::ZERO);
    let hurried = api.gateway(hurried).await;
    let client = newcomer(&api).await.at(&hurried.base_url());
    let refused = client.get("/Users?startIndex=1401&count=10").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["scimType"], "tooMany");
    assert_eq!(
        refused.body["detail"],
        "The directory is too large to begin at this `startIndex`: take the pages one after another, or page with `cursor`."
    );
    for start in [1, 201, 401] {
        page(&client, "/Users?", start, 200).await;
    }
    // Now 600 have an anchor after them: this client's own.
    let jump = page(&client, "/Users?", 1_401, 10).await;
    assert_eq!(jump.ids(), users[1_400..1_410]);
    let other = newcomer(&api).await.at(&hurried.base_url());
    let refused = other.get("/Users?startIndex=1401&count=10").await;
    assert_eq!(refused.status, 400);
    // Beyond the end there is nothing, and nothing to be refused.
    let end = page(&client, "/Users?", 1_501, 10).await;
    assert_eq!(end.body["itemsPerPage"], 0);
}

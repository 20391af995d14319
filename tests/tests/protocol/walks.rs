//! A walk that no key shortens has an end (RFC 7644 §3.4.2.1).

use end_to_end::Api;
use serde_json::json;

use crate::given::{SEARCH_REQUEST, check_finds, check_refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_without_end_is_too_many() {
    let api = Api::start().await;
    let client = api.client();
    api.fill(20_001).await;
    let filter = "title ne \"Member\"";
    let answer = client.find("/Users", filter).await;
    check_refused(&answer, 400, "tooMany", filter);
    let search = json!({"schemas": [SEARCH_REQUEST], "filter": filter});
    let found = client.post("/.search", &search).await;
    check_refused(&found, 400, "tooMany", filter);
    // What a key answers is no walk.
    let name = "user-20001@example.com";
    let by_key = format!("userName eq \"{name}\" and title pr");
    check_finds(&client, "/Users", &by_key, &[name]).await;
}

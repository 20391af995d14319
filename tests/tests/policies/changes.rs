//! What the function `changes` does by a schedule. What it does after a change is in every scenario with changes.

use std::time::Duration;

use end_to_end::Api;
use local::within;
use serde_json::json;

use crate::resources::{group, seeded};

/// More than a request itself brings through.
const MEMBERS: usize = 30;
const OVERDUE: Duration = Duration::from_mins(16);

/// Sweeps up what the stream lost of a large change.
pub async fn sweep(api: &Api) {
    let client = api.client();
    let users = seeded(&client).await;
    api.settled().await;
    let stream = json!({"StreamSpecification": {"StreamEnabled": false}});
    api.dynamodb("UpdateTable", &stream).await;

    let lost = group("lost", &users[..MEMBERS]);
    let created = client.post("/Groups", &lost).await;
    assert_eq!(created.status, 201, "{:?}", created.body["detail"]);
    api.environment.advance(OVERDUE);
    let event = serde_json::from_value(json!({"sweep": true})).expect("an event");
    let (store, context) = (api.store_of_changes(), lambda_http::Context::default());
    let sweep = Box::pin(changes::handle(&store, event, &context));
    within("Changes", sweep).await;
}

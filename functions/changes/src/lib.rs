//! What follows from a change: Lambda gives the records of the table's stream. Each write of theirs leaves an entry in its
//! directory's audit trail; and what a large change of memberships left to do is done. By a schedule the function sweeps up
//! what the stream lost of that.
//!
//! Records may come twice, late and in any order between two shards; the end is the same. Deliberately not here: what a
//! request has to answer for. That is in its own transaction.

mod event;

use std::collections::BTreeSet;
use std::time::Duration;

use directory::{ChangeRecord, Store, Swept};
use futures_util::future::join;
use serde::Serialize;

pub use event::Event;

/// How long one call follows changes; what is left then comes again.
const TIME: Duration = Duration::from_secs(40);
/// How long one sweep works; what is left waits for the next. The function's timeout in template.yaml is longer than both.
const SWEEPING_TIME: Duration = Duration::from_mins(10);

/// Which records Lambda is to bring again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// Does what follows from the records of an event, or sweeps.
pub async fn handle(store: &Store, event: Event) -> Response {
    if event.sweep {
        sweep(store).await;
    }
    let (sequence_numbers, changes): (Vec<_>, Vec<_>) = event
        .records
        .into_iter()
        .map(|record| {
            let change = record.dynamodb;
            let images = ChangeRecord::new(
                change.old_image.map(event::item),
                change.new_image.map(event::item),
            );
            (change.sequence_number, images)
        })
        .unzip();
    let (unrecorded, left) = join(
        store.record_changes(&changes),
        store.follow_changes(&changes, TIME),
    )
    .await;
    let failed: BTreeSet<_> = unrecorded.into_iter().chain(left).collect();
    let failures = failed.into_iter().map(|index| BatchItemFailure {
        item_identifier: sequence_numbers[index].clone(),
    });
    Response {
        batch_item_failures: failures.collect(),
    }
}

async fn sweep(store: &Store) {
    match store.sweep(SWEEPING_TIME).await {
        Ok(Swept { done: 0, left: 0 }) => {}
        Ok(Swept { done, left }) => tracing::warn!(done, left, "overdue changes were swept"),
        Err(error) => tracing::error!(%error, "overdue changes cannot be read"),
    }
}

//! What follows from a change: Lambda gives the records of the table's stream, and each write of theirs leaves an entry
//! in its directory's audit trail.
//!
//! Records may come twice, late and in any order between two shards; the end is the same. Deliberately not here: what a
//! request has to answer for. That is in its own transaction.

mod event;

use directory::{ChangeRecord, Store};
use serde::Serialize;

pub use event::Event;

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

/// Does what follows from the records of an event.
pub async fn handle(store: &Store, event: Event) -> Response {
    let (sequence_numbers, changes): (Vec<_>, Vec<_>) = event
        .records
        .into_iter()
        .map(|record| {
            let change = record.dynamodb;
            let images = ChangeRecord {
                old: change.old_image.map(event::item),
                new: change.new_image.map(event::item),
            };
            (change.sequence_number, images)
        })
        .unzip();
    let failed = store.record_changes(&changes).await.into_iter();
    let failures = failed.map(|index| BatchItemFailure {
        item_identifier: sequence_numbers[index].clone(),
    });
    Response {
        batch_item_failures: failures.collect(),
    }
}

//! What follows from a change: Lambda gives the records of the table's stream. Each write of theirs leaves an entry in its
//! directory's audit trail; and what a large change of memberships left to do is done. By a schedule the function sweeps up
//! what the stream lost of that.
//!
//! Records may come twice, late and in any order between two shards; the end is the same. Deliberately not here: what a
//! request has to answer for. That is in its own transaction.

mod event;

use std::collections::BTreeSet;
use std::time::Duration;

use directory::{Causes, ChangeRecord, Store, Swept};
use edge::{Invocation, Outcome};
use futures_util::future::join;
use lambda_runtime::Context;
use serde::Serialize;

pub use event::Event;

/// How long one call follows changes; what is left then comes again.
const TIME: Duration = Duration::from_secs(40);
/// How long one sweep works; what is left waits for the next. The function's timeout in template.yaml is longer than both.
const SWEEPING_TIME: Duration = Duration::from_mins(10);

/// Which records Lambda is to bring again.
#[derive(Debug, Default, Serialize)]
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
pub async fn handle(store: &Store, event: Event, context: &Context) -> Response {
    let invocation = Invocation::new(None, context);
    if event.sweep {
        let swept = invocation.run(sweep(store)).await;
        let outcome = Outcome {
            operation: "sweep",
            is_failed: swept.is_none(),
            overdue_changes: swept.map(|swept| swept.left),
            ..Outcome::default()
        };
        invocation.log(None::<&str>, &outcome);
        return Response::default();
    }
    let records = event.records.len();
    let response = invocation.run(follow(store, event)).await;
    let outcome = Outcome {
        operation: "changes",
        records: Some((records, response.batch_item_failures.len())),
        ..Outcome::default()
    };
    invocation.log(None::<&str>, &outcome);
    response
}

async fn follow(store: &Store, event: Event) -> Response {
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

/// What was overdue; none if that could not be read.
async fn sweep(store: &Store) -> Option<Swept> {
    match store.sweep(SWEEPING_TIME).await {
        Ok(swept) => {
            let Swept { done, left } = swept;
            if done + left > 0 {
                tracing::warn!(done, left, "overdue changes were swept");
            }
            Some(swept)
        }
        Err(error) => {
            tracing::error!(error = %Causes(&error), "overdue changes cannot be read");
            None
        }
    }
}

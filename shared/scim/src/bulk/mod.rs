//! Bulk operations (RFC 7644 §3.7): a body is read into operations ([`BulkRequest`]), a [`Schedule`] says which of them
//! may run when, [`References`] puts ids in the place of `bulkId`s, and [`Outcome`]s become the answer.
//!
//! Deliberately not here: running an operation. Each is a request of its own.

mod references;
mod request;
mod schedule;

use serde_json::{Value, json};

use crate::{Error, Object};

pub use references::References;
pub use request::{BulkRequest, Method, Operation, Target};
pub use schedule::Schedule;

/// Most operations of a request.
pub const MOST_OPERATIONS: usize = 1_000;
/// Largest body, in bytes.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// What became of an operation.
#[derive(Debug)]
pub struct Outcome {
    /// The HTTP status that it would have had by itself.
    pub status: u16,
    /// URI of the resource; none after a POST that failed.
    pub location: Option<String>,
    /// Entity tag of the resource, where it is known.
    pub version: Option<String>,
    /// The error's body.
    pub response: Option<Value>,
}

impl Outcome {
    /// An operation that failed.
    pub fn failed(error: &Error, location: Option<String>) -> Self {
        Self {
            status: error.status.code(),
            location,
            version: None,
            response: Some(error.to_json()),
        }
    }

    /// Whether the operation did what it was to do.
    pub fn is_success(&self) -> bool {
        self.status < 400
    }
}

/// The answer: the outcomes of the operations that were processed, in the order of the request.
pub fn response<'a>(outcomes: impl IntoIterator<Item = (&'a Operation, Outcome)>) -> Value {
    let operations: Vec<_> = outcomes
        .into_iter()
        .map(|(operation, outcome)| entry(operation, outcome))
        .collect();
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": operations,
    })
}

fn entry(operation: &Operation, outcome: Outcome) -> Object {
    let members = [
        ("method", Some(operation.method_text.as_str().into())),
        ("bulkId", operation.bulk_id.as_deref().map(Value::from)),
        ("version", outcome.version.map(Value::from)),
        ("location", outcome.location.map(Value::from)),
        ("status", Some(outcome.status.to_string().into())),
        ("response", outcome.response),
    ];
    let given = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    given.collect()
}

//! One invocation of a function: whose request it is, what it costs, and the line in the log that tells of it.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lambda_http::Context;
use tokio::time::Instant;

use crate::log;

tokio::task_local! {
    static CURRENT: Invocation;
}

/// Whether this process has answered before.
static IS_WARM: AtomicBool = AtomicBool::new(false);

/// One invocation of a function.
#[derive(Clone, Debug)]
pub struct Invocation(Arc<State>);

#[derive(Debug)]
struct State {
    request_id: String,
    trace_id: Option<String>,
    is_cold_start: bool,
    began: Instant,
    consumed: Mutex<Consumed>,
}

/// What was asked of DynamoDB.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Consumed {
    /// Requests, those that the client repeated included.
    pub calls: u64,
    /// Of them, those that DynamoDB refused because they were too many.
    pub throttles: u64,
    /// Read units, as DynamoDB counts them.
    pub read_units: f64,
    /// Write units, as DynamoDB counts them.
    pub write_units: f64,
}

/// How an invocation ended, for its line in the log. Nothing in it names a person.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome<'a> {
    /// What was asked for, by a keyword or the method and the path's pattern: `PATCH /Users/{id}`.
    pub operation: &'a str,
    /// HTTP status, where there is one.
    pub status: Option<u16>,
    /// Keyword of the error (RFC 7644 §3.12).
    pub scim_type: Option<&'a str>,
    /// Whether a credential was refused as such.
    pub is_refused: bool,
    /// Whether it failed for a reason that the caller cannot do anything about.
    pub is_failed: bool,
    /// Records of the stream that came, and those that are to come again.
    pub records: Option<(usize, usize)>,
    /// Large changes that are unfinished long after they began, even after a sweep.
    pub overdue_changes: Option<usize>,
}

impl Invocation {
    /// One that begins now, by API Gateway's id of the request; without one it is Lambda's.
    pub fn new(request_id: Option<&str>, context: &Context) -> Self {
        let request_id = request_id.filter(|id| !id.is_empty());
        Self(Arc::new(State {
            request_id: request_id.unwrap_or(&context.request_id).to_owned(),
            trace_id: context.xray_trace_id.clone(),
            is_cold_start: !IS_WARM.swap(true, Ordering::Relaxed),
            began: Instant::now(),
            consumed: Mutex::default(),
        }))
    }

    /// Does the work: what it asks of DynamoDB and logs is this invocation's.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), work).await
    }

    /// Looks at the one under way, if there is one.
    pub(crate) fn with_current<T>(look: impl FnOnce(&Self) -> T) -> Option<T> {
        CURRENT.try_with(look).ok()
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.0.request_id
    }

    pub(crate) fn consume(&self, more: impl FnOnce(&mut Consumed)) {
        more(
            &mut self
                .0
                .consumed
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    /// Writes the one line that every invocation leaves in the log. Its numbers are the metrics.
    pub fn log(&self, directory: Option<impl Display>, outcome: &Outcome<'_>) {
        let consumed = *self
            .0
            .consumed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let counted = |number: u64| (number > 0).then_some(number);
        let is =
            |status: std::ops::Range<u16>| outcome.status.is_some_and(|it| status.contains(&it));
        tracing::info!(
            target: log::REQUESTS,
            request_id = self.0.request_id,
            trace_id = self.0.trace_id,
            directory = directory.map(tracing::field::display),
            operation = outcome.operation,
            status = outcome.status,
            scim_type = outcome.scim_type,
            records = outcome.records.map(|(came, _)| came),
            records_left = outcome.records.map(|(_, left)| left),
            dynamodb_calls = consumed.calls,
            requests = 1_u64,
            duration_ms = tenths(self.0.began.elapsed().as_secs_f64() * 1_000.0),
            read_units = tenths(consumed.read_units),
            write_units = tenths(consumed.write_units),
            throttles = counted(consumed.throttles),
            cold_starts = counted(self.0.is_cold_start.into()),
            refused_credentials = counted(outcome.is_refused.into()),
            client_errors = counted(is(400..500).into()),
            server_errors = counted((outcome.is_failed || is(500..600)).into()),
            overdue_changes = outcome.overdue_changes,
            "answered"
        );
    }
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

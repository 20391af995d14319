use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use directory::Rights;
use edge::{Answer, App, Handler, LONGEST_ANSWER, Refused, Request, note_refused};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::{Method, header};
use scim::bulk::{
    self, BulkRequest, LARGEST_BODY, Operation, Outcome, References, Schedule, Target,
};
use scim::{Error, ErrorStatus, ScimType, shown};
use serde_json::Value;
use tokio::time::Instant;

/// Operations under way at once.
pub(crate) const MOST_AT_ONCE: usize = 16;
/// After this time nothing more is begun: what was begun has the rest of the time to end.
pub(crate) const LONGEST_START: Duration = Duration::from_secs(18);
/// By then every operation has its outcome.
pub(crate) const LONGEST_RUN: Duration = LONGEST_ANSWER.saturating_sub(Duration::from_secs(1));

/// POST /Bulk (RFC 7644 §3.7): each operation is a request of its own, with an outcome of its own.
pub(crate) async fn bulk(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let began = Instant::now();
    let read = async {
        if request.body_length() > LARGEST_BODY {
            let detail = format!(
                "The body has {} bytes, and at most {LARGEST_BODY} are taken at once: send several requests.",
                request.body_length()
            );
            return Err(Error::new(ErrorStatus::ContentTooLarge, detail).into());
        }
        Ok(request.json()?)
    };
    let (principal, body) = app.verified(&claim, Rights::ReadAndWrite, read).await?;
    let requested = BulkRequest::from_body(body, principal.settings.dialect)?;
    let references = References::new(&requested, |operation| match &operation.request {
        Ok((_, target)) if target.endpoint == "/Groups" => app.store.new_group_id().to_string(),
        _ => app.store.new_user_id().to_string(),
    });
    let run = Run {
        app,
        request,
        requested: &requested,
        references: &references,
        began,
    };
    let outcomes = run.all().await;
    let processed = requested.operations.iter().zip(outcomes);
    let processed: Vec<_> = processed
        .filter_map(|(operation, outcome)| Some((operation, outcome?)))
        .collect();
    let refused = processed
        .iter()
        .filter(|(_, outcome)| !outcome.is_success());
    let refused = refused.map(|(operation, outcome)| run.refused(operation, outcome));
    note_refused(app, &request.id, refused.collect()).await;
    Ok(Answer::ok(&bulk::response(processed)))
}

/// A bulk request that is being run.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    app: &'a App,
    pub request: &'a Request,
    pub requested: &'a BulkRequest,
    pub references: &'a References,
    pub began: Instant,
}

/// The outcomes of a job, and whether another operation may have been in the way of it.
struct Finished {
    first: usize,
    outcomes: Vec<(usize, Outcome)>,
    is_taken: bool,
}

type Job<'a> = Pin<Box<dyn Future<Output = Finished> + Send + 'a>>;

impl<'a> Run<'a> {
    /// Runs the operations as the schedule allows. Those without an outcome were not processed: `failOnErrors` ended it
    /// before.
    async fn all(self) -> Vec<Option<Outcome>> {
        let operations = &self.requested.operations;
        let mut schedule = Schedule::new(self.requested);
        let mut outcomes: Vec<Option<Outcome>> = operations.iter().map(|_| None).collect();
        let mut running: FuturesUnordered<Job<'a>> = FuturesUnordered::new();
        let mut failed: HashSet<&str> = HashSet::new();
        let most = self.requested.fail_on_errors.unwrap_or(usize::MAX);
        let (mut errors, mut stopped) = (0, false);
        loop {
            // However those under way end, there are never more errors than that.
            let left = if stopped { 0 } else { most - errors };
            while running.len() < MOST_AT_ONCE.min(left)
                && self.began.elapsed() < LONGEST_START
                && let Some(job) = schedule.begin()
            {
                let unresolved = job.iter().find_map(|&index| {
                    let operation = &operations[index];
                    let mut names = self.references.unresolved(operation, &failed);
                    names.pop()
                });
                running.push(Box::pin(self.job(job, unresolved)));
            }
            let Some(finished) = running.next().await else {
                break;
            };
            let first = finished.first;
            if finished.is_taken && schedule.postpone(first) {
                continue;
            }
            schedule.finish(first);
            // Those still under way may all fail. Of a cycle, what is more than that counts as not processed.
            let room = most - running.len();
            for (index, outcome) in finished.outcomes {
                if !outcome.is_success() {
                    failed.extend(operations[index].creates());
                    if errors >= room {
                        stopped = true;
                        continue;
                    }
                    errors += 1;
                }
                outcomes[index] = Some(outcome);
            }
            stopped |= errors >= most;
        }
        if !stopped {
            let error = not_reached();
            let left = outcomes.iter_mut().enumerate();
            let left = left.filter(|(_, outcome)| outcome.is_none());
            for (index, outcome) in left.take(most - errors) {
                *outcome = Some(self.failure(&operations[index], &error));
            }
        }
        outcomes
    }

    /// Operations that belong together: one or, where they refer to each other, a cycle of them.
    async fn job(self, job: Vec<usize>, unresolved: Option<String>) -> Finished {
        let first = job[0];
        if let Some(name) = unresolved {
            let outcomes = job.into_iter().map(|index| {
                let operation = &self.requested.operations[index];
                (index, self.failure(operation, &unresolvable(&name)))
            });
            return Finished {
                first,
                outcomes: outcomes.collect(),
                is_taken: false,
            };
        }
        let [index] = job[..] else {
            return Finished {
                first,
                outcomes: self.cycle(&job).await,
                // What was taken back is not created again: ids are used once.
                is_taken: false,
            };
        };
        let operation = &self.requested.operations[index];
        let (outcome, is_taken) = self.operation(operation, LONGEST_RUN).await;
        Finished {
            first,
            outcomes: vec![(index, outcome)],
            is_taken,
        }
    }

    /// One operation, and whether it met a value that another operation may be about to give up.
    pub(crate) async fn operation(self, operation: &Operation, until: Duration) -> (Outcome, bool) {
        let (method, target) = match &operation.request {
            Ok((method, target)) => (*method, target),
            Err(error) => return (self.failure(operation, error), false),
        };
        let id = target.id.as_deref().map(|id| self.references.resolve(id));
        let new_id = operation
            .creates()
            .and_then(|name| self.references.id(name));
        let single = edge::Operation {
            method: verb(method),
            route: route(target),
            path_parameter: id.map(str::to_owned),
            version: operation.version.clone(),
            body: self.references.replace(operation.data.clone()),
            new_id: new_id.map(str::to_owned),
            takes_back: false,
        };
        let answer = self.answer(target, single, until).await;
        let status = answer.status();
        let version = answer.header(&header::ETAG).map(str::to_owned);
        let location = match answer.header(&header::CONTENT_LOCATION) {
            Some(location) => Some(location.to_owned()),
            None => self.location(operation),
        };
        let response = if status < 400 {
            None
        } else {
            answer.into_body()
        };
        let is_taken = response.as_ref().is_some_and(|body| {
            body["scimType"] == ScimType::Uniqueness.keyword() && status == 409
        });
        let outcome = Outcome {
            status,
            location,
            version,
            response,
        };
        (outcome, is_taken)
    }

    /// The answer to a request; 503 if it is not there by so long after the beginning.
    pub(crate) async fn answer(
        self,
        target: &Target,
        operation: edge::Operation,
        until: Duration,
    ) -> Answer {
        let handler: Handler = match target.endpoint.as_str() {
            "/Groups" => groups::handle,
            _ => users::handle,
        };
        let time = until.saturating_sub(self.began.elapsed());
        let request = self.request.operation(operation);
        edge::answer(self.app, handler, &request, time).await
    }

    pub(crate) fn failure(self, operation: &Operation, error: &Error) -> Outcome {
        Outcome::failed(error, self.location(operation))
    }

    /// What the audit trail is told of an operation that failed.
    fn refused(self, operation: &Operation, outcome: &Outcome) -> Refused {
        let keyword = |body: &Value| body["scimType"].as_str().map(str::to_owned);
        let of_request = (Method::POST, self.request.route().to_owned(), None);
        let (method, route, id) = match &operation.request {
            Ok((method, target)) => (verb(*method), route(target), target.id.as_deref()),
            // It is no request of its own: its verb or its path cannot be.
            Err(_) => of_request,
        };
        Refused {
            method,
            route,
            path_parameter: id.map(|id| self.references.resolve(id).to_owned()),
            status: outcome.status,
            scim_type: outcome.response.as_ref().and_then(keyword),
        }
    }

    /// The URI of the resource that an operation names in its path.
    fn location(self, operation: &Operation) -> Option<String> {
        let (_, target) = operation.request.as_ref().ok()?;
        let id = self.references.resolve(target.id.as_deref()?);
        Some(format!("{}{}/{id}", self.request.base_url, target.endpoint))
    }
}

fn verb(method: bulk::Method) -> Method {
    match method {
        bulk::Method::Post => Method::POST,
        bulk::Method::Put => Method::PUT,
        bulk::Method::Patch => Method::PATCH,
        bulk::Method::Delete => Method::DELETE,
    }
}

/// The path pattern of an operation's target.
fn route(target: &Target) -> String {
    match target.id {
        None => target.endpoint.clone(),
        Some(_) => format!("{}/{{id}}", target.endpoint),
    }
}

pub(crate) fn unresolvable(name: &str) -> Error {
    let name = shown(name);
    Error::new(
        ErrorStatus::Conflict,
        format!("The operation refers to `bulkId:{name}`, which is not created by this request."),
    )
}

pub(crate) fn not_reached() -> Error {
    Error::new(
        ErrorStatus::ServiceUnavailable,
        "The request ran out of time before this operation: send it again.",
    )
}

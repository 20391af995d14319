use std::time::Duration;

use futures_util::{StreamExt, stream};
use http::Method;
use scim::bulk::{Operation, Outcome};

use crate::run::{LONGEST_RUN, LONGEST_START, MOST_AT_ONCE, Run, not_reached, unresolvable};

/// By then what a cycle creates is there: the rest of the time is for taking it back.
const LONGEST_CYCLE: Duration = Duration::from_secs(20);

impl Run<'_> {
    /// Operations that refer to each other: all of them are done, or what was done of them is taken back (RFC 7644
    /// §3.7.1). Users come before groups: a member must exist, but what a user refers to need not.
    pub(crate) async fn cycle(self, job: &[usize]) -> Vec<(usize, Outcome)> {
        let mut outcomes = Vec::with_capacity(job.len());
        let mut broken = None;
        for endpoint in ["/Users", "/Groups"] {
            let mut parts = Vec::new();
            for &index in job {
                if self.endpoint(index) == Some(endpoint) {
                    parts.push(self.part(index));
                }
            }
            let parts = stream::iter(parts).buffer_unordered(MOST_AT_ONCE);
            let done: Vec<_> = parts.collect().await;
            let mut failed = done.iter().filter(|(_, outcome)| !outcome.is_success());
            broken = failed.next().map(|(index, _)| *index);
            outcomes.extend(done);
            if broken.is_some() {
                break;
            }
        }
        if let Some(broken) = broken {
            self.take_back(job, broken, &mut outcomes).await;
        }
        outcomes
    }

    async fn part(self, index: usize) -> (usize, Outcome) {
        let operation = &self.requested.operations[index];
        if self.began.elapsed() >= LONGEST_START {
            return (index, self.failure(operation, &not_reached()));
        }
        (index, self.operation(operation, LONGEST_CYCLE).await.0)
    }

    /// Deletes what was created, and what may have been though its answer was lost. The operation that says why comes
    /// first; the others could not be resolved.
    async fn take_back(self, job: &[usize], broken: usize, outcomes: &mut Vec<(usize, Outcome)>) {
        let operations = &self.requested.operations;
        // Groups first: that a member goes changes a group's version.
        for endpoint in ["/Groups", "/Users"] {
            let mut deletions = Vec::new();
            for (index, outcome) in outcomes.iter() {
                let may_exist = outcome.is_success() || outcome.status >= 500;
                if may_exist && self.endpoint(*index) == Some(endpoint) {
                    deletions.push(self.delete(&operations[*index], outcome));
                }
            }
            let deletions = stream::iter(deletions).buffer_unordered(MOST_AT_ONCE);
            deletions.collect::<()>().await;
        }
        let name = operations[broken].bulk_id.as_deref().unwrap_or_default();
        let error = unresolvable(name);
        outcomes.retain(|(index, outcome)| *index == broken || !outcome.is_success());
        for &index in job {
            if outcomes.iter().all(|(known, _)| *known != index) {
                outcomes.push((index, self.failure(&operations[index], &error)));
            }
        }
        outcomes.sort_by_key(|(index, _)| *index != broken);
    }

    async fn delete(self, operation: &Operation, created: &Outcome) {
        let (Ok((_, target)), Some(name)) = (&operation.request, operation.creates()) else {
            return;
        };
        let delete = edge::Operation {
            method: Method::DELETE,
            route: format!("{}/{{id}}", target.endpoint),
            path_parameter: self.references.id(name).map(str::to_owned),
            version: created.version.clone(),
            body: serde_json::Value::Null,
            new_id: None,
            takes_back: true,
        };
        let answer = self.answer(target, delete, LONGEST_RUN).await;
        // What was not created after all need not be deleted.
        if answer.status() >= 400 && (answer.status() != 404 || created.is_success()) {
            tracing::error!(
                request_id = self.request.id,
                status = answer.status(),
                "a resource of a cycle of references could not be taken back"
            );
        }
    }

    fn endpoint(&self, index: usize) -> Option<&str> {
        let (_, target) = self.requested.operations[index].request.as_ref().ok()?;
        Some(&target.endpoint)
    }
}

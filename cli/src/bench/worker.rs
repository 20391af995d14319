use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde_json::Value;

use super::figures::Figures;
use super::known::{Known, User};
use super::phase::Phase;
use crate::http::{Answer, Client};

/// A phase at which one connection fails so often does not work there.
const MOST_ERRORS: usize = 50;

/// A connection, which sends one request after another.
pub(super) struct Worker {
    client: Client,
    /// Tells what this run creates from what others did.
    pub(super) run: Arc<str>,
    /// Which one of how many.
    pub(super) number: usize,
    pub(super) of: usize,
    /// How many users it tried to create.
    pub(super) tried: usize,
    /// Those it created, who are to be deleted.
    pub(super) created: Vec<User>,
    /// The id of its group, once it has one.
    pub(super) group: Option<String>,
    /// The ids of the users it added to that.
    pub(super) members: Vec<String>,
}

/// When a phase ends.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    requests: usize,
    time: Duration,
}

impl Limit {
    pub fn requests(requests: usize) -> Self {
        Self::either(requests, Duration::MAX)
    }

    pub fn time(time: Duration) -> Self {
        Self::either(usize::MAX, time)
    }

    pub fn either(requests: usize, time: Duration) -> Self {
        Self { requests, time }
    }
}

/// Runs a phase on all connections at once.
pub(super) async fn measure(
    workers: Vec<Worker>,
    phase: Phase,
    known: &Arc<Known>,
    limit: Limit,
) -> (Vec<Worker>, Figures) {
    let work = |worker: Worker| tokio::spawn(worker.work(phase, Arc::clone(known), limit));
    let working: Vec<_> = workers.into_iter().map(work).collect();
    let (mut workers, mut figures) = (Vec::new(), Figures::default());
    for worker in working {
        // It ends by itself, and without a panic.
        if let Ok((worker, its)) = worker.await {
            workers.push(worker);
            figures.merge(its);
        }
    }
    (workers, figures)
}

/// Lets the users that they created stay: who they are, about in the order in which they were created.
pub(super) fn keep_created(workers: &mut [Worker]) -> Vec<User> {
    let created: Vec<_> = workers
        .iter_mut()
        .map(|worker| mem::take(&mut worker.created))
        .collect();
    let most = created.iter().map(Vec::len).max().unwrap_or_default();
    (0..most)
        .flat_map(|turn| created.iter().filter_map(move |its| its.get(turn).cloned()))
        .collect()
}

impl Worker {
    /// One of so many.
    pub fn new(
        base_url: &str,
        token: &SecretString,
        run: &Arc<str>,
        number: usize,
        of: usize,
    ) -> Self {
        Self {
            client: Client::new(base_url.trim_end_matches('/'), token.clone()),
            run: Arc::clone(run),
            number,
            of,
            tried: 0,
            created: Vec::new(),
            group: None,
            members: Vec::new(),
        }
    }

    async fn work(mut self, phase: Phase, known: Arc<Known>, limit: Limit) -> (Self, Figures) {
        let share = limit.requests / self.of + usize::from(self.number < limit.requests % self.of);
        let mut figures = Figures::default();
        let began = Instant::now();
        for turn in 0..share {
            if began.elapsed() >= limit.time || figures.errors >= MOST_ERRORS {
                break;
            }
            match self.turn(phase, &known, turn).await {
                Ok(Some(time)) => figures.times.push(time),
                Ok(None) => break,
                Err(error) => figures.add_error(error),
            }
        }
        figures.elapsed = began.elapsed();
        (self, figures)
    }

    /// Sends a request; the answer, and after what time it was there. Error: there is none, or not with one of these
    /// statuses.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        expected: &[u16],
    ) -> Result<(Answer, Duration), String> {
        let body = body.map(|body| body.to_string());
        let began = Instant::now();
        let answer = self.client.send(method, path, body).await?;
        let time = began.elapsed();
        if expected.contains(&answer.status) {
            return Ok((answer, time));
        }
        let body: Value = answer.read();
        let detail = body["detail"].as_str().unwrap_or("without a detail");
        Err(format!(
            "{method} {path}: it answered {} instead of {}: {detail}",
            answer.status, expected[0]
        ))
    }
}

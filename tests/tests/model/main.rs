//! Many clients at once on one directory, while calls of DynamoDB are held back and go wrong. What they were answered is then
//! held against a model that does one thing after another.
//!
//! Each user and each group by itself could have had its history, with all versions that were shown: the histories are
//! linearizable. Each name was one's at a time. And when all is quiet, everything in the directory agrees.
//!
//! `MUSTER_MODEL_OPERATIONS` says how many operations, `MUSTER_MODEL_SEED` which ones, and which of their calls go wrong. In
//! what order they meet is up to the machine: a failure tells the seed, and the history of what failed.

mod clients;
mod group;
mod history;
mod linear;
mod names;
mod of_groups;
mod of_users;
mod user;

use std::sync::{Arc, Mutex};

use directory::Repair;
use end_to_end::instrument::{Fault, Weather};
use end_to_end::{Api, Chance};

use clients::{Actor, Shared};
use linear::Event;
use user::{User, UserOperation};

const CLIENTS: usize = 12;
/// Users who are there from the beginning to the end.
const STEADY: usize = 60;

const STORM: Weather = Weather {
    paused: 300,
    faults: &[
        (Fault::Unanswered, 8),
        (Fault::Unsent, 8),
        (Fault::Throttled, 8),
        (Fault::Conflict, 20),
        (Fault::Unprocessed, 10),
        (Fault::EndsBefore, 1),
        (Fault::EndsAfter, 2),
    ],
};

#[expect(
    clippy::disallowed_methods,
    reason = "the switches by which whoever runs the tests says how many operations, and which"
)]
fn set(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_are_answered_as_if_one_came_after_another() {
    run(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_are_they_while_many_memberships_change_at_once() {
    run(true).await;
}

async fn run(large: bool) {
    let (operations, seed) = (
        set("MUSTER_MODEL_OPERATIONS", 2_000),
        set("MUSTER_MODEL_SEED", 1),
    );
    // Two tests share them.
    let operations = usize::try_from(operations).unwrap() / 2;
    let api = Api::start().await;
    let shared = Arc::new(Mutex::new(Shared::default()));
    let steady = api.seed(STEADY).await;
    for (number, id) in steady.iter().enumerate() {
        let name = format!("user-{}@example.com", number + 1);
        let user = User {
            version: 1,
            name,
            title: "Member".to_owned(),
        };
        let event = Event {
            client: CLIENTS,
            begin: 0,
            end: Some(0),
            operation: UserOperation::Create(user),
        };
        shared.lock().unwrap().history.user(id, event);
    }
    shared.lock().unwrap().steady = steady;
    api.calls.weather(STORM, seed);
    api.changes.weather(
        Weather {
            faults: &STORM.faults[..5],
            ..STORM
        },
        seed,
    );
    let clients = (0..CLIENTS).map(|number| {
        let mut actor = Actor {
            number,
            client: api.client(),
            chance: Chance::new(seed ^ (number as u64 + 1) << 32),
            shared: Arc::clone(&shared),
            large,
            count: 0,
        };
        tokio::spawn(async move {
            for _ in 0..operations / CLIENTS {
                actor.act().await;
            }
            actor
        })
    });
    let mut actors = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        actors.push(client.await.expect("a client goes on to its end"));
    }
    api.calls.clear();
    api.changes.clear();
    api.settled().await;
    let mut last = actors.remove(0);
    last.list_users().await;
    last.list_groups().await;
    drop((actors, last));

    let shared = Arc::into_inner(shared).expect("all clients are gone");
    let history = shared.into_inner().unwrap().history;
    assert!(
        history.len() >= operations / 2,
        "{} of {operations}",
        history.len()
    );
    history.check(large, seed);

    let report = api.check(Repair::No).await;
    assert_eq!(report.findings, [], "seed {seed}");
    assert_eq!((report.pending, report.undecided), (0, 0), "seed {seed}");
}

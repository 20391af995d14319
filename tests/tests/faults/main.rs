//! The fault matrix: requests that write users, groups and what administrators make (but for credentials, whose issue is not repeatable),
//! with every fault at each of their calls of DynamoDB. Whatever happens, a request is done
//! whole or not at all, nothing contradicts anything once everything has followed, and the client's repetition ends in the state of one
//! success. While it is paused at a call, others may do what they like: it is as if one had come after the other. And whichever
//! condition of a write does not hold any more when it is sent, the write does nothing.

mod contents;
mod operations;
mod unmet;
mod world;

use end_to_end::Response;
use end_to_end::instrument::{Call, Extent, Fault};
use serde_json::Value;

use operations::{ADMINISTRATORS, GROUPS, LARGE, OTHERS, Operation, SPREAD, SPREADING, USERS};
use world::{FEW, MANY, VERY_MANY, World};

/// What can happen to a call that reads. That its answer is lost is as if it had not been sent, and that the function ends after it as if
/// it had ended before; one attempt that fails the SDK makes good.
const OF_READING: &[(Fault, Extent)] = &[
    (Fault::Unsent, Extent::Call),
    (Fault::Throttled, Extent::Call),
    (Fault::Conflict, Extent::Attempt),
    (Fault::Conflict, Extent::Rest),
    (Fault::Unprocessed, Extent::Attempt),
    (Fault::Unprocessed, Extent::Rest),
    (Fault::EndsBefore, Extent::Attempt),
];

/// What can happen to a call that writes.
const OF_WRITING: &[(Fault, Extent)] = &[
    (Fault::Unsent, Extent::Call),
    (Fault::Unsent, Extent::Rest),
    (Fault::Unanswered, Extent::Attempt),
    (Fault::Unanswered, Extent::Call),
    (Fault::Unanswered, Extent::Rest),
    (Fault::Throttled, Extent::Call),
    (Fault::Throttled, Extent::Rest),
    (Fault::Conflict, Extent::Attempt),
    (Fault::Conflict, Extent::Rest),
    (Fault::EndsBefore, Extent::Attempt),
    (Fault::EndsAfter, Extent::Attempt),
];

/// What can happen to a call.
fn faults(call: &Call) -> impl Iterator<Item = (Fault, Extent)> {
    let faults = if call.is_write() {
        OF_WRITING
    } else {
        OF_READING
    };
    let faults = faults.iter().copied();
    faults.filter(|(fault, _)| fault.concerns(&call.operation))
}

/// What was tried, and what is wrong with it.
#[derive(Default)]
struct Cases {
    count: usize,
    wrong: Vec<String>,
}

impl Cases {
    fn note(&mut self, case: &str, outcome: Result<(), String>) {
        self.count += 1;
        if let Err(wrong) = outcome {
            self.wrong.push(format!("{case}: {wrong}"));
        }
    }

    fn check(self) {
        let (count, wrong) = (self.count, self.wrong);
        assert!(count > 0);
        assert!(
            wrong.is_empty(),
            "{} of {count} cases:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
}

/// An operation in its world, and what it does undisturbed.
struct Subject<'a> {
    operation: &'a Operation,
    world: World,
    before: Value,
    after: Value,
    calls: Vec<Call>,
    /// The calls of the function `changes`, of its first invocation after it.
    following: Vec<Call>,
}

impl<'a> Subject<'a> {
    async fn new(operation: &'a Operation, crowd: usize) -> Self {
        let world = World::new(operation.settings, crowd).await;
        let before = world.contents().await.expect("no contradiction");
        world.api.calls.record();
        world.api.changes.record();
        let answer = (operation.perform)(&world).await;
        let calls = world.api.calls.recorded();
        assert_eq!(answer.status, operation.status, "{answer:?}");
        let after = world.contents().await.expect("no contradiction");
        let mut following = world.api.changes.recorded();
        let first = following.first().and_then(|call| call.function);
        following.retain(|call| call.function == first);
        world.restore().await;
        assert_ne!(before, after, "it changes something");
        Self {
            operation,
            world,
            before,
            after,
            calls,
            following,
        }
    }

    /// Performs it with a fault, and again; the error is what is wrong.
    async fn check(&self, call: usize, fault: Fault, extent: Extent) -> Result<(), String> {
        let (world, operation) = (&self.world, self.operation);
        let laid = world.api.calls.lay(call, fault, extent);
        let answer = (operation.perform)(world).await;
        let times = laid.times();
        drop(laid);
        if times == 0 {
            return Err("the fault did not occur".to_owned());
        }
        let state = world.contents().await?;
        let (is_done, is_undone) = (state == self.after, state == self.before);
        let is_after_the_write = self.calls[..call - 1].iter().any(Call::is_write);
        let has_effect = is_after_the_write
            || !matches!(fault, Fault::Unsent | Fault::Throttled | Fault::Conflict);
        let ends = matches!(fault, Fault::EndsBefore | Fault::EndsAfter);
        let is_right = if answer.status == operation.status {
            is_done
        } else if extent == Extent::Attempt && !ends {
            // The SDK or the product itself makes one attempt good.
            false
        } else {
            let is_whole = is_undone || is_done && has_effect || operation.goes_on;
            is_refusal_for_now(&answer) && is_whole
        };
        if !is_right {
            return Err(format!(
                "done: {is_done}, undone: {is_undone}: {} {}",
                answer.status, answer.body
            ));
        }
        let again = (operation.perform)(world).await;
        let state = world.contents().await?;
        let is_right =
            again.status == operation.status || is_done && again.status == operation.again;
        if !is_right || state != self.after {
            return Err(format!(
                "done: {is_done}, repeated: {} {}",
                again.status, again.body
            ));
        }
        Ok(())
    }

    /// Pauses it at a call, and lets another do all of his.
    async fn check_paused(
        &self,
        call: usize,
        other: &Operation,
        one_after_the_other: &[Outcome; 2],
    ) -> Result<(), String> {
        let (world, operation) = (&self.world, self.operation);
        let laid = world.api.calls.lay(call, Fault::Paused, Extent::Attempt);
        let meanwhile = async {
            laid.reached().await;
            let answer = (other.perform)(world).await;
            laid.release();
            answer
        };
        let (answer, others) = tokio::join!((operation.perform)(world), meanwhile);
        drop(laid);
        let outcome = (answer.status, others.status, world.contents().await?);
        if one_after_the_other.contains(&outcome) {
            return Ok(());
        }
        let statuses = one_after_the_other.each_ref().map(|it| (it.0, it.1));
        Err(format!(
            "{} and {}, one after the other {statuses:?}: {} {:#}",
            answer.status, others.status, answer.body, outcome.2
        ))
    }

    /// Performs it, with a fault in what follows from it: Lambda gives the function `changes` the same records again.
    async fn check_what_follows(
        &self,
        call: usize,
        fault: Fault,
        extent: Extent,
    ) -> Result<(), String> {
        let (world, operation) = (&self.world, self.operation);
        let asked = &self.following[call - 1].operation;
        let until_it = self.following[..call].iter();
        let number = until_it.filter(|it| it.operation == *asked).count();
        let laid = world.api.changes.lay_among(asked, number, fault, extent);
        let answer = (operation.perform)(world).await;
        let state = world.contents().await?;
        if laid.times() == 0 {
            return Err("the fault did not occur".to_owned());
        }
        if answer.status != operation.status || state != self.after {
            return Err(format!("{} {} {state:#}", answer.status, answer.body));
        }
        Ok(())
    }

    /// What comes of it and another, one after the other, in both orders.
    async fn one_after_the_other(&self, other: &Operation) -> Result<[Outcome; 2], String> {
        let (world, operation) = (&self.world, self.operation);
        let first = (operation.perform)(world).await.status;
        let second = (other.perform)(world).await.status;
        let as_first = (first, second, world.contents().await?);
        world.restore().await;
        let first = (other.perform)(world).await.status;
        let second = (operation.perform)(world).await.status;
        let as_second = (second, first, world.contents().await?);
        world.restore().await;
        Ok([as_first, as_second])
    }
}

/// The status of an operation, that of another, and what the directory is after both.
type Outcome = (u16, u16, Value);

/// What a client may take for a reason to come again.
fn is_refusal_for_now(answer: &Response) -> bool {
    let says_when = answer.header("retry-after").parse::<u32>().is_ok();
    matches!(answer.status, 429 | 503) && says_when
}

/// Of the cases one in so many, for they are very many; with `MUSTER_FAULTS_EVERY=1`, as in `.ci/run`, all of them are tried.
struct Choice {
    one_in: usize,
    number: usize,
}

impl Choice {
    fn new() -> Self {
        Self {
            one_in: end_to_end::how_many("MUSTER_FAULTS_EVERY", 6),
            number: 0,
        }
    }

    fn takes_the_next(&mut self) -> bool {
        self.number += 1;
        self.number.is_multiple_of(self.one_in)
    }
}

async fn every_fault(operations: &[Operation], crowd: usize) {
    end_to_end::without_waiting();
    let (mut cases, mut choice) = (Cases::default(), Choice::new());
    for operation in operations {
        let subject = Subject::new(operation, crowd).await;
        for (index, call) in subject.calls.iter().enumerate() {
            for (fault, extent) in faults(call) {
                if !choice.takes_the_next() {
                    continue;
                }
                let (name, asked) = (operation.name, &call.operation);
                let case = format!("{name}: {fault:?} ({extent:?}) at call {index}, {asked}");
                cases.note(&case, subject.check(index + 1, fault, extent).await);
                subject.world.restore().await;
            }
        }
    }
    cases.check();
}

async fn every_pause(operations: &[Operation]) {
    end_to_end::without_waiting();
    let (mut cases, mut choice) = (Cases::default(), Choice::new());
    for operation in operations {
        let subject = Subject::new(operation, 0).await;
        for other in OTHERS {
            if !choice.takes_the_next() {
                continue;
            }
            let sequences = subject.one_after_the_other(other).await;
            let sequences = sequences.expect("no contradiction");
            for (index, call) in subject.calls.iter().enumerate() {
                // The directory itself does not change meanwhile.
                if call.items == ["directory"] {
                    continue;
                }
                let (name, other_name) = (operation.name, other.name);
                let case = format!("{name}, paused at call {index} for {other_name}");
                let outcome = subject.check_paused(index + 1, other, &sequences).await;
                cases.note(&case, outcome);
                subject.world.restore().await;
            }
        }
    }
    cases.check();
}

#[tokio::test]
async fn whatever_happens_to_a_change_of_a_user_it_is_done_or_not() {
    every_fault(USERS, 0).await;
}

#[tokio::test]
async fn whatever_happens_to_a_change_of_a_group_it_is_done_or_not() {
    every_fault(GROUPS, 0).await;
}

#[tokio::test]
async fn whatever_happens_to_what_administrators_do_it_is_done_or_not() {
    every_fault(ADMINISTRATORS, 0).await;
}

#[tokio::test]
async fn whatever_happens_to_a_large_change_it_is_done_or_not() {
    every_fault(LARGE, FEW).await;
}

#[tokio::test]
async fn whatever_happens_while_a_large_group_is_spread_it_is_done_or_not() {
    every_fault(SPREADING, MANY + 10).await;
}

#[tokio::test]
async fn whatever_happens_to_what_follows_from_a_large_change_it_follows() {
    end_to_end::without_waiting();
    let (mut cases, mut choice) = (Cases::default(), Choice::new());
    for operation in LARGE {
        let subject = Subject::new(operation, FEW).await;
        for (index, call) in subject.following.iter().enumerate() {
            for (fault, extent) in faults(call) {
                if !choice.takes_the_next() {
                    continue;
                }
                let (name, asked) = (operation.name, &call.operation);
                let case = format!("{name}: {fault:?} ({extent:?}) at call {index}, {asked}");
                let outcome = subject.check_what_follows(index + 1, fault, extent).await;
                cases.note(&case, outcome);
                subject.world.restore().await;
            }
        }
    }
    cases.check();
}

#[tokio::test]
async fn a_change_of_a_user_comes_before_or_after_anothers() {
    every_pause(USERS).await;
}

#[tokio::test]
async fn a_change_of_a_group_comes_before_or_after_anothers() {
    every_pause(GROUPS).await;
}

async fn every_condition(operations: &[Operation], crowd: usize) {
    end_to_end::without_waiting();
    let mut cases = Cases::default();
    for operation in operations {
        let subject = Subject::new(operation, crowd).await;
        subject.check_conditions(&mut cases).await;
    }
    cases.check();
}

#[tokio::test]
async fn a_change_of_a_user_is_on_conditions() {
    every_condition(USERS, 0).await;
}

#[tokio::test]
async fn a_change_of_a_group_is_on_conditions() {
    every_condition(GROUPS, 0).await;
}

#[tokio::test]
async fn what_administrators_do_is_on_conditions() {
    every_condition(ADMINISTRATORS, 0).await;
}

#[tokio::test]
async fn a_large_change_is_on_conditions() {
    every_condition(LARGE, FEW).await;
}

#[tokio::test]
async fn a_large_group_is_spread_on_conditions() {
    every_condition(SPREADING, MANY + 10).await;
}

#[tokio::test]
async fn a_change_of_a_spread_group_is_on_conditions() {
    every_condition(SPREAD, VERY_MANY).await;
}

#[tokio::test]
async fn what_follows_from_a_large_change_is_on_conditions() {
    end_to_end::without_waiting();
    let mut cases = Cases::default();
    for operation in LARGE {
        let subject = Subject::new(operation, FEW).await;
        subject.check_conditions_of_what_follows(&mut cases).await;
    }
    cases.check();
}

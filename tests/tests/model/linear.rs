//! Whether a history could have happened one operation after another.
//!
//! The search is that of Wing and Gong, with Lowe's memory of what was tried: an operation may be the next one if none that
//! is still to come had ended before it began.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};

/// An operation with its answer, and when it was under way.
#[derive(Clone, Debug)]
pub struct Event<O> {
    pub client: usize,
    pub begin: u64,
    /// None if nobody knows whether it takes effect: it may at any later time, or never.
    pub end: Option<u64>,
    pub operation: O,
}

/// A thing that takes one operation after another.
pub trait Model {
    type Operation: Debug;
    type State: Clone + Eq + Hash + Debug;

    /// What the thing can be after an operation that was answered so; nothing if it cannot have been answered so.
    fn after(&self, state: &Self::State, operation: &Self::Operation) -> Vec<Self::State>;

    /// Whether an operation cannot be answered so any more, whatever else happens first: what was shown is older.
    fn is_over(&self, _state: &Self::State, _operation: &Self::Operation) -> bool {
        false
    }
}

/// An order in which the operations could have happened: which one, and what the thing was after it.
pub type Order<S> = Vec<(usize, S)>;

/// One step of the search: what was tried, and what is left to try.
struct Step<S> {
    event: Option<usize>,
    state: S,
    /// What could be next, the best last.
    next: Vec<(usize, S)>,
}

/// Beginnings that are tried; a history that could have been needs few more than it has events.
const MOST_TRIED: usize = 1_000_000;

/// An order in which all events with an end happened, each within its time. Error: the longest beginning that was found, when
/// there is no order, or none was found among so many.
pub fn linearize<M: Model>(
    model: &M,
    initial: M::State,
    events: &[Event<M::Operation>],
) -> Result<Order<M::State>, Order<M::State>> {
    let mut by_begin: Vec<_> = (0..events.len()).collect();
    by_begin.sort_by_key(|&event| events[event].begin);
    let definite = events.iter().filter(|event| event.end.is_some()).count();
    let mut search = Search {
        model,
        events,
        by_begin,
        done: vec![false; events.len()],
        fingerprint: 0,
        left: definite,
        tried: HashSet::new(),
    };
    let next = search.next(&initial);
    let mut steps = vec![Step {
        event: None,
        state: initial,
        next,
    }];
    let mut longest = Vec::new();
    loop {
        if search.left == 0 {
            return Ok(order(&steps));
        }
        let Some(step) = steps.last_mut().filter(|_| search.tried.len() < MOST_TRIED) else {
            return Err(longest);
        };
        if let Some((event, state)) = step.next.pop() {
            search.mark(event, true);
            if search.is_new(&state) {
                let next = search.next(&state);
                steps.push(Step {
                    event: Some(event),
                    state,
                    next,
                });
                if steps.len() > longest.len() + 1 {
                    longest = order(&steps);
                }
            } else {
                search.mark(event, false);
            }
        } else if let Some(event) = steps.pop().and_then(|step| step.event) {
            search.mark(event, false);
        }
    }
}

fn order<S: Clone>(steps: &[Step<S>]) -> Order<S> {
    let done = steps
        .iter()
        .filter_map(|step| Some((step.event?, step.state.clone())));
    done.collect()
}

struct Search<'a, M: Model> {
    model: &'a M,
    events: &'a [Event<M::Operation>],
    by_begin: Vec<usize>,
    done: Vec<bool>,
    /// Of what is done.
    fingerprint: u64,
    /// How many events with an end are still to come.
    left: usize,
    tried: HashSet<(u64, u64)>,
}

impl<M: Model> Search<'_, M> {
    fn mark(&mut self, event: usize, done: bool) {
        self.done[event] = done;
        self.fingerprint ^= hash(&event);
        if self.events[event].end.is_some() {
            self.left = if done { self.left - 1 } else { self.left + 1 };
        }
    }

    fn is_new(&mut self, state: &M::State) -> bool {
        self.tried.insert((self.fingerprint, hash(state)))
    }

    fn next(&mut self, state: &M::State) -> Vec<(usize, M::State)> {
        let mut earliest_end = u64::MAX;
        let mut candidates = Vec::new();
        for &event in &self.by_begin {
            let Event { begin, end, .. } = self.events[event];
            if begin > earliest_end {
                break;
            }
            if !self.done[event] {
                earliest_end = earliest_end.min(end.unwrap_or(u64::MAX));
                candidates.push(event);
            }
        }
        candidates.retain(|&event| self.events[event].begin <= earliest_end);
        let is_over = |&event: &usize| {
            let Event { end, operation, .. } = &self.events[event];
            end.is_some() && self.model.is_over(state, operation)
        };
        if candidates.iter().any(is_over) {
            return Vec::new();
        }
        // What ended first is tried first, and what may never have happened last.
        candidates
            .sort_by_key(|&event| std::cmp::Reverse(self.events[event].end.unwrap_or(u64::MAX)));
        let mut next = Vec::new();
        for event in candidates {
            let is_optional = self.events[event].end.is_none();
            for after in self.model.after(state, &self.events[event].operation) {
                // What may never have happened and would change nothing is left out.
                if !is_optional || after != *state {
                    next.push((event, after));
                }
            }
        }
        next
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A history that cannot have happened, for whoever reads it.
pub struct Impossible<'a, O, S> {
    pub events: &'a [Event<O>],
    pub longest: Order<S>,
}

impl<O: Debug, S: Debug> fmt::Display for Impossible<'_, O, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 30;
        let skipped = self.longest.len().saturating_sub(SHOWN);
        writeln!(
            formatter,
            "The longest order that could be, its last steps:"
        )?;
        for (event, state) in &self.longest[skipped..] {
            let Event {
                client,
                begin,
                end,
                operation,
            } = &self.events[*event];
            writeln!(
                formatter,
                "  {begin}..{end:?} client {client}: {operation:?}\n    => {state:?}"
            )?;
        }
        writeln!(formatter, "And what does not come after it:")?;
        let done: HashSet<_> = self.longest.iter().map(|(event, _)| *event).collect();
        let mut left: Vec<_> = (0..self.events.len())
            .filter(|event| !done.contains(event))
            .collect();
        left.sort_by_key(|&event| self.events[event].begin);
        for event in left.into_iter().take(SHOWN) {
            let Event {
                client,
                begin,
                end,
                operation,
            } = &self.events[event];
            writeln!(
                formatter,
                "  {begin}..{end:?} client {client}: {operation:?}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that is written and read.
    struct Register;

    #[derive(Debug)]
    enum Access {
        Write(u8),
        Read(u8),
    }

    impl Model for Register {
        type Operation = Access;
        type State = u8;

        fn after(&self, state: &u8, operation: &Access) -> Vec<u8> {
            match operation {
                Access::Write(value) => vec![*value],
                Access::Read(value) => (value == state).then_some(*state).into_iter().collect(),
            }
        }
    }

    fn check(events: Vec<(u64, Option<u64>, Access)>, possible: bool) {
        let event = |(begin, end, operation)| Event {
            client: 0,
            begin,
            end,
            operation,
        };
        let events: Vec<_> = events.into_iter().map(event).collect();
        assert_eq!(
            linearize(&Register, 0, &events).is_ok(),
            possible,
            "{events:?}"
        );
    }

    #[test]
    fn what_could_have_been_and_what_not() {
        use Access::{Read, Write};
        check(vec![], true);
        check(vec![(1, Some(2), Write(1)), (3, Some(4), Read(1))], true);
        // It was over, and is not seen.
        check(vec![(1, Some(2), Write(1)), (3, Some(4), Read(0))], false);
        // It was under way: either is right, but not first the new and then the old value.
        check(
            vec![
                (1, Some(5), Write(1)),
                (2, Some(3), Read(0)),
                (4, Some(6), Read(1)),
            ],
            true,
        );
        check(
            vec![
                (1, Some(6), Write(1)),
                (2, Some(3), Read(1)),
                (4, Some(5), Read(0)),
            ],
            false,
        );
        // Of what was never answered nobody knows.
        check(
            vec![
                (1, None, Write(1)),
                (3, Some(4), Read(0)),
                (5, Some(6), Read(1)),
            ],
            true,
        );
        check(
            vec![
                (1, None, Write(1)),
                (3, Some(4), Read(1)),
                (5, Some(6), Read(0)),
            ],
            false,
        );
        check(vec![(3, None, Write(1)), (1, Some(2), Read(1))], false);
    }
}

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;

use crate::history::{NameEvent, folded};
use crate::linear::{Event, Impossible, Model, Order, linearize};
use crate::user::Life;

/// What happens to a name.
#[derive(Clone, Debug)]
pub enum NameOperation {
    Taken(String),
    GivenUp(String),
    /// It was refused to somebody, this one or somebody new.
    Refused(Option<String>),
}

/// One name: it is nobody's, or somebody's.
struct Name;

impl Model for Name {
    type Operation = NameOperation;
    type State = Option<String>;

    fn after(&self, state: &Option<String>, operation: &NameOperation) -> Vec<Option<String>> {
        let next = match operation {
            NameOperation::Taken(id) => state.is_none().then(|| Some(id.clone())),
            NameOperation::GivenUp(id) => (state.as_ref() == Some(id)).then_some(None),
            NameOperation::Refused(id) => (state.is_some() && state != id).then(|| state.clone()),
        };
        next.into_iter().collect()
    }
}

/// The histories of all names.
#[derive(Default)]
pub struct Names(BTreeMap<String, Vec<NameEvent>>);

impl Names {
    /// A name was refused to somebody new.
    pub fn refused(&mut self, event: &Event<String>) {
        self.note(
            &event.operation,
            event,
            event.end,
            NameOperation::Refused(None),
        );
    }

    /// What a resource did with names, in the order in which it can have been.
    pub fn of<O, T>(
        &mut self,
        id: &str,
        events: &[Event<O>],
        order: &Order<Life<T>>,
        name: impl Fn(&T) -> &String,
        refused: impl Fn(&O) -> Option<String>,
        attempted: impl Fn(&O) -> Option<String>,
    ) {
        // Of changes that were never answered the order has some, where it could have had others: whoever is not in it may
        // have had the name for a while too.
        let placed: HashSet<_> = order.iter().map(|(event, _)| *event).collect();
        let left = (0..events.len()).filter(|event| !placed.contains(event));
        for event in left.map(|event| &events[event]) {
            if let Some(name) = attempted(&event.operation) {
                self.note(&name, event, None, NameOperation::Taken(id.to_owned()));
                self.note(&name, event, None, NameOperation::GivenUp(id.to_owned()));
            }
        }
        // Before what follows it.
        let mut latest = u64::MAX;
        let mut ends = Vec::new();
        for (event, _) in order.iter().rev() {
            latest = latest.min(events[*event].end.unwrap_or(u64::MAX));
            ends.push(latest);
        }
        ends.reverse();
        let mut had: Option<String> = None;
        // Whether it may have had another name: the change to this one was never answered, and perhaps was not made.
        let mut is_uncertain = false;
        for ((event, state), end) in order.iter().zip(ends) {
            let event = &events[*event];
            let has = state.alive().map(|it| folded(name(it)));
            if had != has {
                let certain = (event.end.is_some() && end < u64::MAX).then_some(end);
                if let Some(had) = &had {
                    let end = certain.filter(|_| !is_uncertain);
                    self.note(had, event, end, NameOperation::GivenUp(id.to_owned()));
                }
                if let Some(has) = &has {
                    self.note(has, event, certain, NameOperation::Taken(id.to_owned()));
                }
                is_uncertain = certain.is_none();
            }
            if let Some(name) = refused(&event.operation) {
                self.note(
                    &name,
                    event,
                    event.end,
                    NameOperation::Refused(Some(id.to_owned())),
                );
            }
            had = has;
        }
    }

    fn note<O>(
        &mut self,
        name: &str,
        event: &Event<O>,
        end: Option<u64>,
        operation: NameOperation,
    ) {
        let &Event { client, begin, .. } = event;
        self.0.entry(folded(name)).or_default().push(Event {
            client,
            begin,
            end,
            operation,
        });
    }

    /// # Panics
    /// If two had a name at once, or it was refused and nobody had it.
    pub fn check(&self, attribute: &str, seed: u64) {
        for (name, events) in &self.0 {
            if let Err(longest) = linearize(&Name, None, events) {
                panic!(
                    "seed {seed}: the {attribute} `{name}` was not one's at a time.\n{}",
                    Impossible { events, longest }
                );
            }
        }
    }
}

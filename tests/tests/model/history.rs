use std::collections::BTreeMap;
use std::fmt::Debug;

use scim::fold;

use crate::group::{Edit, Group, GroupOperation, Groups, Members};
use crate::linear::{Event, Impossible, Model, Order, linearize};
use crate::names::{NameOperation, Names};
use crate::user::{Answer, Life, User, UserOperation, Users};

/// A creation of which nobody knows whether it took effect.
#[derive(Clone, Debug)]
pub struct Unsure<T> {
    pub client: usize,
    pub begin: u64,
    pub created: T,
}

impl<T> Unsure<T> {
    /// Before anybody saw what it made.
    fn before<O>(self, events: &[Event<O>], create: impl Fn(T) -> O) -> Event<O> {
        Event {
            client: self.client,
            begin: self.begin,
            end: events.iter().filter_map(|event| event.end).min(),
            operation: create(self.created),
        }
    }
}

/// All that was done and answered, by resource.
#[derive(Default)]
pub struct History {
    clock: u64,
    pub users: BTreeMap<String, Vec<Event<UserOperation>>>,
    pub groups: BTreeMap<String, Vec<Event<GroupOperation>>>,
    /// Unique values that were refused to somebody new.
    refused_users: Vec<Event<String>>,
    refused_groups: Vec<Event<String>>,
    /// By the `externalId`, which tells who created a resource.
    pub unsure_users: BTreeMap<String, Unsure<User>>,
    pub unsure_groups: BTreeMap<String, Unsure<Group>>,
    /// Ids by the `externalId` with which they were listed.
    pub listed_users: BTreeMap<String, String>,
    pub listed_groups: BTreeMap<String, String>,
    /// The users' ids by small numbers.
    numbers: BTreeMap<String, u32>,
}

impl History {
    /// Now: every moment is later than the one before it.
    pub fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    pub fn number(&mut self, user: &str) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap();
        *self.numbers.entry(user.to_owned()).or_insert(next)
    }

    pub fn user(&mut self, id: &str, event: Event<UserOperation>) {
        self.users.entry(id.to_owned()).or_default().push(event);
    }

    pub fn group(&mut self, id: &str, event: Event<GroupOperation>) {
        self.groups.entry(id.to_owned()).or_default().push(event);
    }

    pub fn refuse_user(&mut self, event: Event<String>) {
        self.refused_users.push(event);
    }

    pub fn refuse_group(&mut self, event: Event<String>) {
        self.refused_groups.push(event);
    }

    /// Creations that were never answered and took effect: what they made was seen in a list.
    fn recognise_creations(&mut self) {
        for (external_id, id) in std::mem::take(&mut self.listed_users) {
            if let Some(unsure) = self.unsure_users.remove(&external_id) {
                let events = self.users.entry(id).or_default();
                let event = unsure.before(events, UserOperation::Create);
                events.push(event);
            }
        }
        for (external_id, id) in std::mem::take(&mut self.listed_groups) {
            if let Some(unsure) = self.unsure_groups.remove(&external_id) {
                let events = self.groups.entry(id).or_default();
                let event = unsure.before(events, GroupOperation::Create);
                events.push(event);
            }
        }
    }

    /// How many operations were answered.
    pub fn len(&self) -> usize {
        self.users.values().map(Vec::len).sum::<usize>()
            + self.groups.values().map(Vec::len).sum::<usize>()
    }

    /// Whether each resource could have been so by itself, and each name have been somebody's at a time.
    ///
    /// # Panics
    /// With the history of the resource that cannot have been so.
    pub fn check(mut self, late: bool, seed: u64) {
        self.recognise_creations();
        self.forget_deleted_members(late);
        let (mut user_names, mut group_names) = (Names::default(), Names::default());
        for event in &self.refused_users {
            user_names.refused(event);
        }
        for event in &self.refused_groups {
            group_names.refused(event);
        }
        for (id, events) in &self.users {
            let order = check_one(&Users, &format!("user {id}"), events, seed);
            user_names.of(
                id,
                events,
                &order,
                |user| &user.name,
                |operation| match operation {
                    UserOperation::Change {
                        name,
                        answer: Answer::Taken,
                        ..
                    } => name.clone(),
                    _ => None,
                },
                |operation| match operation {
                    UserOperation::Change {
                        name,
                        answer: Answer::Unknown,
                        ..
                    } => name.clone(),
                    _ => None,
                },
            );
        }
        let model = Groups { late };
        for (id, events) in &self.groups {
            let order = check_one(&model, &format!("group {id}"), events, seed);
            group_names.of(
                id,
                events,
                &order,
                |group| &group.name,
                |operation| match operation {
                    GroupOperation::Change {
                        edit: Edit::Rename(name) | Edit::Replace(name, _),
                        answer: Answer::Taken,
                        ..
                    } => Some(name.clone()),
                    _ => None,
                },
                |operation| match operation {
                    GroupOperation::Change {
                        edit: Edit::Rename(name) | Edit::Replace(name, _),
                        answer: Answer::Unknown,
                        ..
                    } => Some(name.clone()),
                    _ => None,
                },
            );
        }
        user_names.check("userName", seed);
        group_names.check("displayName", seed);
    }

    /// Whoever was deleted is no member of any group any more: at once, unless a large change is under way.
    fn forget_deleted_members(&mut self, late: bool) {
        let mut deletions = Vec::new();
        for (id, events) in &self.users {
            for event in events {
                let UserOperation::Delete { answer, .. } = &event.operation else {
                    continue;
                };
                let Some(&user) = self.numbers.get(id) else {
                    continue;
                };
                match answer {
                    Answer::Done(()) if late => deletions.push((
                        user,
                        Event {
                            end: None,
                            ..forget(event, user)
                        },
                    )),
                    Answer::Done(()) | Answer::Unknown => {
                        deletions.push((user, forget(event, user)));
                    }
                    _ => {}
                }
            }
        }
        for events in self.groups.values_mut() {
            let mut ever = Members::new();
            for event in events.iter() {
                match &event.operation {
                    GroupOperation::Create(group) => ever.extend(&group.members),
                    GroupOperation::Change {
                        edit: Edit::Add(users) | Edit::Replace(_, users),
                        ..
                    } => ever.extend(users),
                    _ => {}
                }
            }
            let forgotten = deletions.iter().filter(|(user, _)| ever.contains(user));
            events.extend(forgotten.map(|(_, event)| event.clone()));
        }
    }
}

fn forget<O>(event: &Event<O>, user: u32) -> Event<GroupOperation> {
    Event {
        client: event.client,
        begin: event.begin,
        end: event.end,
        operation: GroupOperation::Forget(user),
    }
}

fn check_one<T, M>(
    model: &M,
    what: &str,
    events: &[Event<M::Operation>],
    seed: u64,
) -> Order<Life<T>>
where
    M: Model<State = Life<T>>,
    T: Clone + Debug,
{
    linearize(model, Life::Unborn, events).unwrap_or_else(|longest| {
        panic!(
            "seed {seed}: no order was found in which the history of {what} could have happened.\n{}",
            Impossible { events, longest }
        )
    })
}

/// What a name's history is made of.
pub fn folded(name: &str) -> String {
    fold(name).into_owned()
}

pub type NameEvent = Event<NameOperation>;

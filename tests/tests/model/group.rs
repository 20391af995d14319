use std::collections::BTreeSet;

use scim::fold;

use crate::linear::Model;
use crate::user::{Answer, Life, deleted};

/// Users, by small numbers.
pub type Members = BTreeSet<u32>;

/// A group as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    pub version: u64,
    pub name: String,
    /// Who created the group gave it one; a PUT, which has none here, takes it away.
    pub external_id: Option<String>,
    pub members: Members,
}

/// A group as it is shown, perhaps without its members.
#[derive(Clone, Debug)]
pub struct ShownGroup {
    pub version: u64,
    pub name: String,
    pub external_id: Option<String>,
    pub members: Option<Members>,
}

impl ShownGroup {
    fn shows(&self, group: &Group) -> bool {
        let members = self.members.as_ref();
        let document = (self.version, &self.name, &self.external_id);
        document == (group.version, &group.name, &group.external_id)
            && members.is_none_or(|members| *members == group.members)
    }
}

#[derive(Clone, Debug)]
pub enum Edit {
    Add(Members),
    Remove(Members),
    Rename(String),
    Replace(String, Members),
}

#[derive(Clone, Debug)]
pub enum GroupOperation {
    Create(Group),
    Read(Option<ShownGroup>),
    Change {
        edit: Edit,
        if_match: Option<u64>,
        /// What it became, if it was shown.
        answer: Answer<Option<ShownGroup>>,
    },
    Delete {
        if_match: Option<u64>,
        answer: Answer<()>,
    },
    /// A user was deleted, and is no member any more.
    Forget(u32),
}

/// Groups, each by itself.
pub struct Groups {
    /// Whether users' own items follow their groups late, because many memberships change at once.
    pub late: bool,
}

impl Model for Groups {
    type Operation = GroupOperation;
    type State = Life<Group>;

    fn after(&self, state: &Life<Group>, operation: &GroupOperation) -> Vec<Life<Group>> {
        let next = match operation {
            GroupOperation::Create(group) => {
                (*state == Life::Unborn).then(|| Life::Alive(group.clone()))
            }
            GroupOperation::Read(seen) => {
                let as_is = match (state.alive(), seen) {
                    (Some(group), Some(seen)) => seen.shows(group),
                    (None, None) => true,
                    _ => false,
                };
                as_is.then(|| state.clone())
            }
            GroupOperation::Change {
                edit,
                if_match,
                answer,
            } => changed(state, edit, *if_match, answer),
            GroupOperation::Delete { if_match, answer } => {
                deleted(state, state.alive().map(|it| it.version), *if_match, answer)
            }
            GroupOperation::Forget(user) => return self.forgotten(state, *user),
        };
        next.into_iter().collect()
    }

    fn is_over(&self, state: &Life<Group>, operation: &GroupOperation) -> bool {
        // The version that it had when it was so answered, or a later one; none if it was gone.
        let latest = match operation {
            GroupOperation::Read(seen) => seen.as_ref().map(|seen| seen.version),
            GroupOperation::Change {
                if_match, answer, ..
            } => match answer {
                Answer::Done(Some(seen)) => Some(seen.version),
                Answer::Done(None) | Answer::NoSuchMember | Answer::Taken => {
                    Some(if_match.unwrap_or(u64::MAX))
                }
                Answer::Stale => Some(u64::MAX),
                Answer::Missing | Answer::Unknown => None,
            },
            GroupOperation::Delete { if_match, answer } => match answer {
                Answer::Done(()) => Some(if_match.unwrap_or(u64::MAX)),
                Answer::Stale => Some(u64::MAX),
                _ => None,
            },
            GroupOperation::Create(_) | GroupOperation::Forget(_) => None,
        };
        match (state, latest) {
            (Life::Alive(group), Some(latest)) => latest < group.version,
            (Life::Dead, Some(_)) => true,
            _ => false,
        }
    }
}

impl Groups {
    fn forgotten(&self, state: &Life<Group>, user: u32) -> Vec<Life<Group>> {
        let Some(group) = state.alive() else {
            return vec![state.clone()];
        };
        let mut forgotten = group.clone();
        let was_member = forgotten.members.remove(&user);
        let raised = Life::Alive(Group {
            version: group.version + 1,
            ..forgotten.clone()
        });
        match (was_member, self.late) {
            (true, false) => vec![raised],
            (false, false) => vec![state.clone()],
            // Several are forgotten with one new version; and who is no member any more may still be said to be one.
            (_, true) => vec![raised, Life::Alive(forgotten)],
        }
    }
}

fn changed(
    state: &Life<Group>,
    edit: &Edit,
    if_match: Option<u64>,
    answer: &Answer<Option<ShownGroup>>,
) -> Option<Life<Group>> {
    let Some(group) = state.alive() else {
        return matches!(answer, Answer::Missing).then(|| state.clone());
    };
    let is_current = if_match.is_none_or(|version| version == group.version);
    let mut after = group.clone();
    match edit {
        Edit::Add(users) => after.members.extend(users),
        Edit::Remove(users) => after.members.retain(|user| !users.contains(user)),
        Edit::Rename(name) => after.name.clone_from(name),
        Edit::Replace(name, users) => {
            after.name.clone_from(name);
            after.external_id = None;
            after.members.clone_from(users);
        }
    }
    let renamed = fold(&after.name) != fold(&group.name);
    let joins = !after.members.is_subset(&group.members);
    if after != *group {
        after.version += 1;
    }
    match answer {
        Answer::Done(seen) => {
            let as_shown = seen.as_ref().is_none_or(|seen| seen.shows(&after));
            (is_current && as_shown).then_some(Life::Alive(after))
        }
        Answer::Unknown => is_current.then_some(Life::Alive(after)),
        Answer::Stale => (!is_current).then(|| state.clone()),
        Answer::Taken => (is_current && renamed).then(|| state.clone()),
        Answer::NoSuchMember => (is_current && joins).then(|| state.clone()),
        Answer::Missing => None,
    }
}

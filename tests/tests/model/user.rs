use scim::fold;

use crate::linear::Model;

/// What becomes of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Life<T> {
    Unborn,
    Alive(T),
    Dead,
}

impl<T> Life<T> {
    pub fn alive(&self) -> Option<&T> {
        match self {
            Self::Alive(alive) => Some(alive),
            Self::Unborn | Self::Dead => None,
        }
    }
}

/// What was answered to a change.
#[derive(Clone, Debug)]
pub enum Answer<T> {
    Done(T),
    /// 404.
    Missing,
    /// 412.
    Stale,
    /// 409.
    Taken,
    /// 400: a member does not exist.
    NoSuchMember,
    /// 413, 429, or an error of the service: perhaps it took effect.
    Unknown,
}

/// A user as he is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    pub version: u64,
    pub name: String,
    pub title: String,
}

#[derive(Clone, Debug)]
pub enum UserOperation {
    Create(User),
    Read(Option<User>),
    Change {
        name: Option<String>,
        title: String,
        if_match: Option<u64>,
        answer: Answer<User>,
    },
    Delete {
        if_match: Option<u64>,
        answer: Answer<()>,
    },
}

/// Users, each by himself.
pub struct Users;

impl Model for Users {
    type Operation = UserOperation;
    type State = Life<User>;

    fn after(&self, state: &Life<User>, operation: &UserOperation) -> Vec<Life<User>> {
        let next = match operation {
            UserOperation::Create(user) => {
                (*state == Life::Unborn).then(|| Life::Alive(user.clone()))
            }
            UserOperation::Read(seen) => (state.alive() == seen.as_ref()).then(|| state.clone()),
            UserOperation::Change {
                name,
                title,
                if_match,
                answer,
            } => changed(state, name.as_ref(), title, *if_match, answer),
            UserOperation::Delete { if_match, answer } => {
                deleted(state, state.alive().map(|it| it.version), *if_match, answer)
            }
        };
        next.into_iter().collect()
    }
}

fn changed(
    state: &Life<User>,
    name: Option<&String>,
    title: &str,
    if_match: Option<u64>,
    answer: &Answer<User>,
) -> Option<Life<User>> {
    let Some(user) = state.alive() else {
        return matches!(answer, Answer::Missing).then(|| state.clone());
    };
    let is_current = if_match.is_none_or(|version| version == user.version);
    let mut after = user.clone();
    title.clone_into(&mut after.title);
    after.name.clone_from(name.unwrap_or(&user.name));
    if after != *user {
        after.version += 1;
    }
    let renamed = fold(&after.name) != fold(&user.name);
    match answer {
        Answer::Done(seen) => (is_current && after == *seen).then_some(Life::Alive(after)),
        Answer::Unknown => is_current.then_some(Life::Alive(after)),
        Answer::Stale => (!is_current).then(|| state.clone()),
        Answer::Taken => (is_current && renamed).then(|| state.clone()),
        Answer::Missing | Answer::NoSuchMember => None,
    }
}

/// The end of a resource.
pub fn deleted<T: Clone>(
    state: &Life<T>,
    version: Option<u64>,
    if_match: Option<u64>,
    answer: &Answer<()>,
) -> Option<Life<T>> {
    let is_current = if_match.is_none_or(|wanted| version == Some(wanted));
    match (answer, version) {
        (Answer::Done(()) | Answer::Unknown, Some(_)) if is_current => Some(Life::Dead),
        (Answer::Missing, None) => Some(state.clone()),
        (Answer::Stale, Some(_)) if !is_current => Some(state.clone()),
        _ => None,
    }
}

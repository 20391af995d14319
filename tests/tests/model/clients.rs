use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use end_to_end::{Chance, Client, Response};
use serde_json::Value;

use crate::group::Members;
use crate::history::History;
use crate::linear::Event;
use crate::user::Answer;

/// Names for which users compete, beside those who are there from the beginning.
const USER_NAMES: u64 = 90;
const GROUP_NAMES: u64 = 9;
/// Users who are members of many groups.
const FAVOURITES: usize = 8;
/// So many there are about.
pub const MOST_USERS: usize = 50;
pub const MOST_GROUPS: usize = 6;

/// What all clients know.
#[derive(Default)]
pub struct Shared {
    pub history: History,
    /// Ids of users who may exist, and of some who do not any more.
    pub users: Vec<Known>,
    /// Users who are never deleted.
    pub steady: Vec<String>,
    pub groups: Vec<Known>,
}

/// A resource as it was last seen.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: String,
    pub version: u64,
    /// It was deleted.
    pub gone: bool,
}

/// A client: what it does next is chance.
pub struct Actor {
    pub number: usize,
    pub client: Client,
    pub chance: Chance,
    pub shared: Arc<Mutex<Shared>>,
    /// Whether it changes more memberships at once than a transaction changes of both sides.
    pub large: bool,
    pub count: usize,
}

/// When an operation began; how it ended is told with its answer.
pub struct Begun(pub u64);

impl Actor {
    pub async fn act(&mut self) {
        self.count += 1;
        let drawn = self.chance.below(100);
        match drawn {
            0..10 => self.create_user().await,
            10..22 => self.read_user().await,
            22..38 => self.change_user(false).await,
            38..46 => self.change_user(true).await,
            46..54 => self.delete_user().await,
            54 => self.list_users().await,
            55..58 => self.create_group().await,
            58..72 => self.read_group().await,
            72..82 => self.add_members().await,
            82..89 => self.remove_members().await,
            89..92 => self.replace_group().await,
            92..95 => self.rename_group().await,
            95..99 => self.delete_group().await,
            _ => self.list_groups().await,
        }
    }

    pub fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn begin(&self) -> Begun {
        Begun(self.shared().history.tick())
    }

    /// With an end, if the answer is definite.
    pub fn event<O>(
        &self,
        shared: &mut Shared,
        begun: &Begun,
        is_definite: bool,
        operation: O,
    ) -> Event<O> {
        let now = shared.history.tick();
        Event {
            client: self.number,
            begin: begun.0,
            end: is_definite.then_some(now),
            operation,
        }
    }

    /// Something that nobody else writes.
    pub fn token(&self) -> String {
        format!("{}-{}", self.number, self.count)
    }

    pub fn user_name(&mut self) -> String {
        let word = *self.chance.one_of(&["user", "User"]);
        format!("{word}-{}", self.chance.below(USER_NAMES))
    }

    pub fn group_name(&mut self) -> String {
        let word = *self.chance.one_of(&["team", "Team"]);
        format!("{word}-{}", self.chance.below(GROUP_NAMES))
    }

    pub fn some_user(&mut self) -> Option<Known> {
        let users = self.shared().users.clone();
        (!users.is_empty()).then(|| self.chance.one_of(&users).clone())
    }

    pub fn some_group(&mut self) -> Option<Known> {
        let groups = self.shared().groups.clone();
        (!groups.is_empty()).then(|| self.chance.one_of(&groups).clone())
    }

    /// Ids of one user or a few; sometimes of so many that their own items follow later.
    pub fn some_members(&mut self) -> Vec<String> {
        let (users, steady) = {
            let shared = self.shared();
            (shared.users.clone(), shared.steady.clone())
        };
        if self.large && self.chance.below(6) == 0 {
            let first = usize::try_from(self.chance.below(steady.len() as u64 - 30)).unwrap();
            return steady[first..first + 30].to_vec();
        }
        let mut members = BTreeSet::new();
        for _ in 0..=self.chance.below(3) {
            // A few are added again and again, to groups that have them already.
            let member = match self.chance.below(4) {
                0 if !users.is_empty() => &self.chance.one_of(&users).id,
                0 | 1 => self.chance.one_of(&steady),
                _ => self.chance.one_of(&steady[..FAVOURITES]),
            };
            members.insert(member.clone());
        }
        members.into_iter().collect()
    }

    /// A version on which a change is on condition, sometimes.
    pub fn if_match(&mut self, known: &Known) -> Option<u64> {
        (self.chance.below(5) == 0).then_some(known.version)
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        if_match: Option<u64>,
        body: Option<Value>,
    ) -> Response {
        let tag = if_match.map(|version| format!("W/\"{version}\""));
        let headers: Vec<_> = tag.iter().map(|tag| ("if-match", tag.as_str())).collect();
        let body = body.map(|body| body.to_string());
        self.client.send(method, path, &headers, body).await
    }
}

/// Whether a resource was there before this moment.
pub fn is_older<O>(events: Option<&Vec<Event<O>>>, moment: u64) -> bool {
    let ends = events.into_iter().flatten().filter_map(|event| event.end);
    ends.min().is_some_and(|first| first < moment)
}

pub fn know(known: &mut Vec<Known>, id: String, version: u64) {
    match known.iter_mut().find(|known| known.id == id) {
        Some(known) => known.version = known.version.max(version),
        None => known.push(Known {
            id,
            version,
            gone: false,
        }),
    }
}

/// Some of those who are gone are still asked for.
pub fn forget(known: &mut Vec<Known>, id: &str, most: usize) {
    if let Some(gone) = known.iter_mut().find(|known| known.id == id) {
        gone.gone = true;
    }
    let gone = known.iter().filter(|known| known.gone).count();
    if gone > most / 4
        && let Some(oldest) = known.iter().position(|known| known.gone)
    {
        known.remove(oldest);
    }
}

pub fn numbers(shared: &mut Shared, members: &[String]) -> Members {
    members.iter().map(|id| shared.history.number(id)).collect()
}

pub fn answer<T>(response: &Response, seen: impl FnOnce() -> T) -> Answer<T> {
    match response.status {
        200 | 201 | 204 => Answer::Done(seen()),
        404 => Answer::Missing,
        412 => Answer::Stale,
        409 => Answer::Taken,
        400 if response.body["scimType"] == "invalidValue" => Answer::NoSuchMember,
        429 | 500.. => Answer::Unknown,
        _ => panic!("nobody asked for that: {response:?}"),
    }
}

pub fn version(resource: &Value) -> u64 {
    let tag = resource["meta"]["version"].as_str().unwrap_or_default();
    let digits = tag.trim_start_matches("W/\"").split(['.', '"']).next();
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_else(|| panic!("no version in {resource}"))
}

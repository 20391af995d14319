use std::collections::{BTreeSet, HashMap, HashSet};

use sha2::{Digest, Sha256};

use uuid::Uuid;

use super::Suspect;
use crate::{GroupId, UserId};

/// What follows from the resources that were read: each thing that has to be in the table and was not seen there yet.
///
/// It holds ids and digests alone: about 30 bytes for each item and 15 for each membership.
#[derive(Default)]
pub(super) struct Expected {
    /// By a digest of what is expected, the resource from which it follows.
    things: HashMap<u64, Numbered>,
    memberships: HashSet<(u32, u32)>,
    users: Numbers,
    groups: Numbers,
}

#[derive(Clone, Copy)]
enum Numbered {
    User(u32),
    Group(u32),
}

/// Ids by small numbers.
#[derive(Default)]
struct Numbers {
    numbers: HashMap<[u8; 16], u32>,
    ids: Vec<[u8; 16]>,
}

impl Numbers {
    fn of(&mut self, id: [u8; 16]) -> u32 {
        *self.numbers.entry(id).or_insert_with(|| {
            self.ids.push(id);
            u32::try_from(self.ids.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn id(&self, number: u32) -> [u8; 16] {
        self.ids.get(number as usize).copied().unwrap_or_default()
    }
}

impl Expected {
    /// This item, with what it has to say of it, because of a user.
    pub fn of_user(&mut self, user: UserId, thing: &[&str]) {
        let number = self.users.of(user.bytes());
        self.things.insert(digest(thing), Numbered::User(number));
    }

    /// The same because of a group.
    pub fn of_group(&mut self, group: GroupId, thing: &[&str]) {
        let number = self.groups.of(group.bytes());
        self.things.insert(digest(thing), Numbered::Group(number));
    }

    /// That the user's groups name this one.
    pub fn membership(&mut self, group: GroupId, user: UserId) {
        let membership = (self.groups.of(group.bytes()), self.users.of(user.bytes()));
        self.memberships.insert(membership);
    }

    /// It is there. Whether it was expected.
    pub fn is_there(&mut self, thing: &[&str]) -> bool {
        self.things.remove(&digest(thing)).is_some()
    }

    /// The user's groups name this one. Whether it was expected.
    pub fn membership_is_there(&mut self, group: GroupId, user: UserId) -> bool {
        let (groups, users) = (&self.groups.numbers, &self.users.numbers);
        let membership = groups.get(&group.bytes()).zip(users.get(&user.bytes()));
        membership.is_some_and(|(&group, &user)| self.memberships.remove(&(group, user)))
    }

    /// What has something that was not seen.
    pub fn missed(self) -> impl Iterator<Item = Suspect> {
        let (users, groups) = (self.users, self.groups);
        let user = move |number| UserId::from_uuid(Uuid::from_bytes(users.id(number)));
        let group = move |number| GroupId::from_uuid(Uuid::from_bytes(groups.id(number)));
        let mut missed = BTreeSet::new();
        missed.extend(self.things.into_values().map(|numbered| match numbered {
            Numbered::User(number) => Suspect::User(user(number)),
            Numbered::Group(number) => Suspect::Group(group(number)),
        }));
        missed.extend(
            self.memberships
                .into_iter()
                .map(|(group_number, user_number)| {
                    Suspect::Membership(group(group_number), user(user_number))
                }),
        );
        missed.into_iter()
    }
}

fn digest(thing: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for part in thing {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    u64::from_be_bytes(first)
}

use std::collections::BTreeMap;

use scim::{Error, ErrorStatus};

use super::Members;
use crate::keys::{self, Key};
use crate::store::By;
use crate::table::{Item, Write, binary, binary_set};
use crate::{ChangeId, DirectoryId, GroupId, Result, UserId};

/// How many members a group can have at least, if its ids are spread as chance spreads them: it is full when one of its chunks
/// is. With all chunks full, head and chunks still fit one transaction, of 4 MB.
const MANY_MEMBERS: usize = 200_000;

/// How many chunks hold the members of a group: one, and from its 1,001st member on 64, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layout {
    /// One, as long as the group never had more than 1,000 members.
    Single,
    /// 64; the id says in which of them a member is.
    Spread,
}

impl Layout {
    /// As it is stored.
    pub fn chunks(self) -> u8 {
        match self {
            Self::Single => 1,
            Self::Spread => 64,
        }
    }

    pub fn from_item(item: &Item) -> Result<Self> {
        Self::from_chunks(item.number("layout")?).ok_or(crate::Error::Corrupt("layout"))
    }

    pub fn from_chunks(chunks: u8) -> Option<Self> {
        [Self::Single, Self::Spread]
            .into_iter()
            .find(|layout| layout.chunks() == chunks)
    }

    /// Most members of one chunk.
    pub fn most(self) -> usize {
        match self {
            Self::Single => 1_000,
            Self::Spread => 3_500,
        }
    }

    /// What a group of this layout has once it has so many members.
    pub fn with(self, members: usize) -> Self {
        if members > Self::Single.most() {
            Self::Spread
        } else {
            self
        }
    }

    /// The chunk of a user. The last byte of an id is random.
    pub fn chunk_of(self, user: UserId) -> u8 {
        user.bytes()[15] % self.chunks()
    }

    pub fn keys(self, directory: DirectoryId, group: GroupId) -> impl Iterator<Item = Key> {
        (0..self.chunks()).map(move |chunk| self.key(directory, group, chunk))
    }

    pub fn key(self, directory: DirectoryId, group: GroupId, chunk: u8) -> Key {
        keys::chunk(directory, group, self.chunks(), chunk)
    }

    /// Users by their chunks.
    pub fn split<'a>(self, users: impl IntoIterator<Item = &'a UserId>) -> BTreeMap<u8, Members> {
        let mut chunks = BTreeMap::<_, Members>::new();
        for &user in users {
            chunks.entry(self.chunk_of(user)).or_default().insert(user);
        }
        chunks
    }
}

pub(crate) fn chunk_ids(chunk: &Item) -> Result<Members> {
    chunk.ids("ids", UserId::from_uuid)
}

fn bytes(ids: &Members) -> impl Iterator<Item = [u8; 16]> {
    ids.iter().map(|id| id.bytes())
}

/// Error: 413 if a chunk has no room for those who are added to it.
pub(super) fn check_room(members: &Members, added: &Members) -> Result<()> {
    let layout = Layout::Spread;
    let chunks = layout.split(members);
    let is_full = |chunk| chunks.get(chunk).is_some_and(|it| it.len() > layout.most());
    if layout.split(added).keys().any(is_full) {
        return Err(too_many_members());
    }
    Ok(())
}

/// A 413 for a group that is full.
pub(super) fn too_many_members() -> crate::Error {
    let detail = format!("A group can have {MANY_MEMBERS} members, and this one would have more.");
    Error::new(ErrorStatus::ContentTooLarge, detail).into()
}

/// The chunks of a group as a whole, at one moment of its life: how they are written.
pub(super) struct Chunks<'a> {
    pub directory: DirectoryId,
    pub group: GroupId,
    pub layout: Layout,
    pub members: &'a Members,
    /// The change that is too large to change the members' own items.
    pub change: Option<ChangeId>,
    pub by: &'a By,
}

impl Chunks<'_> {
    /// All of them, new.
    pub fn put(&self) -> impl Iterator<Item = Write> {
        let mut chunks = self.layout.split(self.members);
        (0..self.layout.chunks()).map(move |number| {
            let key = self.layout.key(self.directory, self.group, number);
            let mut chunk = Item::new(key, "members");
            // DynamoDB has no empty sets.
            if let Some(members) = chunks.remove(&number) {
                chunk.set("ids", binary_set(bytes(&members)));
            }
            if let Some(change) = self.change {
                chunk.set("stamp", binary(change.bytes()));
            }
            Write::put(self.by.mark(chunk)).when_absent()
        })
    }

    /// These of them, as they become.
    pub fn replace(&self, numbers: impl IntoIterator<Item = u8>) -> impl Iterator<Item = Write> {
        let mut chunks = self.layout.split(self.members);
        numbers.into_iter().map(move |number| {
            let key = self.layout.key(self.directory, self.group, number);
            let mut chunk = self.by.mark_update(Write::update(key).when_present());
            chunk = match chunks.remove(&number) {
                None => chunk.clause("REMOVE #ids"),
                Some(members) => chunk
                    .clause("SET #ids = :ids")
                    .value(":ids", binary_set(bytes(&members))),
            };
            match self.change {
                None => chunk,
                Some(change) => chunk
                    .clause("SET #stamp = :stamp")
                    .value(":stamp", binary(change.bytes())),
            }
        })
    }
}

/// The end of all chunks of a group.
pub(super) fn delete_chunks(
    directory: DirectoryId,
    group: GroupId,
    layout: Layout,
) -> impl Iterator<Item = Write> {
    layout
        .keys(directory, group)
        .map(|key| Write::delete(key).when_present())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn users(ids: impl Iterator<Item = u128>) -> Members {
        ids.map(|id| UserId::from_uuid(Uuid::from_u128(id)))
            .collect()
    }

    #[test]
    fn a_group_is_spread_from_its_thousand_and_first_member_on_for_good() {
        use Layout::{Single, Spread};
        for (before, members, after) in [
            (Single, 0, Single),
            (Single, 1_000, Single),
            (Single, 1_001, Spread),
            (Spread, 1_001, Spread),
            (Spread, 0, Spread),
        ] {
            assert_eq!(before.with(members), after, "{before:?}, {members}");
        }
    }

    #[test]
    fn each_member_is_in_one_chunk() {
        let members = users(0..1_000);
        for layout in [Layout::Single, Layout::Spread] {
            let chunks = layout.split(&members);
            assert_eq!(chunks.len(), usize::from(layout.chunks()));
            assert_eq!(chunks.values().map(Members::len).sum::<usize>(), 1_000);
            for (chunk, members) in chunks {
                assert!(members.iter().all(|user| layout.chunk_of(*user) == chunk));
            }
        }
    }

    #[test]
    fn a_group_is_full_when_one_of_its_chunks_is() {
        let check = |members: &Members| check_room(members, members);
        assert!(check(&users(0..200_000)).is_ok());
        assert!(check(&users(0..64 * 3_500)).is_ok());
        assert!(check(&users(0..=64 * 3_500)).is_err());
        // All of one chunk. Who is there already may stay, and others may come elsewhere.
        assert!(check(&users((0..3_500).map(|id| id * 64))).is_ok());
        let too_many = users((0..3_501).map(|id| id * 64));
        assert!(check(&too_many).is_err());
        assert!(check_room(&too_many, &users(1..2)).is_ok());
    }
}

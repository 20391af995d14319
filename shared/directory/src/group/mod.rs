//! Groups: a head with the document, and the members in chunks of their own.
//!
//! The chunks are the truth about membership: one up to 1,000 members, then 64. Every change of members is one transaction,
//! raises the head's version, and is on condition that the chunks it touches exist. A small one changes each member's
//! groups item with it; after a large one those follow from the table's stream (`crate::index`), and as long as they do the
//! head is `indexing`.

mod change;
mod chunks;
mod commute;
mod create;
mod delete;
mod members;
mod whole;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use scim::{Identity, Resource};

use crate::keys::{self, ResourceKind};
use crate::record::{Owner, read_document};
use crate::store::{By, stamp};
use crate::table::{Item, Write, binary_set, number, text};
use crate::{DirectoryId, Error, GroupId, Origin, Result, RoleMapping, Store, UserId};

pub(crate) use chunks::{Layout, chunk_ids};
pub use members::MemberEdit;
pub(crate) use members::{joined, left};

/// Most memberships whose users' own items are changed in the transaction of a request; of more they follow.
const MOST_CHANGES: usize = 25;
/// Attempts on conflict with other requests.
const MOST_ATTEMPTS: usize = 10;

/// The members of a group.
pub type Members = BTreeSet<UserId>;

/// A group as stored.
#[derive(Clone, Debug)]
pub struct GroupRecord {
    /// The id.
    pub id: GroupId,
    /// What the client wrote, without the members.
    pub resource: Resource,
    /// Rises with each change, of members too.
    pub version: u64,
    /// The members; none if they were not read.
    pub members: Option<Members>,
    /// Who created it.
    pub origin: Origin,
    /// What the application says of it.
    pub mapping: RoleMapping,
    /// Rises with each change of the document.
    revision: u64,
    created: Timestamp,
    modified: Timestamp,
    /// How the members are kept.
    pub(crate) layout: Layout,
    /// Whether the users' groups items may be behind the members.
    is_indexing: bool,
    /// When they were last brought to the truth after a large change.
    indexed: Option<Timestamp>,
}

impl GroupRecord {
    /// The weak entity tag.
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }

    /// What is shown of the record itself.
    pub fn identity(&self, location: String) -> Identity {
        Identity {
            id: self.id.to_string(),
            created: stamp(self.created),
            last_modified: stamp(self.modified),
            location,
            version: self.etag(),
        }
    }

    /// Whether a user's groups item, read by a request that is under way now, may say otherwise than the members do. It may
    /// be so for a while after the index was finished: the item may have been read before that, on a clock of its own.
    pub(crate) fn may_contradict_users(&self, now: Timestamp) -> bool {
        const LONGEST_REQUEST: Duration = Duration::from_mins(1);
        self.is_indexing
            || self
                .indexed
                .is_some_and(|indexed| now < indexed + LONGEST_REQUEST)
    }

    fn from_head(id: GroupId, head: &Item) -> Result<Self> {
        Ok(Self {
            id,
            resource: read_document(head)?,
            version: head.number("version")?,
            members: None,
            origin: Origin::from_item(head)?,
            mapping: RoleMapping::from_item(head)?,
            revision: head.number("revision")?,
            created: head.time("created")?,
            modified: head.time("modified")?,
            layout: Layout::from_item(head)?,
            is_indexing: head.0.contains_key("indexing"),
            indexed: head.optional_time("indexed")?,
        })
    }
}

impl Store {
    /// A group without its members: one read, whatever its size.
    pub async fn group_head(
        &self,
        directory: DirectoryId,
        id: GroupId,
    ) -> Result<Option<GroupRecord>> {
        let head = self.table.get(&keys::group(directory, id)).await?;
        head.map(|head| GroupRecord::from_head(id, &head))
            .transpose()
    }

    /// A group with its members, both as they were at one moment. Who has `seen` its head saves a reading if it is large.
    pub async fn group(
        &self,
        directory: DirectoryId,
        id: GroupId,
        seen: Option<&GroupRecord>,
    ) -> Result<Option<GroupRecord>> {
        let mut layout = seen.map_or(Layout::Single, |seen| seen.layout);
        // A group is spread once, so the second reading finds it as it is.
        for _ in 0..2 {
            let keys: Vec<_> = [keys::group(directory, id)]
                .into_iter()
                .chain(layout.keys(directory, id))
                .collect();
            let items = self.table.read_together(&keys, "version").await?;
            let Some((Some(head), chunks)) = items.split_first() else {
                return Ok(None);
            };
            let head = GroupRecord::from_head(id, head)?;
            if head.layout != layout {
                layout = head.layout;
                continue;
            }
            let mut members = Members::new();
            for chunk in chunks {
                let chunk = chunk.as_ref().ok_or(Error::Corrupt("members"))?;
                members.append(&mut chunk_ids(chunk)?);
            }
            return Ok(Some(GroupRecord {
                members: Some(members),
                ..head
            }));
        }
        Err(Error::Contended)
    }

    /// The groups of these ids that exist, in the order of the ids; without members unless asked for.
    pub async fn groups(
        &self,
        directory: DirectoryId,
        ids: &[GroupId],
        with_members: bool,
    ) -> Result<Vec<GroupRecord>> {
        if with_members {
            const GROUPS_AT_ONCE: usize = 10;
            let mut groups = Vec::with_capacity(ids.len());
            for at_once in ids.chunks(GROUPS_AT_ONCE) {
                let read = at_once.iter().map(|&id| self.group(directory, id, None));
                groups.extend(
                    futures_util::future::try_join_all(read)
                        .await?
                        .into_iter()
                        .flatten(),
                );
            }
            return Ok(groups);
        }
        let heads: Vec<_> = ids.iter().map(|&id| keys::group(directory, id)).collect();
        let items = self.table.batch_get(&heads, &[]).await?;
        let by_partition: HashMap<_, _> = items
            .iter()
            .map(|item| (item.optional_text("pk"), item))
            .collect();
        let found = ids.iter().zip(&heads).filter_map(|(&id, key)| {
            let head = by_partition.get(&Some(key.pk.as_str()))?;
            Some(GroupRecord::from_head(id, head))
        });
        found.collect()
    }

    /// The id of a group that is to be created.
    pub fn new_group_id(&self) -> GroupId {
        GroupId::from_uuid(self.new_id())
    }
}

fn owner(directory: DirectoryId, id: GroupId) -> Owner {
    Owner {
        directory,
        kind: ResourceKind::Group,
        id: id.to_string(),
    }
}

fn not_found(id: GroupId) -> Error {
    scim::Error::not_found("Group", &id.to_string()).into()
}

/// The head's part in any change: the version rises.
fn touch(directory: DirectoryId, id: GroupId, by: &By) -> Write {
    let head = Write::update(keys::group(directory, id))
        .clause("ADD #version :one")
        .clause("SET #modified = :modified")
        .when_present()
        .value(":one", number(1))
        .value(":modified", text(stamp(by.at)));
    by.mark_update(head)
}

/// The writes that take a user who is being deleted out of a group.
pub(crate) fn forget_member(
    directory: DirectoryId,
    group: &GroupRecord,
    user: UserId,
    by: &By,
) -> [Write; 2] {
    let chunk = group.layout.chunk_of(user);
    forget_members(directory, group, chunk, &[user], by)
}

/// The writes that take users who do not exist any more out of a chunk.
pub(crate) fn forget_members(
    directory: DirectoryId,
    group: &GroupRecord,
    chunk: u8,
    users: &[UserId],
    by: &By,
) -> [Write; 2] {
    let chunk = Write::update(group.layout.key(directory, group.id, chunk))
        .clause("DELETE #ids :ids")
        .when_present()
        .value(":ids", binary_set(users.iter().map(|user| user.bytes())));
    [touch(directory, group.id, by), by.mark_update(chunk)]
}

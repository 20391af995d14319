//! Groups: a head with the document, and the members in a chunk of their own.
//!
//! The chunk is the truth about membership; each member's groups item follows in the same transaction. Every change of
//! the chunk raises the head's version, and every operation on the chunk is on condition that it exists.

mod change;
mod commute;
mod create;
mod delete;
mod members;
mod whole;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use scim::{Identity, Resource};

use crate::keys::{self, ResourceKind};
use crate::record::{Owner, read_document};
use crate::store::{By, stamp};
use crate::table::{Item, Write, binary_set, number, text};
use crate::{DirectoryId, Error, GroupId, Origin, Result, RoleMapping, Store, UserId};

pub use members::MemberEdit;

/// Most members of a group, as long as all of them are in one chunk.
const MOST_MEMBERS: usize = 1_000;
/// Most memberships that one request changes.
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
        })
    }

    fn from_items(id: GroupId, head: Option<&Item>, chunk: Option<&Item>) -> Result<Option<Self>> {
        let Some(head) = head else { return Ok(None) };
        let chunk = chunk.ok_or(Error::Corrupt("members"))?;
        Ok(Some(Self {
            members: Some(chunk_ids(chunk)?),
            ..Self::from_head(id, head)?
        }))
    }
}

fn chunk_ids(chunk: &Item) -> Result<Members> {
    chunk.ids("ids", UserId::from_uuid)
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

    /// A group with its members, both as they were at one moment.
    pub async fn group(&self, directory: DirectoryId, id: GroupId) -> Result<Option<GroupRecord>> {
        let items = self
            .table
            .transact_get(&[keys::group(directory, id), keys::members(directory, id)])
            .await?;
        match items.as_slice() {
            [head, chunk] => GroupRecord::from_items(id, head.as_ref(), chunk.as_ref()),
            _ => Err(Error::Corrupt("group")),
        }
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
                let read = at_once.iter().map(|&id| self.group(directory, id));
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
        let items = self.table.batch_get(&heads).await?;
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
    group: GroupId,
    user: UserId,
    by: &By,
) -> [Write; 2] {
    let chunk = Write::update(keys::members(directory, group))
        .clause("DELETE #ids :ids")
        .when_present()
        .value(":ids", binary_set([user.bytes()]));
    [touch(directory, group, by), by.mark_update(chunk)]
}

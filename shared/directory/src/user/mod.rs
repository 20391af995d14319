//! Users: a document and, beside it, the groups that the user is in.

mod change;
mod create;
mod delete;
mod memberships;

pub(crate) use create::all_items;
pub use memberships::Memberships;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use scim::{Identity, Resource, StoredResource};

use crate::keys::{self, ResourceKind};
use crate::record::{Owner, stored_document};
use crate::store::stamp;
use crate::table::Item;
use crate::{DirectoryId, Error, GroupId, Origin, Result, Store, UserId};

/// A user as stored.
#[derive(Clone, Debug)]
pub struct UserRecord {
    /// The id.
    pub id: UserId,
    /// What the client wrote.
    pub stored: StoredResource,
    /// Rises with each change of the document.
    pub version: u64,
    /// The groups, with the version of that set; none if they were not read, or if the user was deleted.
    pub groups: Option<UserGroups>,
    /// Who created him.
    pub origin: Origin,
    /// Whether the identity provider cannot change him.
    pub protected: bool,
    /// When the identity provider deleted him, if the directory keeps such users. For it he is gone.
    pub deleted: Option<Timestamp>,
    created: Timestamp,
    modified: Timestamp,
    /// The `write`s of the last changes.
    writes: Vec<[u8; 16]>,
}

/// The groups of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserGroups {
    /// Their ids.
    pub ids: BTreeSet<GroupId>,
    /// Rises with each change.
    pub version: u64,
}

impl UserRecord {
    /// What the client wrote, read. Error: [`Error::Corrupt`].
    pub(crate) fn resource(&self) -> Result<Resource> {
        self.stored.read().ok_or(Error::Corrupt("document"))
    }

    /// The weak entity tag: the document's version and, if the groups are shown, theirs.
    pub fn etag(&self) -> String {
        match &self.groups {
            Some(groups) => format!("W/\"{}.{}\"", self.version, groups.version),
            None => format!("W/\"{}\"", self.version),
        }
    }

    /// What is shown of the record itself, under this URI and entity tag.
    pub fn identity(&self, location: String, version: String) -> Identity {
        Identity {
            id: self.id.to_string(),
            created: stamp(self.created),
            last_modified: stamp(self.modified),
            location,
            version,
        }
    }

    /// From the items of the user's partition. None without the user's own item.
    fn from_items(id: UserId, items: &[Item]) -> Result<Option<Self>> {
        let of = |sk: &str| {
            items
                .iter()
                .find(|item| item.optional_text("sk") == Some(sk))
        };
        let Some(user) = of("U") else { return Ok(None) };
        // Who is leaving is in no group any more, whatever is still to be done.
        let groups = of("G").filter(|groups| !groups.is("leaving"));
        let groups = groups.map(UserGroups::from_item).transpose()?;
        let writes = match user.0.get("writes") {
            Some(AttributeValue::L(writes)) => writes
                .iter()
                .filter_map(|write| write.as_b().ok()?.as_ref().try_into().ok())
                .collect(),
            _ => Vec::new(),
        };
        Ok(Some(Self {
            id,
            stored: stored_document(user)?,
            version: user.number("version")?,
            groups,
            origin: Origin::from_item(user)?,
            protected: user.is("protected"),
            deleted: user.optional_time("deleted")?,
            created: user.time("created")?,
            modified: user.time("modified")?,
            writes,
        }))
    }
}

impl UserGroups {
    fn from_item(item: &Item) -> Result<Self> {
        Ok(Self {
            ids: item.ids("groups", GroupId::from_uuid)?,
            version: item.number("version")?,
        })
    }
}

impl Store {
    /// A user, with his groups or without reading them.
    pub async fn user(
        &self,
        directory: DirectoryId,
        id: UserId,
        with_groups: bool,
    ) -> Result<Option<UserRecord>> {
        let items = if with_groups {
            self.table
                .query(&keys::user_partition(directory, id))
                .await?
        } else {
            self.table
                .get(&keys::user(directory, id))
                .await?
                .into_iter()
                .collect()
        };
        UserRecord::from_items(id, &items)
    }

    /// The users of these ids that exist, in the order of the ids.
    pub async fn users(
        &self,
        directory: DirectoryId,
        ids: &[UserId],
        with_groups: bool,
    ) -> Result<Vec<UserRecord>> {
        // Of one, all is in one answer.
        if let &[id] = ids {
            return Ok(Vec::from_iter(self.user(directory, id, with_groups).await?));
        }
        let users: Vec<_> = ids.iter().map(|&id| keys::user(directory, id)).collect();
        let groups: Vec<_> = ids
            .iter()
            .filter(|_| with_groups)
            .map(|&id| keys::user_groups(directory, id))
            .collect();
        let (users, groups) = futures_util::future::try_join(
            self.table.batch_get(&users, &[]),
            self.table.batch_get(&groups, &[]),
        )
        .await?;
        let mut by_partition = std::collections::HashMap::<String, Vec<Item>>::new();
        for item in users.into_iter().chain(groups) {
            by_partition
                .entry(item.text("pk")?.to_owned())
                .or_default()
                .push(item);
        }
        let found = ids.iter().filter_map(|&id| {
            let items = by_partition.get(&keys::user_partition(directory, id))?;
            UserRecord::from_items(id, items).transpose()
        });
        found.collect()
    }
}

fn owner(directory: DirectoryId, id: UserId) -> Owner {
    Owner {
        directory,
        kind: ResourceKind::User,
        id: id.to_string(),
    }
}

/// A 404 for this user.
fn not_found(id: UserId) -> Error {
    scim::Error::not_found("User", &id.to_string()).into()
}

impl Store {
    /// The id of a user who is to be created.
    pub fn new_user_id(&self) -> UserId {
        UserId::from_uuid(self.new_id())
    }
}

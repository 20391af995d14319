use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::group::{Layout, Members};
use crate::keys;
use crate::store::{By, stamp};
use crate::table::{Item, Outcome, Write, binary_set, number, text};
use crate::{ChangeId, DirectoryId, Error, GroupId, Result, Store, UserId};

/// What is still to do after a change.
#[derive(Clone, Debug)]
pub(crate) struct ToDo {
    pub directory: DirectoryId,
    pub subject: Subject,
    /// How far the sweep came in the roster.
    pub swept: Option<String>,
}

/// Whose memberships it is about.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The members of a group, which may be gone by now.
    Group(Unindexed),
    /// A user who is gone, and whose groups have to forget him.
    User(UserId),
}

/// The members of a group whose own items were not changed with it.
#[derive(Clone, Debug)]
pub(crate) struct Unindexed {
    pub group: GroupId,
    /// How the group was laid out by the change.
    pub layout: Layout,
    /// The chunks in which it changed something.
    pub chunks: BTreeSet<u8>,
    /// Those who left the group when its one chunk was spread.
    pub left: Members,
}

impl Unindexed {
    /// Whether all is through.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty() && self.left.is_empty()
    }
}

impl ToDo {
    pub fn of_group(directory: DirectoryId, unindexed: Unindexed) -> Self {
        Self {
            directory,
            subject: Subject::Group(unindexed),
            swept: None,
        }
    }

    pub fn of_user(directory: DirectoryId, user: UserId) -> Self {
        Self {
            directory,
            subject: Subject::User(user),
            swept: None,
        }
    }

    /// The part of the change that leaves this to do.
    pub fn put(&self, change: ChangeId, by: &By) -> Write {
        let mut item = Item::new(keys::to_do(change), "to do")
            .with("directory", text(self.directory.to_string()));
        match &self.subject {
            Subject::User(user) => item.set("user", text(user.to_string())),
            Subject::Group(unindexed) => {
                item.set("group", text(unindexed.group.to_string()));
                item.set("layout", number(unindexed.layout.chunks()));
                item.set("chunks", numbers(&unindexed.chunks));
                if !unindexed.left.is_empty() {
                    let left = unindexed.left.iter().map(|user| user.bytes());
                    item.set("left", binary_set(left));
                }
            }
        }
        Write::put(by.mark(item)).when_absent()
    }

    pub fn from_item(item: &Item) -> Result<Self> {
        let directory = DirectoryId::parse(item.text("directory")?);
        let user = item.optional_text("user").and_then(UserId::parse);
        let subject = match user {
            Some(user) => Subject::User(user),
            None => Subject::Group(Unindexed {
                group: GroupId::parse(item.text("group")?).ok_or(Error::Corrupt("group"))?,
                layout: Layout::from_item(item)?,
                chunks: read_numbers(item, "chunks")?,
                left: item.ids("left", UserId::from_uuid)?,
            }),
        };
        Ok(Self {
            directory: directory.ok_or(Error::Corrupt("directory"))?,
            subject,
            swept: item.optional_text("swept").map(str::to_owned),
        })
    }
}

fn numbers(chunks: &BTreeSet<u8>) -> AttributeValue {
    AttributeValue::Ns(chunks.iter().map(u8::to_string).collect())
}

fn read_numbers(item: &Item, name: &'static str) -> Result<BTreeSet<u8>> {
    match item.0.get(name) {
        None => Ok(BTreeSet::new()),
        Some(AttributeValue::Ns(numbers)) => numbers
            .iter()
            .map(|number| number.parse().map_err(|_| Error::Corrupt(name)))
            .collect(),
        Some(_) => Err(Error::Corrupt(name)),
    }
}

impl Store {
    /// What is still to do after a change, and the mark of the change; none if nothing is.
    pub(super) async fn to_do(&self, change: ChangeId) -> Result<Option<(ToDo, By)>> {
        let item = self.table.get(&keys::to_do(change)).await?;
        let read = |item: Item| Ok((ToDo::from_item(&item)?, By::of_item(&item)?));
        item.map(read).transpose()
    }

    /// The members of a group of which something is still to do after a change.
    pub(super) async fn unindexed(&self, change: ChangeId) -> Result<Option<(Unindexed, By)>> {
        let found = self.to_do(change).await?;
        Ok(found.and_then(|(to_do, by)| match to_do.subject {
            Subject::Group(unindexed) => Some((unindexed, by)),
            Subject::User(_) => None,
        }))
    }

    /// A chunk is through, or, without one, those who left when the group was spread.
    pub(super) async fn is_through(
        &self,
        directory: DirectoryId,
        change: ChangeId,
        chunk: Option<u8>,
    ) -> Result<()> {
        let to_do = Write::update(keys::to_do(change)).when_present();
        let to_do = match chunk {
            None => to_do.clause("REMOVE #left"),
            Some(chunk) => to_do
                .clause("DELETE #chunks :chunk")
                .value(":chunk", numbers(&BTreeSet::from([chunk]))),
        };
        self.table.update(&to_do).await?;
        self.finish_if_through(directory, change).await
    }

    /// When all of it is through, the to-do item goes, and the change from the group's head.
    pub(super) async fn finish_if_through(
        &self,
        directory: DirectoryId,
        change: ChangeId,
    ) -> Result<()> {
        match self.unindexed(change).await? {
            Some((unindexed, _)) if unindexed.is_empty() => {
                self.finish(directory, unindexed.group, change).await
            }
            _ => Ok(()),
        }
    }

    /// The index is true again, as far as the change is concerned.
    pub(super) async fn finish(
        &self,
        directory: DirectoryId,
        group: GroupId,
        change: ChangeId,
    ) -> Result<()> {
        let to_do = Write::delete(keys::to_do(change));
        let head = Write::update(keys::group(directory, group))
            .clause("DELETE #indexing :change")
            .clause("SET #indexed = :now")
            .when_present()
            .value(":change", binary_set([change.bytes()]))
            .value(":now", text(stamp(self.environment().now())));
        if let Outcome::Refused(_) = self.table.transact(&[to_do.clone(), head]).await? {
            // The group was deleted.
            self.table.transact(&[to_do]).await?;
        }
        Ok(())
    }
}

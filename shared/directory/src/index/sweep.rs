use std::collections::HashSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use tokio::time::Instant;

use super::to_do::{Subject, ToDo};
use super::truth::Progress;
use crate::group::Members;
use crate::keys::{self, Key, ResourceKind};
use crate::store::By;
use crate::table::{Item, Write, text};
use crate::{Causes, ChangeId, Error, GroupId, Result, Store, UserId};

/// How old a to-do item is when the stream is taken to have lost what leads to it.
const OVERDUE: Duration = Duration::from_mins(15);
/// To-do items read at once.
const PAGE: usize = 100;
/// Users looked at together.
const USERS_AT_ONCE: usize = 1_000;

/// What the sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// To-do items that were overdue and are done now.
    pub done: usize,
    /// Those that are still overdue: the time was over, or they failed.
    pub left: usize,
}

impl Store {
    /// Does what is overdue of what should have followed from large changes: where the stream lost a record, the to-do item
    /// is still there. Whatever the record would have said, all members of the group are looked at, and all users who
    /// might still be said to be in it. In as much time as is given; what is left goes on with the next sweep.
    pub async fn sweep(&self, time: Duration) -> Result<Swept> {
        let until = Instant::now() + time;
        let mut swept = Swept::default();
        for partition in self.to_do_partitions() {
            let mut after: Option<String> = None;
            loop {
                let items = self.table.items_after(&partition, after.as_deref(), PAGE);
                let items = items.await?;
                for item in &items {
                    match self.sweep_one(item, until).await {
                        Ok(None) => {}
                        Ok(Some(Progress::Done)) => swept.done += 1,
                        Ok(Some(Progress::Unfinished)) => swept.left += 1,
                        Err(error) => {
                            tracing::error!(error = %Causes(&error), "an overdue change could not be swept");
                            swept.left += 1;
                        }
                    }
                }
                if items.len() < PAGE {
                    break;
                }
                let last = items.last().map(|item| item.text("sk").map(str::to_owned));
                after = last.transpose()?;
            }
        }
        Ok(swept)
    }

    /// From any of them on, so that none always comes last, when the time may be over.
    fn to_do_partitions(&self) -> Vec<String> {
        let mut partitions: Vec<_> = keys::to_do_partitions().collect();
        let [first] = self.table.random::<1>();
        let first = usize::from(first) % partitions.len();
        partitions.rotate_left(first);
        partitions
    }

    /// None if it is not overdue.
    async fn sweep_one(&self, item: &Item, until: Instant) -> Result<Option<Progress>> {
        let (to_do, by) = (ToDo::from_item(item)?, By::of_item(item)?);
        if self.environment().now() < by.at + OVERDUE {
            return Ok(None);
        }
        if Instant::now() >= until {
            return Ok(Some(Progress::Unfinished));
        }
        let change = ChangeId::parse(item.text("sk")?).ok_or(Error::Corrupt("sk"))?;
        tracing::warn!(directory = %to_do.directory, %change, "a large change is overdue");
        let progress = match to_do.subject {
            Subject::User(user) => self.forget_user(to_do.directory, user, &by, until).await?,
            Subject::Group(ref unindexed) => {
                let group = unindexed.group;
                let progress = self.index_again(&to_do, group, change, &by, until).await?;
                if progress == Progress::Done {
                    self.finish(to_do.directory, group, change).await?;
                }
                progress
            }
        };
        Ok(Some(progress))
    }

    /// The members of a group, and then all users of the directory who are said to be members and are not.
    async fn index_again(
        &self,
        to_do: &ToDo,
        group: GroupId,
        change: ChangeId,
        by: &By,
        until: Instant,
    ) -> Result<Progress> {
        let directory = to_do.directory;
        let now = self.group(directory, group, None).await?;
        let members = now.and_then(|group| group.members).unwrap_or_default();
        let progress = self.bring_to_truth(directory, group, &members, by, until);
        if progress.await? != Progress::Done {
            return Ok(Progress::Unfinished);
        }
        let roster = keys::roster_partition(directory, ResourceKind::User);
        let mut after = to_do.swept.clone();
        loop {
            if Instant::now() >= until {
                return Ok(Progress::Unfinished);
            }
            let ids = self
                .table
                .sort_keys(&roster, after.as_deref(), USERS_AT_ONCE, true);
            let ids = ids.await?;
            let users: Vec<_> = ids.iter().filter_map(|id| UserId::parse(id)).collect();
            let said = self.said_to_be_in(to_do, group, &users).await?;
            let wrong = said.difference(&members).copied().collect();
            let progress = self.bring_to_truth(directory, group, &wrong, by, until);
            if progress.await? != Progress::Done {
                return Ok(Progress::Unfinished);
            }
            let Some(last) = ids.last().filter(|_| ids.len() == USERS_AT_ONCE) else {
                return Ok(Progress::Done);
            };
            let note = Write::update(keys::to_do(change))
                .clause("SET #swept = :last")
                .when_present()
                .value(":last", text(last.as_str()));
            self.table.update(&note).await?;
            after = Some(last.clone());
        }
    }

    /// Those of these users whose groups items name the group.
    async fn said_to_be_in(
        &self,
        to_do: &ToDo,
        group: GroupId,
        users: &[UserId],
    ) -> Result<Members> {
        let keys: Vec<_> = users
            .iter()
            .map(|&user| keys::user_groups(to_do.directory, user))
            .collect();
        let items = self.table.batch_get(&keys, &["pk", "groups"]).await?;
        let names_it = |item: &&Item| match item.0.get("groups") {
            Some(AttributeValue::Bs(groups)) => {
                groups.iter().any(|id| id.as_ref() == group.bytes())
            }
            _ => false,
        };
        let found: HashSet<_> = items
            .iter()
            .filter(names_it)
            .filter_map(|item| item.optional_text("pk"))
            .collect();
        let is_found = |(_, key): &(&UserId, &Key)| found.contains(key.pk.as_str());
        let said = users.iter().zip(&keys).filter(is_found);
        Ok(said.map(|(&user, _)| user).collect())
    }
}

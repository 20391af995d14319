use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::Check;
use crate::{GroupId, Result, UserId};

/// Shards of the to-do items.
const SHARDS: u8 = 16;

/// What large changes have yet to bring about.
#[derive(Debug, Default)]
pub(super) struct ToDo {
    /// The changes' ids.
    pub changes: BTreeSet<String>,
    pub groups: BTreeSet<GroupId>,
    pub users: BTreeSet<UserId>,
}

impl Check<'_> {
    /// What is to do in this directory.
    pub async fn to_do(&self) -> Result<ToDo> {
        let partitions: Vec<_> = (0..SHARDS).map(|shard| format!("W#{shard}")).collect();
        let shards = partitions
            .iter()
            .map(|partition| self.table().query(partition));
        let mut to_do = ToDo::default();
        let directory = self.id().to_string();
        for item in try_join_all(shards).await?.into_iter().flatten() {
            if item.optional_text("directory") != Some(&directory) {
                continue;
            }
            to_do.changes.insert(item.text("sk")?.to_owned());
            to_do
                .groups
                .extend(item.optional_text("group").and_then(GroupId::parse));
            to_do
                .users
                .extend(item.optional_text("user").and_then(UserId::parse));
        }
        Ok(to_do)
    }
}

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;

use super::{AuditEntry, id_of_write};
use crate::table::Item;
use crate::{Causes, DirectoryId, DirectoryState, Result, Store, keys};

/// Entries that are written at once.
const WRITES_AT_ONCE: usize = 16;

/// A record of the table's stream.
#[derive(Clone, Debug, Default)]
pub struct ChangeRecord {
    /// The item before; none if it is new.
    pub(crate) old: Option<Item>,
    /// The item after; none if it was deleted.
    pub(crate) new: Option<Item>,
}

impl ChangeRecord {
    /// Of the images that the stream has: none before for a new item, none after for a deleted one.
    pub fn new(
        old: Option<HashMap<String, AttributeValue>>,
        new: Option<HashMap<String, AttributeValue>>,
    ) -> Self {
        Self {
            old: old.map(Item),
            new: new.map(Item),
        }
    }
}

impl Store {
    /// Writes the audit entries of what changed, one for each write, however many items it wrote and however often, late
    /// or in whatever order their records come. A directory that does not exist any more gets none.
    ///
    /// What is no change of a directory's (an item without a mark, an audit entry itself, a deletion, which leaves its
    /// mark elsewhere) is passed over. The answer has the indexes of the records whose entries could not be written; to
    /// try them again is safe.
    pub async fn record_changes(&self, records: &[ChangeRecord]) -> Vec<usize> {
        let mut entries = BTreeMap::<_, (AuditEntry, Vec<usize>)>::new();
        for (index, record) in records.iter().enumerate() {
            if let Some((directory, entry)) = entry_of(record) {
                let key = (directory.to_string(), entry.id.clone());
                let (_, indexes) = entries.entry(key).or_insert((entry, Vec::new()));
                indexes.push(index);
            }
        }
        let mut by_directory = BTreeMap::<_, Vec<_>>::new();
        for ((directory, _), entry) in entries {
            by_directory.entry(directory).or_default().push(entry);
        }
        let mut failed = Vec::new();
        for (directory, entries) in by_directory {
            let Some(directory) = DirectoryId::parse(&directory) else {
                continue;
            };
            match self.exists(directory).await {
                Ok(true) => failed.extend(self.put_entries(directory, entries).await),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(%directory, error = %Causes(&error), "a directory of the stream's could not be read");
                    failed.extend(entries.into_iter().flat_map(|(_, indexes)| indexes));
                }
            }
        }
        failed.sort_unstable();
        failed
    }

    /// Whether a directory is there to stay: the entries of one that is being deleted are deleted with it.
    async fn exists(&self, directory: DirectoryId) -> Result<bool> {
        let directory = self.directory(directory).await?;
        Ok(directory.is_some_and(|directory| directory.state != DirectoryState::Deleting))
    }

    /// Puts them whatever is there: it can only be the same. Gives the records of those that could not be put.
    async fn put_entries(
        &self,
        directory: DirectoryId,
        entries: Vec<(AuditEntry, Vec<usize>)>,
    ) -> Vec<usize> {
        let mut failed = Vec::new();
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            let at_once = entries.by_ref().take(WRITES_AT_ONCE);
            let puts = at_once.map(async |(entry, indexes)| {
                match self.table.put(entry.into_item(directory)).await {
                    Ok(()) => Vec::new(),
                    Err(error) => {
                        tracing::error!(%directory, error = %Causes(&error), "an audit entry could not be written");
                        indexes
                    }
                }
            });
            failed.extend(join_all(puts).await.into_iter().flatten());
        }
        failed
    }
}

/// The entry of the write that a record shows, if it shows one.
fn entry_of(record: &ChangeRecord) -> Option<(DirectoryId, AuditEntry)> {
    let new = record.new.as_ref()?;
    let write: [u8; 16] = new.bytes("write").ok()?.try_into().ok()?;
    let before = record.old.as_ref().and_then(|old| old.0.get("write"));
    if before == new.0.get("write") {
        return None;
    }
    let directory = keys::directory_of(new.text("pk").ok()?, new.text("sk").ok()?)?;
    let Some(AttributeValue::M(by)) = new.0.get("by") else {
        return None;
    };
    let mut entry = AuditEntry::done(String::new(), &Item(by.clone())).ok()?;
    entry.id = id_of_write(entry.at, write).to_string();
    Some((directory, entry))
}

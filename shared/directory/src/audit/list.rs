use jiff::Timestamp;

use super::{AuditEntry, milliseconds};
use crate::{DirectoryId, Result, Store, keys};

/// Which entries of a directory are asked for.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    /// From this time on.
    pub since: Option<Timestamp>,
    /// About the user or group with this id alone.
    pub resource: Option<String>,
    /// After this position: [`AuditPage::next`] of the page before.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// Entries of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries, the newest last.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins; none at the end of the trail.
    pub next: Option<String>,
}

impl Store {
    /// A page of the audit trail. It follows what it tells of within seconds. Those about one resource are looked for among all, so
    /// a page of them may be short, or empty, and still have a next one.
    pub async fn audit(&self, directory: DirectoryId, query: &AuditQuery) -> Result<AuditPage> {
        const READ_AT_ONCE: usize = 500;
        const MOST_READS: usize = 20;
        let partition = keys::audit_partition(directory);
        let now = self.environment().now().as_second();
        let since = query
            .since
            .map(|since| keys::audit_since(milliseconds(since)));
        let mut after = query.after.clone().max(since);
        let mut entries = Vec::new();
        for _ in 0..MOST_READS {
            let items = self
                .table
                .items_after(&partition, after.as_deref(), READ_AT_ONCE)
                .await?;
            for item in &items {
                if entries.len() == query.limit {
                    return Ok(AuditPage {
                        entries,
                        next: after,
                    });
                }
                let entry = AuditEntry::from_item(item)?;
                after = Some(entry.id.clone());
                // DynamoDB deletes what is expired only later.
                let is_kept = item.number::<i64>("expires")? > now;
                let about = entry.resource.as_ref().map(|resource| &resource.id);
                if is_kept && (query.resource.is_none() || query.resource.as_ref() == about) {
                    entries.push(entry);
                }
            }
            if items.len() < READ_AT_ONCE {
                return Ok(AuditPage {
                    entries,
                    next: None,
                });
            }
        }
        Ok(AuditPage {
            entries,
            next: after,
        })
    }
}

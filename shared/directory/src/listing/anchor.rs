use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::try_join_all;
use scim::list::Query;

use super::entries::{Entry, List};
use super::signature;
use crate::keys::{self, Key, ResourceKind};
use crate::table::{Item, number, text};
use crate::{Author, DirectoryId, Error, Result, Store};

/// How long an anchor holds.
const LIFETIME: Duration = Duration::from_hours(1);

/// Where a page by index begins: what the page before it left behind.
#[derive(Clone, Debug)]
pub(super) struct Anchor {
    /// The index of the first resource after it.
    pub start_index: usize,
    /// The last entry covered before it.
    pub after: Entry,
    /// How many there were in all.
    pub total: usize,
}

/// Anchors are the reader's own, and of one query.
pub(super) fn partition(
    directory: DirectoryId,
    reader: &Author,
    kinds: &[ResourceKind],
    query: &Query,
) -> String {
    keys::anchor_partition(directory, &signature(kinds, query), reader)
}

impl Store {
    pub(super) async fn nearest_anchor(
        &self,
        partition: String,
        start_index: usize,
    ) -> Result<Option<Anchor>> {
        let key = Key {
            pk: partition,
            sk: keys::anchor_index(start_index),
        };
        let Some(item) = self.table.nearest_up_to(&key).await? else {
            return Ok(None);
        };
        // DynamoDB deletes what is expired only later.
        if item.number::<i64>("expires")? <= self.environment().now().as_second() {
            return Ok(None);
        }
        Ok(Some(Anchor {
            start_index: item.text("sk")?.parse().map_err(|_| Error::Corrupt("sk"))?,
            after: Entry {
                section: item.number("section")?,
                id: item.text("after")?.to_owned(),
            },
            total: item.number("total")?,
        }))
    }
}

impl List<'_> {
    /// Anchors wherever a client that believes the total goes on: after what it got, or by the step that it asked for.
    pub(super) async fn put_anchors_after(
        &self,
        start: usize,
        shown: usize,
        last: Option<&Entry>,
        total: usize,
    ) -> Result<()> {
        let Some(last) = last else { return Ok(()) };
        let starts = BTreeSet::from([shown, self.query.count].map(|step| start + step));
        let starts = starts.into_iter().filter(|start| *start <= total);
        try_join_all(starts.map(|start| self.put_anchor(start, last, total))).await?;
        Ok(())
    }

    pub(super) async fn put_anchor(
        &self,
        start_index: usize,
        after: &Entry,
        total: usize,
    ) -> Result<()> {
        let principal = self.scope.principal;
        let kinds = self.kinds();
        let key = Key {
            pk: partition(principal.directory, &principal.author, &kinds, self.query),
            sk: keys::anchor_index(start_index),
        };
        let expires = self.scope.store.environment().now() + LIFETIME;
        let anchor = Item::new(key, "page anchor")
            .with("section", number(after.section))
            .with("after", text(after.id.as_str()))
            .with("total", number(total))
            .with("expires", number(expires.as_second()));
        self.scope.table().put(anchor).await
    }
}

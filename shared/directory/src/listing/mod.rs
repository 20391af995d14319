//! Lists: pages of the roster, of what keys found, and of what a walk over the documents matched, by index or by cursor.
//!
//! A list has a section for each type of resource that it is about: one, or both at the root. Its natural order is that
//! of the sections, then that of creation, and a page begins after an [`Entry`] of it.
//!
//! An import by `startIndex` visits every resource that exists throughout it exactly once, whatever is created or
//! deleted meanwhile: a page starts after the last entry that the page before it covered. That entry is the *anchor*,
//! stored under the index at which the next page will be asked for, before the page is answered. A cursor carries the
//! same entry itself.

mod anchor;
mod budget;
mod by_cursor;
mod by_index;
mod entries;
mod sorted;

use std::future::Future;
use std::pin::Pin;

use futures_util::future::{try_join, try_join_all};
use scim::list::{ListResponse, Paging, Query};
use scim::{Filter, Representation, ResourceType, ResourceTypes};

use crate::keys::{self, ResourceKind};
use crate::search::{LookedUp, understand_email};
use crate::{Author, DirectoryId, Lookups, Result, Scope, Store};

use anchor::Anchor;
use entries::List;

/// The resources of one type, as a list reads and shows them.
pub trait Resources: Send + Sync {
    /// The type.
    fn resource_type(&self) -> &ResourceType;

    /// How many of them may be in memory at once.
    fn at_once(&self, purpose: Purpose) -> usize;

    /// The resources of these ids that exist, in the order of the ids. Ids that cannot be ids are of none.
    fn load<'a>(&'a self, ids: &'a [String], purpose: Purpose) -> Loading<'a>;
}

/// What resources are read for: a walk reads many, and shows few of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To see whether they match, and to be sorted: what the filter and the sort name has to be there.
    Ask,
    /// To be shown too.
    Show,
}

/// Resources that are being read.
pub type Loading<'a> = Pin<Box<dyn Future<Output = Result<Vec<Representation>>> + Send + 'a>>;

/// What can be read for a list beside the verification of the claim.
#[derive(Debug)]
pub struct Opening {
    sections: Vec<OpenSection>,
    anchor: Option<Anchor>,
}

#[derive(Debug)]
struct OpenSection {
    kind: ResourceKind,
    /// What keys found; none if the roster has to be walked.
    found: Option<LookedUp>,
    /// How many resources the roster has, where that is asked for.
    total: Option<usize>,
}

impl Opening {
    fn are_several_types(&self) -> bool {
        let kinds: Vec<_> = self.sections.iter().map(|section| section.kind).collect();
        are_several_types(&kinds)
    }

    /// Whether the list is one of these kinds.
    pub fn is_of(&self, kinds: &[ResourceKind]) -> bool {
        self.sections
            .iter()
            .map(|section| section.kind)
            .eq(kinds.iter().copied())
    }
}

/// Users and groups, not only users of several kinds.
fn are_several_types(kinds: &[ResourceKind]) -> bool {
    kinds.len() > 1 && kinds.contains(&ResourceKind::Group)
}

impl Store {
    /// Reads what a list of these kinds begins with.
    ///
    /// `types` may be the built-in ones for a list of one kind, as long as a directory's own are not known: no key
    /// answers for an attribute of its own.
    pub async fn open_list(
        &self,
        directory: DirectoryId,
        reader: &Author,
        kinds: &[ResourceKind],
        types: &ResourceTypes,
        query: &Query,
    ) -> Result<Opening> {
        let opened = kinds.iter().map(async |&kind| {
            let lookups = query.filter.clone().and_then(|filter| {
                let filter = understand_email(filter);
                let lookups =
                    Lookups::of(&filter, kind.resource_type(types), are_several_types(kinds));
                // Who was deleted has given up everything by which he was found, but his id.
                lookups.filter(|lookups| kind != ResourceKind::DeletedUser || lookups.are_by_id())
            });
            let found = match lookups {
                Some(lookups) => Some(self.look_up(directory, kind, &lookups).await?),
                None => None,
            };
            let total = if found.is_none() && needs_total(query) {
                Some(self.total(directory, kind).await?)
            } else {
                None
            };
            Ok(OpenSection { kind, found, total })
        });
        let anchor = async {
            match query.paging {
                Paging::Index(start) if start > 1 && query.count > 0 && query.sort.is_none() => {
                    let partition = anchor::partition(directory, reader, kinds, query);
                    self.nearest_anchor(partition, start).await
                }
                _ => Ok(None),
            }
        };
        let (sections, anchor) = try_join(try_join_all(opened), anchor).await?;
        Ok(Opening { sections, anchor })
    }

    /// How many resources of a type there are: one read, consistent with every write before it.
    pub async fn total(&self, directory: DirectoryId, kind: ResourceKind) -> Result<usize> {
        let shards = self
            .table
            .query(&keys::totals_partition(directory, kind))
            .await?;
        let counts = shards.iter().map(|shard| shard.number::<i64>("count"));
        let total = counts.sum::<Result<i64>>()?;
        Ok(usize::try_from(total).unwrap_or_default())
    }
}

/// Whether the size of the roster matters: to tell it, or to know whether a filter can be counted.
fn needs_total(query: &Query) -> bool {
    let unsorted = query.sort.is_none() || query.count == 0;
    match query.paging {
        Paging::Index(start) => {
            query.filter.is_none() && unsorted && (start == 1 || query.count == 0)
        }
        Paging::Cursor(None) => unsorted,
        Paging::Cursor(Some(_)) => false,
    }
}

impl Scope<'_> {
    /// Reads what a list begins with, when the claim is verified already.
    pub async fn open_list(&self, kinds: &[ResourceKind], query: &Query) -> Result<Opening> {
        let principal = self.principal;
        let types = &principal.resource_types;
        self.store
            .open_list(principal.directory, &principal.author, kinds, types, query)
            .await
    }

    /// The page that a query asks for; `resources` are those of the opening's kinds, in their order.
    ///
    /// Errors, all 400: `invalidFilter`, `invalidValue` for a `sortBy` that cannot be; `invalidCursor`, `expiredCursor`,
    /// `invalidCount`; `tooMany` for a filter that no key answers, or a sort, in a directory too large to be walked.
    pub async fn list(
        &self,
        query: &Query,
        opening: Opening,
        resources: &[&dyn Resources],
    ) -> Result<ListResponse> {
        let (list, anchor) = List::new(self, query, opening, resources).await?;
        if let (Paging::Cursor(Some(cursor)), 0) = (&query.paging, query.count) {
            list.read_cursor(cursor)?;
        }
        match (&query.paging, &query.sort) {
            _ if query.count == 0 => list.count().await,
            (_, Some(sort)) => list.sorted(sort).await,
            (Paging::Index(start), None) => list.by_index(*start, anchor).await,
            (Paging::Cursor(cursor), None) => list.by_cursor(cursor.as_deref()).await,
        }
    }
}

/// The text by which a list is told from another one of the directory.
fn signature(kinds: &[ResourceKind], query: &Query) -> String {
    let kinds: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    let filter = query.filter.clone().map(Filter::folded);
    let filter = filter.as_ref().map(Filter::to_string);
    let sort = query.sort.as_ref();
    let sort = sort.map(|sort| format!("{} {}", sort.by.folded(), sort.descending));
    [
        kinds.join("+"),
        filter.unwrap_or_default(),
        sort.unwrap_or_default(),
    ]
    .join("\n")
}

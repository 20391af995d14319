//! Lists: pages of the roster, of what keys found, and of what a walk over the documents matched.
//!
//! An import by `startIndex` visits every resource that exists throughout it exactly once, whatever is created or
//! deleted meanwhile: a page starts after the last id that the page before it covered. That id is the *anchor*, stored
//! under the index at which the next page will be asked for, before the page is answered.

use std::future::Future;
use std::time::Duration;

use futures_util::future::try_join;
use scim::filter::Predicate;
use scim::list::Query;
use scim::{Filter, Object, ResourceType, ScimType};
use tokio::time::Instant;

use crate::keys::{self, Key, ResourceKind};
use crate::search::{LookedUp, understand_email};
use crate::table::{Item, number, text};
use crate::{CredentialId, DirectoryId, Error, Lookups, Result, Scope, Store, UniqueIdentifier};

/// Most documents that a filter without a key may walk over.
const MOST_DOCUMENTS: usize = 20_000;
/// Longest time of a walk.
const LONGEST_WALK: Duration = Duration::from_secs(10);
/// Keys of the roster read at once by a walk.
const KEYS_AT_ONCE: usize = 500;
/// Largest answer, in bytes of JSON: Lambda's limit is 6 MB.
const LARGEST_PAGE: usize = 5_500_000;
/// How long an anchor holds.
const ANCHOR_LIFETIME: Duration = Duration::from_hours(1);

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many there are in all.
    pub total: usize,
    /// The page, projected.
    pub resources: Vec<Object>,
}

/// The resources of one type, as a list reads and shows them.
pub trait Resources: Sync {
    /// The type.
    fn resource_type(&self) -> &ResourceType;

    /// The resources of these ids that exist, whole, in the order of the ids. Ids that cannot be ids are of none.
    fn load(&self, ids: &[String]) -> impl Future<Output = Result<Vec<Object>>> + Send;
}

/// What can be read for a list beside the verification of the claim.
#[derive(Debug)]
pub struct Opening {
    kind: ResourceKind,
    read: Read,
}

#[derive(Debug)]
enum Read {
    Found(LookedUp),
    Anchor(Option<Anchor>),
    Total(usize),
    Nothing,
}

#[derive(Clone, Debug)]
struct Anchor {
    start_index: usize,
    after: String,
    total: usize,
}

impl Store {
    /// Reads what a list begins with.
    pub async fn open_list(
        &self,
        directory: DirectoryId,
        credential: &CredentialId,
        kind: ResourceKind,
        query: &Query,
    ) -> Result<Opening> {
        let resource_type = match kind {
            ResourceKind::User => ResourceType::user(),
            ResourceKind::Group => ResourceType::group(),
        };
        let lookups = query
            .filter
            .clone()
            .and_then(|filter| Lookups::of(&understand_email(filter), resource_type));
        let read = match lookups {
            Some(lookups) => Read::Found(self.look_up(directory, kind, &lookups).await?),
            None if query.start_index > 1 && query.count > 0 => {
                let partition = anchor_partition(directory, credential, kind, query);
                Read::Anchor(self.nearest_anchor(partition, query.start_index).await?)
            }
            None if query.filter.is_none() => Read::Total(self.total(directory, kind).await?),
            None => Read::Nothing,
        };
        Ok(Opening { kind, read })
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

    async fn nearest_anchor(
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
            after: item.text("after")?.to_owned(),
            total: item.number("total")?,
        }))
    }
}

fn anchor_partition(
    directory: DirectoryId,
    credential: &CredentialId,
    kind: ResourceKind,
    query: &Query,
) -> String {
    let filter = query
        .filter
        .as_ref()
        .map(Filter::to_string)
        .unwrap_or_default();
    keys::anchor_partition(directory, kind, &filter, credential)
}

impl Scope<'_> {
    /// Reads what a list begins with, when the claim is verified already.
    pub async fn open_list(&self, kind: ResourceKind, query: &Query) -> Result<Opening> {
        let principal = self.principal;
        self.store
            .open_list(principal.directory, &principal.credential, kind, query)
            .await
    }

    /// The page that a query asks for. Errors: 400 `invalidFilter`; 400 `tooMany` for a filter that no key answers, in
    /// a directory too large to be walked.
    pub async fn list<R: Resources>(
        &self,
        query: &Query,
        opening: Opening,
        resources: &R,
    ) -> Result<Page> {
        let settings = &self.principal.settings;
        let mut filter = query.filter.clone();
        if settings.unique_identifier == UniqueIdentifier::Email {
            filter = filter.map(understand_email);
        }
        let bind =
            |filter: &Filter| Predicate::new(filter, resources.resource_type(), settings.dialect);
        // What the filter cannot say is refused before anything else is read.
        let predicate = filter.as_ref().map(bind).transpose()?;
        let listing = Listing {
            scope: self,
            query,
            kind: opening.kind,
            resources,
        };
        match (opening.read, filter, predicate) {
            (Read::Found(mut found), Some(filter), Some(_)) => {
                let filter = self
                    .store
                    .identify_by_email(self.directory(), settings, filter, &mut found)
                    .await?;
                listing.found(found, &bind(&filter)?).await
            }
            (read, _, None) => listing.roster(read).await,
            (read, _, Some(predicate)) => listing.walk(read, &predicate).await,
        }
    }
}

struct Listing<'a, R> {
    scope: &'a Scope<'a>,
    query: &'a Query,
    kind: ResourceKind,
    resources: &'a R,
}

impl<R: Resources> Listing<'_, R> {
    /// Of what keys found, those whom the whole filter matches.
    async fn found(&self, found: LookedUp, predicate: &Predicate) -> Result<Page> {
        let mut ids: Vec<String> = found.into_iter().flat_map(|(_, ids)| ids).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut matching = self.resources.load(&ids).await?;
        matching.retain(|resource| predicate.matches(resource));
        let total = matching.len();
        let page = matching
            .into_iter()
            .skip(self.query.start_index - 1)
            .take(self.query.count)
            .collect();
        Ok(Page {
            total,
            resources: self.fit(page),
        })
    }

    /// A page of all resources, in the order of their creation.
    async fn roster(&self, read: Read) -> Result<Page> {
        let (start, count) = (self.query.start_index, self.query.count);
        let (anchor, total) = match read {
            Read::Anchor(Some(anchor)) => (Some(anchor.clone()), anchor.total),
            Read::Total(total) => (None, total),
            _ => (
                None,
                self.scope
                    .store
                    .total(self.scope.directory(), self.kind)
                    .await?,
            ),
        };
        if count == 0 {
            return Ok(Page {
                total,
                resources: Vec::new(),
            });
        }
        let from = anchor.as_ref().map_or(1, |anchor| anchor.start_index);
        let after = anchor.map(|anchor| anchor.after);
        let Some(after) = self.skip(after, start - from).await? else {
            return Ok(Page {
                total,
                resources: Vec::new(),
            });
        };
        let mut ids = self.roster_keys(after.as_deref(), count + 1).await?;
        let more = ids.len() > count;
        ids.truncate(count);
        let total = if more {
            total.max(start + count)
        } else {
            total
        };
        let load = self.resources.load(&ids);
        let loaded = match ids.last() {
            Some(last) if more => {
                try_join(load, self.put_anchor(start + count, last, total))
                    .await?
                    .0
            }
            _ => load.await?,
        };
        let present = loaded.len();
        let page = self.fit(loaded);
        let cut = page.len() < present;
        let total = if cut { total.max(start + count) } else { total };
        let last = if cut {
            page.last().map(id_of)
        } else {
            ids.last().map(String::as_str)
        };
        // Else the anchor beside the batches is the right one.
        if !more || page.len() < count {
            self.put_anchors_after(page.len(), last, total).await?;
        }
        Ok(self.page(total, page))
    }

    /// A page of the resources that a filter matches, by walking over the documents.
    async fn walk(&self, read: Read, predicate: &Predicate) -> Result<Page> {
        let (start, count) = (self.query.start_index, self.query.count);
        let began = Instant::now();
        let anchor = match read {
            Read::Anchor(anchor) => anchor,
            _ => None,
        };
        let known_total = anchor.as_ref().map(|anchor| anchor.total);
        let mut index = anchor.as_ref().map_or(1, |anchor| anchor.start_index);
        let mut after = anchor.map(|anchor| anchor.after);
        let (mut page, mut documents) = (Vec::new(), 0);
        loop {
            let ids = self.roster_keys(after.as_deref(), KEYS_AT_ONCE).await?;
            documents += ids.len();
            if documents > MOST_DOCUMENTS || began.elapsed() > LONGEST_WALK {
                return Err(too_many());
            }
            for resource in self.resources.load(&ids).await? {
                if predicate.matches(&resource) {
                    if index >= start && index <= start + count {
                        page.push(resource);
                    }
                    index += 1;
                }
            }
            let done = ids.len() < KEYS_AT_ONCE || (known_total.is_some() && page.len() > count);
            after = ids.into_iter().next_back().or(after);
            if done {
                break;
            }
        }
        let mut more = page.len() > count;
        page.truncate(count);
        let matching = page.len();
        let page = self.fit(page);
        more |= page.len() < matching;
        let known = known_total.unwrap_or(index - 1);
        let total = if more {
            known.max(start + count)
        } else {
            known
        };
        self.put_anchors_after(page.len(), page.last().map(id_of), total)
            .await?;
        Ok(self.page(total, page))
    }

    /// A page of what is there after all: its total never falls behind it.
    fn page(&self, total: usize, resources: Vec<Object>) -> Page {
        let shown = match resources.len() {
            0 => 0,
            shown => self.query.start_index - 1 + shown,
        };
        Page {
            total: total.max(shown),
            resources,
        }
    }

    /// Steps over `count` keys of the roster; none if it ends before.
    async fn skip(
        &self,
        mut after: Option<String>,
        mut count: usize,
    ) -> Result<Option<Option<String>>> {
        const STEP: usize = 1_000;
        let began = Instant::now();
        while count > 0 {
            if began.elapsed() > LONGEST_WALK {
                return Err(too_many());
            }
            let step = count.min(STEP);
            let keys = self.roster_keys(after.as_deref(), step).await?;
            if keys.len() < step {
                return Ok(None);
            }
            after = keys.into_iter().next_back();
            count -= step;
        }
        Ok(Some(after))
    }

    async fn roster_keys(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>> {
        let partition = keys::roster_partition(self.scope.directory(), self.kind);
        self.scope
            .table()
            .sort_keys_after(&partition, after, limit)
            .await
    }

    /// Anchors wherever a client that believes the total goes on: after what it got, or by the step that it asked for.
    async fn put_anchors_after(
        &self,
        shown: usize,
        last: Option<&str>,
        total: usize,
    ) -> Result<()> {
        let starts = [shown, self.query.count].map(|step| self.query.start_index + step);
        for (index, start) in starts.iter().enumerate() {
            let repeated = starts[..index].contains(start);
            if let Some(last) = last.filter(|_| *start <= total && !repeated) {
                self.put_anchor(*start, last, total).await?;
            }
        }
        Ok(())
    }

    async fn put_anchor(&self, start_index: usize, after: &str, total: usize) -> Result<()> {
        let principal = self.scope.principal;
        let pk = anchor_partition(
            principal.directory,
            &principal.credential,
            self.kind,
            self.query,
        );
        let key = Key {
            pk,
            sk: keys::anchor_index(start_index),
        };
        let expires = self.scope.store.environment().now() + ANCHOR_LIFETIME;
        let anchor = Item::new(key, "page anchor")
            .with("after", text(after))
            .with("total", number(total))
            .with("expires", number(expires.as_second()));
        self.scope.table().put(anchor).await
    }

    /// Projects the resources, as many of them as fit an answer, but at least one.
    fn fit(&self, mut resources: Vec<Object>) -> Vec<Object> {
        let mut size = 0;
        let mut fitting = 0;
        for resource in &mut resources {
            self.query
                .projection
                .apply(self.resources.resource_type(), resource);
            size += serde_json::to_string(resource).map_or(0, |text| text.len());
            if size > LARGEST_PAGE && fitting > 0 {
                break;
            }
            fitting += 1;
        }
        resources.truncate(fitting);
        resources
    }
}

fn id_of(resource: &Object) -> &str {
    resource
        .get("id")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
}

fn too_many() -> Error {
    scim::Error::bad_request(
        ScimType::TooMany,
        "The directory is too large for this filter: filter by userName, externalId, emails.value, displayName of a group or id.",
    )
    .into()
}

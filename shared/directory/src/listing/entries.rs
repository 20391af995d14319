use futures_util::future::try_join;
use scim::cursor::{CURSOR_TIMEOUT, Cursor, Direction, Position};
use scim::filter::Predicate;
use scim::list::{LARGEST_ANSWER, ListResponse, Query, too_large};
use scim::{Representation, SortKey, WrittenResource};

use super::anchor::Anchor;
use super::budget::{Budget, MOST_COUNTED, too_many};
use super::{Opening, Purpose, Resources, signature};
use crate::keys::{self, ResourceKind};
use crate::search::understand_email;
use crate::{Error, Result, Scope, UniqueIdentifier};

/// A place in a list: a resource that is or was there. In the list's natural order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Index of its section.
    pub section: usize,
    /// Id of the resource.
    pub id: String,
}

/// A list that a query asks for.
pub(super) struct List<'a> {
    pub scope: &'a Scope<'a>,
    pub query: &'a Query,
    pub sections: Vec<Section<'a>>,
}

/// The resources of one type within a list.
pub(super) struct Section<'a> {
    kind: ResourceKind,
    pub resources: &'a dyn Resources,
    predicate: Option<Predicate>,
    /// The ids that keys found, in order; none for the roster.
    found: Option<Vec<String>>,
    total: Option<usize>,
}

/// A resource and its place.
pub(super) type Placed = (Entry, Representation);

impl<'a> List<'a> {
    /// Binds the query to the resource types. What the filter cannot say is refused before anything else is read.
    pub async fn new(
        scope: &'a Scope<'a>,
        query: &'a Query,
        opening: Opening,
        resources: &[&'a dyn Resources],
    ) -> Result<(Self, Option<Anchor>)> {
        let settings = &scope.principal.settings;
        let mut filter = query.filter.clone();
        if settings.unique_identifier == UniqueIdentifier::Email {
            filter = filter.map(understand_email);
        }
        let among_types = opening.are_several_types();
        let mut sections = Vec::with_capacity(resources.len());
        for (open, &resources) in opening.sections.into_iter().zip(resources) {
            let bind = |filter| {
                let resource_type = resources.resource_type();
                if among_types {
                    Predicate::among_types(filter, resource_type, settings.dialect)
                } else {
                    Predicate::new(filter, resource_type, settings.dialect)
                }
            };
            let mut predicate = filter.as_ref().map(bind).transpose()?;
            let mut ids = None;
            if let (Some(mut found), Some(filter)) = (open.found, &filter) {
                let identified = scope
                    .store
                    .identify_by_email(scope.directory(), settings, filter.clone(), &mut found)
                    .await?;
                if identified != *filter {
                    predicate = Some(bind(&identified)?);
                }
                let mut found: Vec<_> = found.into_iter().flat_map(|(_, ids)| ids).collect();
                found.sort_unstable();
                found.dedup();
                ids = Some(found);
            }
            sections.push(Section {
                kind: open.kind,
                resources,
                predicate,
                found: ids,
                total: open.total,
            });
        }
        let list = Self {
            scope,
            query,
            sections,
        };
        Ok((list, opening.anchor))
    }

    pub fn kinds(&self) -> Vec<ResourceKind> {
        self.sections.iter().map(|section| section.kind).collect()
    }

    /// Whether the list is all that there is.
    pub fn is_everything(&self) -> bool {
        self.query.filter.is_none()
    }

    /// Whether keys answer the whole list, however large the directory is.
    pub fn is_found_by_keys(&self) -> bool {
        self.sections.iter().all(|section| section.found.is_some())
    }

    /// How many resources the rosters have together, as far as they were asked.
    pub async fn roster_total(&self) -> Result<usize> {
        let mut total = 0;
        for section in &self.sections {
            total += match section.total {
                Some(total) => total,
                None => {
                    self.scope
                        .store
                        .total(self.scope.directory(), section.kind)
                        .await?
                }
            };
        }
        Ok(total)
    }

    /// Whether the list is so short that counting it costs little, as far as that is known beforehand.
    pub fn can_be_counted(&self) -> bool {
        let sections = self.sections.iter();
        let totals = sections.map(|section| match &section.found {
            Some(found) => Some(found.len()),
            None => section.total,
        });
        totals
            .sum::<Option<usize>>()
            .is_some_and(|total| total <= MOST_COUNTED)
    }

    /// Up to `limit` entries before or after a place, or from the end or the beginning; fewer only where there are no more.
    pub async fn entries(
        &self,
        from: Option<&Entry>,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut sections: Vec<_> = self.sections.iter().enumerate().collect();
        if direction == Direction::Backward {
            sections.reverse();
        }
        for (index, section) in sections {
            let from = match from {
                Some(from) if from.section == index => Some(from.id.as_str()),
                Some(from) if (from.section > index) == (direction == Direction::Forward) => {
                    continue;
                }
                _ => None,
            };
            let wanted = limit - entries.len();
            if wanted == 0 {
                break;
            }
            let ids = self.ids(section, from, wanted, direction).await?;
            entries.extend(ids.into_iter().map(|id| Entry { section: index, id }));
        }
        Ok(entries)
    }

    async fn ids(
        &self,
        section: &Section<'_>,
        from: Option<&str>,
        limit: usize,
        direction: Direction,
    ) -> Result<Vec<String>> {
        let Some(found) = &section.found else {
            let partition = keys::roster_partition(self.scope.directory(), section.kind);
            let forward = direction == Direction::Forward;
            let table = self.scope.table();
            return table.sort_keys(&partition, from, limit, forward).await;
        };
        let ids: Vec<_> = match direction {
            Direction::Forward => {
                let start = from.map_or(0, |from| found.partition_point(|id| id.as_str() <= from));
                found[start..].iter().take(limit).cloned().collect()
            }
            Direction::Backward => {
                let end = from.map_or(found.len(), |from| {
                    found.partition_point(|id| id.as_str() < from)
                });
                found[..end].iter().rev().take(limit).cloned().collect()
            }
        };
        Ok(ids)
    }

    /// The resources at these places that exist, in the order of the entries.
    async fn load(&self, entries: &[Entry], purpose: Purpose) -> Result<Vec<Placed>> {
        let mut loaded = Vec::with_capacity(entries.len());
        for (index, section) in self.sections.iter().enumerate() {
            let entries = entries.iter().filter(|entry| entry.section == index);
            let ids: Vec<_> = entries.map(|entry| entry.id.clone()).collect();
            if ids.is_empty() {
                continue;
            }
            for resource in section.resources.load(&ids, purpose).await? {
                let id = resource.get("id").and_then(serde_json::Value::as_str);
                let id = id.ok_or(Error::Corrupt("id"))?.to_owned();
                loaded.push((Entry { section: index, id }, resource));
            }
        }
        if self.sections.len() > 1 {
            let place = |entry: &Entry| entries.iter().position(|other| other == entry);
            loaded.sort_by_cached_key(|(entry, _)| place(entry));
        }
        Ok(loaded)
    }

    /// Those of the resources at these places that the filter matches.
    async fn matching(&self, entries: &[Entry], purpose: Purpose) -> Result<Vec<Placed>> {
        let mut loaded = self.load(entries, purpose).await?;
        loaded.retain(|(entry, resource)| {
            let predicate = &self.sections[entry.section].predicate;
            predicate
                .as_ref()
                .is_none_or(|predicate| predicate.matches(resource))
        });
        Ok(loaded)
    }

    fn at_once(&self, purpose: Purpose) -> usize {
        let sections = self.sections.iter();
        let at_once = sections.map(|section| section.resources.at_once(purpose));
        at_once.min().unwrap_or(1)
    }

    /// A walk that begins before or after a place, or at the end or the beginning.
    pub fn walk(&self, from: Option<Entry>, direction: Direction) -> Walk {
        Walk {
            direction,
            budget: Budget::new(self.scope.store.longest_walk),
            covered: from,
            ahead: None,
            ended: false,
            paused: false,
        }
    }

    /// Walks over the list from a place on: the next matching resources, at most so many as one step reads.
    pub async fn step(&self, walk: &mut Walk) -> Result<Vec<Placed>> {
        // What keys found is little, and is shown without another read.
        let by_keys = self.is_found_by_keys();
        let purpose = if by_keys { Purpose::Show } else { Purpose::Ask };
        let at_once = self.at_once(purpose);
        let entries = match walk.ahead.take() {
            Some(entries) => entries,
            None => {
                self.entries(walk.covered.as_ref(), at_once, walk.direction)
                    .await?
            }
        };
        walk.ended = entries.len() < at_once;
        if !by_keys && !walk.budget.allows(entries.len()) {
            walk.paused = true;
            return Ok(Vec::new());
        }
        walk.covered = entries.last().cloned().or(walk.covered.take());
        let matching = self.matching(&entries, purpose);
        if walk.ended {
            return matching.await;
        }
        // The next entries are read beside these resources.
        let ahead = self.entries(walk.covered.as_ref(), at_once, walk.direction);
        let (matching, ahead) = try_join(matching, ahead).await?;
        walk.ahead = Some(ahead);
        Ok(matching)
    }

    /// The answer to a query that asks for no resources.
    pub async fn count(&self) -> Result<ListResponse> {
        let total = if self.is_everything() {
            Some(self.roster_total().await?)
        } else {
            let mut walk = self.walk(None, Direction::Forward);
            let mut matching = 0;
            while walk.goes_on() {
                matching += self.step(&mut walk).await?.len();
            }
            match self.query.start_index() {
                _ if !walk.paused => Some(matching),
                // By cursor it may be left open (RFC 9865 §2).
                None => None,
                Some(_) => return Err(too_many()),
            }
        };
        Ok(ListResponse {
            total,
            start_index: self.query.start_index(),
            ..ListResponse::default()
        })
    }

    /// Reads a cursor of this query. Errors: those of [`Cursor::read`].
    pub fn read_cursor(&self, text: &str) -> Result<Cursor> {
        let key = &self.scope.principal.cursor_key;
        let now = self.scope.store.environment().now().as_second();
        let directory = self.scope.directory().to_string();
        let query = signature(&self.kinds(), self.query);
        let count = self.query.count;
        Ok(Cursor::read(text, key, &[&directory, &query], count, now)?)
    }

    /// A cursor of this query.
    pub fn write_cursor(
        &self,
        direction: Direction,
        position: Option<Position>,
        total: Option<usize>,
    ) -> String {
        let key = &self.scope.principal.cursor_key;
        let now = self.scope.store.environment().now().as_second();
        let directory = self.scope.directory().to_string();
        let query = signature(&self.kinds(), self.query);
        let cursor = Cursor {
            direction,
            position,
            total,
            count: self.query.count,
            expires: now + i64::from(CURSOR_TIMEOUT),
        };
        cursor.write(key, &[&directory, &query])
    }

    /// What is shown of the resources that a walk found.
    pub async fn show_matching(&self, matching: Vec<Placed>) -> Result<Shown> {
        if self.is_found_by_keys() {
            let mut page = Page::default();
            self.add(&mut page, matching)?;
            return Ok(page.shown);
        }
        let entries: Vec<_> = matching.into_iter().map(|(entry, _)| entry).collect();
        self.show(&entries).await
    }

    /// What is shown of the resources at these places: projected, and as many of them as fit an answer.
    pub async fn show(&self, entries: &[Entry]) -> Result<Shown> {
        let mut page = Page::default();
        for at_once in entries.chunks(self.at_once(Purpose::Show)) {
            if page.shown.is_cut {
                break;
            }
            let loaded = self.load(at_once, Purpose::Show).await?;
            self.add(&mut page, loaded)?;
        }
        Ok(page.shown)
    }

    /// Error: 400 `tooMany` if not even the first resource fits.
    fn add(&self, page: &mut Page, resources: Vec<Placed>) -> Result<()> {
        for (entry, mut resource) in resources {
            let resource_type = self.sections[entry.section].resources.resource_type();
            self.query.projection.apply(resource_type, &mut resource);
            let written = WrittenResource::from(&resource);
            page.size += written.answer_size();
            if page.size > LARGEST_ANSWER {
                page.shown.is_cut = true;
                if page.shown.resources.is_empty() {
                    return Err(too_large().into());
                }
                break;
            }
            page.shown.resources.push((entry, written));
        }
        Ok(())
    }
}

/// The resources of a page.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// In walking order, and where each stands.
    pub resources: Vec<(Entry, WrittenResource)>,
    /// More of them would have been too large an answer.
    pub is_cut: bool,
}

impl Shown {
    pub fn last(&self) -> Option<&Entry> {
        self.resources.last().map(|(entry, _)| entry)
    }

    pub fn len(&self) -> usize {
        self.resources.len()
    }
}

#[derive(Default)]
struct Page {
    shown: Shown,
    size: usize,
}

impl From<Position> for Entry {
    fn from(position: Position) -> Self {
        Self {
            section: position.section,
            id: position.id,
        }
    }
}

impl Entry {
    /// The place as a cursor has it.
    pub fn position(&self, key: Option<SortKey>) -> Position {
        Position {
            section: self.section,
            id: self.id.clone(),
            key,
        }
    }
}

/// How far a walk has come.
pub(super) struct Walk {
    direction: Direction,
    budget: Budget,
    /// The last entry that was looked at.
    pub covered: Option<Entry>,
    ahead: Option<Vec<Entry>>,
    ended: bool,
    /// The budget is spent.
    pub paused: bool,
}

impl Walk {
    pub fn goes_on(&self) -> bool {
        !self.ended && !self.paused
    }

    /// Whether everything in its direction was looked at.
    pub fn has_ended(&self) -> bool {
        self.ended && !self.paused
    }
}

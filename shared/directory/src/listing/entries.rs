use futures_util::future::try_join;
use scim::cursor::{CURSOR_TIMEOUT, Cursor, Direction, Position};
use scim::filter::Predicate;
use scim::list::{LARGEST_ANSWER, ListResponse, Query, answer_size, too_large};
use scim::{Object, SortKey};

use super::anchor::Anchor;
use super::budget::{Budget, MOST_DOCUMENTS, too_many};
use super::{Opening, Resources, signature};
use crate::keys::{self, ResourceKind};
use crate::search::understand_email;
use crate::{Error, Result, Scope, UniqueIdentifier};

/// Entries of a roster that a walk reads at once.
const AT_ONCE: usize = 500;

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
pub(super) type Placed = (Entry, Object);

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
        let among_types = resources.len() > 1;
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

    /// Whether all of the list can be walked in one request, as far as that is known beforehand.
    pub fn can_be_counted(&self) -> bool {
        let sections = self.sections.iter();
        let totals = sections.map(|section| match &section.found {
            Some(found) => Some(found.len()),
            None => section.total,
        });
        totals
            .sum::<Option<usize>>()
            .is_some_and(|total| total <= MOST_DOCUMENTS)
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

    /// The resources at these places that exist and that the filter matches, in the order of the entries.
    pub async fn load(&self, entries: &[Entry]) -> Result<Vec<Placed>> {
        let mut loaded = Vec::with_capacity(entries.len());
        for run in entries.chunk_by(|one, other| one.section == other.section) {
            let section = &self.sections[run[0].section];
            let ids: Vec<_> = run.iter().map(|entry| entry.id.clone()).collect();
            let mut resources = section.resources.load(&ids).await?;
            if let Some(predicate) = &section.predicate {
                resources.retain(|resource| predicate.matches(resource));
            }
            let place = |resource: Object| {
                let id = resource.get("id").and_then(serde_json::Value::as_str);
                let id = id.ok_or(Error::Corrupt("id"))?.to_owned();
                let section = run[0].section;
                Ok((Entry { section, id }, resource))
            };
            let placed = resources.into_iter().map(place);
            loaded.extend(placed.collect::<Result<Vec<_>>>()?);
        }
        Ok(loaded)
    }

    /// Walks over the list from a place on: the next matching resources, at most so many as one step reads.
    pub async fn step(&self, walk: &mut Walk) -> Result<Vec<Placed>> {
        let entries = match walk.ahead.take() {
            Some(entries) => entries,
            None => {
                self.entries(walk.covered.as_ref(), AT_ONCE, walk.direction)
                    .await?
            }
        };
        walk.ended = entries.len() < AT_ONCE;
        if !self.is_found_by_keys() && !walk.budget.allows(entries.len()) {
            walk.paused = true;
            return Ok(Vec::new());
        }
        walk.covered = entries.last().cloned().or(walk.covered.take());
        if walk.ended {
            return self.load(&entries).await;
        }
        // The next entries are read beside these resources.
        let ahead = self.entries(walk.covered.as_ref(), AT_ONCE, walk.direction);
        let (loaded, ahead) = try_join(self.load(&entries), ahead).await?;
        walk.ahead = Some(ahead);
        Ok(loaded)
    }

    /// The answer to a query that asks for no resources.
    pub async fn count(&self) -> Result<ListResponse> {
        let total = if self.is_everything() {
            Some(self.roster_total().await?)
        } else {
            let mut walk = Walk::new(None, Direction::Forward);
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

    /// Projects the resources, as many of them as fit an answer. Error: 400 `tooMany` if not even the first one does.
    pub fn fit(&self, mut resources: Vec<Placed>) -> Result<Vec<Placed>> {
        let mut size = 0;
        let mut fitting = 0;
        for (entry, resource) in &mut resources {
            let resource_type = self.sections[entry.section].resources.resource_type();
            self.query.projection.apply(resource_type, resource);
            size += answer_size(resource);
            if size > LARGEST_ANSWER {
                break;
            }
            fitting += 1;
        }
        if fitting == 0 && !resources.is_empty() {
            return Err(too_large().into());
        }
        resources.truncate(fitting);
        Ok(resources)
    }
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
    pub fn new(from: Option<Entry>, direction: Direction) -> Self {
        Self {
            direction,
            budget: Budget::new(),
            covered: from,
            ahead: None,
            ended: false,
            paused: false,
        }
    }

    pub fn goes_on(&self) -> bool {
        !self.ended && !self.paused
    }

    /// Whether everything in its direction was looked at.
    pub fn has_ended(&self) -> bool {
        self.ended && !self.paused
    }
}

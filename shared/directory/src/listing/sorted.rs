use std::cmp::Ordering;

use scim::cursor::{Direction, Position};
use scim::list::{ListResponse, Paging};
use scim::{Order, Sort, SortKey};

use super::are_several_types;
use super::budget::too_many_to_sort;
use super::by_cursor::cursor_page;
use super::by_index::page;
use super::entries::{Entry, List};
use crate::Result;

/// The whole list, sorted: keys and places, no resources.
struct Sorted {
    order: Order,
    rows: Vec<(SortKey, Entry)>,
}

impl List<'_> {
    /// A page of the sorted list (RFC 7644 §3.4.2.3; RFC 9865 §2.2). Everything that matches is walked over for each page.
    pub async fn sorted(&self, sort: &Sort) -> Result<ListResponse> {
        let sorted = self.sort(sort).await?;
        match &self.query.paging {
            Paging::Index(start) => {
                let rows = sorted.rows.iter().skip(start - 1).take(self.query.count);
                let entries: Vec<_> = rows.map(|(_, entry)| entry.clone()).collect();
                let shown = self.show(&entries).await?;
                Ok(page(*start, sorted.rows.len(), shown))
            }
            Paging::Cursor(cursor) => self.sorted_by_cursor(&sorted, cursor.as_deref()).await,
        }
    }

    async fn sorted_by_cursor(
        &self,
        sorted: &Sorted,
        cursor: Option<&str>,
    ) -> Result<ListResponse> {
        let cursor = cursor.map(|text| self.read_cursor(text)).transpose()?;
        let first = cursor.is_none();
        let (direction, position) = match cursor {
            Some(cursor) => (cursor.direction, cursor.position),
            None => (Direction::Forward, None),
        };
        let mut rows = sorted.rows_from(position, direction);
        let more = rows.len() > self.query.count;
        rows.truncate(self.query.count);
        let entries: Vec<_> = rows.iter().map(|(_, entry)| entry.clone()).collect();
        let shown = self.show(&entries).await?;
        let last = if shown.is_cut {
            let last = shown.last();
            rows.iter().find(|(_, entry)| Some(entry) == last)
        } else {
            rows.last()
        };
        let write = |direction, row: Option<&&(SortKey, Entry)>| {
            let position = row.map(|(key, entry)| entry.position(Some(key.clone())));
            self.write_cursor(direction, position, None)
        };
        let ahead = (more || shown.is_cut).then(|| write(direction, last));
        let behind = match direction {
            // There is nothing before the first page.
            Direction::Forward if first => None,
            Direction::Forward => Some(write(Direction::Backward, rows.first())),
            Direction::Backward => Some(write(Direction::Forward, rows.first())),
        };
        let total = Some(sorted.rows.len());
        Ok(cursor_page(direction, shown, total, ahead, behind))
    }

    async fn sort(&self, sort: &Sort) -> Result<Sorted> {
        let dialect = self.scope.principal.settings.dialect;
        let among_types = are_several_types(&self.kinds());
        let orders = self.sections.iter().map(|section| {
            Order::new(
                sort,
                section.resources.resource_type(),
                dialect,
                among_types,
            )
        });
        let orders = orders.collect::<Result<Vec<_>, _>>()?;
        let mut rows = Vec::new();
        let mut walk = self.walk(None, Direction::Forward);
        while walk.goes_on() {
            for (entry, resource) in self.step(&mut walk).await? {
                rows.push((orders[entry.section].key(&resource), entry));
            }
        }
        if walk.paused {
            return Err(too_many_to_sort());
        }
        // Keys of all types are compared alike.
        let Some(order) = orders.into_iter().next() else {
            return Err(too_many_to_sort());
        };
        rows.sort_unstable_by(|one, other| compare(&order, one, other));
        Ok(Sorted { order, rows })
    }
}

impl Sorted {
    /// The rows before or after a place, in walking order.
    fn rows_from(
        &self,
        position: Option<Position>,
        direction: Direction,
    ) -> Vec<&(SortKey, Entry)> {
        let place = |mut position: Position| {
            let key = position.key.take();
            let row = (key.unwrap_or(SortKey::Missing), Entry::from(position));
            match self
                .rows
                .binary_search_by(|other| compare(&self.order, other, &row))
            {
                Ok(at) => (at, at + 1),
                Err(at) => (at, at),
            }
        };
        match (direction, position.map(place)) {
            (Direction::Forward, at) => self.rows[at.map_or(0, |(_, after)| after)..]
                .iter()
                .collect(),
            (Direction::Backward, at) => {
                let end = at.map_or(self.rows.len(), |(before, _)| before);
                self.rows[..end].iter().rev().collect()
            }
        }
    }
}

/// By the key, and among equals in the natural order.
fn compare(order: &Order, one: &(SortKey, Entry), other: &(SortKey, Entry)) -> Ordering {
    order
        .compare(&one.0, &other.0)
        .then_with(|| one.1.cmp(&other.1))
}

use scim::cursor::Direction;
use scim::list::ListResponse;

use super::budget::too_many;
use super::entries::{Entry, List, Shown};
use crate::Result;

/// A page in the order in which it was walked.
struct Walked {
    shown: Shown,
    /// Where the next page in the same direction begins; none at the end.
    ahead: Option<Entry>,
    /// How many match in all, if everything was looked at.
    counted: Option<usize>,
}

impl List<'_> {
    /// A page by cursor, in the natural order (RFC 9865 §2).
    pub async fn by_cursor(&self, cursor: Option<&str>) -> Result<ListResponse> {
        let cursor = cursor.map(|text| self.read_cursor(text)).transpose()?;
        let first = cursor.is_none();
        let (direction, position, total) = match cursor {
            Some(cursor) => (cursor.direction, cursor.position, cursor.total),
            None => (Direction::Forward, None, None),
        };
        let from = position.map(Entry::from);
        let walked = if self.is_everything() {
            self.walk_everything(from, direction).await?
        } else {
            let counting = first && self.can_be_counted();
            self.walk_matching(from, direction, counting).await?
        };
        let total = match (first, self.is_everything()) {
            (false, _) => total,
            (true, true) => Some(self.roster_total().await?),
            (true, false) => walked.counted,
        };
        let write = |direction, entry: Option<&Entry>| {
            self.write_cursor(direction, entry.map(|entry| entry.position(None)), total)
        };
        let ahead = walked.ahead.as_ref();
        // On a page that shows nobody, what was walked over last is as good.
        let begin = walked
            .shown
            .resources
            .first()
            .map(|(entry, _)| entry)
            .or(ahead);
        let ahead = ahead.map(|entry| write(direction, Some(entry)));
        let behind = match direction {
            // There is nothing before the first page.
            Direction::Forward if first => None,
            Direction::Forward => Some(write(Direction::Backward, begin)),
            Direction::Backward => Some(write(Direction::Forward, begin)),
        };
        Ok(cursor_page(direction, walked.shown, total, ahead, behind))
    }

    async fn walk_everything(&self, from: Option<Entry>, direction: Direction) -> Result<Walked> {
        let count = self.query.count;
        let mut entries = self.entries(from.as_ref(), count + 1, direction).await?;
        let more = entries.len() > count;
        entries.truncate(count);
        let shown = self.show(&entries).await?;
        let ahead = if shown.is_cut {
            shown.last().cloned()
        } else {
            entries.pop().filter(|_| more)
        };
        Ok(Walked {
            shown,
            ahead,
            counted: None,
        })
    }

    /// The next resources that the filter matches. Past the budget the walk pauses: the page is short, and the next one
    /// goes on from there.
    async fn walk_matching(
        &self,
        from: Option<Entry>,
        direction: Direction,
        counting: bool,
    ) -> Result<Walked> {
        let count = self.query.count;
        let mut walk = self.walk(from, direction);
        let (mut matching, mut counted) = (Vec::new(), 0);
        while walk.goes_on() && (counting || matching.len() <= count) {
            let found = self.step(&mut walk).await?;
            counted += found.len();
            let room = (count + 1).saturating_sub(matching.len());
            matching.extend(found.into_iter().take(room));
        }
        if walk.paused && walk.covered.is_none() {
            return Err(too_many());
        }
        let full = matching.len() > count;
        matching.truncate(count);
        let last = matching.last().map(|(entry, _)| entry.clone());
        let shown = self.show_matching(matching).await?;
        let ahead = if shown.is_cut {
            shown.last().cloned()
        } else if full {
            last
        } else {
            walk.covered.clone().filter(|_| walk.paused)
        };
        Ok(Walked {
            shown,
            ahead,
            counted: walk.has_ended().then_some(counted),
        })
    }
}

/// The answer; a page that was walked backward is turned round.
pub(super) fn cursor_page(
    direction: Direction,
    shown: Shown,
    total: Option<usize>,
    ahead: Option<String>,
    behind: Option<String>,
) -> ListResponse {
    let mut resources: Vec<_> = shown
        .resources
        .into_iter()
        .map(|(_, resource)| resource)
        .collect();
    let (next_cursor, previous_cursor) = match direction {
        Direction::Forward => (ahead, behind),
        Direction::Backward => {
            resources.reverse();
            (behind, ahead)
        }
    };
    ListResponse {
        total,
        start_index: None,
        next_cursor,
        previous_cursor,
        resources,
    }
}

use futures_util::future::try_join;
use scim::cursor::Direction;
use scim::list::ListResponse;

use super::anchor::Anchor;
use super::budget::{Budget, too_far, too_many};
use super::entries::{Entry, List, Shown};
use crate::Result;

impl List<'_> {
    /// A page by index, in the natural order.
    pub async fn by_index(&self, start: usize, anchor: Option<Anchor>) -> Result<ListResponse> {
        if self.is_everything() {
            self.page_of_everything(start, anchor).await
        } else {
            self.page_of_matching(start, anchor).await
        }
    }

    async fn page_of_everything(
        &self,
        start: usize,
        anchor: Option<Anchor>,
    ) -> Result<ListResponse> {
        let count = self.query.count;
        let total = match &anchor {
            Some(anchor) => anchor.total,
            None => self.roster_total().await?,
        };
        let from = anchor.as_ref().map_or(1, |anchor| anchor.start_index);
        let after = anchor.map(|anchor| anchor.after);
        let Some(after) = self.skip(after, start - from).await? else {
            return Ok(page(start, total, Shown::default()));
        };
        let mut entries = self
            .entries(after.as_ref(), count + 1, Direction::Forward)
            .await?;
        let more = entries.len() > count;
        entries.truncate(count);
        let total = if more {
            total.max(start + count)
        } else {
            total
        };
        let show = self.show(&entries);
        let shown = match entries.last() {
            Some(last) if more => {
                try_join(show, self.put_anchor(start + count, last, total))
                    .await?
                    .0
            }
            _ => show.await?,
        };
        let (total, last) = if shown.is_cut {
            (total.max(start + count), shown.last())
        } else {
            (total, entries.last())
        };
        // Else the anchor beside the batches is the right one.
        if !more || shown.len() < count {
            self.put_anchors_after(start, shown.len(), last, total)
                .await?;
        }
        Ok(page(start, total, shown))
    }

    /// A page of the resources that a filter matches, by walking over them.
    async fn page_of_matching(&self, start: usize, anchor: Option<Anchor>) -> Result<ListResponse> {
        let count = self.query.count;
        let known_total = anchor.as_ref().map(|anchor| anchor.total);
        let mut index = anchor.as_ref().map_or(1, |anchor| anchor.start_index);
        let mut walk = self.walk(anchor.map(|anchor| anchor.after), Direction::Forward);
        let mut matching = Vec::new();
        while walk.goes_on() && (known_total.is_none() || matching.len() <= count) {
            for placed in self.step(&mut walk).await? {
                if (start..=start + count).contains(&index) {
                    matching.push(placed);
                }
                index += 1;
            }
        }
        if walk.paused {
            return Err(too_many());
        }
        let more = matching.len() > count;
        matching.truncate(count);
        let last = matching.last().map(|(entry, _)| entry.clone());
        let shown = self.show_matching(matching).await?;
        let more = more || shown.is_cut;
        let known = known_total.unwrap_or(index - 1);
        let total = if more {
            known.max(start + count)
        } else {
            known
        };
        if !self.is_found_by_keys() {
            let last = if shown.is_cut {
                shown.last()
            } else {
                last.as_ref()
            };
            self.put_anchors_after(start, shown.len(), last, total)
                .await?;
        }
        Ok(page(start, total, shown))
    }

    /// Steps over `count` entries, reading nothing but their keys; none if the list ends before. Error: 400 `tooMany` if
    /// that takes too long.
    async fn skip(
        &self,
        mut after: Option<Entry>,
        mut count: usize,
    ) -> Result<Option<Option<Entry>>> {
        const STEP: usize = 1_000;
        let budget = Budget::new(self.scope.store.longest_walk);
        while count > 0 {
            let step = count.min(STEP);
            let entries = self
                .entries(after.as_ref(), step, Direction::Forward)
                .await?;
            if entries.len() < step {
                return Ok(None);
            }
            after = entries.into_iter().next_back();
            count -= step;
            if count > 0 && !budget.has_time() {
                return Err(too_far());
            }
        }
        Ok(Some(after))
    }
}

/// A page of what is there after all: its total never falls behind it.
pub(super) fn page(start: usize, total: usize, shown: Shown) -> ListResponse {
    let end = match shown.len() {
        0 => 0,
        shown => start - 1 + shown,
    };
    ListResponse {
        total: Some(total.max(end)),
        start_index: Some(start),
        resources: shown
            .resources
            .into_iter()
            .map(|(_, resource)| resource)
            .collect(),
        ..ListResponse::default()
    }
}

use std::time::Duration;

use scim::ScimType;
use tokio::time::Instant;

use crate::Error;

/// Most documents that a request may walk over.
const MOST_DOCUMENTS: usize = 20_000;
/// Longest list that is walked to its end only to tell how long it is.
pub(super) const MOST_COUNTED: usize = 2_000;

/// What a request may spend on a walk that no key shortens.
#[derive(Debug)]
pub(super) struct Budget {
    began: Instant,
    longest: Duration,
    documents: usize,
}

impl Budget {
    pub fn new(longest: Duration) -> Self {
        Self {
            began: Instant::now(),
            longest,
            documents: 0,
        }
    }

    /// Whether so many more documents may be read; then they count.
    pub fn allows(&mut self, documents: usize) -> bool {
        self.documents += documents;
        self.documents <= MOST_DOCUMENTS && self.has_time()
    }

    /// Whether there is time for one more step.
    pub fn has_time(&self) -> bool {
        self.began.elapsed() < self.longest
    }
}

/// 400: the way out is a filter that a key answers, or a cursor, which may pause.
pub(super) fn too_many() -> Error {
    refused(
        "The directory is too large for this filter: page with `cursor`, or filter by userName, externalId, emails.value, displayName of a group or id.",
    )
}

/// 400 for a sort, which cannot pause.
pub(super) fn too_many_to_sort() -> Error {
    refused(
        "The directory is too large to be sorted: leave `sortBy` out, or filter by userName, externalId, emails.value, displayName of a group or id.",
    )
}

/// 400 for a `startIndex` so far away that it cannot be counted up to.
pub(super) fn too_far() -> Error {
    refused(
        "The directory is too large to begin at this `startIndex`: take the pages one after another, or page with `cursor`.",
    )
}

fn refused(detail: &str) -> Error {
    scim::Error::bad_request(ScimType::TooMany, detail).into()
}

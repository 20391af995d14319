use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use directory::{Author, DirectoryId};
use jiff::Timestamp;

/// What was noted of refused credentials lately: who goes on with an expired token is told of once a minute, not with every
/// request, so that no client can fill the audit trail with what it may not do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted(Arc<Mutex<HashMap<Key, Timestamp>>>);

/// Whose, of which status, and what was asked for.
type Key = (DirectoryId, String, u16, String);

impl Noted {
    /// Whether this is to be noted, which is remembered.
    pub fn is_due(
        &self,
        directory: DirectoryId,
        author: &Author,
        status: u16,
        operation: &str,
        now: Timestamp,
    ) -> bool {
        const ONCE_IN: Duration = Duration::from_mins(1);
        const MOST_REMEMBERED: usize = 10_000;
        let key = (directory, author.to_string(), status, operation.to_owned());
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(&key).is_some_and(|&at| now < at + ONCE_IN) {
            return false;
        }
        if noted.len() >= MOST_REMEMBERED {
            noted.clear();
        }
        noted.insert(key, now);
        true
    }
}

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use directory::Environment;
use jiff::{SignedDuration, Timestamp};

use crate::Chance;

/// A clock that stands still until it is moved, and chance that is the same in every run.
#[derive(Debug)]
pub struct TestEnvironment {
    milliseconds: AtomicI64,
    chance: Mutex<Chance>,
}

impl Default for TestEnvironment {
    fn default() -> Self {
        Self::new(None)
    }
}

impl TestEnvironment {
    /// 2026-11-21T09:00:00Z, and chance from this seed instead of that of every run.
    pub fn new(seed: Option<u64>) -> Self {
        Self {
            milliseconds: AtomicI64::new(1_795_251_600_000),
            chance: Mutex::new(Chance::new(seed.unwrap_or(0x9E37_79B9_7F4A_7C15))),
        }
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).map_or(i128::MAX, |by| by.as_millis());
        self.milliseconds
            .fetch_add(i64::try_from(by).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Environment for TestEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.milliseconds.load(Ordering::SeqCst)).unwrap_or_default()
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self
            .chance
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&chance.number().to_be_bytes()[..chunk.len()]);
        }
    }
}

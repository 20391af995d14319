//! DynamoDB as this crate uses it: strongly consistent reads, conditional writes and transactions, with what DynamoDB
//! may answer handled where it occurs.

mod create;
mod describe;
mod failure;
mod item;
mod read;
mod scan;
mod write;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{self, timeout::TimeoutConfig};

use crate::Environment;

pub use describe::TableDescription;
pub(crate) use item::{Item, binary, binary_set, number, text};
pub(crate) use read::{BATCH, BATCHES_AT_ONCE};
pub(crate) use write::{Found, Outcome, Write};

/// A table and the way to it.
#[derive(Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
    environment: Arc<dyn Environment>,
}

impl Table {
    pub fn new(client: Client, name: String, environment: Arc<dyn Environment>) -> Self {
        Self {
            client,
            name,
            environment,
        }
    }

    pub fn environment(&self) -> &dyn Environment {
        self.environment.as_ref()
    }

    /// Random bytes.
    pub fn random<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        self.environment.fill(&mut bytes);
        bytes
    }

    /// Waits longer after each attempt, and never as long as another request does.
    async fn back_off(&self, attempt: u32) {
        const FIRST_MILLISECONDS: u64 = 10;
        const LONGEST_MILLISECONDS: u64 = 1_000;
        let ceiling = (FIRST_MILLISECONDS << attempt.min(10)).min(LONGEST_MILLISECONDS);
        let jitter = u64::from_be_bytes(self.random()) % ceiling;
        tokio::time::sleep(Duration::from_millis(ceiling / 2 + jitter / 2)).await;
    }
}

/// Transactions of more items may carry megabytes: an attempt at one takes longer than one at an item.
const ITEMS_OF_A_SMALL_TRANSACTION: usize = 30;

/// What is different about the call of a transaction of so many items; none if nothing is.
fn patience(items: usize) -> Option<config::Builder> {
    const LONGEST_ATTEMPT: Duration = Duration::from_secs(6);
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(LONGEST_ATTEMPT);
    (items > ITEMS_OF_A_SMALL_TRANSACTION)
        .then(|| config::Builder::new().timeout_config(timeouts.build()))
}

/// Attempts after a refusal that may pass: a conflict, throttling, no answer.
const MOST_ATTEMPTS: u32 = 10;

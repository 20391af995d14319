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

use crate::Environment;

pub use describe::TableDescription;
pub(crate) use item::{Item, binary, binary_set, number, text};
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

/// Attempts after a refusal that may pass: a conflict, throttling, no answer.
const MOST_ATTEMPTS: u32 = 10;

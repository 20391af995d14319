//! The product on one machine: API Gateway's behaviour in front of the functions themselves.
//!
//! The gateway is configured by `template.yaml`, the file that is deployed: routes, the authorizer's settings, the
//! gateway's own answers and the functions' policies are read from it, so they cannot drift. What API Gateway documents is
//! done as documented; what it leaves open is refused rather than guessed.
//!
//! Deliberately not here: throttling, usage plans, API keys, WAF and TLS. They stand in front of the product and do
//! not change an answer of it.

mod access;
mod answer;
pub mod api;
mod authorization;
mod changes;
mod compression;
mod database;
mod definition;
mod dynamodb;
mod event;
mod functions;
pub mod gateway;
pub mod gateway_responses;
mod guard;
mod host;
pub mod http;
mod iam;
mod policy;
mod role;
mod route;
mod stack;

use mimalloc::MiMalloc;

pub use changes::Changes;
pub use dynamodb::{DynamoDb, DynamoDbError};
pub use guard::{Denied, Guard, within};
pub use role::{Grant, Roles};
pub use stack::{Stack, StackError};

/// Of every process that runs the local stack: the embedded DynamoDB and the AWS client allocate so much that with the system's
/// allocator it took a quarter of their time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

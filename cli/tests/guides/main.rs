//! The guides of five companies for their customers, each played from its first setting to its last: what the company's
//! administrator does at the command line, what Okta then sends, and what the company's application reads.
#![cfg(unix)]

mod alloy;
mod axis;
mod moxion;
#[path = "../running/mod.rs"]
mod running;
mod scaleflex;
mod scim_setup;
mod stage;

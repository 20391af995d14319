//! The common way of a function: an API Gateway event becomes a [`Request`], its claim is verified against the
//! directory ([`App::verified`]), and an [`Answer`] or an error becomes the response.
//!
//! Every function verifies each request itself: API Gateway caches its authorizer's answer, so that answer is never
//! the last word. Nothing read for a request can be had without the [`directory::Principal`] of that verification.
//!
//! Deliberately not here: what a resource is.

mod answer;
mod app;
mod invocation;
mod list;
mod log;
mod meter;
mod noted;
mod refused;
mod request;
mod service;
mod wiring;

pub use answer::Answer;
pub use app::App;
pub use invocation::{Invocation, Outcome};
pub use list::{ResourcesOf, list};
pub use log::start as start_logging_to;
pub use meter::metered;
pub use refused::{Refused, note_refused};
pub use request::{ADMIN_PATH, Api, BASE_PATH, Operation, Request};
pub use service::{Handler, LONGEST_ANSWER, answer, method_not_allowed, respond};
pub use wiring::{https_client, run, start_logging, store_from_environment, tls};

/// The version, and in brackets the commit.
pub const VERSION: &str = env!("MUSTER_VERSION");
/// The commit that this was built from; `development` in a build that is not for release.
pub const COMMIT: &str = env!("MUSTER_COMMIT");

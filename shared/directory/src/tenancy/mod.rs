//! Tenants: environments (production, staging), their organizations (the customers), and the directories of an
//! organization, each one connection to one identity provider.
//!
//! What an administrator does of all this is on [`Administration`].

mod administration;
mod change;
mod create;
mod delete;
mod directory;
mod environment;
mod json;
mod organization;
mod settings;
mod slug;

pub use administration::Administration;
pub(crate) use change::check_not_deleting;
pub use delete::Deletion;
pub use directory::{Directory, DirectoryState};
pub use environment::{EnvironmentRecord, check_base_url, is_loopback};
pub use organization::{ListedDirectory, OrganizationRecord};
pub use slug::{DirectoryName, DirectorySlug, EnvironmentSlug, OrganizationSlug};

use scim::ErrorStatus;

use crate::Error;

/// A 404 for what an administrator named.
fn not_found(what: &str, name: impl std::fmt::Display) -> Error {
    let detail = format!("{what} `{name}` was not found.");
    scim::Error::new(ErrorStatus::NotFound, detail).into()
}

/// A 409: not as things are now.
fn conflict(detail: impl Into<String>) -> Error {
    scim::Error::new(ErrorStatus::Conflict, detail).into()
}

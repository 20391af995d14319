//! Directories and what is in them: tenants, credentials, settings, users and groups, in one DynamoDB table.
//!
//! The room's rules are in docs/data-model.md: every read is consistent with the last write, and every invariant is
//! inside a transaction. [`Store`] is the door; what a request may do follows from the [`Principal`] that its
//! credential gave.
//!
//! Deliberately not here: HTTP and the shape of URLs.

mod application;
mod audit;
mod author;
mod check;
mod credential;
mod environment;
mod error;
mod extensions;
mod group;
mod id;
mod index;
mod keys;
mod listing;
mod precondition;
mod record;
mod search;
mod seed;
mod settings;
mod store;
mod table;
mod tenancy;
mod user;

pub use application::{Origin, RoleMapping};
pub use audit::{AuditEntry, AuditPage, AuditQuery, AuditResult, ChangeRecord, RefusedRequest};
pub use author::{Author, ResourceReference};
pub use check::{CheckProgress, CheckReport, Damage, Finding, LookedAt, Remedy, Repair};
pub use credential::{
    Claim, Credential, CredentialKind, CredentialState, IssuedCredential, NewCredential, Principal,
    Refusal, Rights, Rotation,
};
pub use environment::{Environment, SystemEnvironment};
pub use error::{Causes, Error};
pub use group::{GroupRecord, MemberEdit, Members};
pub(crate) use id::ChangeId;
pub use id::{CredentialId, DirectoryId, GroupId, UserId};
pub use index::Swept;
pub use keys::ResourceKind;
pub use listing::{Loading, Opening, Purpose, Resources};
pub use precondition::Precondition;
pub use search::Lookups;
pub use settings::{
    DeleteUsers, GroupPush, GroupRename, Networks, ProtectedUsers, Settings, UniqueIdentifier,
    read_duration, write_duration,
};
pub use store::{Scope, Store};
pub use table::TableDescription;
pub use tenancy::{
    Administration, Deletion, Directory, DirectoryName, DirectorySlug, DirectoryState,
    EnvironmentRecord, EnvironmentSlug, ListedDirectory, OrganizationRecord, OrganizationSlug,
    check_base_url, is_loopback,
};
pub use user::{Memberships, UserGroups, UserRecord};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

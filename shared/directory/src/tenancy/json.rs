//! Tenants and credentials as JSON: the same objects in the admin API and from `muster … --json`.

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Administration, Directory, EnvironmentRecord, OrganizationRecord};
use crate::store::stamp;
use crate::{Credential, IssuedCredential, Result};

impl EnvironmentRecord {
    /// `name`, `base_url` (null if it was not told), `organizations` (how many), `created`.
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.slug.as_str(),
            "base_url": self.base_url,
            "organizations": self.organizations,
            "created": stamp(self.created),
        })
    }
}

impl OrganizationRecord {
    /// `name`, `environment`, `primary` (the id of a directory, or null), `directories` (how many), `created`.
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.slug.as_str(),
            "environment": self.environment.as_str(),
            "primary": self.primary.map(|id| id.to_string()),
            "directories": self.directories,
            "created": stamp(self.created),
        })
    }
}

impl Administration<'_> {
    /// A directory with its settings, which need reads of their own: `id`, `name` (`organization/slug`), `organization`,
    /// `state`, `primary`, `created`, `settings` (all of them, `schema_extensions` too).
    pub async fn directory_to_json(&self, directory: &Directory) -> Result<Value> {
        let organization = self.organization(&directory.name.organization).await?;
        Ok(json!({
            "id": directory.id.to_string(),
            "name": directory.name.to_string(),
            "organization": organization.slug.as_str(),
            "state": directory.state.keyword(),
            "primary": organization.primary == Some(directory.id),
            "created": stamp(directory.created),
            "settings": self.settings(directory).await?,
        }))
    }
}

impl Credential {
    /// `id`, `kind`, `rights`, `label` (or null), `state` at this time, `created`, `expires`, `last_used` (or null).
    pub fn to_json(&self, now: Timestamp, last_used: Option<Timestamp>) -> Value {
        json!({
            "id": self.id.as_str(),
            "kind": self.kind.keyword(),
            "rights": self.rights.keyword(),
            "label": self.label,
            "state": self.state(now).keyword(),
            "created": stamp(self.created),
            "expires": stamp(self.expires),
            "last_used": last_used.map(stamp),
        })
    }
}

impl IssuedCredential {
    /// `id`, `expires`, and the secret: `token`, and the same as `username` and `password`.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id.as_str(),
            "expires": stamp(self.expires),
            "token": self.token.expose_secret(),
            "username": self.username,
            "password": self.password.expose_secret(),
        })
    }
}

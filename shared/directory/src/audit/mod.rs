//! The audit trail of a directory: an entry for each change, made out of the `by` that the change left on what it wrote,
//! and one for each request that was refused. Who, what, which attributes by name; never a value.
//!
//! Entries of changes are written by what reads the table's stream ([`Store::record_changes`]), not by the request: it is
//! neither slower nor less certain for them. Deliberately not here: what a client only read.

mod changes;
mod json;
mod list;
mod refused;

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use uuid::Uuid;

use crate::keys::{self, ResourceKind};
use crate::store::stamp;
use crate::table::{Item, number, text};
use crate::{Author, DirectoryId, Error, ResourceReference, Result};

#[cfg(doc)]
use crate::Store;

pub use changes::ChangeRecord;
pub use list::{AuditPage, AuditQuery};
pub use refused::RefusedRequest;

/// How long an entry is kept.
const KEPT: Duration = Duration::from_hours(90 * 24);

/// What happened in a directory, and who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// A UUID: the order of entries, and the position after which a list goes on.
    pub id: String,
    /// When, to the millisecond.
    pub at: Timestamp,
    /// Who.
    pub author: Author,
    /// What: `create user`, `add members`; for what changes nothing, the method and the path pattern.
    pub operation: String,
    /// The user or group that it was about, if it was one and its id is known.
    pub resource: Option<ResourceReference>,
    /// The names of the attributes that changed, those of an extension as `{URN}:{name}`; none for a deletion, and for
    /// what was refused.
    pub attributes: Vec<String>,
    /// What came of it.
    pub result: AuditResult,
    /// The id under which the request stands in the logs.
    pub request_id: String,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditResult {
    /// It was done.
    Done,
    /// It was answered as if it were done, and had no effect: the user is protected.
    Ignored,
    /// It was refused.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The keyword of RFC 7644 §3.12, if there was one.
        scim_type: Option<String>,
    },
}

impl AuditEntry {
    fn into_item(self, directory: DirectoryId) -> Item {
        let expires = self.at + KEPT;
        let names = self.attributes.into_iter().map(text).collect();
        let (author, name) = self.author.to_member();
        let mut item = Item::new(keys::audit(directory, &self.id), "audit entry")
            .with(author, name)
            .with("at", text(stamp(self.at)))
            .with("operation", text(self.operation))
            .with("attributes", AttributeValue::L(names))
            .with("request", text(self.request_id))
            .with("expires", number(expires.as_second()));
        if let Some(resource) = &self.resource {
            item.set("resource", resource.to_attribute());
        }
        match self.result {
            AuditResult::Done => item.set("result", text("done")),
            AuditResult::Ignored => item.set("result", text("ignored")),
            AuditResult::Refused { status, scim_type } => {
                item.set("result", text("refused"));
                item.set("status", number(status));
                if let Some(scim_type) = scim_type {
                    item.set("scim_type", text(scim_type));
                }
            }
        }
        item
    }

    fn from_item(item: &Item) -> Result<Self> {
        Ok(Self {
            id: item.text("sk")?.to_owned(),
            result: match item.text("result")? {
                "done" => AuditResult::Done,
                "ignored" => AuditResult::Ignored,
                "refused" => AuditResult::Refused {
                    status: item.number("status")?,
                    scim_type: item.optional_text("scim_type").map(str::to_owned),
                },
                _ => return Err(Error::Corrupt("result")),
            },
            ..Self::done(String::new(), item)?
        })
    }

    /// What was done, out of a `by` or an entry: they have the same members.
    fn done(id: String, by: &Item) -> Result<Self> {
        let resource = match by.0.get("resource") {
            None => None,
            Some(AttributeValue::M(members)) => {
                let resource = Item(members.clone());
                let kind = ResourceKind::parse(resource.text("type")?);
                Some(ResourceReference {
                    kind: kind.ok_or(Error::Corrupt("type"))?,
                    id: resource.text("id")?.to_owned(),
                })
            }
            Some(_) => return Err(Error::Corrupt("resource")),
        };
        let Some(AttributeValue::L(attributes)) = by.0.get("attributes") else {
            return Err(Error::Corrupt("attributes"));
        };
        let name = |name: &AttributeValue| match name {
            AttributeValue::S(name) => Ok(name.clone()),
            _ => Err(Error::Corrupt("attributes")),
        };
        Ok(Self {
            id,
            at: by.time("at")?,
            author: Author::from_item(by)?,
            operation: by.text("operation")?.to_owned(),
            resource,
            attributes: attributes.iter().map(name).collect::<Result<_>>()?,
            result: AuditResult::Done,
            request_id: by.text("request")?.to_owned(),
        })
    }
}

/// The id of the entry of a write: of the same write always the same.
fn id_of_write(at: Timestamp, write: [u8; 16]) -> Uuid {
    let mut random = [0; 10];
    random.copy_from_slice(&write[..10]);
    uuid::Builder::from_unix_timestamp_millis(milliseconds(at), &random).into_uuid()
}

fn milliseconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or_default()
}

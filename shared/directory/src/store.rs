use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use uuid::Uuid;

use crate::credential::Rights;
use crate::extensions::KnownExtensions;
use crate::table::{Item, Table, Write, binary, text};
use crate::{
    Author, Causes, ChangeId, Claim, CredentialId, CredentialKind, Directory, DirectoryId,
    Environment, Error, Principal, Refusal, ResourceReference, Result, keys,
};

/// Longest time of a walk: with what is read and written after it, an answer comes within 25 s.
const LONGEST_WALK: Duration = Duration::from_secs(10);

/// All directories of a deployment.
#[derive(Clone)]
pub struct Store {
    pub(crate) table: Table,
    /// The last id's time and counter: ids of one process rise strictly.
    last_id: Arc<AtomicU64>,
    pub(crate) known_extensions: KnownExtensions,
    pub(crate) longest_walk: Duration,
}

impl Store {
    /// The store in a table.
    pub fn new(
        client: Client,
        table: impl Into<String>,
        environment: Arc<dyn Environment>,
    ) -> Self {
        Self {
            table: Table::new(client, table.into(), environment),
            last_id: Arc::default(),
            known_extensions: KnownExtensions::default(),
            longest_walk: LONGEST_WALK,
        }
    }

    /// The same, but a request may walk only for so long where no key and no anchor tells where to begin.
    pub fn with_longest_walk(self, longest_walk: Duration) -> Self {
        Self {
            longest_walk,
            ..self
        }
    }

    /// Time and chance.
    pub fn environment(&self) -> &dyn Environment {
        self.table.environment()
    }

    /// Creates the table, for the local stack; in AWS template.yaml does.
    pub async fn create_table_if_absent(&self) -> Result<()> {
        self.table.create_if_absent().await
    }

    /// Opens the way to the table: one cheap read, its result of no interest.
    pub async fn warm_up(&self) {
        let nobody = keys::directory(DirectoryId::from_uuid(Uuid::nil()));
        if let Err(error) = self.table.get(&nobody).await {
            tracing::warn!(error = %Causes(&error), "the first read of the table failed");
        }
    }

    /// Verifies a claim against the directory as it is now.
    pub async fn verify(&self, claim: &Claim) -> Result<std::result::Result<Principal, Refusal>> {
        let Some(directory) = self.directory(claim.directory()).await? else {
            return Ok(Err(Refusal::Unknown));
        };
        match directory.verify(claim, self.environment().now()) {
            Ok(principal) => Ok(Ok(self.with_extensions(principal, &directory).await?)),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    async fn with_extensions(
        &self,
        mut principal: Principal,
        directory: &Directory,
    ) -> Result<Principal> {
        if let Some(version) = &directory.extensions {
            let types = self.resource_types(directory.id, version, principal.kind);
            principal.resource_types = types.await?;
        }
        Ok(principal)
    }

    /// An administrator as the application of a directory: what its credentials may do, he may do.
    pub async fn application(
        &self,
        directory: &Directory,
        administrator: &str,
    ) -> Result<Principal> {
        let author = Author::administrator(administrator);
        let principal =
            directory.principal(author, CredentialKind::Application, Rights::ReadAndWrite);
        self.with_extensions(principal, directory).await
    }

    /// What a verified principal may do in its directory. `request_id` and what follows from it go into every item
    /// that is written.
    pub fn scope<'a>(&'a self, principal: &'a Principal, request_id: &'a str) -> Scope<'a> {
        Scope {
            store: self,
            principal,
            request_id,
        }
    }

    /// Notes that a credential was used, at most once an hour.
    pub async fn note_use(&self, directory: DirectoryId, credential: &CredentialId) -> Result<()> {
        const HOUR: Duration = Duration::from_hours(1);
        let now = self.environment().now();
        let write = Write::update(keys::last_used(directory, credential))
            .clause("SET #type = :type, #at = :now")
            .when("attribute_not_exists(#at) OR #at < :hour_ago")
            .value(":type", text("last used"))
            .value(":now", text(stamp(now)))
            .value(":hour_ago", text(stamp(now - HOUR)));
        self.table.update(&write).await?;
        Ok(())
    }

    /// Who writes what, for the items that a request writes: attributes by name, never their values.
    pub(crate) fn by(
        &self,
        author: &Author,
        request_id: &str,
        operation: &str,
        resource: Option<ResourceReference>,
        attributes: &[String],
    ) -> By {
        let at = self.environment().now();
        let names = attributes.iter().map(|name| text(name.as_str())).collect();
        let members = [
            author.to_member(),
            ("request", text(request_id)),
            ("operation", text(operation)),
            ("at", text(stamp(at))),
            ("attributes", AttributeValue::L(names)),
        ];
        let resource = resource.map(|resource| ("resource", resource.to_attribute()));
        let members = members.into_iter().chain(resource);
        let members = members.map(|(name, value)| (name.to_owned(), value));
        By {
            write: self.table.random(),
            at,
            who_did_what: AttributeValue::M(members.collect()),
        }
    }

    /// A new `UUIDv7`, later than every one before it of this process (RFC 9562 §6.2, method 1).
    pub(crate) fn new_id(&self) -> Uuid {
        const COUNTER_BITS: u32 = 12;
        let now = u64::try_from(self.environment().now().as_millisecond()).unwrap_or_default()
            << COUNTER_BITS;
        let next = |last: u64| Some(now.max(last + 1));
        let last = self
            .last_id
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
            .unwrap_or_default();
        let id = now.max(last + 1);
        let mut random = self.table.random::<10>();
        random[..2].copy_from_slice(&((id & 0xFFF) as u16).to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(id >> COUNTER_BITS, &random).into_uuid()
    }

    /// The id of a change of which something will still be to do.
    pub(crate) fn new_change_id(&self) -> ChangeId {
        ChangeId::from_uuid(self.new_id())
    }

    /// Random letters and digits, each equally likely.
    pub(crate) fn base62(&self, length: usize) -> String {
        let alphabet = crate::credential::BASE62;
        let fair = 256 - 256 % alphabet.len();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            for byte in self.table.random::<64>().map(usize::from) {
                if byte < fair && text.len() < length {
                    text.push(char::from(alphabet[byte % alphabet.len()]));
                }
            }
        }
        text
    }
}

/// What a verified principal may do in its directory.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub(crate) store: &'a Store,
    /// Who.
    pub principal: &'a Principal,
    pub(crate) request_id: &'a str,
}

impl Scope<'_> {
    pub(crate) fn directory(&self) -> DirectoryId {
        self.principal.directory
    }

    pub(crate) fn table(&self) -> &Table {
        &self.store.table
    }

    /// Error: 403 if the credential may only read.
    pub(crate) fn may_write(&self) -> Result<()> {
        match self.principal.rights {
            Rights::ReadAndWrite => Ok(()),
            Rights::Read => Err(scim::Error::from(Refusal::ReadOnly).into()),
        }
    }

    /// Who writes what, for the items that this request writes.
    pub(crate) fn by(
        &self,
        operation: &str,
        resource: Option<ResourceReference>,
        attributes: &[String],
    ) -> By {
        let author = &self.principal.author;
        self.store
            .by(author, self.request_id, operation, resource, attributes)
    }
}

/// The mark that one change leaves on what it writes of a resource, its memberships and the totals; the audit trail is made of
/// it. An item has both attributes from the same change, or neither. Values, places in the roster and a new user's groups come
/// with a marked item in the same transaction, and have none: they would be most of what is stored (ADR 21).
#[derive(Clone, Debug)]
pub(crate) struct By {
    /// Random, per request: tells the echo of this write from another's.
    pub write: [u8; 16],
    /// When.
    pub at: Timestamp,
    /// Who did what to which resource.
    who_did_what: AttributeValue,
}

impl By {
    /// The mark of an item: what follows from a change is part of it.
    pub fn of_item(item: &Item) -> Result<Self> {
        let who_did_what = item.0.get("by").ok_or(Error::Corrupt("by"))?;
        let AttributeValue::M(members) = who_did_what else {
            return Err(Error::Corrupt("by"));
        };
        let write = item.bytes("write")?;
        Ok(Self {
            write: write.try_into().map_err(|_| Error::Corrupt("write"))?,
            at: Item(members.clone()).time("at")?,
            who_did_what: who_did_what.clone(),
        })
    }

    pub fn mark(&self, item: Item) -> Item {
        item.with("write", binary(self.write))
            .with("by", self.who_did_what.clone())
    }

    pub fn mark_update(&self, write: Write) -> Write {
        let write = write.clause("SET #write = :write, #by = :by");
        write
            .value(":write", binary(self.write))
            .value(":by", self.who_did_what.clone())
    }
}

/// A time as it is stored and shown: xsd:dateTime, UTC, milliseconds.
pub(crate) fn stamp(time: Timestamp) -> String {
    format!("{time:.3}")
}

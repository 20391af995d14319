use super::{AuditEntry, AuditResult};
use crate::{Author, DirectoryId, ResourceReference, Result, Store};

/// A request that was refused to somebody who showed a credential's secret.
#[derive(Clone, Debug)]
pub struct RefusedRequest {
    /// The directory.
    pub directory: DirectoryId,
    /// Who.
    pub author: Author,
    /// What was asked for.
    pub operation: String,
    /// Of which resource; only a text that is an id, for what else stands in a path may be personal.
    pub resource: Option<ResourceReference>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Its keyword of RFC 7644 §3.12. Never the detail: it may have values.
    pub scim_type: Option<String>,
    /// The id of the request.
    pub request_id: String,
}

impl Store {
    /// Leaves an entry for a request that was refused, and so left nothing that the stream could tell of.
    pub async fn note_refused(&self, refused: RefusedRequest) -> Result<()> {
        let entry = AuditEntry {
            id: self.new_id().to_string(),
            at: self.environment().now(),
            author: refused.author,
            operation: refused.operation,
            resource: refused.resource,
            attributes: Vec::new(),
            result: AuditResult::Refused {
                status: refused.status,
                scim_type: refused.scim_type,
            },
            request_id: refused.request_id,
        };
        self.table.put(entry.into_item(refused.directory)).await
    }
}

use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::timeout;

use super::{AuditEntry, AuditResult};
use crate::{
    Author, Causes, DirectoryId, GroupId, Members, ResourceReference, Result, Scope, Store,
};

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

impl Scope<'_> {
    /// Leaves an entry, best effort, for a write that is answered as if it were done: else nothing would say why it had no
    /// effect.
    pub(crate) async fn note_ignored(&self, operation: &str, resource: ResourceReference) {
        self.note_all_ignored(operation, vec![resource]).await;
    }

    /// The same for members who stay as they are, being protected from this principal: `verb` is what they did not do.
    pub(crate) async fn note_left_alone(&self, verb: &str, group: GroupId, members: &Members) {
        if !members.is_empty() {
            let members = members.iter().map(|&member| member.into()).collect();
            self.note_all_ignored(&format!("{verb} group {group}"), members)
                .await;
        }
    }

    async fn note_all_ignored(&self, operation: &str, resources: Vec<ResourceReference>) {
        const LONGEST: Duration = Duration::from_millis(300);
        let request_id = self.request_id;
        let put = |resource| {
            let entry = AuditEntry {
                id: self.store.new_id().to_string(),
                at: self.store.environment().now(),
                author: self.principal.author.clone(),
                operation: operation.to_owned(),
                resource: Some(resource),
                attributes: Vec::new(),
                result: AuditResult::Ignored,
                request_id: request_id.to_owned(),
            };
            self.table().put(entry.into_item(self.directory()))
        };
        let puts = try_join_all(resources.into_iter().map(put));
        match timeout(LONGEST, puts).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(request_id, error = %Causes(&error), "an ignored change is not in the audit trail");
            }
            Err(_) => tracing::warn!(
                request_id,
                "an ignored change may not be in the audit trail: the table took too long"
            ),
        }
    }
}

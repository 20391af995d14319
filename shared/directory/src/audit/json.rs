use serde_json::{Value, json};

use super::{AuditEntry, AuditResult};
use crate::Author;
use crate::store::stamp;

impl AuditEntry {
    /// For the admin API and the command line: `id`, `at`, `by` (`credential` or `administrator`), `operation`, `resource`
    /// (`type` and `id`, or null), `attributes`, `result` (`done`, `ignored` or `refused`), `status` and `scim_type` (of what was
    /// refused, else null), `request_id`.
    pub fn to_json(&self) -> Value {
        let by = match &self.author {
            Author::Credential(id) => json!({"credential": id.as_str()}),
            Author::Administrator(name) => json!({"administrator": name}),
        };
        let resource = self
            .resource
            .as_ref()
            .map(|resource| json!({"type": resource.kind.name(), "id": resource.id}));
        let (result, status, scim_type) = match &self.result {
            AuditResult::Done => ("done", None, None),
            AuditResult::Ignored => ("ignored", None, None),
            AuditResult::Refused { status, scim_type } => {
                ("refused", Some(status), scim_type.as_ref())
            }
        };
        json!({
            "id": self.id,
            "at": stamp(self.at),
            "by": by,
            "operation": self.operation,
            "resource": resource,
            "attributes": self.attributes,
            "result": result,
            "status": status,
            "scim_type": scim_type,
            "request_id": self.request_id,
        })
    }
}

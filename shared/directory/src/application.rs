//! What the application alone sees and sets of users and groups: Muster's own extensions (docs/application.md).
//!
//! It is kept beside the documents, never in them: no write of the identity provider's can reach it.

use scim::{ErrorStatus, MUSTER_GROUP, MUSTER_USER, Object, Resource};
use serde_json::{Value, json};

use crate::settings::LONGEST_ROLE;
use crate::store::stamp;
use crate::table::{Item, Write, number, text};
use crate::{CredentialKind, Error, GroupRecord, ProtectedUsers, Result, Scope, UserRecord};

/// Who created a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The identity provider.
    Scim,
    /// The application.
    Application,
}

impl Origin {
    pub(crate) fn of(kind: CredentialKind) -> Self {
        match kind {
            CredentialKind::Provisioner => Self::Scim,
            CredentialKind::Application => Self::Application,
        }
    }

    /// `scim` or `application`.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Application => "application",
        }
    }

    pub(crate) fn from_item(item: &Item) -> Result<Self> {
        match item.text("origin")? {
            "scim" => Ok(Self::Scim),
            "application" => Ok(Self::Application),
            _ => Err(Error::Corrupt("origin")),
        }
    }
}

/// What the application says of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleMapping {
    /// The role that the group gives its members.
    pub role: Option<String>,
    /// Of several groups with a role, the highest gives it; none stands for 0.
    pub priority: Option<i32>,
}

impl RoleMapping {
    pub(crate) fn from_item(item: &Item) -> Result<Self> {
        let has_priority = item.0.contains_key("priority");
        Ok(Self {
            role: item.optional_text("role").map(str::to_owned),
            priority: has_priority.then(|| item.number("priority")).transpose()?,
        })
    }

    /// Takes what was set out of a document. Errors: 400 `invalidValue`.
    pub(crate) fn take_from(resource: &mut Resource) -> Result<Self> {
        let extension = resource.take(MUSTER_GROUP);
        let get = |name| extension.as_ref().and_then(|extension| extension.get(name));
        let role = get("role")
            .and_then(Value::as_str)
            .filter(|role| !role.is_empty());
        if role.is_some_and(|role| role.len() > LONGEST_ROLE) {
            let detail = format!("`{MUSTER_GROUP}:role` has at most {LONGEST_ROLE} bytes.");
            return Err(scim::Error::invalid_value(detail).into());
        }
        let priority = get("priority").map(|priority| {
            let priority = priority
                .as_i64()
                .and_then(|priority| i32::try_from(priority).ok());
            let detail = format!("`{MUSTER_GROUP}:priority` is a number of at most 32 bits.");
            priority.ok_or_else(|| scim::Error::invalid_value(detail))
        });
        Ok(Self {
            role: role.map(str::to_owned),
            priority: priority.transpose()?,
        })
    }

    /// In an item that is put.
    pub(crate) fn mark(&self, mut item: Item) -> Item {
        if let Some(role) = &self.role {
            item.set("role", text(role.as_str()));
        }
        if let Some(priority) = self.priority {
            item.set("priority", number(priority));
        }
        item
    }

    /// In an item that is updated.
    pub(crate) fn mark_update(&self, write: Write) -> Write {
        let write = match &self.role {
            Some(role) => write
                .clause("SET #role = :role")
                .value(":role", text(role.as_str())),
            None => write.clause("REMOVE #role"),
        };
        match self.priority {
            Some(priority) => write
                .clause("SET #priority = :priority")
                .value(":priority", number(priority)),
            None => write.clause("REMOVE #priority"),
        }
    }

    fn members(&self) -> Object {
        let role = self
            .role
            .as_ref()
            .map(|role| ("role".to_owned(), json!(role)));
        let priority = self
            .priority
            .map(|priority| ("priority".to_owned(), json!(priority)));
        role.into_iter().chain(priority).collect()
    }
}

/// Takes out of a user's document whether he is to be protected.
pub(crate) fn take_protected(resource: &mut Resource) -> bool {
    let extension = resource.take(MUSTER_USER);
    extension.is_some_and(|extension| extension.get("protected") == Some(&Value::Bool(true)))
}

impl UserRecord {
    /// His document as a principal of this kind may change it: for the application with what it can set.
    pub(crate) fn changeable_by(&self, kind: CredentialKind, mut resource: Resource) -> Resource {
        if kind == CredentialKind::Application {
            resource.set(MUSTER_USER, Some(json!({"protected": self.protected})));
        }
        resource
    }

    /// What the application alone sees of the user: Muster's extension. `role` is the one that follows from his groups.
    pub fn for_application(&self, role: Option<&str>) -> Object {
        let mut extension = Object::new();
        extension.insert("origin".to_owned(), self.origin.keyword().into());
        extension.insert("protected".to_owned(), self.protected.into());
        extension.extend(role.map(|role| ("role".to_owned(), role.into())));
        extension.extend(
            self.deleted
                .map(|deleted| ("deleted".to_owned(), stamp(deleted).into())),
        );
        extension
    }
}

impl GroupRecord {
    /// The group as a principal of this kind may change it: for the application with what it can set.
    pub(crate) fn changeable_by(&self, kind: CredentialKind) -> Resource {
        let mut resource = self.resource.clone();
        let members = self.mapping.members();
        if kind == CredentialKind::Application && !members.is_empty() {
            resource.set(MUSTER_GROUP, Some(members.into()));
        }
        resource
    }

    /// The group as the application sees it.
    pub fn for_application(&self) -> Resource {
        let mut extension = Object::new();
        extension.insert("origin".to_owned(), self.origin.keyword().into());
        extension.extend(self.mapping.members());
        let mut resource = self.resource.clone();
        resource.set(MUSTER_GROUP, Some(extension.into()));
        resource
    }
}

/// What becomes of a write to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is done.
    Allowed,
    /// It is answered as if it were done.
    Ignored,
}

impl Scope<'_> {
    pub(crate) fn is_application(&self) -> bool {
        self.principal.kind == CredentialKind::Application
    }

    /// Whether this principal may write to a user. Error: 403 if the user is protected from it.
    pub(crate) fn judge(&self, record: &UserRecord) -> Result<Verdict> {
        if self.is_application() || !record.protected {
            return Ok(Verdict::Allowed);
        }
        match self.principal.settings.protected_users {
            ProtectedUsers::Ignore => Ok(Verdict::Ignored),
            ProtectedUsers::Reject => {
                let detail = "This user is protected: the application manages the account, and the identity provider cannot change it. Unassign the user there, or ask the application's owner to lift the protection.";
                Err(scim::Error::new(ErrorStatus::Forbidden, detail).into())
            }
        }
    }
}

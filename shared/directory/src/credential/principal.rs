use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use scim::cursor::CursorKey;
use scim::list::Query;
use scim::{ErrorStatus, ResourceType, ResourceTypes};

use super::{Claim, CredentialKind};
use crate::extensions::built_in;
use crate::tenancy::{Directory, DirectoryState};
use crate::{Author, DirectoryId, ResourceKind, Settings, UserRecord};

/// Who makes a request. Only a verified claim gives one, and it names the one directory that the request is about.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The directory.
    pub directory: DirectoryId,
    /// Who, by the name that changes are kept under.
    pub author: Author,
    /// Whose credential it is.
    pub kind: CredentialKind,
    /// What it may do.
    pub rights: Rights,
    /// The directory's settings.
    pub settings: Settings,
    /// User and Group as the directory extends them.
    pub resource_types: Arc<ResourceTypes>,
    pub(crate) cursor_key: CursorKey,
}

impl Principal {
    /// The resource type User, as this principal sees it.
    pub fn user(&self) -> &ResourceType {
        &self.resource_types.user
    }

    /// The resource type Group, as this principal sees it.
    pub fn group(&self) -> &ResourceType {
        &self.resource_types.group
    }

    /// Whether this principal sees a user: only the application sees those whom the identity provider deleted.
    pub fn sees(&self, user: &UserRecord) -> bool {
        self.kind == CredentialKind::Application || user.deleted.is_none()
    }

    /// The kinds of resources that a list of users or groups is about: those who were deleted are among users if the
    /// application's filter or sort names `deleted`.
    pub fn listed(&self, kind: ResourceKind, query: &Query) -> Vec<ResourceKind> {
        // The identity provider's type has no such attribute.
        let names_deleted =
            || query.mentions_in_extension(self.user(), scim::MUSTER_USER, "deleted");
        if kind == ResourceKind::User && names_deleted() {
            vec![ResourceKind::User, ResourceKind::DeletedUser]
        } else {
            vec![kind]
        }
    }
}

/// What a credential may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Everything.
    ReadAndWrite,
    /// GET and `.search`.
    Read,
}

impl Rights {
    /// `write` or `read`.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::ReadAndWrite => "write",
            Self::Read => "read",
        }
    }

    /// Reads such a keyword.
    pub fn parse(keyword: &str) -> Option<Self> {
        [Self::ReadAndWrite, Self::Read]
            .into_iter()
            .find(|rights| rights.keyword() == keyword)
    }
}

/// Why a claim is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such directory, no such credential, or not its secret: which of them is not told.
    #[error("the credential is unknown or revoked")]
    Unknown,
    /// The secret is right, and its time is over.
    #[error("the credential expired on {}", .0.strftime("%Y-%m-%d"))]
    Expired(Timestamp),
    /// The secret is right, and its rights are taken away for now.
    #[error("the credential is suspended")]
    Suspended,
    /// The secret is right, and the directory is disabled.
    #[error("the directory is disabled")]
    Disabled,
    /// The same, for good: nothing more is to be written to it.
    #[error("the directory is being deleted")]
    Deleting,
    /// The secret is right, and comes from where the directory accepts none.
    #[error("the network is not allowed")]
    Network(Option<IpAddr>),
    /// The secret is right, and only allows reading.
    #[error("the credential may only read")]
    ReadOnly,
}

impl From<Refusal> for scim::Error {
    fn from(refusal: Refusal) -> Self {
        let (status, detail) = match refusal {
            Refusal::Unknown => (
                ErrorStatus::Unauthorized,
                "The credential is missing, wrong or revoked: check the token (or username and password) in the provisioning settings.".to_owned(),
            ),
            Refusal::Expired(on) => (
                ErrorStatus::Unauthorized,
                format!("The token expired on {}: ask the application's owner for a new one.", on.strftime("%Y-%m-%d")),
            ),
            Refusal::Suspended => (
                ErrorStatus::Forbidden,
                "This credential is suspended: ask the application's owner to resume it.".to_owned(),
            ),
            Refusal::Disabled | Refusal::Deleting => (
                ErrorStatus::Forbidden,
                "This directory is disabled: ask the application's owner to enable it.".to_owned(),
            ),
            Refusal::Network(source) => {
                let source = source.map_or("an unknown address".to_owned(), |source| source.to_string());
                (
                    ErrorStatus::Forbidden,
                    format!("Requests from {source} are not allowed in this directory: ask the application's owner to add the network to `allowed_networks`."),
                )
            }
            Refusal::ReadOnly => (ErrorStatus::Forbidden, "This credential may read, but not change anything.".to_owned()),
        };
        Self::new(status, detail)
    }
}

impl Directory {
    /// Whether the secret of the claim is one of this directory's, whatever the credential's state. This is all that
    /// the authorizer asks: its answer is cached, and [`Directory::verify`] has the last word.
    pub fn knows(&self, claim: &Claim) -> bool {
        self.credentials
            .get(claim.credential())
            .is_some_and(|credential| claim.proves(credential))
    }

    /// Whether a request with this claim would be let in now.
    pub fn accepts(&self, claim: &Claim, now: Timestamp) -> bool {
        self.verify(claim, now).is_ok()
    }

    /// Verifies a claim.
    pub(crate) fn verify(&self, claim: &Claim, now: Timestamp) -> Result<Principal, Refusal> {
        let credential = self
            .credentials
            .get(claim.credential())
            .ok_or(Refusal::Unknown)?;
        if claim.directory() != self.id || !claim.proves(credential) {
            return Err(Refusal::Unknown);
        }
        if !self.settings.allowed_networks.allow(claim.source()) {
            return Err(Refusal::Network(claim.source()));
        }
        if now >= credential.expires {
            return Err(Refusal::Expired(credential.expires));
        }
        if credential.suspended {
            return Err(Refusal::Suspended);
        }
        match self.state {
            DirectoryState::Enabled => {}
            DirectoryState::Disabled(_) => return Err(Refusal::Disabled),
            DirectoryState::Deleting => return Err(Refusal::Deleting),
        }
        let author = Author::Credential(credential.id.clone());
        Ok(self.principal(author, credential.kind, credential.rights))
    }

    /// The principal has the built-in resource types; those of the directory are read elsewhere.
    pub(crate) fn principal(
        &self,
        author: Author,
        kind: CredentialKind,
        rights: Rights,
    ) -> Principal {
        Principal {
            directory: self.id,
            author,
            kind,
            rights,
            settings: self.settings.clone(),
            resource_types: built_in(kind),
            cursor_key: self.cursor_key,
        }
    }
}

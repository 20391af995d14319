//! Credentials: what a client shows ([`Claim`]), what is stored of it ([`Credential`]), and what it may do
//! ([`Principal`]).

mod claim;
mod issue;
mod principal;
mod state;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::store::stamp;
use crate::table::{Item, binary, text};
use crate::{CredentialId, Error, Result};

pub(crate) use claim::BASE62;
pub use claim::Claim;
pub use issue::{IssuedCredential, NewCredential, Rotation};
pub use principal::{Principal, Refusal, Rights};
pub use state::CredentialState;

/// Most credentials of a directory: they live in its item.
pub(crate) const MOST_CREDENTIALS: usize = 10;

/// Whose credential it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// The identity provider's.
    Provisioner,
    /// The company's own backend's.
    Application,
}

impl CredentialKind {
    /// `provisioner` or `application`.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Provisioner => "provisioner",
            Self::Application => "application",
        }
    }

    /// Reads such a keyword.
    pub fn parse(keyword: &str) -> Option<Self> {
        [Self::Provisioner, Self::Application]
            .into_iter()
            .find(|kind| kind.keyword() == keyword)
    }
}

/// What is stored of a credential: never its secret, only the SHA-256 of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id within the directory.
    pub id: CredentialId,
    /// Whose it is.
    pub kind: CredentialKind,
    /// What it may do.
    pub rights: Rights,
    /// What the administrator calls it.
    pub label: Option<String>,
    /// When it was issued.
    pub created: Timestamp,
    /// From when on it is refused.
    pub expires: Timestamp,
    /// Whether its rights are taken away for the time being.
    pub suspended: bool,
    hash: [u8; 32],
}

impl Credential {
    /// SHA-256 of a secret. The secret is 256 random bits, so nothing slower is needed.
    fn hash(secret: &str) -> [u8; 32] {
        Sha256::digest(secret.as_bytes()).into()
    }

    pub(crate) fn to_members(&self) -> impl Iterator<Item = (&'static str, AttributeValue)> {
        [
            ("kind", text(self.kind.keyword())),
            ("rights", text(self.rights.keyword())),
            ("created", text(stamp(self.created))),
            ("expires", text(stamp(self.expires))),
            ("suspended", AttributeValue::Bool(self.suspended)),
            ("hash", binary(self.hash)),
        ]
        .into_iter()
        .chain(self.label.as_deref().map(|label| ("label", text(label))))
    }

    pub(crate) fn from_attribute(id: CredentialId, attribute: AttributeValue) -> Result<Self> {
        let AttributeValue::M(members) = attribute else {
            return Err(Error::Corrupt("credentials"));
        };
        let item = Item(members);
        Ok(Self {
            id,
            kind: CredentialKind::parse(item.text("kind")?).ok_or(Error::Corrupt("kind"))?,
            rights: Rights::parse(item.text("rights")?).ok_or(Error::Corrupt("rights"))?,
            label: item.optional_text("label").map(str::to_owned),
            created: item.time("created")?,
            expires: item.time("expires")?,
            suspended: item.is("suspended"),
            hash: item
                .bytes("hash")?
                .try_into()
                .map_err(|_| Error::Corrupt("hash"))?,
        })
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// A directory's item has room for ten of them (`tests/tests/settings/largest_item.rs`).
    #[test]
    fn times_are_stored_to_the_millisecond() {
        let time: Timestamp = "2026-11-21T09:00:00.123456789Z".parse().unwrap();
        let credential = Credential {
            id: CredentialId::parse("Cred000001").unwrap(),
            kind: CredentialKind::Provisioner,
            rights: Rights::Read,
            label: None,
            created: time,
            expires: time,
            suspended: false,
            hash: [0; 32],
        };
        let members: HashMap<_, _> = credential.to_members().collect();
        for name in ["created", "expires"] {
            assert_eq!(members[name], text("2026-11-21T09:00:00.123Z"), "{name}");
        }
    }
}

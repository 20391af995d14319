//! Credentials: what a client shows ([`Claim`]), what is stored of it ([`Credential`]), and what it may do
//! ([`Principal`]).

mod claim;
mod issue;
mod principal;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::table::{Item, binary, text};
use crate::{CredentialId, Error, Result};

pub(crate) use claim::BASE62;
pub use claim::Claim;
pub use issue::IssuedCredential;
pub use principal::{Principal, Refusal, Rights};

/// Most credentials of a directory: they live in its item.
pub(crate) const MOST_CREDENTIALS: usize = 10;

/// Whose credential it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// The identity provider's.
    Provisioner,
    /// The company's own backend's.
    Application,
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
        let kind = match self.kind {
            CredentialKind::Provisioner => "provisioner",
            CredentialKind::Application => "application",
        };
        let rights = match self.rights {
            Rights::ReadAndWrite => "write",
            Rights::Read => "read",
        };
        [
            ("kind", text(kind)),
            ("rights", text(rights)),
            ("created", text(self.created.to_string())),
            ("expires", text(self.expires.to_string())),
            ("suspended", AttributeValue::Bool(self.suspended)),
            ("hash", binary(self.hash)),
        ]
        .into_iter()
    }

    pub(crate) fn from_attribute(id: CredentialId, attribute: &AttributeValue) -> Result<Self> {
        let AttributeValue::M(members) = attribute else {
            return Err(Error::Corrupt("credentials"));
        };
        let item = Item(HashMap::clone(members));
        Ok(Self {
            id,
            kind: match item.text("kind")? {
                "provisioner" => CredentialKind::Provisioner,
                "application" => CredentialKind::Application,
                _ => return Err(Error::Corrupt("kind")),
            },
            rights: match item.text("rights")? {
                "write" => Rights::ReadAndWrite,
                "read" => Rights::Read,
                _ => return Err(Error::Corrupt("rights")),
            },
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

use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::Credential;
use crate::{CredentialId, DirectoryId};

/// What an Authorization header claims: to hold a credential of a directory. Nothing of it is verified.
#[derive(Clone, Debug)]
pub struct Claim {
    directory: DirectoryId,
    credential: CredentialId,
    secret: SecretString,
    source: Option<IpAddr>,
}

const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
/// Longer headers are not looked at.
const LONGEST_HEADER: usize = 1024;

impl Claim {
    /// Reads `Bearer <token>`, `<token>` or `Basic base64(<directory>.<credential>:<secret>)`; none if it cannot be a
    /// credential of ours. The checksum lets junk be refused before anything is read.
    pub fn from_authorization(header: &str) -> Option<Self> {
        if header.len() > LONGEST_HEADER {
            return None;
        }
        let header = header.trim();
        match header.split_once(char::is_whitespace) {
            None => Self::from_token(header),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => {
                Self::from_token(rest.trim())
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => {
                Self::from_encoded(rest.trim())
            }
            Some(_) => None,
        }
    }

    fn from_token(token: &str) -> Option<Self> {
        let (body, checksum) = token.rsplit_once('_')?;
        if checksum.len() != CHECKSUM_LENGTH || checksum != checksum_of(body) {
            return None;
        }
        let mut parts = body.strip_prefix("mst_")?.split('_');
        let (directory, credential, secret) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Self::new(directory, credential, secret)
    }

    fn from_encoded(encoded: &str) -> Option<Self> {
        let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
        let (username, password) = decoded.split_once(':')?;
        Self::from_basic(username, password)
    }

    /// Reads a username and a password.
    pub fn from_basic(username: &str, password: &str) -> Option<Self> {
        let (directory, credential) = username.split_once('.')?;
        Self::new(directory, credential, password)
    }

    fn new(directory: &str, credential: &str, secret: &str) -> Option<Self> {
        if secret.len() != SECRET_LENGTH || !secret.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return None;
        }
        Some(Self {
            directory: DirectoryId::parse(directory)?,
            credential: CredentialId::parse(credential)?,
            secret: secret.into(),
            source: None,
        })
    }

    /// The same claim, made from this address.
    pub fn from(self, source: Option<IpAddr>) -> Self {
        Self { source, ..self }
    }

    /// Where it is made from, if that is known.
    pub fn source(&self) -> Option<IpAddr> {
        self.source
    }

    /// The directory that is claimed. Reads of it may begin; nothing of them may be shown before the verification.
    pub fn directory(&self) -> DirectoryId {
        self.directory
    }

    /// The credential that is claimed.
    pub fn credential(&self) -> &CredentialId {
        &self.credential
    }

    /// Whether the secret is this credential's, in constant time.
    pub(super) fn proves(&self, credential: &Credential) -> bool {
        let shown = Credential::hash(self.secret.expose_secret());
        bool::from(shown.ct_eq(&credential.hash))
    }
}

/// The token of a credential.
pub(super) fn token(
    directory: DirectoryId,
    credential: &CredentialId,
    secret: &str,
) -> SecretString {
    let body = format!("mst_{directory}_{credential}_{secret}");
    let checksum = checksum_of(&body);
    format!("{body}_{checksum}").into()
}

/// A new secret: 256 random bits in base 62.
pub(super) fn secret(base62: impl Fn(usize) -> String) -> SecretString {
    base62(SECRET_LENGTH).into()
}

/// CRC-32 in base 62, six digits: not for safety, but to tell a token from junk and from a typing error.
fn checksum_of(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

pub(crate) const BASE62: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECTORY: &str = "0197c3f0000070008000000000000001";
    const SECRET: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

    fn token() -> String {
        let directory = DirectoryId::parse(DIRECTORY).unwrap();
        let credential = CredentialId::parse("Cred000001").unwrap();
        super::token(directory, &credential, SECRET)
            .expose_secret()
            .to_owned()
    }

    #[test]
    fn bearer_bare_and_basic_say_the_same() {
        let token = token();
        let basic = BASE64_STANDARD.encode(format!("{DIRECTORY}.Cred000001:{SECRET}"));
        for header in [
            format!("Bearer {token}"),
            token.clone(),
            format!("bearer  {token} "),
            format!("Basic {basic}"),
        ] {
            let claim = Claim::from_authorization(&header).unwrap();
            assert_eq!(claim.directory().to_string(), DIRECTORY);
            assert_eq!(claim.credential().as_str(), "Cred000001");
            assert_eq!(claim.secret.expose_secret(), SECRET);
        }
    }

    #[test]
    fn junk_is_no_claim() {
        let token = token();
        let typo = token.replace("abc", "abd");
        let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
        let junk = [
            String::new(),
            "Bearer".into(),
            "non-token".into(),
            format!("Digest {token}"),
            typo,
            token[..token.len() - 1].into(),
            format!("{token}x"),
            basic("user:password"),
            basic(&format!("{DIRECTORY}.Cred000001:short")),
            "Basic %%%".into(),
            "x".repeat(5000),
        ];
        for header in junk {
            assert!(Claim::from_authorization(&header).is_none(), "{header}");
        }
    }

    #[test]
    fn a_claim_never_prints_its_secret() {
        let claim = Claim::from_authorization(&token()).unwrap();
        assert!(!format!("{claim:?}").contains(SECRET));
    }
}

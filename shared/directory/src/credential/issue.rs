use std::time::Duration;

use scim::ErrorStatus;
use secrecy::{ExposeSecret, SecretString};

use super::{Credential, CredentialKind, MOST_CREDENTIALS, Rights, claim};
use crate::{CredentialId, DirectoryId, Error, Result, Store};

/// A credential on the day it is issued: the only time its secret can be seen.
#[derive(Debug)]
pub struct IssuedCredential {
    /// Its id.
    pub id: CredentialId,
    /// The token, for `Authorization: Bearer`.
    pub token: SecretString,
    /// The username, for Basic authentication.
    pub username: String,
    /// The password, for Basic authentication.
    pub password: SecretString,
}

impl Store {
    /// Issues a credential; it is valid for `lifetime`, or as long as the directory's settings say.
    ///
    /// Error: 409 if the directory has ten of them, 404 if there is no such directory.
    pub async fn issue_credential(
        &self,
        directory: DirectoryId,
        kind: CredentialKind,
        rights: Rights,
        lifetime: Option<Duration>,
    ) -> Result<IssuedCredential> {
        let now = self.environment().now();
        let id = CredentialId::random(|length| self.base62(length));
        let secret = claim::secret(|length| self.base62(length));
        self.change_directory(directory, |found| {
            if found.is_full() {
                let detail = format!(
                    "A directory has at most {MOST_CREDENTIALS} credentials: revoke one first."
                );
                return Err(scim::Error::new(ErrorStatus::Conflict, detail).into());
            }
            let credential = Credential {
                id: id.clone(),
                kind,
                rights,
                created: now,
                expires: now + lifetime.unwrap_or(found.settings.token_lifetime),
                suspended: false,
                hash: Credential::hash(secret.expose_secret()),
            };
            found.credentials.insert(id.clone(), credential);
            Ok(())
        })
        .await?;
        Ok(IssuedCredential {
            token: claim::token(directory, &id, secret.expose_secret()),
            username: format!("{directory}.{id}"),
            password: secret,
            id,
        })
    }

    /// Takes a credential's rights away, or gives them back, without a new secret.
    pub async fn suspend_credential(
        &self,
        directory: DirectoryId,
        id: &CredentialId,
        suspended: bool,
    ) -> Result<()> {
        self.change_directory(directory, |found| {
            let credential = found.credentials.get_mut(id).ok_or_else(|| not_found(id))?;
            credential.suspended = suspended;
            Ok(())
        })
        .await
    }

    /// Revokes a credential for good: the next request with it is 401.
    pub async fn revoke_credential(&self, directory: DirectoryId, id: &CredentialId) -> Result<()> {
        self.change_directory(directory, |found| {
            found
                .credentials
                .remove(id)
                .map(|_| ())
                .ok_or_else(|| not_found(id))
        })
        .await
    }
}

fn not_found(id: &CredentialId) -> Error {
    scim::Error::new(
        ErrorStatus::NotFound,
        format!("Credential `{id}` was not found."),
    )
    .into()
}

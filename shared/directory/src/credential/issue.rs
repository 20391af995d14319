use std::time::Duration;

use jiff::Timestamp;
use scim::ErrorStatus;
use secrecy::{ExposeSecret, SecretString};

use super::{Credential, CredentialKind, MOST_CREDENTIALS, Rights, claim};
use crate::settings::check_lifetime;
use crate::tenancy::{Administration, check_not_deleting};
use crate::{Causes, CredentialId, Directory, DirectoryId, Error, Result, keys};

/// Longest label of a credential, in bytes.
const LONGEST_LABEL: usize = 60;

/// What is asked for with a new credential.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// Whose it is.
    pub kind: CredentialKind,
    /// What it may do.
    pub rights: Rights,
    /// What the administrator calls it.
    pub label: Option<String>,
    /// How long it is valid; none for as long as the directory's settings say.
    pub lifetime: Option<Duration>,
}

impl NewCredential {
    /// One with all rights, without a label, valid for as long as the directory's settings say.
    pub fn of(kind: CredentialKind) -> Self {
        Self {
            kind,
            rights: Rights::ReadAndWrite,
            label: None,
            lifetime: None,
        }
    }
}

/// A credential on the day it is issued: the only time its secret can be seen.
#[derive(Debug)]
pub struct IssuedCredential {
    /// Its id.
    pub id: CredentialId,
    /// From when on it is refused.
    pub expires: Timestamp,
    /// The token, for `Authorization: Bearer`.
    pub token: SecretString,
    /// The username, for Basic authentication.
    pub username: String,
    /// The password, for Basic authentication.
    pub password: SecretString,
}

/// What becomes of the old credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It is revoked: the next request with it is 401.
    AtOnce,
    /// It goes on for so long, or until it expires by itself.
    Overlap(Duration),
}

impl Administration<'_> {
    /// Issues a credential of a directory.
    ///
    /// Errors: 404; 409 if the directory has ten of them; 400 `invalidValue` for a label that is too long, or a lifetime that is too short
    /// or too long.
    pub async fn issue_credential(
        &self,
        directory: DirectoryId,
        new: NewCredential,
    ) -> Result<IssuedCredential> {
        check_label(new.label.as_deref())?;
        check_lifetime("lifetime", new.lifetime)?;
        let drawn = self.draw();
        let changed = self
            .change_directory(
                directory,
                &format!("issue credential {}", drawn.id),
                &[],
                |found| {
                    if found.credentials.contains_key(&drawn.id) {
                        // It was done, and the answer was lost.
                        return Ok(());
                    }
                    check_not_deleting(found)?;
                    check_room(found)?;
                    let lifetime = new.lifetime.unwrap_or(found.settings.token_lifetime);
                    let credential = self.credential(&drawn, &new, lifetime);
                    found.credentials.insert(drawn.id.clone(), credential);
                    Ok(())
                },
            )
            .await?;
        issued(drawn, &changed)
    }

    /// Puts a new credential of the same kind, rights and label in the place of an old one; of a suspended one a suspended one. It
    /// is valid for as long as the old one was, and no longer than the directory's settings say.
    ///
    /// Errors: 404; 409 if with an overlap the directory would have more than ten; 400 `invalidValue` for an overlap that is
    /// too short or too long.
    pub async fn rotate_credential(
        &self,
        directory: DirectoryId,
        id: &CredentialId,
        rotation: Rotation,
    ) -> Result<IssuedCredential> {
        if let Rotation::Overlap(overlap) = rotation {
            check_lifetime("overlap", Some(overlap))?;
        }
        let now = self.store().environment().now();
        let drawn = self.draw();
        let operation = format!("rotate credential {id} to {}", drawn.id);
        let changed = self
            .change_directory(directory, &operation, &[], |found| {
                if found.credentials.contains_key(&drawn.id) {
                    // It was done, and the answer was lost.
                    return Ok(());
                }
                check_not_deleting(found)?;
                let old = found.credentials.get_mut(id).ok_or_else(|| not_found(id))?;
                let lifetime = Duration::try_from(old.expires.duration_since(old.created));
                let lifetime = lifetime
                    .unwrap_or_default()
                    .min(found.settings.token_lifetime);
                let suspended = old.suspended;
                let new = NewCredential {
                    kind: old.kind,
                    rights: old.rights,
                    label: old.label.clone(),
                    lifetime: Some(lifetime),
                };
                match rotation {
                    Rotation::AtOnce => {
                        found.credentials.remove(id);
                    }
                    Rotation::Overlap(overlap) => {
                        old.expires = old.expires.min(now + overlap);
                        check_room(found)?;
                    }
                }
                let mut credential = self.credential(&drawn, &new, lifetime);
                credential.suspended = suspended;
                found.credentials.insert(drawn.id.clone(), credential);
                Ok(())
            })
            .await?;
        if rotation == Rotation::AtOnce {
            self.forget_use(directory, id).await;
        }
        issued(drawn, &changed)
    }

    /// Takes a credential's rights away, without a new secret when they come back. Error: 404.
    pub async fn suspend_credential(
        &self,
        directory: DirectoryId,
        id: &CredentialId,
    ) -> Result<()> {
        self.set_suspended(directory, id, "suspend credential", true)
            .await
    }

    /// Gives them back. Error: 404.
    pub async fn resume_credential(&self, directory: DirectoryId, id: &CredentialId) -> Result<()> {
        self.set_suspended(directory, id, "resume credential", false)
            .await
    }

    async fn set_suspended(
        &self,
        directory: DirectoryId,
        id: &CredentialId,
        operation: &str,
        suspended: bool,
    ) -> Result<()> {
        self.change_directory(
            directory,
            &format!("{operation} {id}"),
            &["suspended"],
            |found| {
                let credential = found.credentials.get_mut(id).ok_or_else(|| not_found(id))?;
                credential.suspended = suspended;
                Ok(())
            },
        )
        .await?;
        Ok(())
    }

    /// Revokes a credential for good: the next request with it is 401. Error: 404.
    pub async fn revoke_credential(&self, directory: DirectoryId, id: &CredentialId) -> Result<()> {
        self.change_directory(
            directory,
            &format!("revoke credential {id}"),
            &[],
            |found| {
                let revoked = found.credentials.remove(id);
                revoked.map(|_| ()).ok_or_else(|| not_found(id))
            },
        )
        .await?;
        self.forget_use(directory, id).await;
        Ok(())
    }

    /// Of a credential that is gone. It is, whatever comes of this.
    async fn forget_use(&self, directory: DirectoryId, id: &CredentialId) {
        let used = keys::last_used(directory, id);
        if let Err(error) = self.table().delete_all(&[used]).await {
            tracing::warn!(%directory, credential = %id, error = %Causes(&error), "the last use of a revoked credential stays noted");
        }
    }

    fn draw(&self) -> Drawn {
        let base62 = |length| self.store().base62(length);
        Drawn {
            id: CredentialId::random(base62),
            secret: claim::secret(base62),
        }
    }

    fn credential(&self, drawn: &Drawn, new: &NewCredential, lifetime: Duration) -> Credential {
        let now = self.store().environment().now();
        Credential {
            id: drawn.id.clone(),
            kind: new.kind,
            rights: new.rights,
            label: new.label.clone(),
            created: now,
            expires: now + lifetime,
            suspended: false,
            hash: Credential::hash(drawn.secret.expose_secret()),
        }
    }
}

/// What is random about a credential.
struct Drawn {
    id: CredentialId,
    secret: SecretString,
}

fn issued(drawn: Drawn, directory: &Directory) -> Result<IssuedCredential> {
    let credential = directory
        .credentials
        .get(&drawn.id)
        .ok_or(Error::Contended)?;
    Ok(IssuedCredential {
        expires: credential.expires,
        token: claim::token(directory.id, &drawn.id, drawn.secret.expose_secret()),
        username: format!("{}.{}", directory.id, drawn.id),
        password: drawn.secret,
        id: drawn.id,
    })
}

fn check_label(label: Option<&str>) -> Result<(), scim::Error> {
    let fits = |label: &str| label.len() <= LONGEST_LABEL && !label.chars().any(char::is_control);
    if label.is_none_or(fits) {
        return Ok(());
    }
    let detail = format!("A label is one line of at most {LONGEST_LABEL} bytes.");
    Err(scim::Error::invalid_value(detail))
}

fn check_room(directory: &Directory) -> Result<()> {
    if !directory.is_full() {
        return Ok(());
    }
    let detail = format!(
        "A directory has at most {MOST_CREDENTIALS} credentials, expired ones included: revoke one first."
    );
    Err(scim::Error::new(ErrorStatus::Conflict, detail).into())
}

fn not_found(id: &CredentialId) -> Error {
    let detail = format!("Credential `{id}` was not found.");
    scim::Error::new(ErrorStatus::NotFound, detail).into()
}

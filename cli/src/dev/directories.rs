//! The two directories of the local stack, each of an organization of its own, and the credentials for them.

use directory::{
    Claim, CredentialKind, Directory, DirectoryId, IssuedCredential, ResourceKind, Rights,
    Settings, Store,
};
use secrecy::{ExposeSecret, SecretString};

use super::DevError;
use super::credentials::{Basic, Credentials};
use super::people::people;

const ENVIRONMENT: &str = "local";
const ORGANIZATION: &str = "acme";
const OTHER_ORGANIZATION: &str = "globex";
const DIRECTORY: &str = "main";

/// What identity providers and the application use.
pub(crate) struct Directories {
    pub directory: DirectoryId,
    pub provisioner: Access,
    pub application: SecretString,
    pub other: DirectoryId,
    pub other_token: SecretString,
}

/// One credential, in both of its forms.
pub(crate) struct Access {
    pub token: SecretString,
    pub basic: Basic,
}

/// Finds the directories or creates them, fills the first one with people if it is empty, and keeps the secrets of an
/// earlier run as long as they verify.
pub(crate) async fn prepare(
    store: &Store,
    settings: &Settings,
    known: Option<&Credentials>,
    users: usize,
) -> Result<Directories, DevError> {
    let directory = find_or_create(store, ORGANIZATION, settings).await?;
    let other = find_or_create(store, OTHER_ORGANIZATION, settings).await?;
    let provisioner = match known {
        Some(known)
            if verifies(store, directory, &known.token).await?
                && verifies_basic(store, directory, &known.basic).await? =>
        {
            Access {
                token: known.token.clone(),
                basic: known.basic.clone(),
            }
        }
        _ => {
            let issued = issue(store, directory, CredentialKind::Provisioner).await?;
            Access {
                token: issued.token,
                basic: Basic {
                    username: issued.username,
                    password: issued.password,
                },
            }
        }
    };
    let application = kept_or_issued(
        store,
        directory,
        known.map(|known| &known.application_token),
        CredentialKind::Application,
    )
    .await?;
    let other_token = kept_or_issued(
        store,
        other,
        known.map(|known| &known.other.token),
        CredentialKind::Provisioner,
    )
    .await?;
    if users > 0 {
        fill(store, &provisioner.token, settings, users).await?;
    }
    Ok(Directories {
        directory,
        provisioner,
        application,
        other,
        other_token,
    })
}

async fn find_or_create(
    store: &Store,
    organization: &str,
    settings: &Settings,
) -> Result<DirectoryId, DevError> {
    if let Some(found) = store.directories_of(organization).await?.first() {
        let directory = store.directory(*found).await?;
        if directory.is_some_and(|directory| {
            (
                directory.settings.unique_identifier,
                directory.settings.dialect,
            ) != (settings.unique_identifier, settings.dialect)
        }) {
            return Err(DevError::OtherSettings);
        }
        return Ok(*found);
    }
    store.create_organization(ENVIRONMENT, organization).await?;
    Ok(store
        .create_directory(organization, DIRECTORY, settings)
        .await?)
}

async fn kept_or_issued(
    store: &Store,
    directory: DirectoryId,
    known: Option<&SecretString>,
    kind: CredentialKind,
) -> Result<SecretString, DevError> {
    match known {
        Some(token) if verifies(store, directory, token).await? => Ok(token.clone()),
        _ => Ok(issue(store, directory, kind).await?.token),
    }
}

/// Issues a credential; in a directory that has no room for one more, in the place of the oldest.
async fn issue(
    store: &Store,
    id: DirectoryId,
    kind: CredentialKind,
) -> Result<IssuedCredential, DevError> {
    if let Some(directory) = store.directory(id).await?.filter(Directory::is_full) {
        let oldest = directory
            .credentials
            .values()
            .min_by_key(|credential| credential.created);
        if let Some(oldest) = oldest {
            store.revoke_credential(id, &oldest.id).await?;
        }
    }
    Ok(store
        .issue_credential(id, kind, Rights::ReadAndWrite, None)
        .await?)
}

async fn verifies(
    store: &Store,
    directory: DirectoryId,
    token: &SecretString,
) -> Result<bool, DevError> {
    let Some(claim) = Claim::from_authorization(token.expose_secret()) else {
        return Ok(false);
    };
    Ok(claim.directory() == directory && store.verify(&claim).await?.is_ok())
}

async fn verifies_basic(
    store: &Store,
    directory: DirectoryId,
    basic: &Basic,
) -> Result<bool, DevError> {
    let Some(claim) = Claim::from_basic(&basic.username, basic.password.expose_secret()) else {
        return Ok(false);
    };
    Ok(claim.directory() == directory && store.verify(&claim).await?.is_ok())
}

async fn fill(
    store: &Store,
    token: &SecretString,
    settings: &Settings,
    users: usize,
) -> Result<(), DevError> {
    let Some(claim) = Claim::from_authorization(token.expose_secret()) else {
        return Ok(());
    };
    let Ok(principal) = store.verify(&claim).await? else {
        return Ok(());
    };
    if store.total(principal.directory, ResourceKind::User).await? == 0 {
        store
            .scope(&principal, "muster dev")
            .seed_users(settings, people().take(users))
            .await?;
    }
    Ok(())
}

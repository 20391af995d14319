//! The two directories of the local stack, each of an organization of its own, and the credentials for them.

use directory::{
    Administration, Claim, CredentialKind, DirectoryId, DirectoryName, EnvironmentSlug, Error,
    IssuedCredential, NewCredential, OrganizationSlug, ResourceKind, Settings, Store,
};
use scim::ErrorStatus;
use secrecy::{ExposeSecret, SecretString};

use super::DevError;
use super::credentials::{Basic, Credentials};
use super::people::people;

const ENVIRONMENT: &str = "local";
const DIRECTORY: &str = "acme/main";
const OTHER_DIRECTORY: &str = "globex/main";

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
    let administration = &store.administration("muster dev", "muster dev");
    let directory = find_or_create(administration, DIRECTORY, settings).await?;
    let other = find_or_create(administration, OTHER_DIRECTORY, settings).await?;
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
            let issued = issue(administration, directory, CredentialKind::Provisioner).await?;
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
        administration,
        store,
        directory,
        known.map(|known| &known.application_token),
        CredentialKind::Application,
    )
    .await?;
    let other_token = kept_or_issued(
        administration,
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
    administration: &Administration<'_>,
    name: &str,
    settings: &Settings,
) -> Result<DirectoryId, DevError> {
    let name = DirectoryName::parse(name)?;
    if let Some(id) = administration.directory_named(&name).await? {
        let found = administration.directory(id).await?.settings;
        if (found.unique_identifier, found.dialect)
            != (settings.unique_identifier, settings.dialect)
        {
            return Err(DevError::OtherSettings);
        }
        return Ok(id);
    }
    match administration.organization(&name.organization).await {
        Ok(_) => {}
        Err(Error::Scim(error)) if error.status == ErrorStatus::NotFound => {
            create_organization(administration, &name.organization).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(administration.create_directory(&name, settings).await?)
}

async fn create_organization(
    administration: &Administration<'_>,
    name: &OrganizationSlug,
) -> Result<(), DevError> {
    let environment = EnvironmentSlug::parse(ENVIRONMENT)?;
    let environments = administration.environments().await?;
    if !environments.iter().any(|known| known.slug == environment) {
        administration.create_environment(&environment).await?;
    }
    Ok(administration
        .create_organization(&environment, name)
        .await?)
}

async fn kept_or_issued(
    administration: &Administration<'_>,
    store: &Store,
    directory: DirectoryId,
    known: Option<&SecretString>,
    kind: CredentialKind,
) -> Result<SecretString, DevError> {
    match known {
        Some(token) if verifies(store, directory, token).await? => Ok(token.clone()),
        _ => Ok(issue(administration, directory, kind).await?.token),
    }
}

/// Issues a credential; in a directory that has no room for one more, in the place of the oldest.
async fn issue(
    administration: &Administration<'_>,
    id: DirectoryId,
    kind: CredentialKind,
) -> Result<IssuedCredential, DevError> {
    let directory = administration.directory(id).await?;
    let credentials = directory.credentials.values();
    if let Some(oldest) = credentials
        .min_by_key(|credential| credential.created)
        .filter(|_| directory.is_full())
    {
        administration.revoke_credential(id, &oldest.id).await?;
    }
    let new = NewCredential::of(kind);
    Ok(administration.issue_credential(id, new).await?)
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

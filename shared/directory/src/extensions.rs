use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use scim::ResourceTypes;
use serde_json::Value;

use crate::{CredentialKind, DirectoryId, Error, Result, Store, keys};

/// Most directories whose extensions are remembered.
const MOST_REMEMBERED: usize = 100;

/// Extensions that were read: a version never changes, so what is remembered is never stale.
#[derive(Clone, Default)]
pub(crate) struct KnownExtensions(Arc<Mutex<ByVersion>>);

type ByVersion = HashMap<(DirectoryId, String, CredentialKind), Arc<ResourceTypes>>;

/// Those of a directory without extensions of its own, for the identity provider and for the application.
static BUILT_IN: LazyLock<Arc<ResourceTypes>> =
    LazyLock::new(|| Arc::new(ResourceTypes::built_in().clone()));
static FOR_APPLICATION: LazyLock<Arc<ResourceTypes>> =
    LazyLock::new(|| Arc::new(ResourceTypes::built_in().for_application()));

/// The resource types that a credential of this kind sees, but for a directory's own extensions.
pub(crate) fn built_in(kind: CredentialKind) -> Arc<ResourceTypes> {
    Arc::clone(match kind {
        CredentialKind::Provisioner => &BUILT_IN,
        CredentialKind::Application => &FOR_APPLICATION,
    })
}

impl Store {
    /// A new version of a directory's extensions.
    pub(crate) fn new_extensions_version(&self) -> String {
        self.new_id().simple().to_string()
    }

    /// A directory's extensions as they were defined.
    pub(crate) async fn definitions(&self, directory: DirectoryId, version: &str) -> Result<Value> {
        let item = self
            .table
            .get(&keys::extensions(directory, version))
            .await?;
        let item = item.ok_or(Error::Corrupt("extensions"))?;
        serde_json::from_str(item.text("definitions")?).map_err(|_| Error::Corrupt("definitions"))
    }

    /// The resource types of a directory whose extensions have this version, as a credential of this kind sees them.
    pub(crate) async fn resource_types(
        &self,
        directory: DirectoryId,
        version: &str,
        kind: CredentialKind,
    ) -> Result<Arc<ResourceTypes>> {
        let key = (directory, version.to_owned(), kind);
        if let Some(known) = self.known_extensions.lock().get(&key) {
            return Ok(Arc::clone(known));
        }
        let definitions = self.definitions(directory, version).await?;
        let types = ResourceTypes::with_extensions(&definitions)
            .map_err(|_| Error::Corrupt("definitions"))?;
        let types = Arc::new(match kind {
            CredentialKind::Provisioner => types,
            CredentialKind::Application => types.for_application(),
        });
        let mut known = self.known_extensions.lock();
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(key, Arc::clone(&types));
        Ok(types)
    }
}

impl KnownExtensions {
    fn lock(&self) -> MutexGuard<'_, ByVersion> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scim::ResourceTypes;
use serde_json::Value;

use crate::{DirectoryId, Error, Result, Store, keys};

/// Most directories whose extensions are remembered.
const MOST_REMEMBERED: usize = 100;

/// Extensions that were read: a version never changes, so what is remembered is never stale.
#[derive(Clone, Default)]
pub(crate) struct KnownExtensions(Arc<Mutex<ByVersion>>);

type ByVersion = HashMap<(DirectoryId, String), Arc<ResourceTypes>>;

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

    /// The resource types of a directory whose extensions have this version.
    pub(crate) async fn resource_types(
        &self,
        directory: DirectoryId,
        version: &str,
    ) -> Result<Arc<ResourceTypes>> {
        let key = (directory, version.to_owned());
        if let Some(known) = self.known_extensions.lock().get(&key) {
            return Ok(Arc::clone(known));
        }
        let definitions = self.definitions(directory, version).await?;
        let types = ResourceTypes::with_extensions(&definitions)
            .map_err(|_| Error::Corrupt("definitions"))?;
        let types = Arc::new(types);
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

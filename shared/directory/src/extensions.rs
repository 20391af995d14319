use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scim::{ErrorStatus, ResourceTypes};
use serde_json::Value;

use crate::table::{Item, Outcome, Write, text};
use crate::{DirectoryId, Error, Result, Store, keys};

/// Largest definition of a directory's extensions, in bytes of JSON.
const LARGEST: usize = 128 * 1024;
/// Most directories whose extensions are remembered.
const MOST_REMEMBERED: usize = 100;

/// Extensions that were read: a version never changes, so what is remembered is never stale.
#[derive(Clone, Default)]
pub(crate) struct KnownExtensions(Arc<Mutex<ByVersion>>);

type ByVersion = HashMap<(DirectoryId, String), Arc<ResourceTypes>>;

impl Store {
    /// Gives a directory these schema extensions in the place of those it has; [`ResourceTypes::with_extensions`] says
    /// how they are written. They hold from the next request on.
    ///
    /// Errors: 400 `invalidValue`, 413, 404.
    pub async fn set_schema_extensions(
        &self,
        directory: DirectoryId,
        definitions: &Value,
    ) -> Result<()> {
        let types = ResourceTypes::with_extensions(definitions)?;
        let mut version = None;
        if types != *ResourceTypes::built_in() {
            let definitions = definitions.to_string();
            if definitions.len() > LARGEST {
                let detail = format!("The schema extensions are larger than {LARGEST} bytes.");
                return Err(scim::Error::new(ErrorStatus::ContentTooLarge, detail).into());
            }
            let new = self.new_id().simple().to_string();
            let item = Item::new(keys::extensions(directory, &new), "schema extensions")
                .with("definitions", text(definitions));
            match self.table.update(&Write::put(item).when_absent()).await? {
                Outcome::Done => version = Some(new),
                Outcome::Refused(_) => return Err(Error::Contended),
            }
        }
        self.change_directory(directory, |found| {
            found.extensions.clone_from(&version);
            Ok(())
        })
        .await
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
        let item = self
            .table
            .get(&keys::extensions(directory, version))
            .await?;
        let item = item.ok_or(Error::Corrupt("extensions"))?;
        let definitions = serde_json::from_str(item.text("definitions")?)
            .map_err(|_| Error::Corrupt("definitions"))?;
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

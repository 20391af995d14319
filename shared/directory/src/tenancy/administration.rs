use crate::store::By;
use crate::table::Table;
use crate::{Author, Directory, DirectoryId, DirectoryName, ResourceReference, Result, Store};

use super::not_found;

/// What an administrator of the deployment may do: everything, in the administrator's name.
pub struct Administration<'a> {
    pub(super) store: &'a Store,
    author: Author,
    request_id: &'a str,
}

impl Store {
    /// The way to change tenants and credentials. `administrator` and `request_id` are what the audit trail will say.
    pub fn administration<'a>(
        &'a self,
        administrator: &str,
        request_id: &'a str,
    ) -> Administration<'a> {
        Administration {
            store: self,
            author: Author::administrator(administrator),
            request_id,
        }
    }
}

impl Administration<'_> {
    pub(crate) fn table(&self) -> &Table {
        &self.store.table
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        self.store
    }

    /// Who writes what, for the items that are written.
    pub(crate) fn by(&self, operation: &str, attributes: &[String]) -> By {
        self.store
            .by(&self.author, self.request_id, operation, None, attributes)
    }

    /// The same of what is about a user or a group.
    pub(crate) fn by_about(&self, operation: &str, resource: ResourceReference) -> By {
        let (author, id) = (&self.author, self.request_id);
        self.store.by(author, id, operation, Some(resource), &[])
    }

    /// Leaves in the log what no audit trail tells: what is not a directory's, and the end of one.
    pub(crate) fn log(&self, operation: &str, name: impl std::fmt::Display) {
        let (author, request_id) = (&self.author, self.request_id);
        tracing::info!(%author, request_id, operation, %name, "an administrator made a change");
    }

    /// The directory with this id. Error: 404.
    pub async fn directory(&self, id: DirectoryId) -> Result<Directory> {
        let directory = self.store.directory(id).await?;
        directory.ok_or_else(|| not_found("Directory", id))
    }

    /// The directory that is named by its id or as `organization/slug`. Errors: 404, 400 `invalidValue`.
    pub async fn find_directory(&self, reference: &str) -> Result<Directory> {
        if let Some(id) = DirectoryId::parse(reference) {
            return self.directory(id).await;
        }
        let name = DirectoryName::parse(reference)?;
        let missing = || not_found("Directory", &name);
        let id = self.directory_named(&name).await?.ok_or_else(missing)?;
        self.store.directory(id).await?.ok_or_else(missing)
    }
}

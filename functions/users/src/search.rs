use directory::{DirectoryId, Principal, Resources, Result, Store, UserId};
use scim::list::Query;
use scim::{Object, ResourceType};

use crate::show;

/// Users as a list reads and shows them.
pub struct Users<'a> {
    store: &'a Store,
    directory: DirectoryId,
    base_url: &'a str,
    with_groups: bool,
}

impl<'a> Users<'a> {
    /// For a query: groups that are neither shown nor filtered by are not read.
    pub fn new(store: &'a Store, principal: &Principal, base_url: &'a str, query: &Query) -> Self {
        let filter = query.filter.as_ref();
        let by_groups = filter.is_some_and(|filter| filter.mentions("groups"));
        Self {
            store,
            directory: principal.directory,
            base_url,
            with_groups: by_groups || query.projection.shows(ResourceType::user(), "groups"),
        }
    }
}

impl Resources for Users<'_> {
    fn resource_type(&self) -> &ResourceType {
        ResourceType::user()
    }

    async fn load(&self, ids: &[String]) -> Result<Vec<Object>> {
        let ids: Vec<_> = ids.iter().filter_map(|id| UserId::parse(id)).collect();
        let records = self
            .store
            .users(self.directory, &ids, self.with_groups)
            .await?;
        Ok(records
            .iter()
            .map(|record| show::represent(record, self.base_url).1)
            .collect())
    }
}

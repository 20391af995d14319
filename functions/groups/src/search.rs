use directory::{DirectoryId, GroupId, Principal, Resources, Result, Store};
use scim::list::Query;
use scim::{Object, ResourceType};

use crate::show;

/// Groups as a list reads and shows them.
pub struct Groups<'a> {
    store: &'a Store,
    directory: DirectoryId,
    base_url: &'a str,
    with_members: bool,
}

impl<'a> Groups<'a> {
    /// For a query: members that are neither shown nor filtered by are not read.
    pub fn new(store: &'a Store, principal: &Principal, base_url: &'a str, query: &Query) -> Self {
        let filter = query.filter.as_ref();
        let by_members = filter.is_some_and(|filter| filter.mentions("members"));
        Self {
            store,
            directory: principal.directory,
            base_url,
            with_members: by_members || query.projection.shows(ResourceType::group(), "members"),
        }
    }
}

impl Resources for Groups<'_> {
    fn resource_type(&self) -> &ResourceType {
        ResourceType::group()
    }

    async fn load(&self, ids: &[String]) -> Result<Vec<Object>> {
        let ids: Vec<_> = ids.iter().filter_map(|id| GroupId::parse(id)).collect();
        let records = self
            .store
            .groups(self.directory, &ids, self.with_members)
            .await?;
        Ok(records
            .iter()
            .map(|record| show::represent(record, self.base_url).1)
            .collect())
    }
}

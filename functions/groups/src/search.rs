use std::sync::Arc;

use directory::{DirectoryId, GroupId, Loading, Principal, Resources, Store};
use scim::list::Query;
use scim::{ResourceType, ResourceTypes};

use crate::show;

/// Groups as a list reads and shows them.
pub struct Groups<'a> {
    store: &'a Store,
    directory: DirectoryId,
    types: Arc<ResourceTypes>,
    base_url: &'a str,
    with_members: bool,
}

impl<'a> Groups<'a> {
    /// For a query: members that are neither shown nor asked about are not read.
    pub fn new(store: &'a Store, principal: &Principal, base_url: &'a str, query: &Query) -> Self {
        let types = Arc::clone(&principal.resource_types);
        let with_members =
            query.mentions("members") || query.projection.shows(&types.group, "members");
        Self {
            store,
            directory: principal.directory,
            types,
            base_url,
            with_members,
        }
    }
}

impl Resources for Groups<'_> {
    fn resource_type(&self) -> &ResourceType {
        &self.types.group
    }

    fn load<'a>(&'a self, ids: &'a [String]) -> Loading<'a> {
        Box::pin(async {
            let ids: Vec<_> = ids.iter().filter_map(|id| GroupId::parse(id)).collect();
            let records = self.store.groups(self.directory, &ids, self.with_members);
            let records = records.await?;
            let groups = records
                .iter()
                .map(|record| show::represent(record, &self.types.group, self.base_url).1);
            Ok(groups.collect())
        })
    }
}

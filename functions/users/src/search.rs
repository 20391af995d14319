use std::sync::Arc;

use directory::{DirectoryId, Loading, Principal, Resources, Store, UserId};
use scim::list::Query;
use scim::{ResourceType, ResourceTypes};

use crate::show;

/// Users as a list reads and shows them.
pub struct Users<'a> {
    store: &'a Store,
    directory: DirectoryId,
    types: Arc<ResourceTypes>,
    base_url: &'a str,
    with_groups: bool,
}

impl<'a> Users<'a> {
    /// For a query: groups that are neither shown nor asked about are not read.
    pub fn new(store: &'a Store, principal: &Principal, base_url: &'a str, query: &Query) -> Self {
        let types = Arc::clone(&principal.resource_types);
        // The version, in `meta`, is that of the groups too.
        let with_groups = query.projection.shows(&types.user, "groups")
            || ["groups", "meta"].iter().any(|name| query.mentions(name));
        Self {
            store,
            directory: principal.directory,
            types,
            base_url,
            with_groups,
        }
    }
}

impl Resources for Users<'_> {
    fn resource_type(&self) -> &ResourceType {
        &self.types.user
    }

    fn load<'a>(&'a self, ids: &'a [String]) -> Loading<'a> {
        Box::pin(async {
            let ids: Vec<_> = ids.iter().filter_map(|id| UserId::parse(id)).collect();
            let records = self.store.users(self.directory, &ids, self.with_groups);
            let records = records.await?;
            let users = records
                .iter()
                .map(|record| show::represent(record, &self.types.user, self.base_url).1);
            Ok(users.collect())
        })
    }
}

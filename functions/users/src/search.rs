use std::sync::Arc;

use directory::{DirectoryId, Loading, Principal, Purpose, Resources, Store, UserId};
use scim::list::Query;
use scim::{ResourceType, ResourceTypes};

use crate::show;

/// Users as a list reads and shows them.
pub struct Users<'a> {
    store: &'a Store,
    directory: DirectoryId,
    types: Arc<ResourceTypes>,
    base_url: &'a str,
    asks_for_groups: bool,
    shows_groups: bool,
}

impl<'a> Users<'a> {
    /// For a query: groups that are neither shown nor asked about are not read.
    pub fn new(store: &'a Store, principal: &Principal, base_url: &'a str, query: &Query) -> Self {
        let types = Arc::clone(&principal.resource_types);
        Self {
            store,
            directory: principal.directory,
            base_url,
            // The version, in `meta`, is that of the groups too.
            asks_for_groups: query.mentions("groups") || query.mentions("meta"),
            shows_groups: query.projection.shows(&types.user, "groups"),
            types,
        }
    }
}

impl Resources for Users<'_> {
    fn resource_type(&self) -> &ResourceType {
        &self.types.user
    }

    fn at_once(&self, _: Purpose) -> usize {
        500
    }

    fn load<'a>(&'a self, ids: &'a [String], purpose: Purpose) -> Loading<'a> {
        let with_groups = self.asks_for_groups || (purpose == Purpose::Show && self.shows_groups);
        Box::pin(async move {
            let ids: Vec<_> = ids.iter().filter_map(|id| UserId::parse(id)).collect();
            let records = self.store.users(self.directory, &ids, with_groups);
            let records = records.await?;
            let users = records
                .iter()
                .map(|record| show::represent(record, &self.types.user, self.base_url).1);
            Ok(users.collect())
        })
    }
}

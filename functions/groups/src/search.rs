use std::sync::Arc;

use directory::{DirectoryId, GroupId, Loading, Principal, Purpose, Resources, Store};
use scim::list::Query;
use scim::{ResourceType, ResourceTypes};

use crate::show;

/// Groups as a list reads and shows them.
pub struct Groups<'a> {
    store: &'a Store,
    directory: DirectoryId,
    types: Arc<ResourceTypes>,
    base_url: &'a str,
    asks_for_members: bool,
    shows_members: bool,
}

impl<'a> Groups<'a> {
    /// For a query: members that are neither shown nor asked about are not read.
    pub fn new(store: &'a Store, principal: &Principal, base_url: &'a str, query: &Query) -> Self {
        let types = Arc::clone(&principal.resource_types);
        Self {
            store,
            directory: principal.directory,
            base_url,
            asks_for_members: query.mentions("members"),
            shows_members: query.projection.shows(&types.group, "members"),
            types,
        }
    }

    fn with_members(&self, purpose: Purpose) -> bool {
        self.asks_for_members || (purpose == Purpose::Show && self.shows_members)
    }
}

impl Resources for Groups<'_> {
    fn resource_type(&self) -> &ResourceType {
        &self.types.group
    }

    fn at_once(&self, purpose: Purpose) -> usize {
        // Of members there may be very many.
        if self.with_members(purpose) { 20 } else { 500 }
    }

    fn load<'a>(&'a self, ids: &'a [String], purpose: Purpose) -> Loading<'a> {
        Box::pin(async move {
            let ids: Vec<_> = ids.iter().filter_map(|id| GroupId::parse(id)).collect();
            let records = self
                .store
                .groups(self.directory, &ids, self.with_members(purpose));
            let records = records.await?;
            let groups = records
                .iter()
                .map(|record| show::represent(record, &self.types.group, self.base_url).1);
            Ok(groups.collect())
        })
    }
}

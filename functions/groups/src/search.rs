use directory::{GroupId, Loading, Principal, Purpose, ResourceKind, Resources, Store};
use scim::ResourceType;
use scim::list::Query;

use crate::show;

/// Groups as a list reads and shows them.
struct Groups<'a> {
    store: &'a Store,
    principal: &'a Principal,
    base_url: &'a str,
    asks_for_members: bool,
    shows_members: bool,
}

/// Groups for a list: members that are neither shown nor asked about are not read.
pub fn resources<'a>(
    store: &'a Store,
    principal: &'a Principal,
    base_url: &'a str,
    query: &Query,
    _: ResourceKind,
) -> Box<dyn Resources + 'a> {
    Box::new(Groups {
        store,
        principal,
        base_url,
        asks_for_members: query.mentions("members"),
        shows_members: query.projection.shows(principal.group(), "members"),
    })
}

impl Groups<'_> {
    fn with_members(&self, purpose: Purpose) -> bool {
        self.asks_for_members || (purpose == Purpose::Show && self.shows_members)
    }
}

impl Resources for Groups<'_> {
    fn resource_type(&self) -> &ResourceType {
        self.principal.group()
    }

    fn at_once(&self, purpose: Purpose) -> usize {
        // Of members there may be very many, and what is shown is kept until the page is full.
        match purpose {
            _ if !self.with_members(purpose) => 500,
            Purpose::Show => 5,
            Purpose::Ask => 20,
        }
    }

    fn load<'a>(&'a self, ids: &'a [String], purpose: Purpose) -> Loading<'a> {
        Box::pin(async move {
            let ids: Vec<_> = ids.iter().filter_map(|id| GroupId::parse(id)).collect();
            let records =
                self.store
                    .groups(self.principal.directory, &ids, self.with_members(purpose));
            let records = records.await?;
            let groups = records
                .iter()
                .map(|record| show::represent(record, self.principal, self.base_url).1);
            Ok(groups.collect())
        })
    }
}

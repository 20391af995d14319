use directory::{
    CredentialKind, Loading, Principal, Purpose, ResourceKind, Resources, Store, UserId,
};
use scim::list::Query;
use scim::{MUSTER_USER, ResourceType};

use crate::show::View;

/// Users as a list reads and shows them.
struct Users<'a> {
    store: &'a Store,
    principal: &'a Principal,
    base_url: &'a str,
    kind: ResourceKind,
    asks: Parts,
    shows: Parts,
}

/// Users for a list: those who are there or, of the kind [`ResourceKind::DeletedUser`], those who were deleted.
pub fn resources<'a>(
    store: &'a Store,
    principal: &'a Principal,
    base_url: &'a str,
    query: &Query,
    kind: ResourceKind,
) -> Box<dyn Resources + 'a> {
    Box::new(Users::new(store, principal, base_url, query, kind))
}

/// What is read of a user beside his document.
#[derive(Clone, Copy)]
struct Parts {
    /// His groups.
    groups: bool,
    /// Their names and the role that they give, which the application alone is shown.
    by_name: bool,
}

impl<'a> Users<'a> {
    /// Groups that are neither shown nor asked about are not read.
    fn new(
        store: &'a Store,
        principal: &'a Principal,
        base_url: &'a str,
        query: &Query,
        kind: ResourceKind,
    ) -> Self {
        let (projection, user) = (&query.projection, principal.user());
        let asks_by_name =
            query.mentions("role") || query.mentions("meta") || query.mentions("groups");
        let shows_role = projection.shows_extension(user, MUSTER_USER);
        let is_application = principal.kind == CredentialKind::Application;
        Self {
            store,
            principal,
            base_url,
            kind,
            asks: Parts {
                // The version, in `meta`, is that of the groups too.
                groups: query.mentions("groups")
                    || query.mentions("meta")
                    || (is_application && query.mentions("role")),
                by_name: asks_by_name,
            },
            shows: Parts {
                groups: projection.shows(user, "groups") || (is_application && shows_role),
                by_name: projection.shows(user, "groups") || shows_role,
            },
        }
    }
}

impl Resources for Users<'_> {
    fn resource_type(&self) -> &ResourceType {
        self.principal.user()
    }

    fn at_once(&self, _: Purpose) -> usize {
        500
    }

    fn load<'a>(&'a self, ids: &'a [String], purpose: Purpose) -> Loading<'a> {
        let shows = purpose == Purpose::Show;
        let with_groups = self.asks.groups || (shows && self.shows.groups);
        let by_name = self.asks.by_name || (shows && self.shows.by_name);
        Box::pin(async move {
            let ids: Vec<_> = ids.iter().filter_map(|id| UserId::parse(id)).collect();
            let directory = self.principal.directory;
            let mut users = self.store.users(directory, &ids, with_groups).await?;
            let is_deleted = self.kind == ResourceKind::DeletedUser;
            users.retain(|user| user.deleted.is_some() == is_deleted);
            let view =
                View::with_memberships(self.store, self.principal, self.base_url, &users, by_name)
                    .await?;
            let represented = users.into_iter().map(|user| {
                let identity = view.identity(&user);
                view.represent(user, &identity)
            });
            Ok(represented.collect())
        })
    }
}

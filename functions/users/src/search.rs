use directory::{
    DirectoryId, Principal, ResourceKind, Resources, Result as DirectoryResult, Store, UserId,
};
use edge::{Answer, App, Request};
use scim::list::{Query, response};
use scim::{Dialect, Error, Object, ResourceType};

use crate::show;

/// GET /Users (RFC 7644 §3.4.2).
pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer, Error> {
    answer(app, request, |dialect| request.query(dialect)).await
}

/// POST /Users/.search (RFC 7644 §3.4.3).
pub(crate) async fn search(app: &App, request: &Request) -> Result<Answer, Error> {
    answer(app, request, |dialect| {
        Query::from_search_request(&request.json()?, dialect)
    })
    .await
}

async fn answer(
    app: &App,
    request: &Request,
    query: impl Fn(Dialect) -> Result<Query, Error> + Sync,
) -> Result<Answer, Error> {
    let claim = request.claim()?;
    // The directory's dialect is not known yet; the tolerant one reads everything that the strict one does.
    let open = async {
        let query = query(Dialect::Tolerant)?;
        app.store
            .open_list(
                claim.directory(),
                claim.credential(),
                ResourceKind::User,
                &query,
            )
            .await
    };
    let (principal, opening) = app.verified(&claim, open).await?;
    let query = query(principal.settings.dialect)?;
    let users = Users::new(&app.store, &principal, &request.base_url, &query);
    let page = app
        .store
        .scope(&principal, &request.id)
        .list(&query, opening, &users)
        .await?;
    Ok(Answer::ok(response(
        page.total,
        query.start_index,
        page.resources,
    )))
}

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

    async fn load(&self, ids: &[String]) -> DirectoryResult<Vec<Object>> {
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

use directory::{
    DirectoryId, GroupId, Principal, ResourceKind, Resources, Result as DirectoryResult, Store,
};
use edge::{Answer, App, Request};
use scim::list::{Query, response};
use scim::{Dialect, Error, Object, ResourceType};

use crate::show;

/// GET /Groups (RFC 7644 §3.4.2).
pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer, Error> {
    answer(app, request, |dialect| request.query(dialect)).await
}

/// POST /Groups/.search (RFC 7644 §3.4.3).
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
                ResourceKind::Group,
                &query,
            )
            .await
    };
    let (principal, opening) = app.verified(&claim, open).await?;
    let query = query(principal.settings.dialect)?;
    let groups = Groups::new(&app.store, &principal, &request.base_url, &query);
    let page = app
        .store
        .scope(&principal, &request.id)
        .list(&query, opening, &groups)
        .await?;
    Ok(Answer::ok(response(
        page.total,
        query.start_index,
        page.resources,
    )))
}

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

    async fn load(&self, ids: &[String]) -> DirectoryResult<Vec<Object>> {
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

use directory::{ResourceKind, Rights};
use edge::{Answer, App, Request, ResourcesOf};
use scim::Error;
use scim::list::Query;

/// POST /.search (RFC 7644 §3.4.3): all users, then all groups, as one list.
pub(crate) async fn search(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let read = async { Ok(request.json()?) };
    let (principal, body) = app.verified(&claim, Rights::Read, read).await?;
    let query = Query::from_search_request(&body, principal.settings.dialect)?;
    let scope = app.store.scope(&principal, &request.id);
    let mut kinds = principal.listed(ResourceKind::User, &query);
    kinds.push(ResourceKind::Group);
    let opening = scope.open_list(&kinds, &query).await?;
    let of = |&kind| {
        let resources: ResourcesOf = match kind {
            ResourceKind::Group => groups::resources,
            _ => users::resources,
        };
        resources(&app.store, &principal, &request.base_url, &query, kind)
    };
    let resources: Vec<_> = kinds.iter().map(of).collect();
    let resources: Vec<_> = resources.iter().map(AsRef::as_ref).collect();
    let page = scope.list(&query, opening, &resources).await?;
    Ok(Answer::ok(&page))
}

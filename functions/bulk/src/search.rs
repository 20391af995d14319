use directory::{ResourceKind, Rights};
use edge::{Answer, App, Request};
use groups::Groups;
use scim::Error;
use scim::list::Query;
use users::Users;

/// POST /.search (RFC 7644 §3.4.3): all users, then all groups, as one list.
pub(crate) async fn search(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let read = async { Ok(request.json()?) };
    let (principal, body) = app.verified(&claim, Rights::Read, read).await?;
    let query = Query::from_search_request(&body, principal.settings.dialect)?;
    let scope = app.store.scope(&principal, &request.id);
    let kinds = [ResourceKind::User, ResourceKind::Group];
    let opening = scope.open_list(&kinds, &query).await?;
    let users = Users::new(&app.store, &principal, &request.base_url, &query);
    let groups = Groups::new(&app.store, &principal, &request.base_url, &query);
    let page = scope.list(&query, opening, &[&users, &groups]).await?;
    Ok(Answer::ok(page.into_json()))
}

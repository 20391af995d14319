use directory::{Page, ResourceKind, Resources, Rights, Scope};
use edge::{Answer, App, Request};
use groups::Groups;
use scim::list::{Query, response};
use scim::{Dialect, Error, ResourceType};
use users::Users;

/// POST /.search: all users, then all groups, as one list.
pub(crate) async fn search(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let read = async { Ok(request.json()?) };
    let (principal, body) = app.verified(&claim, Rights::Read, read).await?;
    let dialect = principal.settings.dialect;
    let query = Query::from_search_request(&body, dialect)?;
    let scope = app.store.scope(&principal, &request.id);

    let of_users = among_types(&query, ResourceType::user(), dialect);
    let users = Users::new(&app.store, &principal, &request.base_url, &of_users);
    let mut page = list(scope, ResourceKind::User, &of_users, &users).await?;

    let mut of_groups = among_types(&query, ResourceType::group(), dialect);
    of_groups.start_index = query.start_index.saturating_sub(page.total).max(1);
    // Groups come only after the last user: a page of users that came out short is continued first.
    let users_end = query.start_index - 1 + page.resources.len() >= page.total;
    of_groups.count = if users_end {
        query.count - page.resources.len()
    } else {
        0
    };
    let groups = Groups::new(&app.store, &principal, &request.base_url, &of_groups);
    let more = list(scope, ResourceKind::Group, &of_groups, &groups).await?;

    page.resources.extend(more.resources);
    let total = page.total + more.total;
    Ok(Answer::ok(response(
        total,
        query.start_index,
        page.resources,
    )))
}

fn among_types(query: &Query, resource_type: &ResourceType, dialect: Dialect) -> Query {
    let filter = query.filter.clone();
    Query {
        filter: filter.map(|filter| filter.among_types(resource_type, dialect)),
        ..query.clone()
    }
}

async fn list<R: Resources>(
    scope: Scope<'_>,
    kind: ResourceKind,
    query: &Query,
    resources: &R,
) -> Result<Page, directory::Error> {
    let opening = scope.open_list(kind, query).await?;
    scope.list(query, opening, resources).await
}

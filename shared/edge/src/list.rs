use directory::{Author, Principal, ResourceKind, Resources, Rights, Store};
use http::Method;
use scim::list::Query;
use scim::{Dialect, Error, ResourceTypes};

use crate::{Answer, App, Request};

/// Gives what reads and shows the resources of a kind for a query.
pub type ResourcesOf =
    for<'a> fn(&'a Store, &'a Principal, &'a str, &Query, ResourceKind) -> Box<dyn Resources + 'a>;

/// Answers GET of a list (RFC 7644 §3.4.2) and POST to its `.search` (§3.4.3), which say the same.
pub async fn list(
    app: &App,
    request: &Request,
    kind: ResourceKind,
    resources_of: ResourcesOf,
) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let query = |dialect| match request.method {
        Method::POST => Query::from_search_request(&request.json()?, dialect),
        _ => request.query(dialect),
    };
    // The directory's dialect and extensions are not known yet; the tolerant one reads everything that the strict one
    // does, and keys answer for no attribute of an extension.
    let open = async {
        let query = query(Dialect::Tolerant)?;
        let reader = Author::Credential(claim.credential().clone());
        let types = ResourceTypes::built_in();
        let opening = app
            .store
            .open_list(claim.directory(), &reader, &[kind], types, &query)
            .await?;
        Ok((opening, query))
    };
    let (principal, (opening, tolerant)) = app.verified(&claim, Rights::Read, open).await?;
    let query = match principal.settings.dialect {
        Dialect::Tolerant => tolerant,
        Dialect::Strict => query(Dialect::Strict)?,
    };
    let scope = app.store.scope(&principal, &request.id);
    let kinds = principal.listed(kind, &query);
    let opening = if opening.is_of(&kinds) {
        opening
    } else {
        scope.open_list(&kinds, &query).await?
    };
    let of = |&kind| resources_of(&app.store, &principal, &request.base_url, &query, kind);
    let resources: Vec<_> = kinds.iter().map(of).collect();
    let resources: Vec<_> = resources.iter().map(AsRef::as_ref).collect();
    let page = scope.list(&query, opening, &resources).await?;
    Ok(Answer::ok(&page))
}

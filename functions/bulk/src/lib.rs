//! What concerns users and groups at once: the root `/.search` (RFC 7644 §3.4.3) and `/Bulk` (§3.7).

mod cycle;
mod run;
mod search;

use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::Error;

/// Answers a request to `/.search` or `/Bulk`.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    match (request.route(), &request.method) {
        ("/.search", &Method::POST) => Box::pin(search::search(app, request)),
        ("/Bulk", &Method::POST) => Box::pin(run::bulk(app, request)),
        _ => Box::pin(edge::method_not_allowed(app, request, "POST")),
    }
}

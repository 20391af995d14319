//! `/Groups`: create, read, find, list, change and delete groups (RFC 7644 §3).
//!
//! Members are kept apart from the rest of a group, so they are taken out of bodies and patches here.

mod change;
mod create;
mod delete;
mod members;
mod read;
mod search;
mod show;

use directory::ResourceKind;
use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::Error;

pub use search::resources;

/// Answers a request to `/Groups`, `/Groups/{id}` or `/Groups/.search`.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    // A future of its own for each: one for all of them would be as large as the largest.
    match (request.route(), &request.method) {
        ("/Groups", &(Method::GET | Method::HEAD)) | ("/Groups/.search", &Method::POST) => {
            Box::pin(edge::list(app, request, ResourceKind::Group, resources))
        }
        ("/Groups", &Method::POST) => Box::pin(create::create(app, request)),
        ("/Groups/{id}", &(Method::GET | Method::HEAD)) => Box::pin(read::read(app, request)),
        ("/Groups/{id}", &Method::PUT) => Box::pin(change::replace(app, request)),
        ("/Groups/{id}", &Method::PATCH) => Box::pin(change::patch(app, request)),
        ("/Groups/{id}", &Method::DELETE) => Box::pin(delete::delete(app, request)),
        ("/Groups", _) => Box::pin(edge::method_not_allowed(app, request, "GET, HEAD, POST")),
        ("/Groups/.search", _) => Box::pin(edge::method_not_allowed(app, request, "POST")),
        _ => Box::pin(edge::method_not_allowed(
            app,
            request,
            "GET, HEAD, PUT, PATCH, DELETE",
        )),
    }
}

//! `/Users`: create, read, find, list, change and delete users (RFC 7644 §3).

mod change;
mod create;
mod delete;
mod read;
mod search;
mod show;

use directory::ResourceKind;
use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::Error;

pub use search::resources;

/// Answers a request to `/Users`, `/Users/{id}` or `/Users/.search`.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    // A future of its own for each: one for all of them would be as large as the largest.
    match (request.route(), &request.method) {
        ("/Users", &(Method::GET | Method::HEAD)) | ("/Users/.search", &Method::POST) => {
            Box::pin(edge::list(app, request, ResourceKind::User, resources))
        }
        ("/Users", &Method::POST) => Box::pin(create::create(app, request)),
        ("/Users/{id}", &(Method::GET | Method::HEAD)) => Box::pin(read::read(app, request)),
        ("/Users/{id}", &Method::PUT) => Box::pin(change::replace(app, request)),
        ("/Users/{id}", &Method::PATCH) => Box::pin(change::patch(app, request)),
        ("/Users/{id}", &Method::DELETE) => Box::pin(delete::delete(app, request)),
        ("/Users", _) => Box::pin(edge::method_not_allowed(app, request, "GET, HEAD, POST")),
        ("/Users/.search", _) => Box::pin(edge::method_not_allowed(app, request, "POST")),
        _ => Box::pin(edge::method_not_allowed(
            app,
            request,
            "GET, HEAD, PUT, PATCH, DELETE",
        )),
    }
}

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

use directory::{ResourceKind, Rights};
use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::Error;

pub use search::resources;

/// Answers a request to `/Groups`, `/Groups/{id}` or `/Groups/.search`.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        match (request.route(), &request.method) {
            ("/Groups", &(Method::GET | Method::HEAD)) | ("/Groups/.search", &Method::POST) => {
                edge::list(app, request, ResourceKind::Group, resources).await
            }
            ("/Groups", &Method::POST) => create::create(app, request).await,
            ("/Groups/{id}", &(Method::GET | Method::HEAD)) => read::read(app, request).await,
            ("/Groups/{id}", &Method::PUT) => change::replace(app, request).await,
            ("/Groups/{id}", &Method::PATCH) => change::patch(app, request).await,
            ("/Groups/{id}", &Method::DELETE) => delete::delete(app, request).await,
            (route, _) => {
                app.verified(&request.claim()?, Rights::Read, async { Ok(()) })
                    .await?;
                Ok(Answer::method_not_allowed(match route {
                    "/Groups" => "GET, HEAD, POST",
                    "/Groups/.search" => "POST",
                    _ => "GET, HEAD, PUT, PATCH, DELETE",
                }))
            }
        }
    })
}

//! `/Users`: create, read, find, list, change and delete users (RFC 7644 §3).

mod change;
mod create;
mod delete;
mod read;
mod search;
mod show;

use directory::{ResourceKind, Rights};
use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::Error;

pub use search::resources;

/// Answers a request to `/Users`, `/Users/{id}` or `/Users/.search`.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        match (request.route(), &request.method) {
            ("/Users", &(Method::GET | Method::HEAD)) | ("/Users/.search", &Method::POST) => {
                edge::list(app, request, ResourceKind::User, resources).await
            }
            ("/Users", &Method::POST) => create::create(app, request).await,
            ("/Users/{id}", &(Method::GET | Method::HEAD)) => read::read(app, request).await,
            ("/Users/{id}", &Method::PUT) => change::replace(app, request).await,
            ("/Users/{id}", &Method::PATCH) => change::patch(app, request).await,
            ("/Users/{id}", &Method::DELETE) => delete::delete(app, request).await,
            (route, _) => {
                app.verified(&request.claim()?, Rights::Read, async { Ok(()) })
                    .await?;
                Ok(Answer::method_not_allowed(match route {
                    "/Users" => "GET, HEAD, POST",
                    "/Users/.search" => "POST",
                    _ => "GET, HEAD, PUT, PATCH, DELETE",
                }))
            }
        }
    })
}

//! What concerns users and groups at once: the root `/.search` (RFC 7644 §3.4.3) and `/Bulk` (§3.7).

mod cycle;
mod run;
mod search;

use directory::Rights;
use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::Error;

/// Answers a request to `/.search` or `/Bulk`.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        match (request.route(), &request.method) {
            ("/.search", &Method::POST) => search::search(app, request).await,
            ("/Bulk", &Method::POST) => run::bulk(app, request).await,
            _ => {
                app.verified(&request.claim()?, Rights::Read, async { Ok(()) })
                    .await?;
                Ok(Answer::method_not_allowed("POST"))
            }
        }
    })
}

//! What concerns users and groups at once: the root `/.search` (RFC 7644 §3.4.3), and `/Bulk` (§3.7), which is not
//! there yet.

mod search;

use directory::Rights;
use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::{Error, ErrorStatus};

/// Answers a request to `/.search` or `/Bulk`.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        match (request.route(), &request.method) {
            ("/.search", &Method::POST) => search::search(app, request).await,
            (route, _) => {
                app.verified(&request.claim()?, Rights::Read, async { Ok(()) })
                    .await?;
                if route == "/.search" {
                    return Ok(Answer::method_not_allowed("POST"));
                }
                let detail = "There is no /Bulk: send each operation as a request of its own.";
                Err(Error::new(ErrorStatus::NotImplemented, detail))
            }
        }
    })
}

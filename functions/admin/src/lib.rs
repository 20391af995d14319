//! `/admin/v1`: environments, organizations, directories and credentials, for the company's own systems
//! (docs/admin-api.md, docs/openapi-admin.json).
//!
//! API Gateway lets through who signed the request and may by IAM; the signer's ARN is what the audit trail says. What
//! is shown is shown by `directory`, the same as on the command line.
//!
//! Deliberately not here: users and groups. The application has them over SCIM, with a credential of its own.

mod audit;
mod body;
mod call;
mod credentials;
mod directories;
mod environments;
mod organizations;

use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use scim::{Error, ErrorStatus};

use call::Call;

/// Answers a request to the admin API.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        let call = Call::new(app, request)?;
        if ![DIRECTORIES, AUDIT].contains(&request.route()) {
            let [] = call.query([])?;
        }
        let method = match request.method.as_str() {
            "HEAD" => "GET",
            method => method,
        };
        let answer = match (request.route(), method) {
            ("/environments", "GET") => environments::list(&call).await,
            ("/environments", "POST") => environments::create(&call).await,
            ("/environments/{environment}", "GET") => environments::show(&call).await,
            ("/environments/{environment}", "PATCH") => environments::change(&call).await,
            ("/environments/{environment}", "DELETE") => environments::delete(&call).await,

            (ORGANIZATIONS, "GET") => organizations::list(&call).await,
            (ORGANIZATIONS, "POST") => organizations::create(&call).await,
            ("/organizations/{organization}", "GET") => organizations::show(&call).await,
            ("/organizations/{organization}", "DELETE") => organizations::delete(&call).await,

            (DIRECTORIES, "GET") => directories::list(&call).await,
            (DIRECTORIES, "POST") => directories::create(&call).await,
            ("/directories/{directory}", "GET") => directories::show(&call).await,
            ("/directories/{directory}", "PATCH") => directories::change(&call).await,
            ("/directories/{directory}", "DELETE") => directories::delete(&call).await,
            ("/directories/{directory}/make-primary", "POST") => {
                directories::make_primary(&call).await
            }
            ("/directories/{directory}/disable", "POST") => directories::disable(&call).await,
            ("/directories/{directory}/enable", "POST") => directories::enable(&call).await,

            (AUDIT, "GET") => audit::list(&call).await,

            (CREDENTIALS, "GET") => credentials::list(&call).await,
            (CREDENTIALS, "POST") => credentials::issue(&call).await,
            (CREDENTIAL, "GET") => credentials::show(&call).await,
            (CREDENTIAL, "DELETE") => credentials::revoke(&call).await,
            (SUSPEND, "POST") => credentials::suspend(&call).await,
            (RESUME, "POST") => credentials::resume(&call).await,
            (ROTATE, "POST") => credentials::rotate(&call).await,
            ("/credentials/identify", "POST") => credentials::identify(&call).await,

            (route, _) => Ok(Answer::method_not_allowed(allowed(route))),
        };
        // As things are in a directory that is there: this belongs in its trail.
        if let (Err(error), Ok(directory)) = (&answer, call.directory_id())
            && error.status == ErrorStatus::Conflict
        {
            app.is_refused_to(directory, request.administrator()?);
        }
        answer
    })
}

const ORGANIZATIONS: &str = "/environments/{environment}/organizations";
const DIRECTORIES: &str = "/organizations/{organization}/directories";
const AUDIT: &str = "/directories/{directory}/audit";
const CREDENTIALS: &str = "/directories/{directory}/credentials";
const CREDENTIAL: &str = "/directories/{directory}/credentials/{credential}";
const SUSPEND: &str = "/directories/{directory}/credentials/{credential}/suspend";
const RESUME: &str = "/directories/{directory}/credentials/{credential}/resume";
const ROTATE: &str = "/directories/{directory}/credentials/{credential}/rotate";

/// The verbs of a path.
fn allowed(route: &str) -> &'static str {
    match route {
        "/environments" | ORGANIZATIONS | DIRECTORIES | CREDENTIALS => "GET, HEAD, POST",
        "/environments/{environment}" | "/directories/{directory}" => "GET, HEAD, PATCH, DELETE",
        "/organizations/{organization}" | CREDENTIAL => "GET, HEAD, DELETE",
        AUDIT => "GET, HEAD",
        _ => "POST",
    }
}

use std::time::Duration;

use directory::{Causes, GroupId, RefusedRequest, ResourceReference, UserId};
use futures_util::future::join_all;
use http::Method;
use tokio::time::timeout;

use crate::App;

/// The answer is there; it waits no longer for the entries about it.
pub(crate) const LONGEST_NOTING: Duration = Duration::from_millis(300);
/// Entries that are written at once.
const WRITES_AT_ONCE: usize = 16;

/// What was refused: a request, or an operation of a bulk request.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The verb.
    pub method: Method,
    /// The path pattern after the base path: `/Users/{id}`.
    pub route: String,
    /// The value of the pattern's parameter, if there is one.
    pub path_parameter: Option<String>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Its keyword of RFC 7644 §3.12.
    pub scim_type: Option<String>,
}

impl Refused {
    /// Whether it would have changed something.
    fn is_write(&self) -> bool {
        match self.method {
            Method::PUT | Method::PATCH | Method::DELETE => true,
            Method::POST => !self.route.ends_with("/.search"),
            _ => false,
        }
    }

    /// As it is called when it is done; what changes nothing by its method and path pattern.
    fn operation(&self) -> String {
        let operation = match (&self.method, self.route.as_str()) {
            (&Method::POST, "/Users") => "create user",
            (&Method::PUT | &Method::PATCH, "/Users/{id}") => "change user",
            (&Method::DELETE, "/Users/{id}") => "delete user",
            (&Method::POST, "/Groups") => "create group",
            (&Method::PUT | &Method::PATCH, "/Groups/{id}") => "change group",
            (&Method::DELETE, "/Groups/{id}") => "delete group",
            (method, route) => return format!("{method} {route}"),
        };
        operation.to_owned()
    }

    fn resource(&self) -> Option<ResourceReference> {
        let id = self.path_parameter.as_deref()?;
        match self.route.as_str() {
            "/Users/{id}" => UserId::parse(id).map(ResourceReference::from),
            "/Groups/{id}" => GroupId::parse(id).map(ResourceReference::from),
            _ => None,
        }
    }
}

/// Leaves entries in the audit trail of what was refused to who showed a credential's secret: all of it if the credential
/// as such was refused, once a minute, else the writes. Best effort, and in the time of about one write.
pub async fn note_refused(app: &App, request_id: &str, refused: Vec<Refused>) {
    let Some(caller) = app.caller() else { return };
    let now = app.store.environment().now();
    let is_due = |refused: &Refused| {
        let (directory, author) = (caller.directory, &caller.author);
        let operation = refused.operation();
        app.noted
            .is_due(directory, author, refused.status, &operation, now)
    };
    let refused = refused
        .into_iter()
        .filter(|refused| {
            if caller.is_refused {
                is_due(refused)
            } else {
                refused.is_write()
            }
        })
        // Who is to come back later is not refused, and what is short of writes gets no more of them.
        .filter(|refused| refused.status != 429);
    let entries = refused.map(|refused| RefusedRequest {
        directory: caller.directory,
        author: caller.author.clone(),
        operation: refused.operation(),
        resource: refused.resource(),
        status: refused.status,
        scim_type: refused.scim_type,
        request_id: request_id.to_owned(),
    });
    let mut entries = entries.peekable();
    let writing = async {
        while entries.peek().is_some() {
            let at_once = entries.by_ref().take(WRITES_AT_ONCE);
            for written in join_all(at_once.map(|entry| app.store.note_refused(entry))).await {
                written?;
            }
        }
        Ok::<_, directory::Error>(())
    };
    match timeout(LONGEST_NOTING, writing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(error = %Causes(&error), "a refused request is not in the audit trail");
        }
        Err(_) => tracing::warn!(
            "a refused request may not be in the audit trail: the table took too long"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: &str, is_write: bool, operation: &str) {
        let (method, route) = request.split_once(' ').unwrap();
        let refused = Refused {
            method: method.parse().unwrap(),
            route: route.to_owned(),
            path_parameter: None,
            status: 400,
            scim_type: None,
        };
        assert_eq!(refused.is_write(), is_write, "{request}");
        assert_eq!(refused.operation(), operation, "{request}");
    }

    #[test]
    fn operations() {
        check("POST /Users", true, "create user");
        check("PUT /Users/{id}", true, "change user");
        check("PATCH /Users/{id}", true, "change user");
        check("DELETE /Users/{id}", true, "delete user");
        check("PATCH /Groups/{id}", true, "change group");
        check("POST /Bulk", true, "POST /Bulk");
        check("PUT /Users", true, "PUT /Users");
        check("POST /Users/.search", false, "POST /Users/.search");
        check("POST /.search", false, "POST /.search");
        check("GET /Users/{id}", false, "GET /Users/{id}");
    }

    #[test]
    fn a_resource_is_named_by_an_id_only() {
        let check = |route: &str, id: &str, expected: Option<&str>| {
            let refused = Refused {
                method: Method::PUT,
                route: route.to_owned(),
                path_parameter: Some(id.to_owned()),
                status: 404,
                scim_type: None,
            };
            let resource = refused.resource();
            let shown = resource.map(|it| format!("{} {}", it.kind.name(), it.id));
            assert_eq!(shown.as_deref(), expected, "{route} {id}");
        };
        let id = "0197c3f0-0000-7000-8000-00000000abcd";
        check("/Users/{id}", id, Some(&format!("User {id}")));
        check("/Groups/{id}", id, Some(&format!("Group {id}")));
        check("/Users/{id}", "bob@example.com", None);
        check("/Schemas/{name}", id, None);
    }
}

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use lambda_http::Body;
use scim::json::text;
use scim::{Error, ErrorStatus, Identity, ScimType};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Api;

/// Seconds after which a refused request is worth another try: an integer, as Okta wants it.
const RETRY_AFTER: &str = "5";

/// The answer of a handler.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    content: Content,
}

/// What an answer says; the API that it was asked of decides how an error is written.
#[derive(Debug)]
enum Content {
    Nothing,
    Document(String),
    Error(Error),
}

impl Answer {
    /// 200 with a message: a list or a discovery document.
    pub fn ok(body: &impl Serialize) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            content: Content::Document(text(body)),
        }
    }

    /// 200 with a document that says where it is: one of the discovery endpoints' (RFC 7643 §3.1).
    pub fn document(body: &Value) -> Self {
        let location = body["meta"]["location"].as_str();
        let headers = location.map(|location| (header::CONTENT_LOCATION, location.to_owned()));
        Self {
            headers: headers.into_iter().collect(),
            ..Self::ok(body)
        }
    }

    /// 200 with a resource, as much of it as is shown.
    pub fn resource(identity: &Identity, resource: &impl Serialize) -> Self {
        let headers = vec![
            (header::ETAG, identity.version.clone()),
            (header::CONTENT_LOCATION, identity.location.clone()),
        ];
        Self {
            headers,
            ..Self::ok(resource)
        }
    }

    /// 201 with the new resource and its URI (RFC 7644 §3.3).
    pub fn created(identity: &Identity, resource: &impl Serialize) -> Self {
        let mut answer = Self::resource(identity, resource);
        answer.status = StatusCode::CREATED;
        answer
            .headers
            .push((header::LOCATION, identity.location.clone()));
        answer
    }

    /// 201 with a document of the admin API, and its URL.
    pub fn created_at(location: String, body: &Value) -> Self {
        Self {
            status: StatusCode::CREATED,
            headers: vec![(header::LOCATION, location)],
            ..Self::ok(body)
        }
    }

    /// 202: it is not finished, and the document says how it goes on.
    pub fn accepted(body: &Value) -> Self {
        Self {
            status: StatusCode::ACCEPTED,
            ..Self::ok(body)
        }
    }

    /// 204.
    pub fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// 304: the client has it.
    pub fn not_modified(identity: &Identity) -> Self {
        Self {
            headers: vec![
                (header::ETAG, identity.version.clone()),
                (header::CONTENT_LOCATION, identity.location.clone()),
            ],
            ..Self::empty(StatusCode::NOT_MODIFIED)
        }
    }

    /// 405 with the verbs that the path has.
    pub fn method_not_allowed(allow: &str) -> Self {
        let error = Error::new(
            ErrorStatus::MethodNotAllowed,
            format!("This endpoint answers {allow}."),
        );
        let mut answer = Self::from(error);
        answer.headers.push((header::ALLOW, allow.to_owned()));
        answer
    }

    fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Nothing,
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The keyword of an error (RFC 7644 §3.12), if it has one.
    pub fn scim_type(&self) -> Option<&str> {
        match &self.content {
            Content::Error(error) => error.scim_type.map(ScimType::keyword),
            _ => None,
        }
    }

    /// A header that the handler set.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body in SCIM.
    pub fn into_body(self) -> Option<Value> {
        match self.content {
            Content::Nothing => None,
            Content::Document(body) => serde_json::from_str(&body).ok(),
            Content::Error(error) => Some(error.to_json()),
        }
    }

    /// As `lambda_http` takes it; for HEAD without the body.
    pub(crate) fn into_response(self, api: Api, head: bool) -> Response<Body> {
        let content = self.content.in_api(api);
        let content_type = content
            .as_ref()
            .map(|(content_type, _)| (header::CONTENT_TYPE, (*content_type).to_owned()));
        let body = match content {
            Some((_, body)) if !head => Body::Text(body),
            _ => Body::Empty,
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        // What administrators are told, secrets among it, is kept nowhere on the way.
        let uncached = (api == Api::Admin).then(|| (header::CACHE_CONTROL, "no-store".to_owned()));
        let headers = self.headers.into_iter();
        for (name, value) in headers.chain(content_type).chain(uncached) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl Content {
    /// The media type and the body. The one place where an error becomes a body.
    fn in_api(self, api: Api) -> Option<(&'static str, String)> {
        let content = match (self, api) {
            (Self::Nothing, _) => return None,
            (Self::Document(body), Api::Scim) => ("application/scim+json", body),
            (Self::Document(body), Api::Admin) => ("application/json", body),
            (Self::Error(error), Api::Scim) => ("application/scim+json", text(&error.to_json())),
            (Self::Error(error), Api::Admin) => {
                ("application/problem+json", text(&problem(&error)))
            }
        };
        Some(content)
    }
}

/// An error as RFC 9457 writes it. The type `about:blank` says: no more than the status means.
fn problem(error: &Error) -> Value {
    let status = StatusCode::from_u16(error.status.code());
    json!({
        "type": "about:blank",
        "title": status.ok().and_then(|status| status.canonical_reason()),
        "status": error.status.code(),
        "detail": error.detail
    })
}

impl From<Error> for Answer {
    fn from(error: Error) -> Self {
        let headers = match error.status {
            ErrorStatus::Unauthorized => {
                vec![(
                    header::WWW_AUTHENTICATE,
                    "Bearer realm=\"scim\", Basic realm=\"scim\"".to_owned(),
                )]
            }
            ErrorStatus::TooManyRequests | ErrorStatus::ServiceUnavailable => {
                vec![(header::RETRY_AFTER, RETRY_AFTER.to_owned())]
            }
            _ => Vec::new(),
        };
        Self {
            status: StatusCode::from_u16(error.status.code())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers,
            content: Content::Error(error),
        }
    }
}

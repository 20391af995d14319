use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use lambda_http::Body;
use scim::{Error, ErrorStatus, Identity, Object};
use serde_json::Value;

/// Seconds after which a refused request is worth another try: an integer, as Okta wants it.
const RETRY_AFTER: &str = "5";

/// The answer of a handler.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Option<Value>,
}

impl Answer {
    /// 200 with a message: a list or a discovery document.
    pub fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: Some(body),
        }
    }

    /// 200 with a document that says where it is: one of the discovery endpoints' (RFC 7643 §3.1).
    pub fn document(body: Value) -> Self {
        let location = body["meta"]["location"].as_str();
        let headers = location.map(|location| (header::CONTENT_LOCATION, location.to_owned()));
        Self {
            headers: headers.into_iter().collect(),
            ..Self::ok(body)
        }
    }

    /// 200 with a resource, as much of it as is shown.
    pub fn resource(identity: &Identity, resource: Object) -> Self {
        let headers = vec![
            (header::ETAG, identity.version.clone()),
            (header::CONTENT_LOCATION, identity.location.clone()),
        ];
        Self {
            headers,
            ..Self::ok(Value::Object(resource))
        }
    }

    /// 201 with the new resource and its URI (RFC 7644 §3.3).
    pub fn created(identity: &Identity, resource: Object) -> Self {
        let mut answer = Self::resource(identity, resource);
        answer.status = StatusCode::CREATED;
        answer
            .headers
            .push((header::LOCATION, identity.location.clone()));
        answer
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
            body: None,
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The keyword of an error (RFC 7644 §3.12), if it has one.
    pub fn scim_type(&self) -> Option<&str> {
        self.body.as_ref()?.get("scimType")?.as_str()
    }

    /// A header that the handler set.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body, given away.
    pub fn into_body(self) -> Option<Value> {
        self.body
    }

    /// As `lambda_http` takes it; for HEAD without the body.
    pub(crate) fn into_response(self, head: bool) -> Response<Body> {
        let body = match self.body {
            Some(body) if !head => Body::Text(body.to_string()),
            _ => Body::Empty,
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let content_type = (header::CONTENT_TYPE, "application/scim+json".to_owned());
        let content_type = (self.status != StatusCode::NO_CONTENT
            && self.status != StatusCode::NOT_MODIFIED)
            .then_some(content_type);
        for (name, value) in self.headers.into_iter().chain(content_type) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The one place where an error becomes a body.
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
            body: Some(error.to_json()),
        }
    }
}

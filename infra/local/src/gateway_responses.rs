//! The answers API Gateway gives by itself: "gateway responses".

use std::collections::BTreeMap;

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use serde::Deserialize;

use crate::api::TemplateError;
use crate::definition::GatewayResponse;

/// A cause for which API Gateway answers by itself; the whole list it documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(
    missing_docs,
    reason = "the names are API Gateway's and documented there"
)]
pub enum ResponseType {
    AccessDenied,
    ApiConfigurationError,
    AuthorizerConfigurationError,
    AuthorizerFailure,
    BadRequestBody,
    BadRequestParameters,
    #[serde(rename = "DEFAULT_4XX")]
    Default4xx,
    #[serde(rename = "DEFAULT_5XX")]
    Default5xx,
    ExpiredToken,
    IntegrationFailure,
    IntegrationTimeout,
    InvalidApiKey,
    InvalidSignature,
    MissingAuthenticationToken,
    QuotaExceeded,
    RequestTooLarge,
    ResourceNotFound,
    Throttled,
    Unauthorized,
    UnsupportedMediaType,
    WafFiltered,
}

/// The gateway responses of an API.
#[derive(Debug)]
pub struct GatewayResponses(BTreeMap<ResponseType, Answer>);

#[derive(Debug)]
struct Answer {
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Template,
}

/// A body: text between variables.
#[derive(Debug)]
struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(Bytes),
    Message,
    QuotedMessage,
    RequestId,
}

impl GatewayResponses {
    pub(crate) fn new(
        definitions: BTreeMap<ResponseType, GatewayResponse>,
    ) -> Result<Self, TemplateError> {
        let answer = |(response_type, definition)| match Answer::new(definition) {
            Ok(answer) => Ok((response_type, answer)),
            Err(part) => Err(TemplateError::GatewayResponse {
                response_type,
                part,
            }),
        };
        definitions
            .into_iter()
            .map(answer)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the API itself defines an answer for this cause.
    pub fn defines(&self, response_type: ResponseType) -> bool {
        self.0.contains_key(&response_type)
    }

    /// The answer for a cause: its own, else the default of its class, else API Gateway's.
    pub fn response(&self, response_type: ResponseType, request_id: &str) -> Response<Bytes> {
        let (status, message) = response_type.default();
        let class = if status.is_server_error() {
            ResponseType::Default5xx
        } else {
            ResponseType::Default4xx
        };
        let Some(answer) = self.0.get(&response_type).or_else(|| self.0.get(&class)) else {
            return uncustomized(status, message);
        };
        let mut response = Response::new(answer.body.render(message, request_id));
        *response.status_mut() = answer.status.unwrap_or(status);
        response.headers_mut().clone_from(&answer.headers);
        response
    }
}

impl ResponseType {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::AccessDenied,
        Self::ApiConfigurationError,
        Self::AuthorizerConfigurationError,
        Self::AuthorizerFailure,
        Self::BadRequestBody,
        Self::BadRequestParameters,
        Self::Default4xx,
        Self::Default5xx,
        Self::ExpiredToken,
        Self::IntegrationFailure,
        Self::IntegrationTimeout,
        Self::InvalidApiKey,
        Self::InvalidSignature,
        Self::MissingAuthenticationToken,
        Self::QuotaExceeded,
        Self::RequestTooLarge,
        Self::ResourceNotFound,
        Self::Throttled,
        Self::Unauthorized,
        Self::UnsupportedMediaType,
        Self::WafFiltered,
    ];

    /// The status and the message of an API that customises nothing.
    fn default(self) -> (StatusCode, &'static str) {
        match self {
            Self::AccessDenied => (
                StatusCode::FORBIDDEN,
                "User is not authorized to access this resource",
            ),
            Self::ApiConfigurationError
            | Self::AuthorizerConfigurationError
            | Self::AuthorizerFailure => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
            }
            Self::BadRequestBody => (StatusCode::BAD_REQUEST, "Invalid request body"),
            Self::BadRequestParameters | Self::Default4xx => {
                (StatusCode::BAD_REQUEST, "Bad Request")
            }
            Self::Default5xx => (StatusCode::BAD_GATEWAY, "Internal server error"),
            Self::ExpiredToken => (
                StatusCode::FORBIDDEN,
                "The security token included in the request is expired",
            ),
            Self::IntegrationFailure => (
                StatusCode::GATEWAY_TIMEOUT,
                "Network error communicating with endpoint",
            ),
            Self::IntegrationTimeout => (StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
            Self::InvalidApiKey | Self::WafFiltered => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::InvalidSignature => (
                StatusCode::FORBIDDEN,
                "The request signature does not match",
            ),
            Self::MissingAuthenticationToken => {
                (StatusCode::FORBIDDEN, "Missing Authentication Token")
            }
            Self::QuotaExceeded => (StatusCode::TOO_MANY_REQUESTS, "Limit Exceeded"),
            Self::RequestTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"),
            Self::ResourceNotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type")
            }
        }
    }
}

impl Answer {
    /// The error is the part that is not supported.
    fn new(definition: GatewayResponse) -> Result<Self, String> {
        let status = definition
            .status_code
            .map(|code| StatusCode::from_u16(code).map_err(|_| code.to_string()));
        let mut headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        for (parameter, value) in definition.response_parameters {
            let (name, value) = header(&parameter, &value).ok_or(parameter)?;
            headers.insert(name, value);
        }
        // With several templates the request's Accept header would choose; one is what SCIM needs.
        let mut templates = definition.response_templates.into_iter();
        let body = match (templates.next(), templates.next()) {
            (None, _) => Template(vec![
                Part::Text(Bytes::from_static(b"{\"message\":")),
                Part::QuotedMessage,
                Part::Text(Bytes::from_static(b"}")),
            ]),
            (Some((key, text)), None) if key == "application/json" => Template::parse(&text)?,
            (Some((key, _)), _) => return Err(key),
        };
        Ok(Self {
            status: status.transpose()?,
            headers,
            body,
        })
    }
}

/// `gatewayresponse.header.Name` and `'value'`: a literal stands in single quotes.
fn header(parameter: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = parameter.strip_prefix("gatewayresponse.header.")?;
    let literal = value.strip_prefix('\'')?.strip_suffix('\'')?;
    Some((name.parse().ok()?, literal.parse().ok()?))
}

impl Template {
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find('$') {
            let (before, variable) = rest.split_at(start);
            let end = variable[1..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                .map_or(variable.len(), |end| end + 1);
            let (variable, after) = variable.split_at(end);
            parts.push(Part::Text(Bytes::copy_from_slice(before.as_bytes())));
            parts.push(match variable {
                "$context.error.message" => Part::Message,
                "$context.error.messageString" => Part::QuotedMessage,
                "$context.requestId" => Part::RequestId,
                _ => return Err(variable.to_owned()),
            });
            rest = after;
        }
        parts.push(Part::Text(Bytes::copy_from_slice(rest.as_bytes())));
        Ok(Self(parts))
    }

    fn render(&self, message: &str, request_id: &str) -> Bytes {
        if let [Part::Text(text)] = self.0.as_slice() {
            return text.clone();
        }
        let mut body = Vec::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => body.extend_from_slice(text),
                Part::Message => body.extend_from_slice(message.as_bytes()),
                Part::QuotedMessage => body.extend_from_slice(format!("{message:?}").as_bytes()),
                Part::RequestId => body.extend_from_slice(request_id.as_bytes()),
            }
        }
        body.into()
    }
}

fn uncustomized(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = Response::new(format!("{{\"message\":{message:?}}}").into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Api, tests::TEMPLATE};

    fn check(response_type: ResponseType, expected: &str) {
        let api = Api::from_template(TEMPLATE).unwrap();
        let response = api.gateway_responses().response(response_type, "r-1");
        let content_type = response.headers()[CONTENT_TYPE].to_str().unwrap();
        let body = str::from_utf8(response.body()).unwrap();
        assert_eq!(
            format!("{} {content_type} {body}", response.status().as_u16()),
            expected
        );
    }

    #[test]
    fn its_own_else_its_class_else_api_gateways() {
        check(
            ResponseType::Unauthorized,
            r#"401 application/scim+json {"error":"Unauthorized","id":"r-1"}"#,
        );
        check(
            ResponseType::IntegrationTimeout,
            r#"503 application/json {"later":true}"#,
        );
        check(
            ResponseType::Default5xx,
            r#"503 application/json {"later":true}"#,
        );
        check(
            ResponseType::MissingAuthenticationToken,
            r#"403 application/json {"message":"Missing Authentication Token"}"#,
        );
    }
}

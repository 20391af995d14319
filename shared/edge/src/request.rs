use std::net::IpAddr;

use directory::{Claim, Precondition, Refusal, is_loopback};
use http::{HeaderMap, HeaderValue, Method, header};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt};
use percent_encoding::percent_decode_str;
use scim::list::Query;
use scim::{Dialect, Error, ErrorStatus, Projection, ScimType};
use serde_json::Value;

/// Where the SCIM API begins, in every URL.
pub const BASE_PATH: &str = "/scim/v2";
/// Where the admin API begins.
pub const ADMIN_PATH: &str = "/admin/v1";

/// The APIs behind the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// The identity providers' and the application's: SCIM, with a credential of a directory.
    Scim,
    /// The administrators': plain JSON, with AWS's own authorization.
    Admin,
}

impl Api {
    const ALL: [Self; 2] = [Self::Scim, Self::Admin];

    fn base_path(self) -> &'static str {
        match self {
            Self::Scim => BASE_PATH,
            Self::Admin => ADMIN_PATH,
        }
    }
}

/// An operation of a bulk request.
#[derive(Debug)]
pub struct Operation {
    /// The verb.
    pub method: Method,
    /// The path pattern after the base path: `/Users/{id}`.
    pub route: String,
    /// The value of the pattern's parameter.
    pub path_parameter: Option<String>,
    /// The entity tag that the resource is to have.
    pub version: Option<String>,
    /// The body.
    pub body: Value,
    /// The id of the resource that it creates.
    pub new_id: Option<String>,
    /// Whether it undoes what the same bulk request did.
    pub takes_back: bool,
}

/// A request, as the handlers need it.
#[derive(Debug)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// API Gateway's id of the request.
    pub id: String,
    /// The API that it is made to.
    pub api: Api,
    /// The base URL of SCIM on the host and stage that the client used: `https://host/stage/scim/v2`.
    pub base_url: String,
    /// The address that API Gateway saw the request come from. What the client says of it itself counts for nothing.
    source: Option<IpAddr>,
    /// The AWS identity that signed the request, where API Gateway has verified a signature.
    user_arn: Option<String>,
    route: String,
    path_parameters: Vec<(String, String)>,
    parameters: Vec<(String, String)>,
    headers: HeaderMap,
    body: Payload,
    new_id: Option<String>,
    takes_back: bool,
}

/// A body, as it came or read already.
#[derive(Debug)]
enum Payload {
    Bytes(Body),
    Json(Value),
}

impl Request {
    /// From API Gateway's proxy event. None if the event is not one of a REST API.
    pub fn from_lambda(request: lambda_http::Request) -> Option<Self> {
        let RequestContext::ApiGatewayV1(context) = request.request_context_ref()? else {
            return None;
        };
        let resource = context.resource_path.as_deref()?;
        let path = context.path.as_deref()?;
        // Not every gateway for one machine names its domain; the client has.
        let host = || request.headers().get(header::HOST)?.to_str().ok();
        let domain = context.domain_name.as_deref().or_else(host)?;
        let (api, route) = Api::ALL
            .into_iter()
            .find_map(|api| Some((api, resource.strip_prefix(api.base_path())?.to_owned())))?;
        let prefix = path.split_once(api.base_path())?.0;
        let base_url = format!("{}://{domain}{prefix}{BASE_PATH}", scheme(domain));
        let id = context.request_id.clone().unwrap_or_default();
        let source = context.identity.source_ip.as_deref();
        let source = source.and_then(|source| source.parse().ok());
        let user_arn = context.identity.user_arn.clone();
        // Whether API Gateway has decoded it or not: no id, name or URN has a `%` of its own.
        let decoded = |value| percent_decode_str(value).decode_utf8_lossy().into_owned();
        let path_parameters = request.path_parameters_ref().map(|parameters| {
            let parameters = parameters.iter();
            parameters
                .map(|(name, value)| (name.to_owned(), decoded(value)))
                .collect()
        });
        let parameters = request.query_string_parameters_ref();
        let parameters = parameters.map(|parameters| {
            parameters
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        });
        let (parts, body) = request.into_parts();
        Some(Self {
            method: parts.method,
            id,
            api,
            base_url,
            source,
            user_arn,
            route,
            path_parameters: path_parameters.unwrap_or_default(),
            parameters: parameters.unwrap_or_default(),
            headers: parts.headers,
            body: Payload::Bytes(body),
            new_id: None,
            takes_back: false,
        })
    }

    /// An operation of this bulk request as the request that it stands for (RFC 7644 §3.7): by the same client, at the
    /// same base URL.
    pub fn operation(&self, operation: Operation) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(authorization) = self.headers.get(header::AUTHORIZATION) {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
        if let Some(version) = operation.version {
            // What cannot be a header is no version that the resource has.
            let version = HeaderValue::try_from(version);
            headers.insert(
                header::IF_MATCH,
                version.unwrap_or(HeaderValue::from_static("\"\"")),
            );
        }
        Self {
            method: operation.method,
            id: self.id.clone(),
            api: self.api,
            base_url: self.base_url.clone(),
            source: self.source,
            user_arn: None,
            route: operation.route,
            path_parameters: operation
                .path_parameter
                .map(|value| ("id".to_owned(), value))
                .into_iter()
                .collect(),
            parameters: Vec::new(),
            headers,
            body: Payload::Json(operation.body),
            new_id: operation.new_id,
            takes_back: operation.takes_back,
        }
    }

    /// The id that a resource created by this request is to have, where it was drawn beforehand.
    pub fn new_id(&self) -> Option<&str> {
        self.new_id.as_deref()
    }

    /// Whether this request undoes what the same bulk request did.
    pub fn takes_back(&self) -> bool {
        self.takes_back
    }

    /// The path pattern after the base path: `/Users/{id}`.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The value of the pattern's one parameter, decoded; empty if it has none.
    pub fn path_parameter(&self) -> &str {
        self.path_parameters
            .first()
            .map_or("", |(_, value)| value.as_str())
    }

    /// The value of one of the pattern's parameters, decoded; empty if it has none of this name.
    pub fn named_path_parameter(&self, name: &str) -> &str {
        let mut parameters = self.path_parameters.iter();
        parameters
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The URL of a path of the admin API, on the host and stage that the client used.
    pub fn admin_url(&self, path: &str) -> String {
        let root = self.base_url.trim_end_matches(BASE_PATH);
        format!("{root}{ADMIN_PATH}{path}")
    }

    /// The AWS identity that signed the request, as API Gateway has verified it. Error: 403 without one: should the route
    /// lose its authorization, nothing opens.
    pub fn administrator(&self) -> Result<&str, Error> {
        let user_arn = self.user_arn.as_deref().filter(|arn| !arn.is_empty());
        user_arn.ok_or_else(|| {
            Error::new(
                ErrorStatus::Forbidden,
                "Sign the request with AWS Signature Version 4, for the service `execute-api`.",
            )
        })
    }

    /// What the Authorization header claims. Error: 401 if it is missing or cannot be a credential.
    pub fn claim(&self) -> Result<Claim, Error> {
        let header = self.header(&header::AUTHORIZATION);
        let claim = header.and_then(Claim::from_authorization);
        let claim = claim.ok_or(Refusal::Unknown)?;
        Ok(claim.from(self.source))
    }

    /// The versions that `If-Match` allows.
    pub fn precondition(&self) -> Precondition {
        // What is no text is no version that a resource has.
        let header = self.headers.get(header::IF_MATCH);
        Precondition::from_if_match(header.map(|header| header.to_str().unwrap_or_default()))
    }

    /// Whether there is a condition on what the resource must not be.
    pub fn has_if_none_match(&self) -> bool {
        self.headers.contains_key(header::IF_NONE_MATCH)
    }

    /// Error: 412 for a write if `If-None-Match` names the entity tag that the resource has (RFC 9110 §13.1.2).
    pub fn refuse_current(&self, etag: &str) -> Result<(), Error> {
        if self.has_current(etag) {
            return Err(Error::new(
                ErrorStatus::PreconditionFailed,
                "The resource has the version that `If-None-Match` names.",
            ));
        }
        Ok(())
    }

    /// Whether `If-None-Match` names this entity tag, compared weakly (RFC 9110 §13.1.2).
    pub fn has_current(&self, etag: &str) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        self.header(&header::IF_NONE_MATCH).is_some_and(|header| {
            header.trim() == "*" || header.split(',').any(|tag| opaque(tag) == opaque(etag))
        })
    }

    /// The query in the URL. Errors: 400 `invalidFilter`, `invalidValue`.
    pub fn query(&self, dialect: Dialect) -> Result<Query, Error> {
        Query::from_parameters(self.parameters(), dialect)
    }

    /// Whether the URL has a filter, whatever it says.
    pub fn has_filter(&self) -> bool {
        self.parameters()
            .any(|(name, _)| name.eq_ignore_ascii_case("filter"))
    }

    /// The attributes that the URL asks to see. Error: 400 `invalidValue`.
    pub fn projection(&self) -> Result<Projection, Error> {
        let named = |wanted: &str| {
            let values = self
                .parameters()
                .filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            values
                .flat_map(|(_, value)| value.split(','))
                .collect::<Vec<_>>()
        };
        Projection::new(named("attributes"), named("excludedAttributes"))
    }

    /// Length of the body in bytes.
    pub fn body_length(&self) -> usize {
        match &self.body {
            Payload::Bytes(body) => body.len(),
            Payload::Json(_) => 0,
        }
    }

    /// The body as JSON. Errors: 415 for another content type, and those of [`scim::json::read`].
    pub fn json(&self) -> Result<Value, Error> {
        let body = match &self.body {
            Payload::Bytes(body) => body,
            Payload::Json(value) => return Ok(value.clone()),
        };
        if let Some(content_type) = self.header(&header::CONTENT_TYPE) {
            let essence = content_type.split(';').next().unwrap_or_default().trim();
            if !["application/scim+json", "application/json"]
                .iter()
                .any(|json| essence.eq_ignore_ascii_case(json))
            {
                return Err(Error::new(
                    ErrorStatus::UnsupportedMediaType,
                    "Send the body as `application/scim+json` or `application/json`.",
                ));
            }
        }
        if body.is_empty() {
            return Err(Error::bad_request(
                ScimType::InvalidSyntax,
                "The request has no body.",
            ));
        }
        scim::json::read(body.as_ref())
    }

    /// The parameters of the query, decoded.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// API Gateway speaks https alone; on a loopback address the local gateway speaks http.
fn scheme(domain: &str) -> &'static str {
    if is_loopback(domain) { "http" } else { "https" }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;

//! What a function is given: the events of a REST API with Lambda proxy integration and a REQUEST authorizer.
//!
//! Two liberties: header names are lower case, as from a client that speaks HTTP/2, and a body that is not UTF-8 comes
//! as base64, where API Gateway without binary media types would replace bytes silently.

use std::borrow::Cow;

use ::http::HeaderName;
use ::http::header::{self, HeaderMap};
use ::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::gateway::Connection;
use crate::host;
use crate::route::Match;

/// A request on its way to a function, with everything decoded that an event shows decoded.
pub(crate) struct Incoming<'a> {
    parts: &'a Parts,
    resource: &'a str,
    host: &'a str,
    user_agent: Option<Cow<'a, str>>,
    headers: Pairs<'a>,
    query: Pairs<'a>,
    path_parameters: Pairs<'a>,
    connection: Connection,
    request_id: &'a str,
    time: Timestamp,
}

/// Who calls, as it stands in the event.
#[derive(Clone, Copy)]
pub(crate) enum Caller<'a> {
    /// What the authorizer says of the caller.
    Authorized(&'a Map<String, Value>),
    /// The ARN of whom AWS's own authorization let through.
    User(&'a str),
}

impl<'a> Incoming<'a> {
    /// `None` when the request is one API Gateway answers 400: no usable host, or an encoding that does not decode.
    pub(crate) fn read(
        parts: &'a Parts,
        found: &Match<'a>,
        connection: Connection,
        request_id: &'a str,
        time: Timestamp,
    ) -> Option<Self> {
        // RFC 9112 §3.2.2: an absolute target replaces the Host header.
        let target_host = parts.uri.authority().map(::http::uri::Authority::as_str);
        let host = target_host.or_else(|| parts.headers.get(header::HOST)?.to_str().ok())?;
        let parameters = found
            .parameters
            .iter()
            .map(|(name, value)| Some((Cow::Borrowed(*name), decode(value)?)));
        host::is_acceptable(host).then_some(())?;
        Some(Self {
            parts,
            resource: &found.resource.template,
            host,
            user_agent: parts.headers.get(header::USER_AGENT).map(text),
            headers: headers(&parts.headers, host, connection),
            query: query(parts.uri.query().unwrap_or_default())?,
            path_parameters: Pairs::new(parameters.collect::<Option<_>>()?),
            connection,
            request_id,
            time,
        })
    }

    /// The event of a function behind a route.
    pub(crate) fn proxy_event(&self, caller: Caller<'_>, body: &[u8]) -> Bytes {
        let text = str::from_utf8(body).ok();
        let body_shown = match text {
            Some("") => None,
            Some(text) => Some(Cow::Borrowed(text)),
            None => Some(Cow::Owned(STANDARD.encode(body))),
        };
        write(
            body.len(),
            &ProxyEvent {
                request: self.shown(Some(caller)),
                body: body_shown,
                is_base64_encoded: text.is_none(),
            },
        )
    }

    /// The event of the authorizer.
    pub(crate) fn authorizer_event(&self) -> Bytes {
        write(
            0,
            &AuthorizerEvent {
                r#type: "REQUEST",
                method_arn: self.method_arn(),
                request: self.shown(None),
            },
        )
    }

    /// The name under which a policy allows this request.
    pub(crate) fn method_arn(&self) -> String {
        let (verb, path) = (
            &self.parts.method,
            self.parts.uri.path().trim_start_matches('/'),
        );
        format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/{STAGE}/{verb}/{path}")
    }

    fn shown<'b>(&'b self, caller: Option<Caller<'b>>) -> Shown<'b> {
        let (authorizer, user_arn) = match caller {
            Some(Caller::Authorized(context)) => (Some(context), None),
            Some(Caller::User(arn)) => (None, Some(arn)),
            None => (None, None),
        };
        let (method, path) = (self.parts.method.as_str(), self.parts.uri.path());
        Shown {
            resource: self.resource,
            path,
            http_method: method,
            headers: Last(&self.headers),
            multi_value_headers: All(&self.headers),
            query_string_parameters: self.query.any().map(Last),
            multi_value_query_string_parameters: self.query.any().map(All),
            path_parameters: self.path_parameters.any().map(Last),
            stage_variables: None,
            request_context: Context {
                account_id: ACCOUNT,
                api_id: API,
                authorizer,
                domain_name: self.host,
                domain_prefix: self.host.split('.').next().unwrap_or_default(),
                extended_request_id: self.request_id,
                http_method: method,
                identity: Identity {
                    source_ip: self.connection.client.to_string(),
                    user_agent: self.user_agent.as_deref(),
                    user_arn,
                },
                path,
                protocol: format!("{:?}", self.parts.version),
                request_id: self.request_id,
                request_time: self.time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
                request_time_epoch: self.time.as_millisecond(),
                resource_id: "local",
                resource_path: self.resource,
                stage: STAGE,
            },
        }
    }
}

const REGION: &str = "local";
const ACCOUNT: &str = "000000000000";
const API: &str = "local";
const STAGE: &str = "local";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProxyEvent<'a> {
    #[serde(flatten)]
    request: Shown<'a>,
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizerEvent<'a> {
    r#type: &'a str,
    method_arn: String,
    #[serde(flatten)]
    request: Shown<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    resource: &'a str,
    path: &'a str,
    http_method: &'a str,
    headers: Last<'a>,
    multi_value_headers: All<'a>,
    query_string_parameters: Option<Last<'a>>,
    multi_value_query_string_parameters: Option<All<'a>>,
    path_parameters: Option<Last<'a>>,
    stage_variables: Option<()>,
    request_context: Context<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Map<String, Value>>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    extended_request_id: &'a str,
    http_method: &'a str,
    identity: Identity<'a>,
    path: &'a str,
    protocol: String,
    request_id: &'a str,
    request_time: String,
    request_time_epoch: i64,
    resource_id: &'a str,
    resource_path: &'a str,
    stage: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: String,
    user_agent: Option<&'a str>,
    user_arn: Option<&'a str>,
}

/// Names and values, those of one name together and in the order they came.
struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Pairs<'a> {
    fn new(mut pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Self {
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self(pairs)
    }

    /// Itself; `None` when empty, which events show as null.
    fn any(&self) -> Option<&Self> {
        (!self.0.is_empty()).then_some(self)
    }

    fn groups(&self) -> impl Iterator<Item = &[(Cow<'a, str>, Cow<'a, str>)]> {
        self.0.chunk_by(|(one, _), (other, _)| one == other)
    }
}

/// Shown with the last value of each name, as API Gateway does.
struct Last<'a>(&'a Pairs<'a>);

/// Shown with all values of each name.
struct All<'a>(&'a Pairs<'a>);

impl Serialize for Last<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .groups()
                .filter_map(<[_]>::last)
                .map(|(name, value)| (name, value)),
        )
    }
}

impl Serialize for All<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = |group: &[(_, Cow<'_, str>)]| {
            group
                .iter()
                .map(|(_, value)| value.to_string())
                .collect::<Vec<_>>()
        };
        serializer.collect_map(self.0.groups().map(|group| (&group[0].0, values(group))))
    }
}

/// What a hop says to the next one is not passed on (RFC 9110 §7.6.1); what is said of the hops is written anew.
fn headers<'a>(received: &'a HeaderMap, host: &'a str, connection: Connection) -> Pairs<'a> {
    let mut pairs: Vec<_> = received
        .iter()
        .filter(|(name, _)| !is_replaced(name))
        .map(|(name, value)| (Cow::Borrowed(name.as_str()), text(value)))
        .collect();
    let mut forwarded_for: String = received
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| [text(value), Cow::Borrowed(", ")])
        .collect();
    forwarded_for.push_str(&connection.client.to_string());
    pairs.extend([
        (Cow::Borrowed("host"), Cow::Borrowed(host)),
        (Cow::Borrowed("x-forwarded-for"), Cow::Owned(forwarded_for)),
        (
            Cow::Borrowed("x-forwarded-port"),
            Cow::Owned(connection.port.to_string()),
        ),
        (Cow::Borrowed("x-forwarded-proto"), Cow::Borrowed("http")),
    ]);
    Pairs::new(pairs)
}

fn is_replaced(name: &HeaderName) -> bool {
    let hop = [
        header::CONNECTION,
        header::EXPECT,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        header::HOST,
    ];
    hop.contains(name)
        || matches!(
            name.as_str(),
            "keep-alive" | "x-forwarded-for" | "x-forwarded-port" | "x-forwarded-proto"
        )
}

/// The text of a header; bytes that are not UTF-8 are Latin-1 (RFC 9110 §5.5).
pub(crate) fn text(value: &::http::HeaderValue) -> Cow<'_, str> {
    match str::from_utf8(value.as_bytes()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => value
            .as_bytes()
            .iter()
            .map(|byte| char::from(*byte))
            .collect(),
    }
}

fn query(query: &str) -> Option<Pairs<'_>> {
    let pairs = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode_form(name)?, decode_form(value)?))
        });
    pairs.collect::<Option<_>>().map(Pairs::new)
}

fn decode_form(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        return Some(Cow::Owned(decode(&text.replace('+', " "))?.into_owned()));
    }
    decode(text)
}

/// `None` when a `%` is not followed by two digits or the result is not UTF-8.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    let escapes_end = |after: &str| {
        after
            .as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    text.split('%')
        .skip(1)
        .all(escapes_end)
        .then(|| percent_decode_str(text).decode_utf8().ok())?
}

fn write(body_length: usize, event: &impl Serialize) -> Bytes {
    // Quotes and line breaks of a JSON body are escaped: about an eighth more.
    let mut written = Vec::with_capacity(4096 + body_length + body_length / 8);
    // Names are strings and values plain text: there is nothing in an event that cannot be written.
    let result = serde_json::to_writer(&mut written, event);
    debug_assert!(result.is_ok());
    written.into()
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;

//! The way of a request: limits, unpacking, route, authorizer, policy, function, answer.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::http::request::Parts;
use ::http::{HeaderName, HeaderValue, Request, Response};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use jiff::Timestamp;
use serde_json::Value;

use crate::answer;
use crate::api::Api;
use crate::authorization::{Grant, Grants};
use crate::compression;
use crate::event::{self, Caller, Incoming};
use crate::gateway_responses::ResponseType;
use crate::iam;
use crate::route::Access;

/// A function: the event's JSON in, the answer's out. The answer is not text, for it would be written only to be read again.
pub type Function =
    Arc<dyn Fn(Bytes) -> BoxFuture<'static, Result<Value, FunctionError>> + Send + Sync>;

/// What time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A function failed; the message is the one Lambda would report.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FunctionError(pub String);

/// Why a gateway cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A route or the authorizer invokes a function that was not given.
    #[error("the template's function `{0}` is missing")]
    FunctionMissing(String),
}

/// The two ends of the connection a request came over.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// The client's address.
    pub client: IpAddr,
    /// The port it called.
    pub port: u16,
}

/// A REST API of API Gateway, with its functions behind it.
pub struct Gateway {
    api: Api,
    functions: BTreeMap<String, Function>,
    clock: Clock,
    grants: Grants,
    request_ids: RequestIds,
}

/// Request line and headers together.
const MAX_HEAD: usize = 10_240;
const MAX_BODY: usize = 10 * 1024 * 1024;
/// What Lambda takes and gives in one synchronous invocation.
const MAX_INVOCATION: usize = 6 * 1024 * 1024;
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

impl Gateway {
    /// A gateway for an API, with its functions by their logical ids in the template.
    pub fn new(
        api: Api,
        functions: BTreeMap<String, Function>,
        clock: Clock,
    ) -> Result<Self, GatewayError> {
        if let Some(missing) = api.functions().find(|id| !functions.contains_key(*id)) {
            return Err(GatewayError::FunctionMissing(missing.to_owned()));
        }
        let grants = Grants::new(api.authorizer.ttl);
        let request_ids = RequestIds::since(clock());
        Ok(Self {
            api,
            functions,
            clock,
            grants,
            request_ids,
        })
    }

    /// Answers a request. Must be called on a Tokio runtime with time; functions run there to their end, even when
    /// the returned future is dropped because the client has gone.
    pub async fn answer<B>(&self, request: Request<B>, connection: Connection) -> Response<Bytes>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let request_id = self.request_ids.next();
        let mut response = match self.forward(request, connection, &request_id).await {
            Ok(response) => response,
            Err(refusal) => self.api.responses.response(refusal, &request_id),
        };
        if let Ok(value) = HeaderValue::try_from(request_id) {
            response
                .headers_mut()
                .insert(HeaderName::from_static("x-amzn-requestid"), value);
        }
        response
    }

    async fn forward<B>(
        &self,
        request: Request<B>,
        connection: Connection,
        request_id: &str,
    ) -> Result<Response<Bytes>, ResponseType>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        if head_length(&parts) > MAX_HEAD {
            return Err(ResponseType::RequestTooLarge);
        }
        let body = compression::unpack(&parts.headers, read(body).await?, MAX_INVOCATION)?;
        let found = self
            .api
            .routes
            .find(parts.uri.path())
            .ok_or(ResponseType::MissingAuthenticationToken)?;
        let route = found
            .resource
            .route(&parts.method)
            .ok_or(ResponseType::MissingAuthenticationToken)?;
        let function = route.function.as_str();
        let incoming = Incoming::read(&parts, &found, connection, request_id, (self.clock)())
            .ok_or(ResponseType::BadRequestParameters)?;

        let event = match route.access {
            Access::Authorizer => {
                let grant = self.authorize(&parts, &incoming).await?;
                if !grant.policy.allows(&incoming.method_arn()) {
                    return Err(ResponseType::AccessDenied);
                }
                incoming.proxy_event(Caller::Authorized(&grant.context), &body)
            }
            Access::Iam => {
                let user_arn = iam::user_arn(&parts, connection)
                    .ok_or(ResponseType::MissingAuthenticationToken)?;
                incoming.proxy_event(Caller::User(user_arn), &body)
            }
        };
        if event.len() > MAX_INVOCATION {
            return Err(ResponseType::RequestTooLarge);
        }
        let answer = self
            .invoke(function, event)
            .await
            .map_err(|error| match error {
                InvocationError::TimedOut => ResponseType::IntegrationTimeout,
                InvocationError::Failed(_) | InvocationError::TooLarge => {
                    ResponseType::IntegrationFailure
                }
            })?;
        let mut response = answer::response(answer).ok_or_else(|| {
            tracing::error!(function, "a function's answer is malformed");
            ResponseType::IntegrationFailure
        })?;
        if let Some(minimum) = self.api.minimum_compression_size {
            compression::pack(&mut response, &parts, minimum);
        }
        Ok(response)
    }

    async fn authorize(
        &self,
        parts: &Parts,
        incoming: &Incoming<'_>,
    ) -> Result<Arc<Grant>, ResponseType> {
        let authorizer = &self.api.authorizer;
        // Of several, the one that events show in `headers`.
        let identity = parts
            .headers
            .get_all(&authorizer.identity_source)
            .iter()
            .next_back()
            .map(event::text);
        let identity = identity
            .filter(|identity| !identity.is_empty())
            .ok_or(ResponseType::Unauthorized)?;
        let now = (self.clock)();
        if let Some(grant) = self.grants.get(&identity, now) {
            return Ok(grant);
        }
        let answer = self
            .invoke(&authorizer.function, incoming.authorizer_event())
            .await
            .map_err(|error| match error {
                InvocationError::Failed(message) if message == "Unauthorized" => {
                    ResponseType::Unauthorized
                }
                _ => ResponseType::AuthorizerFailure,
            })?;
        let grant = Arc::new(Grant::read(answer).ok_or_else(|| {
            tracing::error!(
                function = authorizer.function,
                "the authorizer's answer is malformed"
            );
            ResponseType::AuthorizerConfigurationError
        })?);
        self.grants.keep(&identity, now, &grant);
        Ok(grant)
    }

    async fn invoke(&self, id: &str, event: Bytes) -> Result<Value, InvocationError> {
        let function = Arc::clone(&self.functions[id]);
        // A task of its own: it ends on its own terms, and its panic is its failure alone.
        let mut running = tokio::spawn(async move { function(event).await });
        let result = match tokio::time::timeout(INTEGRATION_TIMEOUT, &mut running).await {
            Ok(Ok(Ok(answer))) if answer::is_longer(&answer, MAX_INVOCATION) => {
                Err(InvocationError::TooLarge)
            }
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(FunctionError(message)))) => Err(InvocationError::Failed(message)),
            Ok(Err(panicked)) => Err(InvocationError::Failed(panicked.to_string())),
            Err(_) => {
                running.abort();
                Err(InvocationError::TimedOut)
            }
        };
        // "Unauthorized" is how an authorizer says no.
        if let Err(error) = &result
            && !matches!(error, InvocationError::Failed(message) if message == "Unauthorized")
        {
            tracing::error!(function = id, %error, "a function failed");
        }
        result
    }
}

#[derive(Debug, thiserror::Error)]
enum InvocationError {
    #[error("{0}")]
    Failed(String),
    #[error("no answer within {} s", INTEGRATION_TIMEOUT.as_secs())]
    TimedOut,
    #[error("the answer is larger than 6 MB")]
    TooLarge,
}

fn head_length(parts: &Parts) -> usize {
    let target = parts
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let headers: usize = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    parts.method.as_str().len() + target + "  HTTP/1.1\r\n".len() + headers
}

async fn read<B>(body: B) -> Result<Bytes, ResponseType>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(ResponseType::RequestTooLarge);
    }
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ResponseType::RequestTooLarge),
        // The client broke off or sent nonsense; nobody may be left to read this.
        Err(_) => Err(ResponseType::Default4xx),
    }
}

/// Request ids in the form of UUIDs. They are counted, not drawn, so that tests are exact; with the time of the start
/// in front they do not repeat from one run to the next.
struct RequestIds {
    start: i64,
    count: AtomicU64,
}

impl RequestIds {
    fn since(start: Timestamp) -> Self {
        Self {
            start: start.as_millisecond(),
            count: AtomicU64::new(0),
        }
    }

    fn next(&self) -> String {
        let start = format!("{:012x}", self.start);
        let (high, low) = start.split_at(8);
        format!(
            "{high}-{low}-4000-8000-{:012x}",
            self.count.fetch_add(1, Ordering::Relaxed)
        )
    }
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;

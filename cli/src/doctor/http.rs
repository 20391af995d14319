use std::time::Duration;

use aws_smithy_http_client::default_connector;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use http_body_util::BodyExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::timeout;

use crate::error::innermost;

/// API Gateway gives up after 29 seconds.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Requests to a base URL with a token, through the SDK's own HTTP client.
pub(super) struct Scim<'a> {
    pub base_url: &'a str,
    pub token: SecretString,
    connector: SharedHttpConnector,
}

/// Status and body.
pub(super) type Answer = (u16, Value);

impl<'a> Scim<'a> {
    /// None if this program was built without TLS.
    pub fn new(base_url: &'a str, token: SecretString) -> Option<Self> {
        let connector = default_connector(&HttpConnectorSettings::default(), None)?;
        Some(Self {
            base_url,
            token,
            connector,
        })
    }

    /// Sends one request. Error: why there is no answer.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        let text = body.map(Value::to_string).unwrap_or_default();
        let length = text.len();
        let mut request = HttpRequest::new(text.into());
        let url = format!("{}{path}", self.base_url);
        request
            .set_method(method)
            .map_err(|error| innermost(&error))?;
        request.set_uri(url).map_err(|error| innermost(&error))?;
        let headers = request.headers_mut();
        headers.insert(
            "authorization",
            format!("Bearer {}", self.token.expose_secret()),
        );
        headers.insert("accept", "application/scim+json");
        if body.is_some() {
            headers.insert("content-type", "application/scim+json");
            headers.insert("content-length", length.to_string());
        }
        let exchange = async {
            let response = self
                .connector
                .call(request)
                .await
                .map_err(|error| innermost(&error))?;
            let status = response.status().as_u16();
            let body = response
                .into_body()
                .collect()
                .await
                .map_err(|error| error.to_string())?;
            let body = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
            Ok((status, body))
        };
        timeout(LONGEST_REQUEST, exchange)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", LONGEST_REQUEST.as_secs())))
    }
}

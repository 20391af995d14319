//! What speaks to a SCIM endpoint as an identity provider does.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::Headers;
use bytes::Bytes;
use http_body_util::BodyExt;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::timeout;

use crate::error::innermost;

/// API Gateway gives up after 29 seconds.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Requests to a base URL with a token, through the SDK's own HTTP client, which keeps its connections open.
pub(crate) struct Client {
    base_url: String,
    token: SecretString,
    connector: SharedHttpConnector,
}

/// Status and body.
pub(crate) struct Answer {
    pub status: u16,
    body: Bytes,
}

impl Answer {
    /// What the body says; nothing if it is not as expected.
    pub fn read<'a, T: Deserialize<'a> + Default>(&'a self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Client {
    pub fn new(base_url: &str, token: SecretString) -> Self {
        let connector = Connector::builder().connector_settings(HttpConnectorSettings::default());
        Self {
            base_url: base_url.to_owned(),
            token,
            connector: SharedHttpConnector::new(connector.tls_provider(edge::tls()).build()),
        }
    }

    /// Sends one request. Error: why there is no answer.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
    ) -> Result<Answer, String> {
        let length = body.as_ref().map(String::len);
        let mut request = HttpRequest::new(body.unwrap_or_default().into());
        let url = format!("{}{path}", self.base_url);
        request
            .set_method(method)
            .map_err(|error| innermost(&error))?;
        request.set_uri(url).map_err(|error| innermost(&error))?;
        self.describe(request.headers_mut(), length);
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
            Ok(Answer {
                status,
                body: body.to_bytes(),
            })
        };
        timeout(LONGEST_REQUEST, exchange)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", LONGEST_REQUEST.as_secs())))
    }

    fn describe(&self, headers: &mut Headers, length: Option<usize>) {
        let token = self.token.expose_secret();
        headers.insert("authorization", format!("Bearer {token}"));
        headers.insert("accept", "application/scim+json");
        if let Some(length) = length {
            headers.insert("content-type", "application/scim+json");
            headers.insert("content-length", length.to_string());
        }
    }
}

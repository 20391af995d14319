//! The one place where a function meets its environment: variables, clients, the log.

use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use directory::{Store, SystemEnvironment};
use lambda_http::{Error, service_fn};
use tracing::Level;

use crate::{App, Handler, log, metered, respond};

/// Runs a function: builds its clients once, opens the way to the table, then answers until Lambda ends it.
pub async fn run(handler: Handler) -> Result<(), Error> {
    start_logging();
    let app = App::new(store_from_environment().await?);
    app.store.warm_up().await;
    lambda_http::run(service_fn(|request| async {
        let response = respond(&app, handler, request).await;
        Ok::<_, Error>(response)
    }))
    .await
}

/// Structured log lines on standard output, from the level `RUST_LOG` on: `error`, `warn`, `info`; their metrics are in
/// `METRICS_NAMESPACE`.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where functions read the environment"
)]
pub fn start_logging() {
    let level = std::env::var("RUST_LOG").ok();
    let level = level.and_then(|level| level.parse().ok());
    let namespace = std::env::var("METRICS_NAMESPACE");
    let namespace = namespace.unwrap_or_else(|_| "Muster".to_owned());
    log::start(level.unwrap_or(Level::ERROR), namespace, std::io::stdout);
    log::tell_of_panics();
}

/// The store in the table `TABLE_NAME`, with region, credentials and endpoint of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where functions read the environment"
)]
pub async fn store_from_environment() -> Result<Store, Error> {
    let table = std::env::var("TABLE_NAME")
        .map_err(|_| "the environment variable TABLE_NAME is not set")?;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(1));
    // Lambda says who and where in variables: nothing else is to be asked.
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(https_client())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts.build())
        .load()
        .await;
    let config = metered(aws_sdk_dynamodb::Config::from(&config).to_builder());
    let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    Ok(Store::new(client, table, Arc::new(SystemEnvironment)))
}

/// The HTTP client of every client of AWS.
pub fn https_client() -> SharedHttpClient {
    Builder::new().tls_provider(tls()).build_https()
}

/// TLS of this program: its cryptography is ring's, which is ready at once (ADR 18).
pub fn tls() -> Provider {
    Provider::Rustls(CryptoMode::Ring)
}

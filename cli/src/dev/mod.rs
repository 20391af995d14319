//! `muster dev`: the local stack with a directory to try it on.

mod credentials;
mod directories;
mod log;
mod people;

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use clap::Args;
use directory::{Settings, SystemEnvironment, UniqueIdentifier};
use local::http::Finished;
use local::{DynamoDb, DynamoDbError, Stack, StackError};
use scim::{Dialect, Object};
use secrecy::ExposeSecret;
use serde_json::Value;
use tracing_subscriber::filter::LevelFilter;

use credentials::Credentials;
use log::Log;

/// How to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Where to listen for identity providers; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep the table in this file instead of in memory.
    #[arg(long, value_name = "FILE", conflicts_with = "dynamodb")]
    data: Option<PathBuf>,
    /// Use the DynamoDB at this endpoint; the table is created if absent.
    #[arg(long, value_name = "URL", conflicts_with = "dynamodb_listen")]
    dynamodb: Option<String>,
    /// Where the embedded DynamoDB listens; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    dynamodb_listen: SocketAddr,
    /// What identifies a user beside userName.
    #[arg(long, value_name = "ATTRIBUTE", value_parser = unique_identifier, default_value = "userName")]
    unique_identifier: UniqueIdentifier,
    /// How closely identity providers are held to the RFCs.
    #[arg(long, value_name = "DIALECT", value_parser = dialect, default_value = "tolerant")]
    dialect: Dialect,
    /// Give the directory the schema extensions in this file, as JSON, in the place of those it has.
    #[arg(long, value_name = "FILE")]
    schema_extensions: Option<PathBuf>,
    /// Begin with this many users.
    #[arg(long, value_name = "N", default_value_t = 0)]
    users: usize,
    /// Write base URL, token and the other credentials to this file, as JSON, when everything is ready.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

fn unique_identifier(text: &str) -> Result<UniqueIdentifier, String> {
    match text {
        "userName" => Ok(UniqueIdentifier::UserName),
        "email" => Ok(UniqueIdentifier::Email),
        _ => Err("use userName or email".to_owned()),
    }
}

fn dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "tolerant" => Ok(Dialect::Tolerant),
        "strict" => Ok(Dialect::Strict),
        _ => Err("use tolerant or strict".to_owned()),
    }
}

/// Why there is no local stack: one sentence for the person who wanted it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DevError {
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error("the table at {endpoint} cannot be used: {source}")]
    Table {
        endpoint: String,
        source: directory::Error,
    },
    #[error("{0}")]
    Directory(#[from] directory::Error),
    #[error(transparent)]
    Scim(#[from] scim::Error),
    #[error(
        "the directory in the table has another unique identifier or dialect: run without --unique-identifier and --dialect, or with other data"
    )]
    OtherSettings,
    #[error("the schema extensions in `{}` cannot be read: {reason}", .path.display())]
    Extensions { path: PathBuf, reason: String },
    #[error("the credentials file `{}` cannot be {done}: {source}", .path.display())]
    Credentials {
        path: PathBuf,
        done: &'static str,
        source: io::Error,
    },
    #[error("requests cannot be told of: {0}")]
    Log(#[source] io::Error),
    #[error("the signal to stop cannot be received: {0}")]
    Signal(#[source] io::Error),
}

/// Runs until Ctrl-C, which also ends what is still beginning. Requests are answered on the caller's thread: a function in Lambda
/// has one too, and threads that wake each other cost more than they give.
pub(crate) async fn run(options: Options) -> Result<(), DevError> {
    let errors = tracing_subscriber::fmt().with_max_level(LevelFilter::ERROR);
    errors.with_writer(io::stderr).init();
    let mut interrupted = pin!(interruption()?);
    let running = tokio::select! {
        running = start(&options) => running?,
        () = &mut interrupted => return Ok(()),
    };
    greet(&running.credentials);
    interrupted.await;
    running.log.line("\nStopping.".to_owned());
    running.stack.stop().await;
    running.log.end();
    running.dynamodb.stop().await;
    Ok(())
}

struct Running {
    log: Log,
    dynamodb: DynamoDb,
    stack: Stack,
    credentials: Credentials,
}

/// When this is done requests are answered, and the credentials file says so.
async fn start(options: &Options) -> Result<Running, DevError> {
    let environment = Arc::new(SystemEnvironment);
    let dynamodb = match &options.dynamodb {
        Some(endpoint) => DynamoDb::at(endpoint),
        None => DynamoDb::embedded_apart(options.data.as_deref(), options.dynamodb_listen).await?,
    };
    let store = dynamodb.store(environment.clone());
    let endpoint = dynamodb.endpoint().to_owned();
    store
        .create_table_if_absent()
        .await
        .map_err(|source| DevError::Table { endpoint, source })?;
    let settings = Settings {
        unique_identifier: options.unique_identifier,
        dialect: options.dialect,
        ..Settings::default()
    };
    let file = options.credentials.as_deref();
    let known = file.map(credentials::read).transpose()?.flatten();
    let directories =
        directories::prepare(&store, &settings, known.as_ref(), options.users).await?;
    if let Some(path) = &options.schema_extensions {
        let definitions = read_extensions(path)?;
        let settings = Object::from_iter([("schema_extensions".to_owned(), definitions)]);
        let administration = store.administration("muster dev", "muster dev");
        administration
            .change_settings(directories.directory, &settings)
            .await?;
    }
    let log = Log::start().map_err(DevError::Log)?;
    let observer = log.clone();
    let observer = move |request: &Finished| observer.request(environment.as_ref(), request);
    let stack = Stack::start(&dynamodb, store, options.listen, observer).await?;
    let credentials = Credentials::new(&stack.base_url(), dynamodb.endpoint(), &directories);
    if let Some(file) = file {
        credentials::write(file, &credentials)?;
    }
    Ok(Running {
        log,
        dynamodb,
        stack,
        credentials,
    })
}

fn read_extensions(path: &Path) -> Result<Value, DevError> {
    let refused = |reason: String| DevError::Extensions {
        path: path.to_owned(),
        reason,
    };
    let text = fs::read(path).map_err(|error| refused(error.to_string()))?;
    scim::json::read(&text).map_err(|error| refused(error.detail))
}

fn greet(credentials: &Credentials) {
    let base_url = &credentials.base_url;
    let token = credentials.token.expose_secret();
    let username = &credentials.basic.username;
    let password = credentials.basic.password.expose_secret();
    let dynamodb = &credentials.dynamodb;
    log::print(format_args!(
        "Muster is ready.

  Base URL        {base_url}
  Token           {token}
  or Username     {username}
     Password     {password}
  DynamoDB        {dynamodb}

Try it:

  curl -H 'Authorization: Bearer {token}' {base_url}/Users

Ctrl-C stops it. Requests:
"
    ));
}

/// Resolves when the process is asked to stop.
fn interruption() -> Result<impl Future<Output = ()>, DevError> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(DevError::Signal)?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}

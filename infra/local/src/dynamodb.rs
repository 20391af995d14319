//! DynamoDB behind the real AWS client: embedded in this process, or wherever an endpoint is given.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use directory::{Environment, Store};
use dynoxide::server;
use edge::metered;
use tokio::net::TcpListener;
use tokio::runtime::{self, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::database;
use crate::guard::Guard;

/// The table's name, unless another is given; in the deployed stack it is the variable `TABLE_NAME`.
const TABLE: &str = "muster";

/// A table of a DynamoDB endpoint.
#[derive(Debug)]
pub struct DynamoDb {
    endpoint: String,
    table: String,
    embedded: Option<Embedded>,
    guard: Guard,
}

#[derive(Debug)]
struct Embedded {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), String>>,
    /// Where it runs, unless that is where it was started.
    apart: Option<Apart>,
    /// Held until the end: two processes on one file would not see each other's writes in time.
    lock: Option<File>,
}

/// Threads of its own, until this is dropped.
#[derive(Debug)]
struct Apart(Option<Runtime>);

impl Apart {
    fn start() -> io::Result<Self> {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("dynamodb")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    fn handle(&self) -> Handle {
        self.0
            .as_ref()
            .map_or_else(Handle::current, |runtime| runtime.handle().clone())
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // To wait for its threads is not allowed where other futures are waiting, which is where it is dropped.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Why there is no DynamoDB.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The file is not a database, or cannot be written.
    #[error("the data file `{}` cannot be opened: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the database says.
        reason: String,
    },
    /// Another process has the file.
    #[error(
        "the data file `{}` is held by another process, such as a running `muster dev`: stop it, or use {}", .path.display(),
        .endpoint.as_ref().map_or("its DynamoDB with --dynamodb".to_owned(), |endpoint| format!("--dynamodb {endpoint}"))
    )]
    Held {
        /// The file.
        path: PathBuf,
        /// Where the other process serves it, if it says so.
        endpoint: Option<String>,
    },
    /// The system gives no thread.
    #[error("DynamoDB cannot have threads of its own")]
    Thread(#[source] io::Error),
    /// The address is taken or not this machine's.
    #[error("DynamoDB cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl DynamoDb {
    /// One embedded in this process, its tables in a file or, without one, in memory.
    pub async fn embedded(file: Option<&Path>, listen: SocketAddr) -> Result<Self, DynamoDbError> {
        Self::embedded_in(None, file, listen).await
    }

    /// The same on threads of its own, since it stands for another machine. Two: while one has the database, which one thread has at a
    /// time, the other reads requests and writes answers.
    pub async fn embedded_apart(
        file: Option<&Path>,
        listen: SocketAddr,
    ) -> Result<Self, DynamoDbError> {
        let apart = Apart::start().map_err(DynamoDbError::Thread)?;
        Self::embedded_in(Some(apart), file, listen).await
    }

    async fn embedded_in(
        apart: Option<Apart>,
        file: Option<&Path>,
        listen: SocketAddr,
    ) -> Result<Self, DynamoDbError> {
        let mut lock = file.map(lock).transpose()?;
        let database = database::open(file).map_err(|reason| DynamoDbError::File {
            path: file.map(Path::to_owned).unwrap_or_default(),
            reason,
        })?;
        let refused = |source| DynamoDbError::Listen {
            address: listen,
            source,
        };
        let runtime = apart.as_ref().map_or_else(Handle::current, Apart::handle);
        let listener = runtime.spawn(TcpListener::bind(listen)).await;
        let listener = listener
            .map_err(io::Error::from)
            .flatten()
            .map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let endpoint = format!("http://{address}");
        if let Some(lock) = &mut lock {
            // For the message of whoever finds it held; without it that is only less helpful.
            let _ = lock.write_all(endpoint.as_bytes());
        }
        let (stop, stopped) = oneshot::channel();
        let serving = server::serve_with_shutdown(listener, database, async {
            // A sender that is dropped stops the server too.
            stopped.await.unwrap_or_default();
        });
        Ok(Self {
            endpoint,
            table: TABLE.to_owned(),
            embedded: Some(Embedded {
                stop,
                serving: runtime.spawn(serving),
                apart,
                lock,
            }),
            guard: Guard::default(),
        })
    }

    /// One that runs elsewhere.
    pub fn at(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            table: TABLE.to_owned(),
            embedded: None,
            guard: Guard::default(),
        }
    }

    /// The same endpoint, with a table of this name.
    pub fn with_table(self, table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            ..self
        }
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// What judges the calls that functions make through its clients.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The store in it.
    pub fn store(&self, environment: Arc<dyn Environment>) -> Store {
        self.store_through(environment, |config| config)
    }

    /// The store in it, through a client whose configuration `configure` completes: tests watch its calls, and let them fail.
    pub fn store_through(
        &self,
        environment: Arc<dyn Environment>,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Store {
        Store::new(self.client(configure), self.table.as_str(), environment)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the local stack's client is made"
    )]
    fn client(&self, configure: impl FnOnce(Builder) -> Builder) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(&self.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        let config = metered(self.guard.clone().guarding(config));
        Client::from_conf(configure(config).build())
    }

    /// The table's stream, if it has one.
    pub(crate) async fn stream_arn(&self) -> Result<Option<String>, SdkError<DescribeTableError>> {
        let client = self.client(|config| config);
        let described = client.describe_table().table_name(&self.table).send();
        let table = described.await?.table;
        Ok(table.and_then(|table| table.latest_stream_arn))
    }

    /// What reads streams.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the local stack's client is made"
    )]
    pub(crate) fn streams(&self) -> aws_sdk_dynamodbstreams::Client {
        let config = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(&self.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        aws_sdk_dynamodbstreams::Client::from_conf(config.build())
    }

    /// Ends the embedded one, after the calls under way.
    pub async fn stop(self) {
        if let Some(Embedded {
            stop,
            serving,
            apart: _until_here,
            lock,
        }) = self.embedded
        {
            // If nobody receives it, the server has ended by itself.
            let _ = stop.send(());
            match serving.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(error, "the embedded DynamoDB failed"),
                Err(error) => tracing::error!(%error, "the embedded DynamoDB failed"),
            }
            // To close the file is not enough: a process that is just being started elsewhere in this one has it open too.
            if let Some(lock) = lock
                && let Err(error) = lock.unlock()
            {
                tracing::error!(%error, "the data file stays locked");
            }
        }
    }
}

/// Locks a data file by a file beside it, for the database has locks of its own on the file itself.
fn lock(path: &Path) -> Result<File, DynamoDbError> {
    let refused = |error: io::Error| DynamoDbError::File {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    // By what it is, not by how it is written.
    let mut beside = match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(path), ..) => path.into_os_string(),
        (Err(_), Some(folder), Some(name)) => {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            folder
                .canonicalize()
                .map_err(refused)?
                .join(name)
                .into_os_string()
        }
        (Err(error), ..) => return Err(refused(error)),
    };
    beside.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside)
        .map_err(refused)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).map_err(refused)?;
            Ok(file)
        }
        Err(TryLockError::Error(error)) => Err(refused(error)),
        Err(TryLockError::WouldBlock) => Err(DynamoDbError::Held {
            path: path.to_owned(),
            endpoint: fs::read_to_string(&beside)
                .ok()
                .filter(|endpoint| !endpoint.is_empty()),
        }),
    }
}

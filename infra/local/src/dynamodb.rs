//! DynamoDB behind the real AWS client: embedded in this process, or wherever an endpoint is given.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use directory::{Environment, Store};
use dynoxide::server;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::database;

/// The table's name, as in the deployed stack's variable `TABLE_NAME`.
const TABLE: &str = "muster";

/// A DynamoDB endpoint.
#[derive(Debug)]
pub struct DynamoDb {
    endpoint: String,
    embedded: Option<Embedded>,
}

#[derive(Debug)]
struct Embedded {
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), String>>,
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
    /// The address is taken or not this machine's.
    #[error("DynamoDB cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

impl DynamoDb {
    /// One embedded in this process, its tables in a file or, without one, in memory.
    pub async fn embedded(file: Option<&Path>, listen: SocketAddr) -> Result<Self, DynamoDbError> {
        let database = database::open(file).map_err(|reason| DynamoDbError::File {
            path: file.map(Path::to_owned).unwrap_or_default(),
            reason,
        })?;
        let refused = |source| DynamoDbError::Listen {
            address: listen,
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (stop, stopped) = oneshot::channel();
        let serving = server::serve_with_shutdown(listener, database, async {
            // A sender that is dropped stops the server too.
            stopped.await.unwrap_or_default();
        });
        Ok(Self {
            endpoint: format!("http://{address}"),
            embedded: Some(Embedded {
                stop,
                serving: tokio::spawn(serving),
            }),
        })
    }

    /// One that runs elsewhere.
    pub fn at(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            embedded: None,
        }
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The store in it.
    pub fn store(&self, environment: Arc<dyn Environment>) -> Store {
        Store::new(self.client(), TABLE, environment)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the local stack's client is made"
    )]
    fn client(&self) -> Client {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(&self.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        Client::from_conf(config.build())
    }

    /// The table's stream, if it has one.
    pub(crate) async fn stream_arn(&self) -> Result<Option<String>, SdkError<DescribeTableError>> {
        let described = self.client().describe_table().table_name(TABLE).send();
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
        if let Some(Embedded { stop, serving }) = self.embedded {
            // If nobody receives it, the server has ended by itself.
            let _ = stop.send(());
            match serving.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(error, "the embedded DynamoDB failed"),
                Err(error) => tracing::error!(%error, "the embedded DynamoDB failed"),
            }
        }
    }
}

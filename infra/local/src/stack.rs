use std::net::SocketAddr;
use std::sync::Arc;

use directory::Store;
use edge::{ADMIN_PATH, App, BASE_PATH};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::DynamoDb;
use crate::api::{Api, TemplateError};
use crate::changes::{Changes, RunningChanges};
use crate::functions::functions;
use crate::gateway::{Gateway, GatewayError};
use crate::http::{Finished, serve};
use crate::role::Roles;

/// The API as it is deployed.
pub(crate) const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The whole API on this machine: the gateway of the template, and the functions behind it.
#[derive(Debug)]
pub struct Stack {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
    changes: RunningChanges,
}

/// Why there is no stack.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The address is taken or not this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The template is not what the gateway can serve.
    #[error("template.yaml cannot be served: {0}")]
    Template(#[from] TemplateError),
    /// The functions' policies are not what can be judged by.
    #[error("template.yaml cannot be served: {0}")]
    Policies(&'static TemplateError),
    /// The template has functions that are not there.
    #[error("template.yaml cannot be served: {0}")]
    Gateway(#[from] GatewayError),
}

impl Stack {
    /// Starts to answer, and to follow the table's stream; `observer` is told of each request when it is finished.
    pub async fn start(
        dynamodb: &DynamoDb,
        store: Store,
        listen: SocketAddr,
        observer: impl Fn(&Finished) + Send + Sync + 'static,
    ) -> Result<Self, StackError> {
        let changes = store.clone();
        Self::start_apart(dynamodb, store, &changes, listen, observer).await
    }

    /// The same, with another store for what follows from changes: in AWS that is a function with a client of its own too.
    pub async fn start_apart(
        dynamodb: &DynamoDb,
        store: Store,
        changes: &Store,
        listen: SocketAddr,
        observer: impl Fn(&Finished) + Send + Sync + 'static,
    ) -> Result<Self, StackError> {
        let refused = |source| StackError::Listen {
            address: listen,
            source,
        };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Roles::deployed().map_err(StackError::Policies)?;
        let functions = functions(&App::new(store.clone()));
        let clock = store;
        let clock = Arc::new(move || clock.environment().now());
        let gateway = Arc::new(Gateway::new(
            Api::from_template(TEMPLATE)?,
            functions,
            clock,
        )?);
        let changes = Changes::from_beginning(dynamodb, changes).await;
        let changes = RunningChanges::start(changes);
        let written = changes.written();
        let observer = move |request: &Finished| {
            if !request.method.is_safe() {
                written.notify_one();
            }
            observer(request);
        };
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, gateway, observer, async {
            // A sender that is dropped stops the server too.
            stopped.await.unwrap_or_default();
        }));
        Ok(Self {
            address,
            stop,
            serving,
            changes,
        })
    }

    /// The base URL for an identity provider.
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE_PATH}", self.address)
    }

    /// Where the admin API is, for whoever is at this machine.
    pub fn admin_url(&self) -> String {
        format!("http://{}{ADMIN_PATH}", self.address)
    }

    /// Resolves when what follows from everything written before the call is done: the audit trail tells of it.
    pub async fn settled(&self) {
        self.changes.settled().await;
    }

    /// Ends it, after the requests under way and what follows from them.
    pub async fn stop(self) {
        // If nobody receives it, the server has ended by itself.
        let _ = self.stop.send(());
        match self.serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the gateway failed"),
            Err(error) => tracing::error!(%error, "the gateway failed"),
        }
        self.changes.stop().await;
    }
}

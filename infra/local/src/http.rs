//! The HTTP/1.1 server in front of the gateway.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};

use crate::gateway::{Connection, Gateway};

/// A request that has been answered. Without its query string, which holds names.
#[derive(Debug)]
pub struct Finished {
    /// The request's method.
    pub method: Method,
    /// The request's path, as it was sent.
    pub path: String,
    /// The status of the answer.
    pub status: StatusCode,
    /// From the request's head to the answer.
    pub duration: Duration,
    /// The length of the answer's body.
    pub bytes: usize,
}

/// How long open requests may take once the server is to stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// How long to wait when a connection cannot be accepted: without a pause, too many open files are a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` is done and the requests then open are answered. `observer` is called once per request.
///
/// Fails only when the listener has no address. What a client sends ends at worst its own connection.
pub async fn serve<O>(
    listener: TcpListener,
    gateway: Arc<Gateway>,
    observer: O,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()>
where
    O: Fn(&Finished) + Send + Sync + 'static,
{
    let port = listener.local_addr()?.port();
    let observer = Arc::new(observer);
    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, client) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = &mut shutdown => break,
        };
        let connection = connections.watch(connection(
            stream,
            client,
            port,
            Arc::clone(&gateway),
            Arc::clone(&observer),
        ));
        // How a connection ends concerns its client alone.
        tokio::spawn(async move { connection.await.ok() });
    }
    drop(listener);
    // After the grace what is still open is cut off by the end of the process.
    tokio::time::timeout(SHUTDOWN_GRACE, connections.shutdown())
        .await
        .ok();
    Ok(())
}

fn connection<O>(
    stream: TcpStream,
    client: SocketAddr,
    port: u16,
    gateway: Arc<Gateway>,
    observer: Arc<O>,
) -> impl GracefulConnection<Error = hyper::Error> + Send
where
    O: Fn(&Finished) + Send + Sync + 'static,
{
    // Answers are small and written at once; waiting to fill a packet would only delay them.
    stream.set_nodelay(true).ok();
    let connection = Connection {
        client: client.ip(),
        port,
    };
    let service = service_fn(move |request| {
        let (gateway, observer) = (Arc::clone(&gateway), Arc::clone(&observer));
        async move { Ok::<_, Infallible>(answer(&gateway, request, connection, &*observer).await) }
    });
    // The timer bounds how long a client may take over its headers.
    http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
}

async fn answer(
    gateway: &Gateway,
    request: Request<Incoming>,
    connection: Connection,
    observer: impl Fn(&Finished),
) -> Response<Full<Bytes>> {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = gateway.answer(request, connection).await;
    let (status, bytes) = (response.status(), response.body().len());
    observer(&Finished {
        method,
        path,
        status,
        duration: start.elapsed(),
        bytes,
    });
    response.map(Full::new)
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;

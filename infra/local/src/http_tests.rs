use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;
use crate::api::{Api, tests::TEMPLATE};
use crate::gateway::Function;

/// Sends bytes over one connection to a server of its own and gives what came back and what the observer saw.
async fn exchange(sent: &[u8]) -> (String, Vec<String>) {
    let answer = |text: &'static str| -> Function {
        Arc::new(move |_| async move { Ok(serde_json::from_str(text).unwrap()) }.boxed())
    };
    let allow = r#"{"principalId":"p","policyDocument":{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}}"#;
    let functions = BTreeMap::from([
        ("Authorizer".to_owned(), answer(allow)),
        (
            "Things".to_owned(),
            answer(r#"{"statusCode":200,"headers":{"Date":"d"},"body":"hello"}"#),
        ),
    ]);
    let clock = Arc::new(|| jiff::Timestamp::UNIX_EPOCH);
    let gateway =
        Arc::new(Gateway::new(Api::from_template(TEMPLATE).unwrap(), functions, clock).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let seen_by_observer = Arc::clone(&seen);
    let observer = move |finished: &Finished| {
        let Finished {
            method,
            path,
            status,
            bytes,
            ..
        } = finished;
        seen_by_observer
            .lock()
            .unwrap()
            .push(format!("{method} {path} {} {bytes}", status.as_u16()));
    };
    let server = tokio::spawn(serve(listener, gateway, observer, async {
        drop(stopped.await);
    }));

    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    (String::from_utf8(received).unwrap(), seen)
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let (received, seen) = exchange(
        b"GET /things/1?filter=secret HTTP/1.1\r\nHost: localhost\r\nAuthorization: t\r\n\r\n\
          GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n",
    )
    .await;
    assert_eq!(
        received.matches("HTTP/1.1 200 OK\r\n").count(),
        1,
        "{received}"
    );
    assert_eq!(
        received.matches("\r\nx-amzn-remapped-date: d\r\n").count(),
        1,
        "{received}"
    );
    assert_eq!(received.matches("\r\n\r\nhello").count(), 1, "{received}");
    assert_eq!(
        received.matches("HTTP/1.1 403 Forbidden\r\n").count(),
        1,
        "{received}"
    );
    assert_eq!(seen, ["GET /things/1 200 5", "GET /other 403 42"]);
}

#[tokio::test]
async fn head_has_no_body() {
    let (received, _) =
        exchange(b"HEAD /things/1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: t\r\n\r\n").await;
    assert!(received.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
    assert!(received.ends_with("\r\n\r\n"), "{received}");
}

#[tokio::test]
async fn what_is_not_http_is_refused_and_not_observed() {
    let (received, seen) = exchange(b"\x16\x03\x01\x02\x00\r\n\r\n").await;
    assert!(
        received.starts_with("HTTP/1.1 400 Bad Request\r\n"),
        "{received}"
    );
    assert!(seen.is_empty());
}

//! Compression on the way: answers for a client that accepts it, requests of one that does it.

use std::io::Read;

use bytes::Bytes;
use end_to_end::{Api, Client, Response};
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder, ZlibDecoder, ZlibEncoder};
use serde_json::{Value, json};

fn read(mut reader: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}

fn gzip(body: &[u8]) -> Vec<u8> {
    read(GzEncoder::new(body, Compression::default()))
}

/// A request whose answer may be compressed: it comes unpacked, after the coding it came in.
async fn send(
    client: &Client,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: Option<Vec<u8>>,
) -> (String, Response) {
    let answer = client
        .send_bytes(method, path, headers, body.map(Bytes::from))
        .await;
    let (parts, body) = answer.into_parts();
    let coding = parts.headers.get("content-encoding");
    let coding = coding.map_or("plain", |coding| coding.to_str().unwrap());
    let unpacked = match coding {
        "gzip" => read(GzDecoder::new(&*body)),
        "deflate" => read(ZlibDecoder::new(&*body)),
        _ => body.to_vec(),
    };
    let response = Response {
        status: parts.status.as_u16(),
        body: serde_json::from_slice(&unpacked).unwrap_or_default(),
        headers: parts.headers.clone(),
    };
    (coding.to_owned(), response)
}

#[tokio::test]
async fn a_list_is_the_same_compressed() {
    let api = Api::start().await;
    let client = api.client();
    api.seed(20).await;
    let (path, one) = ("/Users?count=20", "/Users?count=1&attributes=id");
    let plain = client.get(path).await;
    assert_eq!(plain.header("content-encoding"), "");
    for (accepts, path, expected) in [
        ("gzip,deflate", path, "gzip"),
        ("deflate;q=1.0, gzip;q=0.5", path, "deflate"),
        ("br", path, "plain"),
        ("gzip,deflate", one, "plain"),
    ] {
        let headers = [("accept-encoding", accepts)];
        let (coding, list) = send(&client, ("GET", path), &headers, None).await;
        assert_eq!(coding, expected, "{accepts} {path}");
        assert_eq!(list.status, 200);
        assert!(list.broken_promises().is_empty());
        assert_eq!(list.body, client.get(path).await.body);
    }
    let headers = [("accept-encoding", "gzip")];
    let head = client.send_bytes("HEAD", path, &headers, None).await;
    assert!(head.body().is_empty());
    assert!(!head.headers().contains_key("content-encoding"));
}

/// The resource without what differs from one creation to the next.
fn without_identity(mut body: Value) -> Value {
    let object = body.as_object_mut().unwrap();
    assert!(object.remove("id").is_some() && object.remove("meta").is_some());
    body
}

#[tokio::test]
async fn a_user_is_the_same_created_compressed() {
    let api = Api::start().await;
    let client = api.client();
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@example.com",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
        "active": true
    });
    let plain = client.post("/Users", &user).await;
    assert_eq!(plain.status, 201);
    let text = user.to_string().into_bytes();
    let (first, second) = text.split_at(text.len() / 2);
    for (encoding, body) in [
        ("gzip", gzip(&text)),
        ("gzip", [gzip(first), gzip(second)].concat()),
        (
            "deflate",
            read(ZlibEncoder::new(&*text, Compression::default())),
        ),
        ("identity", text.clone()),
    ] {
        let known = client
            .find("/Users", r#"userName eq "ada@example.com""#)
            .await;
        client.delete(&format!("/Users/{}", known.ids()[0])).await;
        let headers = [("content-encoding", encoding)];
        let (_, created) = send(&client, ("POST", "/Users"), &headers, Some(body)).await;
        assert_eq!(created.status, 201, "{encoding} {created:?}");
        assert_eq!(
            without_identity(created.body),
            without_identity(plain.body.clone())
        );
    }
}

async fn check_refused(api: &Api, encoding: &str, body: Vec<u8>, status: u16) {
    let headers = [("content-encoding", encoding)];
    // Who it is does not matter: it is refused before anyone looks.
    for client in [api.client(), api.client_with(None)] {
        let (_, refused) = send(&client, ("POST", "/Users"), &headers, Some(body.clone())).await;
        assert_eq!(refused.status, status, "{encoding} {refused:?}");
        assert!(refused.broken_promises().is_empty(), "{refused:?}");
        let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
        assert_eq!(refused.body["schemas"], json!([schema]));
    }
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_a_scim_error() {
    let api = Api::start().await;
    let text = br#"{"userName": "bob"}"#;
    check_refused(&api, "br", text.to_vec(), 415).await;
    check_refused(&api, "gzip", text.to_vec(), 415).await;
    check_refused(&api, "gzip", gzip(text)[..20].to_vec(), 415).await;
    assert_eq!(api.client().get("/Users").await.body["totalResults"], 0);
}

#[tokio::test]
async fn a_bomb_is_too_large() {
    let api = Api::start().await;
    let bomb = gzip(&vec![b' '; 7_000_000]);
    assert!(bomb.len() < 10_000, "{}", bomb.len());
    check_refused(&api, "gzip", bomb.clone(), 413).await;
    // 6 GB of it.
    check_refused(&api, "gzip", bomb.repeat(900), 413).await;
}

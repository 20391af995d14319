use std::io::Read;
use std::sync::Mutex;

use futures_util::FutureExt;
use http_body_util::Full;
use serde_json::{Value, json};

use super::*;
use crate::api::tests::TEMPLATE;

const CONNECTION: Connection = Connection {
    client: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
    port: 80,
};
const ALLOW: &str = r#"{"principalId":"p","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:*/things*"}]}}"#;

/// A gateway whose functions answer what a test says, with a clock a test sets.
struct Stage {
    gateway: Gateway,
    now: Arc<Mutex<Timestamp>>,
    authorizer_calls: Arc<AtomicU64>,
}

fn function(
    answer: impl Fn(Value) -> Result<String, &'static str> + Send + Sync + 'static,
) -> Function {
    Arc::new(move |event| {
        let answer = answer(serde_json::from_slice(&event).unwrap());
        async move {
            answer
                .map(|answer| serde_json::from_str(&answer).unwrap())
                .map_err(|message| FunctionError(message.to_owned()))
        }
        .boxed()
    })
}

fn constant(answer: Result<&'static str, &'static str>) -> Function {
    function(move |_| answer.map(str::to_owned))
}

fn stage(authorizer: Function, things: Function) -> Stage {
    stage_of(TEMPLATE, authorizer, things)
}

fn stage_of(template: &str, authorizer: Function, things: Function) -> Stage {
    let now = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
    let authorizer_calls = Arc::new(AtomicU64::new(0));
    let calls = Arc::clone(&authorizer_calls);
    let counted: Function = Arc::new(move |event| {
        calls.fetch_add(1, Ordering::Relaxed);
        authorizer(event)
    });
    let functions = BTreeMap::from([
        ("Authorizer".to_owned(), counted),
        ("Things".to_owned(), things),
    ]);
    let clock = Arc::clone(&now);
    let clock: Clock = Arc::new(move || *clock.lock().unwrap());
    let gateway = Gateway::new(Api::from_template(template).unwrap(), functions, clock).unwrap();
    Stage {
        gateway,
        now,
        authorizer_calls,
    }
}

fn request(method: &str, target: &str) -> ::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(target)
        .header("host", "localhost")
        .header("authorization", "Bearer t")
}

impl Stage {
    async fn send(&self, request: ::http::request::Builder, body: impl Into<Bytes>) -> String {
        let request = request.body(Full::new(body.into())).unwrap();
        let response = self.gateway.answer(request, CONNECTION).await;
        assert!(response.headers().contains_key("x-amzn-requestid"));
        format!(
            "{} {}",
            response.status().as_u16(),
            str::from_utf8(response.body()).unwrap()
        )
    }
}

const UNAUTHORIZED: &str =
    r#"401 {"error":"Unauthorized","id":"00000000-0000-4000-8000-000000000000"}"#;
const LATER: &str = r#"503 {"later":true}"#;
const UNKNOWN: &str = r#"403 {"message":"Missing Authentication Token"}"#;
const TOO_LARGE: &str = r#"413 {"message":"Request Too Long"}"#;
const DENIED: &str = r#"403 {"message":"User is not authorized to access this resource"}"#;
const BAD: &str = r#"400 {"message":"Bad Request"}"#;

#[test]
fn every_function_of_the_template_must_be_given() {
    let clock: Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let error = Gateway::new(
        Api::from_template(TEMPLATE).unwrap(),
        BTreeMap::new(),
        clock,
    )
    .err()
    .unwrap();
    assert_eq!(
        error.to_string(),
        "the template's function `Things` is missing"
    );
}

#[tokio::test]
async fn a_request_reaches_its_function() {
    let stage = stage(
        constant(Ok(ALLOW)),
        function(|event| {
            let seen = format!(
                "{} {} {} {}",
                event["httpMethod"], event["resource"], event["pathParameters"], event["body"]
            );
            Ok(json!({ "statusCode": 201, "body": seen + &event["requestContext"]["authorizer"].to_string() }).to_string())
        }),
    );
    let answer = stage.send(request("GET", "/things/a%20b"), "").await;
    assert_eq!(
        answer,
        r#"201 "GET" "/things/{id}" {"id":"a b"} null{"principalId":"p"}"#
    );
    let answer = stage.send(request("POST", "/things"), "{}").await;
    assert_eq!(
        answer,
        r#"201 "POST" "/things" null "{}"{"principalId":"p"}"#
    );
}

#[tokio::test]
async fn a_request_to_a_signed_route_says_who_signed_it_and_asks_no_authorizer() {
    let things = || {
        function(|event| {
            let context = &event["requestContext"];
            let seen = format!(
                "{} {}",
                context["identity"]["userArn"], context["authorizer"]
            );
            Ok(json!({ "statusCode": 200, "body": seen }).to_string())
        })
    };
    let stage = stage(constant(Err("Unauthorized")), things());
    let signed = || Request::get("/signed").header("host", "localhost");
    let answer = stage.send(signed(), "").await;
    assert_eq!(answer, r#"200 "arn:aws:iam::000000000000:user/local" null"#);
    for refused in [
        signed().header("origin", "http://localhost"),
        signed().header("authorization", "Bearer t"),
        signed().header("x-forwarded-for", "127.0.0.1"),
        Request::get("/signed").header("host", "a.example.com"),
    ] {
        assert_eq!(stage.send(refused, "").await, UNKNOWN);
    }
    assert_eq!(stage.authorizer_calls.load(Ordering::Relaxed), 0);

    let elsewhere = Connection {
        client: "192.0.2.1".parse().unwrap(),
        port: 80,
    };
    let request = signed().body(Full::new(Bytes::new())).unwrap();
    let refused = stage.gateway.answer(request, elsewhere).await;
    assert_eq!(refused.status(), 403);
}

async fn check(request: ::http::request::Builder, body: impl Into<Bytes>, expected: &str) {
    let stage = stage(
        constant(Ok(ALLOW)),
        constant(Ok(r#"{"statusCode":200,"body":"ok"}"#)),
    );
    assert_eq!(stage.send(request, body).await, expected);
}

#[tokio::test]
async fn what_the_gateway_refuses_by_itself() {
    check(request("GET", "/other"), "", UNKNOWN).await;
    check(request("GET", "/things"), "", UNKNOWN).await;
    check(request("PROPFIND", "/things"), "", UNKNOWN).await;
    check(request("GET", "/things/%zz"), "", BAD).await;
    check(
        Request::post("/things").header("authorization", "t"),
        "",
        BAD,
    )
    .await;
    check(
        Request::post("/things")
            .header("host", "a b")
            .header("authorization", "t"),
        "",
        BAD,
    )
    .await;
    check(
        Request::post("/things").header("host", "localhost"),
        "",
        UNAUTHORIZED,
    )
    .await;
    check(
        Request::post("/things")
            .header("host", "localhost")
            .header("authorization", ""),
        "",
        UNAUTHORIZED,
    )
    .await;
}

#[tokio::test]
async fn limits() {
    let head = head_length(
        &request("POST", "/things")
            .header("x", "")
            .body(())
            .unwrap()
            .into_parts()
            .0,
    );
    check(
        request("POST", "/things").header("x", "a".repeat(MAX_HEAD - head)),
        "",
        "200 ok",
    )
    .await;
    check(
        request("POST", "/things").header("x", "a".repeat(MAX_HEAD - head + 1)),
        "",
        TOO_LARGE,
    )
    .await;
    check(
        request("POST", "/things"),
        vec![b'a'; MAX_INVOCATION - 2048],
        "200 ok",
    )
    .await;
    // Under the limit as a body, over it as an event: quotes are escaped.
    check(
        request("POST", "/things"),
        vec![b'"'; MAX_INVOCATION / 2],
        TOO_LARGE,
    )
    .await;
    check(
        request("POST", "/things"),
        vec![b'a'; MAX_BODY + 1],
        TOO_LARGE,
    )
    .await;
}

async fn check_authorizer(answer: Result<&'static str, &'static str>, expected: &str) {
    let stage = stage(
        constant(answer),
        constant(Ok(r#"{"statusCode":200,"body":"ok"}"#)),
    );
    assert_eq!(stage.send(request("POST", "/things"), "").await, expected);
}

#[tokio::test]
async fn what_an_authorizer_can_answer() {
    check_authorizer(Ok(ALLOW), "200 ok").await;
    check_authorizer(Err("Unauthorized"), UNAUTHORIZED).await;
    check_authorizer(Err("unauthorized"), LATER).await;
    check_authorizer(Err("the table is gone"), LATER).await;
    check_authorizer(Ok("{}"), LATER).await;
    check_authorizer(
        Ok(r#"{"principalId":"p","policyDocument":{"Version":"2012-10-17","Statement":[]}}"#),
        DENIED,
    )
    .await;
}

async fn check_function(answer: Result<&'static str, &'static str>, expected: &str) {
    let stage = stage(constant(Ok(ALLOW)), constant(answer));
    assert_eq!(stage.send(request("POST", "/things"), "").await, expected);
}

#[tokio::test]
async fn what_a_function_can_answer() {
    check_function(Ok(r#"{"statusCode":204}"#), "204 ").await;
    check_function(Ok("{}"), LATER).await;
    check_function(Err("Unauthorized"), LATER).await;
    let too_large = function(|_| {
        Ok(json!({ "statusCode": 200, "body": "a".repeat(MAX_INVOCATION) }).to_string())
    });
    assert_eq!(
        stage(constant(Ok(ALLOW)), too_large)
            .send(request("POST", "/things"), "")
            .await,
        LATER
    );
}

#[tokio::test]
async fn a_panic_is_the_failure_of_one_request() {
    let stage = stage(
        constant(Ok(ALLOW)),
        function(|event| {
            if event["body"] == "panic" {
                panic!("as asked")
            } else {
                Ok(r#"{"statusCode":204}"#.to_owned())
            }
        }),
    );
    assert_eq!(stage.send(request("POST", "/things"), "panic").await, LATER);
    assert_eq!(stage.send(request("POST", "/things"), "").await, "204 ");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_does_not_end_is_given_up() {
    let stage = stage(
        constant(Ok(ALLOW)),
        Arc::new(|_| std::future::pending().boxed()),
    );
    let start = tokio::time::Instant::now();
    assert_eq!(stage.send(request("POST", "/things"), "").await, LATER);
    assert_eq!(start.elapsed().as_secs(), 29);
}

#[tokio::test]
async fn a_function_ends_though_the_client_has_gone() {
    let (started, start) = tokio::sync::oneshot::channel();
    let (goes_on, going_on) = tokio::sync::oneshot::channel();
    let (ended, end) = tokio::sync::oneshot::channel();
    let channels = Mutex::new(Some((started, going_on, ended)));
    let stage = stage(
        constant(Ok(ALLOW)),
        Arc::new(move |_| {
            let channels = channels.lock().unwrap().take();
            async move {
                let (started, going_on, ended) = channels.unwrap();
                started.send(()).unwrap();
                going_on.await.unwrap();
                ended.send(()).unwrap();
                Err(FunctionError(String::new()))
            }
            .boxed()
        }),
    );
    tokio::select! {
        answer = stage.send(request("POST", "/things"), "") => panic!("{answer}"),
        started = start => started.unwrap(),
    }
    goes_on.send(()).unwrap();
    end.await.unwrap();
}

#[tokio::test]
async fn a_grant_holds_for_the_ttl_and_for_its_identity() {
    let stage = stage(constant(Ok(ALLOW)), constant(Ok(r#"{"statusCode":204}"#)));
    let send = async |second, token: &str| {
        *stage.now.lock().unwrap() = Timestamp::from_second(second).unwrap();
        let request = Request::post("/things")
            .header("host", "localhost")
            .header("authorization", token);
        assert_eq!(stage.send(request, "").await, "204 ");
        stage.authorizer_calls.load(Ordering::Relaxed)
    };
    assert_eq!(send(0, "a").await, 1);
    assert_eq!(send(299, "a").await, 1);
    assert_eq!(send(299, "b").await, 2);
    assert_eq!(send(300, "a").await, 3);
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let stage = stage(
        constant(Err("Unauthorized")),
        constant(Ok(r#"{"statusCode":204}"#)),
    );
    stage.send(request("POST", "/things"), "").await;
    stage.send(request("POST", "/things"), "").await;
    assert_eq!(stage.authorizer_calls.load(Ordering::Relaxed), 2);
}

/// Both what the function sees and what the client is answered, unpacked, in one line.
async fn check_compression(template: &str, accepts: &str, expected: &str) {
    let stage = stage_of(
        template,
        constant(Ok(ALLOW)),
        function(|event| {
            let seen = format!("{} {}", event["headers"]["content-encoding"], event["body"]);
            Ok(json!({ "statusCode": 200, "body": seen }).to_string())
        }),
    );
    let mut packed = Vec::new();
    flate2::read::GzEncoder::new(&b"hello"[..], flate2::Compression::default())
        .read_to_end(&mut packed)
        .unwrap();
    let request = request("POST", "/things")
        .header("content-encoding", "gzip")
        .header("accept-encoding", accepts)
        .body(Full::new(packed.into()))
        .unwrap();
    let response = stage.gateway.answer(request, CONNECTION).await;
    let coding = response.headers().get("content-encoding");
    let shown = match coding {
        Some(coding) => {
            let mut unpacked = String::new();
            flate2::read::GzDecoder::new(&**response.body())
                .read_to_string(&mut unpacked)
                .unwrap();
            format!("{}: {unpacked}", coding.to_str().unwrap())
        }
        None => str::from_utf8(response.body()).unwrap().to_owned(),
    };
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn compression() {
    let seen = r#""gzip" "hello""#;
    let from = |size: usize| {
        let property = format!("MinimumCompressionSize: {size}");
        TEMPLATE.replace("StageName: !Ref StageName", &property)
    };
    check_compression(&from(seen.len()), "gzip", &format!("gzip: {seen}")).await;
    check_compression(&from(seen.len()), "identity", seen).await;
    check_compression(&from(seen.len() + 1), "gzip", seen).await;
    check_compression(TEMPLATE, "gzip", seen).await;
}

#[tokio::test]
async fn what_is_wrongly_compressed_is_refused_before_anything_else() {
    let encoded = |encoding| Request::post("/other").header("content-encoding", encoding);
    let unsupported = r#"415 {"message":"Unsupported Media Type"}"#;
    check(encoded("br"), "{}", unsupported).await;
    check(encoded("gzip"), "{}", unsupported).await;
    check(encoded("identity"), "{}", UNKNOWN).await;
}

use ::http::{HeaderValue, Method, Request};
use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerRequestTypeRequest, ApiGatewayProxyRequest,
};
use lambda_http::RequestExt;
use serde_json::json;

use super::*;
use crate::route::{Access, Route, Routes};

const CONNECTION: Connection = Connection {
    client: std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)),
    port: 8080,
};

/// The events of a request: the function's and the authorizer's. `None`: it is refused with 400.
fn events(request: Request<&[u8]>) -> Option<(Value, Value)> {
    let mut routes = Routes::default();
    for template in ["/scim/v2/Users", "/scim/v2/Users/{id}"] {
        routes.insert(Route {
            path: template.to_owned(),
            verb: Method::GET,
            function: "Users".to_owned(),
            access: Access::Authorizer,
        });
    }
    let (parts, body) = request.into_parts();
    let found = routes.find(parts.uri.path())?;
    let time = "2026-11-20T01:02:03.004Z".parse().unwrap();
    let incoming = Incoming::read(&parts, &found, CONNECTION, "r-1", time)?;
    let authorizer = json!({ "principalId": "d/c", "scope": "all" });
    let caller = Caller::Authorized(authorizer.as_object().unwrap());
    let proxy = incoming.proxy_event(caller, body);
    Some((
        serde_json::from_slice(&proxy).unwrap(),
        serde_json::from_slice(&incoming.authorizer_event()).unwrap(),
    ))
}

fn get(target: &str) -> Request<&'static [u8]> {
    Request::get(target)
        .header("host", "a.example.com:8080")
        .body(b"".as_slice())
        .unwrap()
}

#[test]
fn a_whole_proxy_event() {
    let request = Request::post("/scim/v2/Users?a=1&a=2&b=x%20y+z")
        .header("host", "a.example.com:8080")
        .header("accept", "one")
        .header("accept", "two")
        .header("connection", "keep-alive")
        .header("user-agent", "Okta")
        .header("x-forwarded-for", "198.51.100.7")
        .header("x-forwarded-proto", "https")
        .body(b"{}".as_slice())
        .unwrap();
    let (event, _) = events(request).unwrap();
    let expected = json!({
        "resource": "/scim/v2/Users",
        "path": "/scim/v2/Users",
        "httpMethod": "POST",
        "headers": {
            "accept": "two",
            "host": "a.example.com:8080",
            "user-agent": "Okta",
            "x-forwarded-for": "198.51.100.7, 192.0.2.1",
            "x-forwarded-port": "8080",
            "x-forwarded-proto": "http",
        },
        "multiValueHeaders": {
            "accept": ["one", "two"],
            "host": ["a.example.com:8080"],
            "user-agent": ["Okta"],
            "x-forwarded-for": ["198.51.100.7, 192.0.2.1"],
            "x-forwarded-port": ["8080"],
            "x-forwarded-proto": ["http"],
        },
        "queryStringParameters": { "a": "2", "b": "x y z" },
        "multiValueQueryStringParameters": { "a": ["1", "2"], "b": ["x y z"] },
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "authorizer": { "principalId": "d/c", "scope": "all" },
            "domainName": "a.example.com:8080",
            "domainPrefix": "a",
            "extendedRequestId": "r-1",
            "httpMethod": "POST",
            "identity": { "sourceIp": "192.0.2.1", "userAgent": "Okta", "userArn": null },
            "path": "/scim/v2/Users",
            "protocol": "HTTP/1.1",
            "requestId": "r-1",
            "requestTime": "20/Nov/2026:01:02:03 +0000",
            "requestTimeEpoch": 1_795_136_523_004_i64,
            "resourceId": "local",
            "resourcePath": "/scim/v2/Users",
            "stage": "local",
        },
        "body": "{}",
        "isBase64Encoded": false,
    });
    assert_eq!(event, expected);
}

#[test]
fn the_crates_of_the_functions_read_the_events() {
    let (proxy, authorizer) = events(get(
        "/scim/v2/Users/a%2Fb?filter=userName%20eq%20%22%C3%A4%22&filter=2",
    ))
    .unwrap();

    let request: ApiGatewayProxyRequest = serde_json::from_value(proxy.clone()).unwrap();
    assert_eq!(request.resource.as_deref(), Some("/scim/v2/Users/{id}"));
    assert_eq!(request.path_parameters["id"], "a/b");
    assert_eq!(
        request.request_context.authorizer.fields["principalId"],
        "d/c"
    );
    assert_eq!(
        request.request_context.identity.source_ip.as_deref(),
        Some("192.0.2.1")
    );

    let request = lambda_http::request::from_str(&proxy.to_string()).unwrap();
    assert_eq!(request.uri().authority().unwrap(), "a.example.com:8080");
    assert_eq!(request.uri().path(), "/local/scim/v2/Users/a%2Fb");
    assert_eq!(request.raw_http_path(), "/scim/v2/Users/a%2Fb");
    assert_eq!(request.path_parameters().first("id"), Some("a/b"));
    assert_eq!(
        request.query_string_parameters().all("filter"),
        Some(vec!["userName eq \"ä\"", "2"])
    );

    let request: ApiGatewayCustomAuthorizerRequestTypeRequest =
        serde_json::from_value(authorizer.clone()).unwrap();
    assert_eq!(request.type_.as_deref(), Some("REQUEST"));
    let arn = "arn:aws:execute-api:local:000000000000:local/local/GET/scim/v2/Users/a%2Fb";
    assert_eq!(request.method_arn.as_deref(), Some(arn));
    assert_eq!(request.headers["host"], "a.example.com:8080");
    assert_eq!(request.request_context.http_method, Some(Method::GET));
    assert_eq!(authorizer.get("body"), None);
    assert_eq!(authorizer.pointer("/requestContext/authorizer"), None);
}

fn check_body(body: &[u8], shown: &Value, is_base64: bool) {
    let request = Request::post("/scim/v2/Users")
        .header("host", "localhost")
        .body(body)
        .unwrap();
    let (event, _) = events(request).unwrap();
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (shown, &json!(is_base64))
    );
    let read = lambda_http::request::from_str(&event.to_string()).unwrap();
    assert_eq!(read.body().as_ref(), body);
}

#[test]
fn bodies() {
    check_body(b"", &Value::Null, false);
    check_body("\"ä\"\n".as_bytes(), &json!("\"ä\"\n"), false);
    check_body(&[0xff, 0x00], &json!("/wA="), true);
}

fn check_refused(target: &str, host: Option<&'static [u8]>) {
    let mut request = Request::get(target).body(b"".as_slice()).unwrap();
    if let Some(host) = host {
        request
            .headers_mut()
            .insert("host", HeaderValue::from_bytes(host).unwrap());
    }
    assert!(events(request).is_none(), "{target} {host:?}");
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    check_refused("/scim/v2/Users", None);
    check_refused("/scim/v2/Users", Some(b""));
    check_refused("/scim/v2/Users", Some(b"a b"));
    check_refused("/scim/v2/Users", Some(b"\xff"));
    check_refused("http://a.1/scim/v2/Users", Some(b"localhost"));
    check_refused("/scim/v2/Users/%", Some(b"localhost"));
    check_refused("/scim/v2/Users/%4", Some(b"localhost"));
    check_refused("/scim/v2/Users/%zz", Some(b"localhost"));
    check_refused("/scim/v2/Users/%ff", Some(b"localhost"));
    check_refused("/scim/v2/Users?a=%ff", Some(b"localhost"));
    check_refused("/scim/v2/Users?%=1", Some(b"localhost"));
}

/// `lambda_http` reads whatever is not refused; what is not a target at all never becomes a request.
fn check_no_panic(target: &[u8]) {
    let Ok(request) = Request::get(target)
        .header("host", "localhost")
        .body(b"".as_slice())
    else {
        return;
    };
    if let Some((event, _)) = events(request) {
        lambda_http::request::from_str(&event.to_string()).unwrap();
    }
}

#[test]
fn no_byte_of_a_target_makes_the_url_panic() {
    for byte in 0..=u8::MAX {
        check_no_panic(&[b"/scim/v2/Users/a", [byte].as_slice()].concat());
        check_no_panic(&[b"/scim/v2/Users?a=", [byte].as_slice()].concat());
        check_no_panic(format!("/scim/v2/Users/%{byte:02x}").as_bytes());
        check_no_panic(format!("/scim/v2/Users?%{byte:02x}=%{byte:02X}").as_bytes());
    }
    for target in [
        "/scim/v2/Users/ä",
        "/scim/v2/Users?a=ä",
        "/scim/v2/Users/..",
        "/scim/v2/Users/%2e%2e",
    ] {
        check_no_panic(target.as_bytes());
    }
}

#[test]
fn headers_that_are_not_ascii_reach_the_function() {
    for value in ["ä".as_bytes(), b"\xe4"] {
        let mut request = get("/scim/v2/Users");
        request
            .headers_mut()
            .insert("x-name", HeaderValue::from_bytes(value).unwrap());
        let (event, _) = events(request).unwrap();
        assert_eq!(event["headers"]["x-name"], "ä");
        assert!(lambda_http::request::from_str(&event.to_string()).is_ok());
    }
}

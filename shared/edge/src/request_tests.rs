use lambda_http::request::LambdaRequest;
use serde_json::json;

use super::*;

fn request(domain: &str, path: &str) -> Option<Request> {
    request_to("/scim/v2/Users/{id}", domain, path, None)
}

fn request_to(resource: &str, domain: &str, path: &str, user_arn: Option<&str>) -> Option<Request> {
    let event = event(resource, domain, path, user_arn);
    let event: LambdaRequest = serde_json::from_value(event).unwrap();
    Request::from_lambda(event.into())
}

fn event(resource: &str, domain: &str, path: &str, user_arn: Option<&str>) -> Value {
    json!({
        "resource": resource, "path": path, "httpMethod": "GET",
        "headers": {"Authorization": "junk", "If-None-Match": "W/\"1.2\""},
        "multiValueHeaders": {"Authorization": ["junk"], "If-None-Match": ["W/\"1.2\""]},
        "queryStringParameters": {"attributes": "userName"},
        "multiValueQueryStringParameters": {"attributes": ["userName"]},
        "pathParameters": {"id": "42"}, "stageVariables": null, "body": null, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "1", "apiId": "a", "stage": "prod", "httpMethod": "GET", "requestId": "r-1", "resourceId": "x",
            "resourcePath": resource, "path": path, "domainName": domain, "protocol": "HTTP/1.1",
            "identity": {"sourceIp": "10.0.0.1", "userArn": user_arn}
        }
    })
}

#[test]
fn the_base_url_is_the_one_that_the_client_used() {
    let check = |domain: &str, path: &str, expected: &str| {
        assert_eq!(
            request(domain, path).unwrap().base_url,
            expected,
            "{domain} {path}"
        );
    };
    check(
        "abc.execute-api.eu-central-1.amazonaws.com",
        "/prod/scim/v2/Users/42",
        "https://abc.execute-api.eu-central-1.amazonaws.com/prod/scim/v2",
    );
    check(
        "scim.example.com",
        "/scim/v2/Users/42",
        "https://scim.example.com/scim/v2",
    );
    check(
        "scim.example.com",
        "/okta/scim/v2/Users/42",
        "https://scim.example.com/okta/scim/v2",
    );
    check(
        "127.0.0.1:8080",
        "/scim/v2/Users/42",
        "http://127.0.0.1:8080/scim/v2",
    );
    check(
        "localhost:3000",
        "/scim/v2/Users/42",
        "http://localhost:3000/scim/v2",
    );
    check(
        "[::1]:3000",
        "/scim/v2/Users/42",
        "http://[::1]:3000/scim/v2",
    );
    check(
        "127.0.0.1.example.com",
        "/scim/v2/Users/42",
        "https://127.0.0.1.example.com/scim/v2",
    );
}

#[test]
fn without_a_domain_the_client_s_host_is_the_base_url_s() {
    let mut event = event("/scim/v2/Users/{id}", "", "/prod/scim/v2/Users/42", None);
    event["requestContext"]["domainName"] = Value::Null;
    let base_url = |event: &Value| {
        let event: LambdaRequest = serde_json::from_value(event.clone()).unwrap();
        Request::from_lambda(event.into()).map(|request| request.base_url)
    };
    assert_eq!(base_url(&event), None);
    event["multiValueHeaders"]["Host"] = json!(["127.0.0.1:4566"]);
    let expected = "http://127.0.0.1:4566/prod/scim/v2";
    assert_eq!(base_url(&event).as_deref(), Some(expected));
}

/// `allowed_networks` is about the address that API Gateway saw, behind a custom domain too, and not about what the
/// client says of itself.
#[test]
fn the_source_is_the_one_that_the_gateway_saw() {
    // A directory, a credential and a secret that could be.
    const CREDENTIAL: &str = "MDE5N2MzZjAwMDAwNzAwMDgwMDAwMDAwMDAwMDAwMDEuQ3JlZDAwMDAwMTowMTIzNDU2Nzg5YWJjZGVmZ2hpakFCQ0RFRkdISUowMTIzNDU2Nzg5YWJj";
    let check = |domain: &str, source: Option<&str>, expected: Option<&str>| {
        let mut event = event("/scim/v2/Users/{id}", domain, "/scim/v2/Users/42", None);
        event["requestContext"]["identity"]["sourceIp"] = source.into();
        for (name, value) in [
            ("Authorization", format!("Basic {CREDENTIAL}")),
            ("X-Forwarded-For", "198.51.100.9".to_owned()),
            ("Forwarded", "for=198.51.100.9".to_owned()),
        ] {
            event["headers"][name] = value.as_str().into();
            event["multiValueHeaders"][name] = json!([value]);
        }
        let event: LambdaRequest = serde_json::from_value(event).unwrap();
        let claim = Request::from_lambda(event.into()).unwrap().claim().unwrap();
        let expected = expected.map(|address| address.parse::<IpAddr>().unwrap());
        assert_eq!(claim.source(), expected, "{domain} {source:?}");
    };
    for domain in [
        "scim.example.com",
        "abc.execute-api.eu-central-1.amazonaws.com",
    ] {
        check(domain, Some("203.0.113.7"), Some("203.0.113.7"));
        check(domain, Some("2001:db8::7"), Some("2001:db8::7"));
        check(domain, Some("test-invoke-source-ip"), None);
        check(domain, None, None);
    }
}

#[test]
fn an_event_is_read() {
    let request = request("scim.example.com", "/scim/v2/Users/42").unwrap();
    assert_eq!(
        (
            request.route(),
            request.path_parameter(),
            request.id.as_str()
        ),
        ("/Users/{id}", "42", "r-1")
    );
    assert!(request.projection().unwrap().names_attributes());
    assert_eq!(
        request.claim().unwrap_err().status,
        ErrorStatus::Unauthorized
    );
    assert!(request.has_current("W/\"1.2\"") && !request.has_current("W/\"1.3\""));
    assert_eq!(
        request.json().unwrap_err().detail,
        "The request has no body."
    );
}

#[test]
fn a_request_to_the_admin_api_knows_its_signer_and_both_urls() {
    let signed = |user_arn| {
        let resource = "/admin/v1/environments/{id}";
        let path = "/prod/admin/v1/environments/test";
        request_to(resource, "abc.example.com", path, user_arn).unwrap()
    };
    let request = signed(Some("arn:aws:iam::1:user/a"));
    assert_eq!(
        (request.api, request.route()),
        (Api::Admin, "/environments/{id}")
    );
    assert_eq!(request.named_path_parameter("id"), "42");
    assert_eq!(request.named_path_parameter("name"), "");
    assert_eq!(request.base_url, "https://abc.example.com/prod/scim/v2");
    assert_eq!(
        request.admin_url("/environments/test"),
        "https://abc.example.com/prod/admin/v1/environments/test"
    );
    assert_eq!(request.administrator().unwrap(), "arn:aws:iam::1:user/a");
    for nobody in [None, Some("")] {
        let refused = signed(nobody).administrator().unwrap_err();
        assert_eq!(refused.status, ErrorStatus::Forbidden);
    }
    assert!(request_to("/other/v1/x", "a.example.com", "/other/v1/x", None).is_none());
}

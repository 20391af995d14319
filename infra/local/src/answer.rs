//! What a function answers, and what of it the client sees.

use std::io;

use ::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use ::http::{Response, StatusCode};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Whether an answer is longer than so many bytes, written as JSON.
pub(crate) fn is_longer(answer: &Value, most: usize) -> bool {
    /// A control character is escaped as `\u0000`.
    const LONGEST_ESCAPE: usize = 6;
    // What is around the body is little, so that most answers need not be written to know it.
    let body = answer["body"].as_str().map_or(0, str::len);
    if body < most / (2 * LONGEST_ESCAPE) {
        return false;
    }
    let mut length = Length(0);
    serde_json::to_writer(&mut length, answer).is_err() || length.0 > most
}

/// Counts what is written, and keeps none of it.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The response in the answer of a Lambda proxy integration; `None` when it is malformed.
///
/// `isBase64Encoded` changes nothing: an API without binary media types passes the base64 text on as it is.
pub(crate) fn response(answer: Value) -> Option<Response<Bytes>> {
    let answer: Answer = serde_json::from_value(answer).ok()?;
    let status = answer.status()?;
    let mut response = Response::new(answer.body.map(Bytes::from).unwrap_or_default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in answer.headers.unwrap_or_default() {
        insert(headers, &name, &[value])?;
    }
    // A name in both is taken from here alone.
    for (name, values) in answer.multi_value_headers.unwrap_or_default() {
        insert(headers, &name, &values)?;
    }
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    Some(response)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: Value,
    headers: Option<Map<String, Value>>,
    multi_value_headers: Option<std::collections::BTreeMap<String, Vec<Value>>>,
    body: Option<String>,
}

impl Answer {
    /// A number, or a number in a string.
    fn status(&self) -> Option<StatusCode> {
        let code = match &self.status_code {
            Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
            Value::String(text) => text.parse().ok()?,
            _ => return None,
        };
        StatusCode::from_u16(code).ok()
    }
}

fn insert(headers: &mut HeaderMap, name: &str, values: &[Value]) -> Option<()> {
    let name: HeaderName = name.parse().ok()?;
    let Some(name) = outward(name) else {
        return Some(());
    };
    headers.remove(&name);
    for value in values {
        let value = match value {
            Value::String(text) => text.parse(),
            Value::Number(_) | Value::Bool(_) => value.to_string().parse(),
            _ => return None,
        };
        headers.append(&name, value.ok()?);
    }
    Some(())
}

/// The name under which a function's header leaves the gateway; `None` when it does not leave.
///
/// API Gateway developer guide, "Important notes for REST APIs": headers it sets or reserves are renamed or dropped.
fn outward(name: HeaderName) -> Option<HeaderName> {
    match name.as_str() {
        "expect" | "te" | "trailer" | "transfer-encoding" | "upgrade" | "via" => None,
        "authorization" | "connection" | "content-length" | "content-md5" | "date" | "host"
        | "max-forwards" | "proxy-authenticate" | "server" | "user-agent" | "www-authenticate" => {
            format!("x-amzn-remapped-{name}").parse().ok()
        }
        _ => Some(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answer: &str, expected: &str) {
        let shown = response(serde_json::from_str(answer).unwrap()).map(|response| {
            let headers: Vec<_> = response
                .headers()
                .iter()
                .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
                .collect();
            format!(
                "{} {} {}",
                response.status().as_u16(),
                headers.join(","),
                str::from_utf8(response.body()).unwrap()
            )
        });
        assert_eq!(
            shown.as_deref().unwrap_or("malformed"),
            expected,
            "{answer}"
        );
    }

    #[test]
    fn what_the_client_sees() {
        check(
            r#"{"statusCode":204}"#,
            "204 content-type=application/json ",
        );
        check(
            r#"{"statusCode":"200","body":"ä","isBase64Encoded":false}"#,
            "200 content-type=application/json ä",
        );
        check(
            r#"{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":null}"#,
            "200 content-type=application/json ",
        );
        check(
            r#"{"statusCode":200,"headers":{"Content-Type":"application/scim+json","X-N":1,"X-B":true}}"#,
            "200 content-type=application/scim+json,x-n=1,x-b=true ",
        );
        check(
            r#"{"statusCode":200,"headers":{"a":"1","content-type":"b"},"multiValueHeaders":{"A":["2","3"]}}"#,
            "200 content-type=b,a=2,a=3 ",
        );
        check(
            r#"{"statusCode":200,"body":"AQI=","isBase64Encoded":true}"#,
            "200 content-type=application/json AQI=",
        );
    }

    #[test]
    fn reserved_headers_are_renamed_or_dropped() {
        check(
            r#"{"statusCode":401,"headers":{"WWW-Authenticate":"Bearer","Date":"d","Transfer-Encoding":"chunked","ETag":"W/\"1\""}}"#,
            "401 x-amzn-remapped-www-authenticate=Bearer,x-amzn-remapped-date=d,etag=W/\"1\",content-type=application/json ",
        );
    }

    #[test]
    fn the_length_is_that_of_the_json() {
        let bodies = ["a", "\"", "\n", "\0", "ä"];
        for body in bodies.map(|it| it.repeat(1000)) {
            let answer = serde_json::json!({ "statusCode": 200, "body": body });
            let length = answer.to_string().len();
            assert!(!is_longer(&answer, length), "{body}");
            assert!(is_longer(&answer, length - 1), "{body}");
        }
    }

    #[test]
    fn malformed() {
        for answer in [
            "null",
            "\"text\"",
            "{}",
            r#"{"statusCode":null}"#,
            r#"{"statusCode":20}"#,
            r#"{"statusCode":-1}"#,
            r#"{"statusCode":200.5}"#,
            r#"{"statusCode":"ok"}"#,
            r#"{"statusCode":200,"body":{}}"#,
            r#"{"statusCode":200,"headers":[]}"#,
            r#"{"statusCode":200,"headers":{"a b":"1"}}"#,
            r#"{"statusCode":200,"headers":{"a":"1\n2"}}"#,
            r#"{"statusCode":200,"headers":{"a":["1"]}}"#,
            r#"{"statusCode":200,"multiValueHeaders":{"a":"1"}}"#,
        ] {
            check(answer, "malformed");
        }
    }
}

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A SCIM client with a base URL and an Authorization header.
#[derive(Clone)]
pub struct Client {
    base_url: String,
    authorization: Option<String>,
    http: HttpClient<HttpConnector, Full<Bytes>>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null if it is empty.
    pub body: Value,
}

impl Client {
    pub(crate) fn new(base_url: String, authorization: Option<&str>) -> Self {
        Self {
            base_url,
            authorization: authorization.map(str::to_owned),
            http: HttpClient::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// The same client at another base URL.
    #[must_use]
    pub fn at(self, base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            ..self
        }
    }

    /// GET of a path under the base URL, with its query percent-encoded already.
    pub async fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[], None).await
    }

    /// GET of a list with a filter, which is encoded here.
    pub async fn find(&self, path: &str, filter: &str) -> Response {
        let encoded = percent_encoded(filter);
        self.get(&format!("{path}?filter={encoded}&startIndex=1&count=100"))
            .await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.send("POST", path, &[], Some(body.to_string())).await
    }

    /// PUT.
    pub async fn put(&self, path: &str, body: &Value) -> Response {
        self.send("PUT", path, &[], Some(body.to_string())).await
    }

    /// PATCH with these operations.
    pub async fn patch(&self, path: &str, operations: &Value) -> Response {
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations
        });
        self.send("PATCH", path, &[], Some(body.to_string())).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Response {
        self.send("DELETE", path, &[], None).await
    }

    /// Any request; a body is sent as `application/scim+json`, and with this client's credential, unless `headers` say
    /// otherwise.
    ///
    /// # Panics
    /// If there is no answer, or its body is not JSON.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Response {
        let response = self
            .send_bytes(method, path, headers, body.map(Bytes::from))
            .await;
        let (parts, body) = response.into_parts();
        Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: if body.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(&body).expect("a JSON body")
            },
        }
    }

    /// Any request like that of [`Client::send`], with bodies as they travel.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Bytes>,
    ) -> http::Response<Bytes> {
        let method: Method = method.parse().expect("a method");
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base_url));
        let is_given = |wanted: header::HeaderName| {
            headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted.as_str()))
        };
        if let Some(authorization) = &self.authorization
            && !is_given(header::AUTHORIZATION)
        {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if body.is_some() && !is_given(header::CONTENT_TYPE) {
            request = request.header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::from(body.unwrap_or_default()))
            .expect("a request");
        let response = self.http.request(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        http::Response::from_parts(parts, body)
    }
}

impl Response {
    /// The `id` of the resource in the body.
    ///
    /// # Panics
    /// If it has none.
    pub fn id(&self) -> String {
        self.body["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id in {self:?}"))
            .to_owned()
    }

    /// The `id`s of the resources in a list.
    pub fn ids(&self) -> Vec<String> {
        let resources = self.body["Resources"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        resources
            .iter()
            .filter_map(|resource| resource["id"].as_str())
            .map(str::to_owned)
            .collect()
    }

    /// The `value`s of a multi-valued attribute: members of a group, groups of a user.
    pub fn values(&self, attribute: &str) -> Vec<String> {
        let elements = self.body[attribute]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        elements
            .iter()
            .filter_map(|element| element["value"].as_str())
            .map(str::to_owned)
            .collect()
    }

    /// The text of a header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// What this answer breaks of that which holds for every answer (RFC 7643 §3.1; RFC 7644 §3.1, §3.3, §3.12, §3.14).
    pub fn broken_promises(&self) -> Vec<&'static str> {
        let meta = |name: &str| self.body["meta"][name].as_str();
        let is_list = self.body["Resources"].is_array();
        let promises = [
            (
                "a body is SCIM",
                self.body.is_null() || self.header("content-type") == "application/scim+json",
            ),
            ("204 has no body", self.status != 204 || self.body.is_null()),
            (
                "an error names its status as text",
                self.status < 400 || self.body["status"].as_str() == Some(&self.status.to_string()),
            ),
            (
                "an error has a detail",
                self.status < 400 || !self.body["detail"].as_str().unwrap_or_default().is_empty(),
            ),
            (
                "201 names the location",
                self.status != 201
                    || meta("location").is_none_or(|it| it == self.header("location")),
            ),
            (
                "Content-Location is the location",
                is_list || meta("location").is_none_or(|it| it == self.header("content-location")),
            ),
            (
                "ETag is the version",
                is_list || meta("version").is_none_or(|it| it == self.header("etag")),
            ),
            (
                "numbers of a list are numbers",
                !is_list || self.body["totalResults"].is_u64() && self.body["startIndex"].is_u64(),
            ),
            (
                "itemsPerPage counts what is there",
                !is_list
                    || self.body["itemsPerPage"]
                        == self.body["Resources"].as_array().map_or(0, Vec::len),
            ),
        ];
        promises
            .iter()
            .filter(|(_, kept)| !kept)
            .map(|(promise, _)| *promise)
            .collect()
    }
}

/// A value of a query, percent-encoded.
pub(crate) fn percent_encoded(value: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(encoded).collect()
}

//! A company with a running Muster, its administrator's command line, its customer's Okta and its own application.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::running::{Dev, credentials, folder, text};

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const MUSTER_USER: &str = "urn:muster:params:scim:schemas:extension:2.0:User";
pub const MUSTER_GROUP: &str = "urn:muster:params:scim:schemas:extension:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A running `muster dev`, with an empty table but for its own two directories.
pub struct Stage {
    _dev: Dev,
    pub base_url: String,
    dynamodb: String,
}

impl Stage {
    pub fn set(guide: &str) -> Self {
        let file = folder(guide).join("credentials.json");
        let dev = Dev::start(&["--credentials", text(&file)]);
        let credentials = credentials(&file);
        let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
        Self {
            base_url: text("base_url"),
            dynamodb: text("dynamodb"),
            _dev: dev,
        }
    }

    /// What the administrator types; it has to work.
    pub fn muster(&self, command: &str) -> String {
        let output = self.run(command);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "muster {command}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, with its answer for programs.
    pub fn muster_json(&self, command: &str) -> Value {
        let answer = self.muster(&format!("{command} --json"));
        serde_json::from_str(&answer)
            .unwrap_or_else(|error| panic!("muster {command}: {error}: {answer}"))
    }

    /// The same; arguments with blanks stand in single quotes.
    pub fn run(&self, command: &str) -> Output {
        let mut arguments = Vec::new();
        for (index, part) in command.split('\'').enumerate() {
            if index % 2 == 1 {
                arguments.push(part.to_owned());
            } else {
                arguments.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        Command::new(env!("CARGO_BIN_EXE_muster"))
            .args(arguments)
            .args(["--dynamodb", &self.dynamodb])
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// A credential of a directory's, as `muster credential issue` shows it to programs.
    pub fn issue(&self, directory: &str, options: &str) -> Value {
        self.muster_json(&format!("credential issue {directory} {options}"))
    }

    /// Who shows a bearer token.
    pub fn bearer(&self, issued: &Value) -> Client {
        self.client(format!("Bearer {}", issued["token"].as_str().unwrap()))
    }

    /// Who shows username and password.
    pub fn basic(&self, issued: &Value) -> Client {
        let text = |name: &str| issued[name].as_str().unwrap();
        let pair = format!("{}:{}", text("username"), text("password"));
        self.client(format!("Basic {}", BASE64_STANDARD.encode(pair)))
    }

    fn client(&self, authorization: String) -> Client {
        Client {
            base_url: self.base_url.clone(),
            authorization,
        }
    }

    /// Lets a credential have expired at this time: a year cannot be waited for.
    pub fn expire(&self, directory_id: &str, credential_id: &str, time: &str) {
        let body = json!({
            "TableName": "muster", "Key": {"pk": {"S": format!("DIR#{directory_id}")}, "sk": {"S": "D"}},
            "UpdateExpression": "SET credentials.#id.expires = :time",
            "ExpressionAttributeNames": {"#id": credential_id}, "ExpressionAttributeValues": {":time": {"S": time}}
        });
        let headers = [
            ("X-Amz-Target", "DynamoDB_20120810.UpdateItem"),
            ("Content-Type", "application/x-amz-json-1.0"),
            ("X-Amz-Date", "20261121T090000Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=local/20261121/local/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0",
            ),
        ];
        let answer = send(&self.dynamodb, "POST", "/", &headers, &body.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

/// A client of the SCIM endpoint: Okta or the application.
pub struct Client {
    base_url: String,
    authorization: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Client {
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    /// GET of a list with a filter.
    pub fn find(&self, endpoint: &str, filter: &str) -> Answer {
        let filter = filter
            .replace(' ', "%20")
            .replace('"', "%22")
            .replace('@', "%40");
        self.get(&format!(
            "{endpoint}?filter={filter}&startIndex=1&count=100"
        ))
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &body.to_string())
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &body.to_string())
    }

    pub fn patch(&self, path: &str, operations: &Value) -> Answer {
        let body = json!({"schemas": [PATCH], "Operations": operations});
        self.send("PATCH", path, &body.to_string())
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "")
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [
            ("User-Agent", "Okta SCIM Client 1.0.0"),
            ("Accept", "application/scim+json"),
            ("Content-Type", "application/scim+json; charset=utf-8"),
            ("Authorization", self.authorization.as_str()),
        ];
        send(&self.base_url, method, path, &headers, body)
    }
}

impl Answer {
    /// The resource, of an answer that is a success.
    #[track_caller]
    pub fn resource(self) -> Value {
        assert!(self.status < 300, "{self:?}");
        self.body
    }

    /// Why it was refused.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        self.body["detail"].as_str().unwrap().to_owned()
    }

    /// One text of each resource of a list, in their order.
    #[track_caller]
    pub fn texts(self, attribute: &str) -> Vec<String> {
        let list = self.resource();
        let resources = list["Resources"].as_array().cloned().unwrap_or_default();
        let text = |resource: &Value| resource[attribute].as_str().map(str::to_owned);
        resources.iter().filter_map(text).collect()
    }
}

/// Okta's "Test API Credentials".
#[track_caller]
pub fn test_connection(okta: &Client) {
    for path in [
        "/Users?startIndex=1&count=2",
        "/Groups?startIndex=1&count=100",
    ] {
        let answer = okta.get(path);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.body["totalResults"].is_u64(), "{answer:?}");
    }
}

/// What Okta does for an assignment: it looks for the user, and creates him.
#[track_caller]
pub fn assign(okta: &Client, name: &str, given: &str, family: &str) -> String {
    let found = okta.find("/Users", &format!("userName eq \"{name}\""));
    assert_eq!(found.resource()["totalResults"], 0);
    let created = okta.post("/Users", &profile(name, given, family));
    assert_eq!(created.status, 201, "{created:?}");
    id(&created.body)
}

pub fn profile(name: &str, given: &str, family: &str) -> Value {
    json!({
        "schemas": [USER], "userName": name, "name": {"givenName": given, "familyName": family},
        "emails": [{"primary": true, "value": name, "type": "work"}], "displayName": format!("{given} {family}"),
        "locale": "en-US", "externalId": format!("00u-{name}"), "groups": [], "password": "1mz050nq", "active": true
    })
}

/// What Okta does when a user is unassigned or deactivated, in a catalog app.
#[track_caller]
pub fn set_active(okta: &Client, user: &str, active: bool) {
    let operation = json!([{"op": "replace", "value": {"active": active}}]);
    let changed = okta.patch(&format!("/Users/{user}"), &operation).resource();
    assert_eq!(changed["active"], active);
}

pub fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

/// The `value`s of a multi-valued attribute, sorted.
pub fn values(resource: &Value, attribute: &str) -> Vec<String> {
    let elements = resource[attribute].as_array().cloned().unwrap_or_default();
    let value = |element: &Value| element["value"].as_str().map(str::to_owned);
    let mut values: Vec<_> = elements.iter().filter_map(value).collect();
    values.sort();
    values
}

fn send(base_url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let address = base_url.strip_prefix("http://").unwrap();
    let (host, base_path) = match address.split_once('/') {
        Some((host, base_path)) => (host, format!("/{base_path}")),
        None => (address, String::new()),
    };
    let mut stream = TcpStream::connect(host).unwrap();
    let headers = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    let headers = headers.collect::<Vec<_>>().join(
        "
",
    );
    write!(
        stream,
        "{method} {base_path}{path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: serde_json::from_str(body).unwrap_or_default(),
    }
}

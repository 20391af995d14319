//! Where a test's table is: in a DynamoDB embedded in the process, or at `MUSTER_TEST_DYNAMODB`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Deref;
use std::thread;

use directory::{Environment, SystemEnvironment};
use local::{Denied, DynamoDb};
use tokio::runtime::{Handle, RuntimeFlavor};

/// The `Authorization` of a call that only has to look like one: no local DynamoDB verifies signatures.
pub(crate) const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=local/20261121/local/dynamodb/aws4_request, \
    SignedHeaders=host;x-amz-date;x-amz-target, Signature=0";

/// A DynamoDB with a table of one test's own. Elsewhere its name is no other test's, and it is deleted at the end.
#[derive(Debug)]
pub struct Place {
    dynamodb: DynamoDb,
    is_elsewhere: bool,
}

impl Place {
    /// A place for a table, which is not there yet.
    ///
    /// # Panics
    /// If no DynamoDB can be embedded.
    pub async fn find() -> Self {
        let Some(endpoint) = elsewhere() else {
            let anywhere = ([127, 0, 0, 1], 0).into();
            let dynamodb = match Handle::current().runtime_flavor() {
                // A test that is to have several threads has one more for it.
                RuntimeFlavor::MultiThread => DynamoDb::embedded_apart(None, anywhere).await,
                _ => DynamoDb::embedded(None, anywhere).await,
            };
            return Self {
                dynamodb: dynamodb.expect("the embedded DynamoDB starts"),
                is_elsewhere: false,
            };
        };
        Self {
            dynamodb: DynamoDb::at(endpoint).with_table(format!("muster-test-{:016x}", random())),
            is_elsewhere: true,
        }
    }

    /// The same table for another stack.
    pub fn again(&self) -> DynamoDb {
        DynamoDb::at(self.endpoint()).with_table(self.table())
    }

    /// Where chance begins. It is the same in every run, unless other tests' tables are in the same DynamoDB: a token of a
    /// transaction is good for one of them.
    pub(crate) fn chance(&self) -> Option<u64> {
        self.is_elsewhere.then(random)
    }

    /// Fails the test in which a function asked for what its policy does not allow: where that was best effort, nothing else tells.
    fn assert_allowed(&self) {
        let denied: Vec<_> = self
            .guard()
            .denied()
            .iter()
            .map(Denied::to_string)
            .collect();
        if denied.is_empty() {
            return;
        }
        let denied = denied.join("\n");
        assert!(
            thread::panicking(),
            "template.yaml does not allow what functions do:\n{denied}"
        );
        eprintln!("template.yaml does not allow what functions do:\n{denied}");
    }

    /// Blocking, because it is for the end of a test. Whoever runs the tests sees from the table's name what it was.
    fn delete_table(&self) -> std::io::Result<String> {
        let host = self.endpoint().trim_start_matches("http://");
        let body = format!(r#"{{"TableName":"{}"}}"#, self.table());
        let mut stream = TcpStream::connect(host.trim_end_matches('/'))?;
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {host}\r\nAuthorization: {AUTHORIZATION}\r\nX-Amz-Date: 20261121T090000Z\r\n\
             X-Amz-Target: DynamoDB_20120810.DeleteTable\r\nContent-Type: application/x-amz-json-1.0\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Deref for Place {
    type Target = DynamoDb;

    fn deref(&self) -> &DynamoDb {
        &self.dynamodb
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_elsewhere {
            match self.delete_table() {
                Ok(answer) if answer.starts_with("HTTP/1.1 200") => {}
                Ok(refused) => eprintln!("the table {} stays: {refused}", self.table()),
                Err(error) => eprintln!("the table {} stays: {error}", self.table()),
            }
        }
        self.assert_allowed();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switch by which whoever runs the tests says where"
)]
pub(crate) fn elsewhere() -> Option<String> {
    let endpoint = std::env::var("MUSTER_TEST_DYNAMODB").ok()?;
    (!endpoint.is_empty()).then_some(endpoint)
}

pub(crate) fn random() -> u64 {
    let mut bytes = [0; 8];
    SystemEnvironment.fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

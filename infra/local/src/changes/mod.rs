//! The function `changes` on the table's stream, as Lambda's event source mapping runs it: batches of records as the
//! event's JSON, and again what failed.

mod event;
mod running;
mod stream;

use std::time::Duration;

use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use bytes::Bytes;
use directory::Store;
use serde::Deserialize;

use crate::DynamoDb;
use crate::functions::changes_function;
use crate::gateway::{Function, FunctionError};

use event::event;
use stream::{Stream, StreamError};

pub(crate) use running::RunningChanges;

/// Attempts at a batch of which something failed, as in template.yaml.
const MOST_ATTEMPTS: u32 = 11;
/// How long the first attempt is behind; each later one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Reads the stream and does what follows. For a command that changes the table without a stack beside it; a [`Stack`]
/// has its own.
///
/// [`Stack`]: crate::Stack
pub struct Changes {
    /// None if the table has no stream.
    stream: Option<Stream>,
    function: Function,
}

impl Changes {
    /// Of what is written from now on.
    pub async fn from_now(dynamodb: &DynamoDb, store: &Store) -> Self {
        Self::from(dynamodb, store, ShardIteratorType::Latest).await
    }

    /// Of what the stream still has: what is through already may come again, which changes nothing.
    pub(crate) async fn from_beginning(dynamodb: &DynamoDb, store: &Store) -> Self {
        Self::from(dynamodb, store, ShardIteratorType::TrimHorizon).await
    }

    async fn from(dynamodb: &DynamoDb, store: &Store, from: ShardIteratorType) -> Self {
        let stream = match Stream::open(dynamodb, from).await {
            Ok(stream) => Some(stream),
            Err(StreamError::Absent) => {
                tracing::error!(
                    "the table has no stream: nothing follows from changes, and there is no audit trail of them"
                );
                None
            }
            Err(error) => {
                tracing::error!(%error, "the table's stream cannot be read");
                None
            }
        };
        Self {
            stream,
            function: changes_function(store),
        }
    }

    /// What the schedule does each hour.
    pub(crate) async fn sweep(&self) {
        let event = Bytes::from_static(br#"{"sweep": true}"#);
        if let Err(FunctionError(error)) = (self.function)(event).await {
            tracing::error!(error, "the function `changes` failed");
        }
    }

    /// Does what follows from everything that was written before the call. What fails is logged, and tried again at the
    /// next call if the stream could not be read.
    pub async fn bring_through(&mut self) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        loop {
            match stream.next_batch().await {
                Ok(records) if records.is_empty() => return,
                Ok(records) => process(&self.function, records).await,
                Err(error) => {
                    tracing::error!(%error, "the table's stream cannot be read");
                    return;
                }
            }
        }
    }
}

/// Calls the function with a batch until nothing of it fails; then from the first record that failed, as Lambda does.
async fn process(function: &Function, mut records: Vec<Record>) {
    let mut pause = FIRST_PAUSE;
    for _ in 0..MOST_ATTEMPTS {
        match call(function, &records).await {
            Ok(None) => return,
            Ok(Some(first)) => drop(records.drain(..first)),
            Err(FunctionError(error)) => tracing::error!(error, "the function `changes` failed"),
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    let count = records.len();
    tracing::error!(count, "records of the stream are given up");
}

/// The index of the first record that failed; none if all is done.
async fn call(function: &Function, records: &[Record]) -> Result<Option<usize>, FunctionError> {
    // A task of its own, as the gateway's functions are: its panic is its failure alone.
    let answer = tokio::spawn(function(event(records))).await;
    let answer = answer.map_err(|panicked| FunctionError(panicked.to_string()))??;
    let response: Response =
        serde_json::from_value(answer).map_err(|error| FunctionError(error.to_string()))?;
    let failed = response.batch_item_failures;
    let is_failed = |record: &Record| {
        let number = record
            .dynamodb()
            .and_then(|change| change.sequence_number());
        failed
            .iter()
            .any(|failure| Some(failure.item_identifier.as_str()) == number)
    };
    match records.iter().position(is_failed) {
        // Lambda takes an identifier that it does not know for the failure of the whole batch.
        None if !failed.is_empty() => Ok(Some(0)),
        first => Ok(first),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    batch_item_failures: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_dynamodbstreams::types::StreamRecord;
    use serde_json::Value;

    use super::*;

    fn records(numbers: &[&str]) -> Vec<Record> {
        let change = |number: &&str| StreamRecord::builder().sequence_number(*number).build();
        let record = |number| Record::builder().dynamodb(change(number)).build();
        numbers.iter().map(record).collect()
    }

    /// The sequence numbers of each call that a function answers so, one answer after another.
    async fn calls(answers: &[&'static str]) -> Vec<Vec<String>> {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(answers.to_vec()));
        let called = Arc::clone(&calls);
        let function: Function = Arc::new(move |event| {
            let event: Value = serde_json::from_slice(&event).unwrap();
            let numbers = event["Records"].as_array().unwrap().iter();
            let number = |it: &Value| {
                it["dynamodb"]["SequenceNumber"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            };
            called
                .lock()
                .unwrap()
                .push(numbers.map(number).collect::<Vec<_>>());
            let answer = serde_json::from_str(answers.lock().unwrap().remove(0)).unwrap();
            Box::pin(async move { Ok(answer) })
        });
        process(&function, records(&["1", "2", "3"])).await;
        calls.lock().unwrap().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_comes_again_from_the_first_of_it() {
        const DONE: &str = r#"{"batchItemFailures":[]}"#;
        let failed = r#"{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"2"}]}"#;
        assert_eq!(calls(&[DONE]).await, [["1", "2", "3"]]);
        assert_eq!(
            calls(&[failed, DONE]).await,
            [vec!["1", "2", "3"], vec!["2", "3"]]
        );
        let unknown = r#"{"batchItemFailures":[{"itemIdentifier":"9"}]}"#;
        assert_eq!(calls(&[unknown, DONE]).await, [["1", "2", "3"]; 2]);
        assert_eq!(calls(&["\"junk\"", DONE]).await, [["1", "2", "3"]; 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_for_ever_is_given_up() {
        let failed = r#"{"batchItemFailures":[{"itemIdentifier":"3"}]}"#;
        let calls = calls(&[failed; 11]).await;
        assert_eq!(calls.len(), 11);
        assert_eq!(calls[10], ["3"]);
    }
}

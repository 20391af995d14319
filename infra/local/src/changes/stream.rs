use std::collections::BTreeMap;

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::DisplayErrorContext;
use aws_sdk_dynamodbstreams::operation::get_records::GetRecordsError;
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};

use crate::DynamoDb;

/// The records of a table's stream, whatever shards they are in.
pub(super) struct Stream {
    client: Client,
    arn: String,
    /// The shards that the stream had when it was last described, by id.
    shards: BTreeMap<String, Shard>,
}

/// How far a shard is read.
#[derive(Clone, Debug)]
enum Shard {
    /// Where it goes on, and the sequence number of the last record read, if one was.
    Open {
        iterator: String,
        last: Option<String>,
    },
    /// It is closed, and read to its end.
    Ended,
}

/// Why there is nothing to read.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    #[error("the table has no stream")]
    Absent,
    #[error("{0}")]
    Unavailable(String),
}

impl Stream {
    /// The stream, read from the oldest record that it has (`TrimHorizon`) or after the newest (`Latest`).
    pub async fn open(dynamodb: &DynamoDb, from: ShardIteratorType) -> Result<Self, StreamError> {
        let arn = dynamodb.stream_arn().await.map_err(unavailable)?;
        let mut stream = Self {
            client: dynamodb.streams(),
            arn: arn.ok_or(StreamError::Absent)?,
            shards: BTreeMap::new(),
        };
        stream.describe(&from).await?;
        Ok(stream)
    }

    /// The next records of some shard, in their order; none if all shards are read to their present end.
    pub async fn next_batch(&mut self) -> Result<Vec<Record>, StreamError> {
        loop {
            let ids: Vec<_> = self.shards.keys().cloned().collect();
            let mut has_ended = false;
            for id in ids {
                let Some(Shard::Open { iterator, last }) = self.shards.get(&id).cloned() else {
                    continue;
                };
                let (records, shard) = self.read(&id, iterator, last).await?;
                has_ended |= matches!(shard, Shard::Ended);
                self.shards.insert(id, shard);
                if !records.is_empty() {
                    return Ok(records);
                }
            }
            if !has_ended {
                return Ok(Vec::new());
            }
            // What follows a shard that was closed is in new ones.
            self.describe(&ShardIteratorType::TrimHorizon).await?;
        }
    }

    async fn read(
        &self,
        id: &str,
        iterator: String,
        last: Option<String>,
    ) -> Result<(Vec<Record>, Shard), StreamError> {
        let oldest = &ShardIteratorType::TrimHorizon;
        let get = |iterator| self.client.get_records().shard_iterator(iterator).send();
        let answer = match get(iterator).await {
            Ok(answer) => answer,
            Err(error) => {
                // An iterator holds for a quarter of an hour, and a machine may sleep for longer.
                let iterator = match error.as_service_error() {
                    Some(GetRecordsError::ExpiredIteratorException(_)) => {
                        self.iterator(id, last.as_deref(), oldest).await?
                    }
                    Some(GetRecordsError::TrimmedDataAccessException(_)) => {
                        self.iterator(id, None, oldest).await?
                    }
                    _ => return Err(unavailable(error)),
                };
                get(iterator).await.map_err(unavailable)?
            }
        };
        let records = answer.records.unwrap_or_default();
        let number = |record: &Record| Some(record.dynamodb()?.sequence_number()?.to_owned());
        let shard = match answer.next_shard_iterator {
            None => Shard::Ended,
            Some(iterator) => Shard::Open {
                iterator,
                last: records.iter().rev().find_map(number).or(last),
            },
        };
        Ok((records, shard))
    }

    /// An iterator after this record, or without one from there.
    async fn iterator(
        &self,
        id: &str,
        last: Option<&str>,
        from: &ShardIteratorType,
    ) -> Result<String, StreamError> {
        let call = self
            .client
            .get_shard_iterator()
            .stream_arn(&self.arn)
            .shard_id(id)
            .shard_iterator_type(match last {
                Some(_) => ShardIteratorType::AfterSequenceNumber,
                None => from.clone(),
            })
            .set_sequence_number(last.map(str::to_owned));
        let iterator = call.send().await.map_err(unavailable)?.shard_iterator;
        iterator.ok_or_else(|| StreamError::Unavailable("a shard has no iterator".into()))
    }

    /// Finds the shards. New ones are read from there; those that are gone are forgotten.
    async fn describe(&mut self, from: &ShardIteratorType) -> Result<(), StreamError> {
        let mut shards = BTreeMap::new();
        let mut after = None;
        loop {
            let call = self.client.describe_stream().stream_arn(&self.arn);
            let call = call.set_exclusive_start_shard_id(after);
            let answer = call.send().await.map_err(unavailable)?;
            let Some(description) = answer.stream_description else {
                break;
            };
            for id in description.shards().iter().filter_map(|it| it.shard_id()) {
                let shard = match self.shards.get(id) {
                    Some(shard) => shard.clone(),
                    None => Shard::Open {
                        iterator: self.iterator(id, None, from).await?,
                        last: None,
                    },
                };
                shards.insert(id.to_owned(), shard);
            }
            after = description.last_evaluated_shard_id;
            if after.is_none() {
                break;
            }
        }
        self.shards = shards;
        Ok(())
    }
}

fn unavailable(error: impl std::error::Error) -> StreamError {
    StreamError::Unavailable(DisplayErrorContext(error).to_string())
}

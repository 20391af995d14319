use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::types::{PointInTimeRecoveryStatus, TableStatus, TimeToLiveStatus};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::Table;
use super::failure::sort;
use crate::{Error, Result, Store};

/// What a table is like, as far as it has to be a certain way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDescription {
    /// Its name.
    pub name: String,
    /// Whether it can be used at present.
    pub active: bool,
    /// What its stream tells, such as `NEW_AND_OLD_IMAGES`; none without a stream.
    pub stream: Option<String>,
    /// The attribute by which items expire; none if they do not.
    pub expiry: Option<String>,
    /// What time it is for DynamoDB, to the second.
    pub time: Option<Timestamp>,
}

impl Store {
    /// Describes the table. None if there is none of its name.
    pub async fn describe_table(&self) -> Result<Option<TableDescription>> {
        self.table.describe().await
    }

    /// Whether the table can be brought back as it was at any moment of the last weeks. Not every local DynamoDB knows.
    pub async fn has_point_in_time_recovery(&self) -> Result<bool> {
        self.table.has_point_in_time_recovery().await
    }
}

impl Table {
    async fn describe(&self) -> Result<Option<TableDescription>> {
        let date = Date::default();
        let call = self.client.describe_table().table_name(&self.name);
        let table = match call.customize().interceptor(date.clone()).send().await {
            Ok(answer) => answer.table,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeTableError::is_resource_not_found_exception) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(sort(error).into()),
        };
        let table = table.ok_or(Error::Corrupt("table"))?;
        let stream = table
            .stream_specification
            .filter(|stream| stream.stream_enabled);
        let call = self.client.describe_time_to_live().table_name(&self.name);
        let answer = call
            .send()
            .await
            .map_err(|error| Error::from(sort(error)))?;
        let expiry = answer.time_to_live_description.filter(|expiry| {
            matches!(
                expiry.time_to_live_status,
                Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
            )
        });
        Ok(Some(TableDescription {
            name: self.name.clone(),
            // While it is being updated it is used as ever.
            active: matches!(
                table.table_status,
                Some(TableStatus::Active | TableStatus::Updating)
            ),
            stream: stream
                .and_then(|stream| stream.stream_view_type)
                .map(|view| view.as_str().to_owned()),
            expiry: expiry.and_then(|expiry| expiry.attribute_name),
            time: date.time(),
        }))
    }

    async fn has_point_in_time_recovery(&self) -> Result<bool> {
        let call = self
            .client
            .describe_continuous_backups()
            .table_name(&self.name);
        let answer = call
            .send()
            .await
            .map_err(|error| Error::from(sort(error)))?;
        let recovery = answer
            .continuous_backups_description
            .and_then(|backups| backups.point_in_time_recovery_description)
            .and_then(|recovery| recovery.point_in_time_recovery_status);
        Ok(recovery == Some(PointInTimeRecoveryStatus::Enabled))
    }
}

/// Remembers the `Date` of an answer.
#[derive(Clone, Debug, Default)]
struct Date(Arc<Mutex<Option<String>>>);

impl Date {
    fn time(&self) -> Option<Timestamp> {
        let date = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        DateTimeParser::new().parse_timestamp(date.as_deref()?).ok()
    }
}

impl Intercept for Date {
    fn name(&self) -> &'static str {
        "Date"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), Box<dyn StdError + Send + Sync>> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}

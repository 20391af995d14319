use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType, TableDescription, TimeToLiveSpecification,
};

use super::Table;
use super::failure::sort;
use crate::{Error, Result};

impl Table {
    /// Creates the table as template.yaml does, unless it is there; then it gets the stream, if it has none. For the
    /// local stack only.
    pub async fn create_if_absent(&self) -> Result<()> {
        let described = self
            .client
            .describe_table()
            .table_name(&self.name)
            .send()
            .await;
        match described {
            Ok(described) => return self.add_stream_if_absent(described.table).await,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_dynamodb::operation::describe_table::DescribeTableError::is_resource_not_found_exception) => {}
            Err(error) => return Err(sort(error).into()),
        }
        let mut call = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .stream_specification(stream()?);
        for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
            let attribute = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S);
            let element = KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind);
            call = call
                .attribute_definitions(attribute.build().map_err(refused)?)
                .key_schema(element.build().map_err(refused)?);
        }
        call.send()
            .await
            .map_err(|error| Error::from(sort(error)))?;
        let expiry = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name("expires")
            .build()
            .map_err(refused)?;
        let call = self
            .client
            .update_time_to_live()
            .table_name(&self.name)
            .time_to_live_specification(expiry);
        call.send()
            .await
            .map_err(|error| Error::from(sort(error)))?;
        Ok(())
    }

    /// A table of an earlier version has none. Without one requests are answered all the same, so a refusal is no error.
    async fn add_stream_if_absent(&self, table: Option<TableDescription>) -> Result<()> {
        let has_stream = table
            .and_then(|table| table.stream_specification)
            .is_some_and(|specification| specification.stream_enabled);
        if has_stream {
            return Ok(());
        }
        let call = self
            .client
            .update_table()
            .table_name(&self.name)
            .stream_specification(stream()?);
        if let Err(error) = call.send().await.map_err(|error| Error::from(sort(error))) {
            tracing::warn!(%error, "the table gets no stream");
        }
        Ok(())
    }
}

/// As in template.yaml.
fn stream() -> Result<StreamSpecification> {
    StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()
        .map_err(refused)
}

fn refused(error: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Refused(Box::new(error))
}

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};

use super::Table;
use super::failure::sort;
use crate::{Error, Result};

impl Table {
    /// Creates the table as template.yaml does, unless it is there; without the stream, which nothing reads yet and
    /// which makes each write of the embedded DynamoDB slower than the one before. For the local stack only.
    pub async fn create_if_absent(&self) -> Result<()> {
        let described = self
            .client
            .describe_table()
            .table_name(&self.name)
            .send()
            .await;
        match described {
            Ok(_) => return Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_dynamodb::operation::describe_table::DescribeTableError::is_resource_not_found_exception) => {}
            Err(error) => return Err(sort(error).into()),
        }
        let refused = |error| Error::Refused(Box::new(error));
        let mut call = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest);
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
}

//! What a deployed stack says of itself.

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::Output;

use crate::error::{CliError, innermost};

/// The outputs of template.yaml that commands need.
pub(crate) struct Stack {
    /// The table's name.
    pub table: String,
    /// Where identity providers reach it.
    pub base_url: String,
}

impl Stack {
    /// Asks CloudFormation.
    pub async fn named(name: &str, config: &SdkConfig) -> Result<Self, CliError> {
        let described = Client::new(config).describe_stacks().stack_name(name);
        let described = described.send().await.map_err(|error| {
            let reason = innermost(&error);
            CliError::Table(format!("the stack `{name}` cannot be read: {reason}"))
        })?;
        let stack = described.stacks.unwrap_or_default().pop();
        let outputs = stack.and_then(|it| it.outputs).unwrap_or_default();
        Ok(Self {
            table: output(&outputs, "TableName", name)?,
            base_url: output(&outputs, "BaseUrl", name)?,
        })
    }
}

fn output(outputs: &[Output], key: &str, stack: &str) -> Result<String, CliError> {
    let output = outputs.iter().find(|it| it.output_key() == Some(key));
    let value = output.and_then(|it| it.output_value.clone());
    value.ok_or_else(|| {
        let sentence = format!("the stack `{stack}` has no output `{key}`: it is none of Muster's, or not deployed to its end");
        CliError::Table(sentence)
    })
}

//! The parts of a SAM template and of its API's body that the gateway reads, as they are written there.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::api::TemplateError;
use crate::gateway_responses::ResponseType;

/// The template's one API.
pub(crate) fn api(template: &str) -> Result<RestApi, TemplateError> {
    let template: Template = serde_saphyr::from_str(template)
        .map_err(|error| TemplateError::Unreadable(Box::new(error)))?;
    let mut apis: Vec<(Value, Option<Value>)> = template
        .resources
        .into_values()
        .filter(|resource| resource.r#type == "AWS::Serverless::Api")
        .filter_map(|Resource { mut properties, .. }| {
            let body = properties.remove("DefinitionBody")?;
            Some((body, properties.remove("MinimumCompressionSize")))
        })
        .collect();
    match (apis.pop(), apis.len()) {
        (Some((body, minimum_compression_size)), 0) => Ok(RestApi {
            definition: ApiDefinition::deserialize(body).map_err(TemplateError::Definition)?,
            minimum_compression_size,
        }),
        (None, _) => Err(TemplateError::Apis(0)),
        (Some(_), others) => Err(TemplateError::Apis(others + 1)),
    }
}

/// The policies of the template's functions, by the functions' logical ids.
pub(crate) fn policies(template: &str) -> Result<BTreeMap<String, Vec<Policy>>, TemplateError> {
    let template: Template = serde_saphyr::from_str(template)
        .map_err(|error| TemplateError::Unreadable(Box::new(error)))?;
    let functions = template
        .resources
        .into_iter()
        .filter(|(_, resource)| resource.r#type == "AWS::Serverless::Function");
    let read = |(function, mut resource): (String, Resource)| {
        let policies = resource.properties.remove("Policies").unwrap_or_default();
        match Vec::deserialize(policies) {
            Ok(policies) => Ok((function, policies)),
            Err(source) => Err(TemplateError::Policies { function, source }),
        }
    };
    functions.map(read).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    #[serde(default)]
    properties: Map<String, Value>,
}

/// What of an `AWS::Serverless::Api` is read.
pub(crate) struct RestApi {
    pub(crate) definition: ApiDefinition,
    pub(crate) minimum_compression_size: Option<Value>,
}

/// An `OpenAPI` document with API Gateway's extensions.
#[derive(Deserialize)]
pub(crate) struct ApiDefinition {
    pub(crate) components: Components,
    /// By path template, then by verb; `parameters` may stand among the verbs.
    pub(crate) paths: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(rename = "x-amazon-apigateway-gateway-responses", default)]
    pub(crate) gateway_responses: BTreeMap<ResponseType, GatewayResponse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Components {
    pub(crate) security_schemes: BTreeMap<String, SecurityScheme>,
}

#[derive(Deserialize)]
pub(crate) struct SecurityScheme {
    #[serde(rename = "x-amazon-apigateway-authtype")]
    pub(crate) kind: Option<SchemeKind>,
    #[serde(rename = "x-amazon-apigateway-authorizer")]
    pub(crate) authorizer: Option<Authorizer>,
}

/// The kinds of security scheme this gateway knows; reading another one fails.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
pub(crate) enum SchemeKind {
    /// AWS's own authorization: `AWS_IAM` of the methods that name it.
    #[serde(rename = "awsSigv4")]
    AwsSigV4,
    /// A Lambda authorizer.
    #[serde(rename = "custom")]
    Custom,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorizer {
    #[serde(rename = "type")]
    pub(crate) kind: AuthorizerKind,
    pub(crate) identity_source: String,
    #[serde(rename = "authorizerResultTtlInSeconds")]
    pub(crate) ttl_seconds: u64,
    #[serde(rename = "authorizerUri")]
    pub(crate) uri: String,
}

/// The one kind of authorizer this gateway knows; reading another one fails.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AuthorizerKind {
    Request,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    #[serde(default)]
    pub(crate) security: Vec<BTreeMap<String, Value>>,
    #[serde(rename = "x-amazon-apigateway-integration")]
    pub(crate) integration: Integration,
}

#[derive(Deserialize)]
pub(crate) struct Integration {
    #[serde(rename = "type")]
    pub(crate) kind: IntegrationKind,
    pub(crate) uri: String,
}

/// The one kind of integration this gateway knows; reading another one fails.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IntegrationKind {
    AwsProxy,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayResponse {
    pub(crate) status_code: Option<u16>,
    #[serde(default)]
    pub(crate) response_parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) response_templates: BTreeMap<String, String>,
}

/// A policy of a function. The name of one of AWS's or SAM's cannot be read: what it allows is not in the template.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Policy {
    #[serde(rename = "Version")]
    _version: String,
    pub(crate) statement: Vec<Statement>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Statement {
    pub(crate) sid: String,
    #[serde(rename = "Effect")]
    _effect: Effect,
    pub(crate) action: Vec<String>,
    /// What stands behind `!GetAtt` or `!Sub`.
    pub(crate) resource: String,
    pub(crate) condition: Option<Condition>,
}

/// The one effect of a function's statements; reading another one fails.
#[derive(Debug, Deserialize)]
enum Effect {
    Allow,
}

/// The one condition of a function's statements; reading another one fails.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Condition {
    #[serde(rename = "ForAllValues:StringLike")]
    pub(crate) for_all_values: LeadingKeys,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeadingKeys {
    /// Patterns of partition keys.
    #[serde(rename = "dynamodb:LeadingKeys")]
    pub(crate) patterns: Vec<String>,
}

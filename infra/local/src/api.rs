//! The API as the template defines it.
//!
//! Only what the gateway acts on is read. What it would have to ignore (a key that is no verb, an operation without the
//! authorizer, a response parameter that is not a literal) is an error: the local stack must not be kinder than the cloud.

use std::collections::BTreeMap;
use std::time::Duration;

use ::http::{HeaderName, Method};
use serde::Deserialize;
use serde_json::Value;

use crate::definition::{self, AuthorizerKind, IntegrationKind, Operation, SchemeKind};
use crate::gateway_responses::{GatewayResponses, ResponseType};
use crate::route::Routes;

pub use crate::route::{Access, Route};

/// A REST API: its routes, its authorizer and the answers it gives by itself.
#[derive(Debug)]
pub struct Api {
    pub(crate) routes: Routes,
    pub(crate) authorizer: Authorizer,
    pub(crate) responses: GatewayResponses,
    /// From how many bytes on answers are compressed; never without it.
    pub(crate) minimum_compression_size: Option<usize>,
}

/// A Lambda authorizer of type REQUEST.
#[derive(Debug)]
pub(crate) struct Authorizer {
    pub(crate) function: String,
    pub(crate) ttl: Duration,
    pub(crate) identity_source: HeaderName,
}

/// Why a template is not one this gateway can run.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// Not YAML, or not a template.
    #[error("the template cannot be read")]
    Unreadable(#[source] Box<serde_saphyr::Error>),
    /// There is no API in it, or more than one.
    #[error("the template needs one `AWS::Serverless::Api` with a `DefinitionBody`, it has {0}")]
    Apis(usize),
    /// A function's policies have an unexpected shape.
    #[error("the policies of `{function}` are not as expected")]
    Policies {
        /// The function's logical id.
        function: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A part of the API's definition has an unexpected shape.
    #[error("the API's `DefinitionBody` is not as expected")]
    Definition(#[source] serde_json::Error),
    /// Not a size API Gateway takes.
    #[error("`MinimumCompressionSize` is `{0}`, not a whole number from 0 to 10485760")]
    MinimumCompressionSize(Value),
    /// There is no authorizer, or more than one.
    #[error("the API needs one security scheme with an authorizer, it has {0}")]
    Authorizers(usize),
    /// A scheme that is neither AWS's own authorization nor an authorizer.
    #[error("the security scheme `{0}` has neither an authorizer nor the type `awsSigv4`")]
    SecurityScheme(String),
    /// The authorizer is asked about something other than one header.
    #[error("the identity source `{0}` is not one header")]
    IdentitySource(String),
    /// An integration that is not one of the template's functions.
    #[error("`{0}` does not invoke a function of the template")]
    Integration(String),
    /// A path has a key that is neither `parameters` nor a verb written out.
    #[error("`{key}` of `{path}` is not a verb")]
    Verb {
        /// The path's template.
        path: String,
        /// What stands in place of a verb.
        key: String,
    },
    /// An operation that anyone could call, or of which it is not clear who can.
    #[error("{verb} of `{path}` does not name one security scheme")]
    Open {
        /// The path's template.
        path: String,
        /// The operation's verb.
        verb: Method,
    },
    /// A gateway response uses what this gateway does not know.
    #[error("the gateway response {response_type:?} cannot be given: `{part}` is not supported")]
    GatewayResponse {
        /// Which response.
        response_type: ResponseType,
        /// The part of it.
        part: String,
    },
}

impl Api {
    /// Reads the API out of the text of an AWS SAM template.
    pub fn from_template(template: &str) -> Result<Self, TemplateError> {
        let definition::RestApi {
            definition,
            minimum_compression_size,
        } = definition::api(template)?;
        let mut accesses = BTreeMap::new();
        let mut authorizers = Vec::new();
        for (name, scheme) in definition.components.security_schemes {
            let access = match (scheme.kind, scheme.authorizer) {
                (Some(SchemeKind::AwsSigV4), None) => Access::Iam,
                (Some(SchemeKind::Custom) | None, Some(authorizer)) => {
                    authorizers.push(authorizer);
                    Access::Authorizer
                }
                _ => return Err(TemplateError::SecurityScheme(name)),
            };
            accesses.insert(name, access);
        }
        let found = authorizers.len();
        let Ok([authorizer]) = <[_; 1]>::try_from(authorizers) else {
            return Err(TemplateError::Authorizers(found));
        };
        let mut routes = Routes::default();
        for (path, operations) in &definition.paths {
            for (key, operation) in operations.iter().filter(|(key, _)| *key != "parameters") {
                let verb = verb(path, key)?;
                let operation =
                    Operation::deserialize(operation).map_err(TemplateError::Definition)?;
                let named = match operation.security.as_slice() {
                    [schemes] if schemes.len() == 1 => schemes.keys().next(),
                    _ => None,
                };
                let Some(&access) = named.and_then(|name| accesses.get(name)) else {
                    return Err(TemplateError::Open {
                        path: path.clone(),
                        verb,
                    });
                };
                let IntegrationKind::AwsProxy = operation.integration.kind;
                routes.insert(Route {
                    path: path.clone(),
                    verb,
                    function: invoked(&operation.integration.uri)?,
                    access,
                });
            }
        }
        Ok(Self {
            routes,
            authorizer: authorizer.try_into()?,
            responses: GatewayResponses::new(definition.gateway_responses)?,
            minimum_compression_size: minimum_compression_size.map(compression_size).transpose()?,
        })
    }

    /// Every route, in the order of the template.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// The logical ids of the functions it invokes, the authorizer's among them; an id may come more than once.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.routes()
            .map(|route| route.function.as_str())
            .chain([self.authorizer.function.as_str()])
    }

    /// The answers it gives by itself.
    pub fn gateway_responses(&self) -> &GatewayResponses {
        &self.responses
    }
}

impl TryFrom<definition::Authorizer> for Authorizer {
    type Error = TemplateError;

    fn try_from(authorizer: definition::Authorizer) -> Result<Self, TemplateError> {
        let AuthorizerKind::Request = authorizer.kind;
        let source = authorizer.identity_source;
        let header = source
            .strip_prefix("method.request.header.")
            .and_then(|name| name.parse().ok());
        Ok(Self {
            function: invoked(&authorizer.uri)?,
            ttl: Duration::from_secs(authorizer.ttl_seconds),
            identity_source: header.ok_or(TemplateError::IdentitySource(source))?,
        })
    }
}

fn verb(path: &str, key: &str) -> Result<Method, TemplateError> {
    match key {
        "get" => Ok(Method::GET),
        "post" => Ok(Method::POST),
        "put" => Ok(Method::PUT),
        "patch" => Ok(Method::PATCH),
        "delete" => Ok(Method::DELETE),
        "head" => Ok(Method::HEAD),
        "options" => Ok(Method::OPTIONS),
        _ => Err(TemplateError::Verb {
            path: path.to_owned(),
            key: key.to_owned(),
        }),
    }
}

fn compression_size(value: Value) -> Result<usize, TemplateError> {
    value
        .as_u64()
        .filter(|size| *size <= 10_485_760)
        .and_then(|size| usize::try_from(size).ok())
        .ok_or(TemplateError::MinimumCompressionSize(value))
}

/// The logical id in `...:lambda:path/2015-03-31/functions/${Id.Arn}/invocations`, as it stands under `!Sub`.
fn invoked(uri: &str) -> Result<String, TemplateError> {
    uri.split_once("/functions/${")
        .and_then(|(_, rest)| rest.strip_suffix(".Arn}/invocations"))
        .map(str::to_owned)
        .ok_or_else(|| TemplateError::Integration(uri.to_owned()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A template of one path with one verb, to be varied by replacing text.
    pub(crate) const TEMPLATE: &str = r#"
Resources:
  Table: { Type: AWS::DynamoDB::Table }
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref StageName
      DefinitionBody:
        components:
          securitySchemes:
            signature: { type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4 }
            credential:
              x-amazon-apigateway-authorizer:
                type: request
                identitySource: method.request.header.Authorization
                authorizerResultTtlInSeconds: 300
                authorizerUri: !Sub "arn:${AWS::Partition}:apigateway:x:lambda:path/2015-03-31/functions/${Authorizer.Arn}/invocations"
        paths:
          /things:
            post: { security: [{ credential: [] }], x-amazon-apigateway-integration: { type: aws_proxy, uri: !Sub "x/functions/${Things.Arn}/invocations" } }
          /things/{id}:
            parameters: [{ name: id, in: path }]
            get: { security: [{ credential: [] }], x-amazon-apigateway-integration: { type: aws_proxy, uri: !Sub "x/functions/${Things.Arn}/invocations" } }
            head: { security: [{ credential: [] }], x-amazon-apigateway-integration: { type: aws_proxy, uri: !Sub "x/functions/${Things.Arn}/invocations" } }
          /signed:
            get: { security: [{ signature: [] }], x-amazon-apigateway-integration: { type: aws_proxy, uri: !Sub "x/functions/${Things.Arn}/invocations" } }
        x-amazon-apigateway-gateway-responses:
          UNAUTHORIZED:
            statusCode: 401
            responseParameters: { gatewayresponse.header.Content-Type: "'application/scim+json'" }
            responseTemplates: { application/json: '{"error":$context.error.messageString,"id":"$context.requestId"}' }
          DEFAULT_5XX:
            statusCode: 503
            responseTemplates: { application/json: '{"later":true}' }
"#;

    #[test]
    fn reads_what_the_gateway_acts_on() {
        let api = Api::from_template(TEMPLATE).unwrap();
        let routes: Vec<_> = api
            .routes()
            .map(|route| {
                format!(
                    "{} {} {} {:?}",
                    route.verb, route.path, route.function, route.access
                )
            })
            .collect();
        assert_eq!(
            routes,
            [
                "GET /signed Things Iam",
                "POST /things Things Authorizer",
                "GET /things/{id} Things Authorizer",
                "HEAD /things/{id} Things Authorizer"
            ]
        );
        assert_eq!(api.authorizer.function, "Authorizer");
        assert_eq!(api.authorizer.ttl, Duration::from_mins(5));
        assert_eq!(api.authorizer.identity_source, "authorization");
        assert_eq!(api.minimum_compression_size, None);
    }

    fn check_compression(size: &str, expected: usize) {
        let template = TEMPLATE.replace(
            "StageName: !Ref StageName",
            &format!("MinimumCompressionSize: {size}"),
        );
        let api = Api::from_template(&template).unwrap();
        assert_eq!(api.minimum_compression_size, Some(expected));
    }

    #[test]
    fn reads_from_which_size_on_answers_are_compressed() {
        check_compression("0", 0);
        check_compression("1024", 1024);
        check_compression("10485760", 10_485_760);
    }

    fn check_error(from: &str, to: &str, message: &str) {
        assert!(TEMPLATE.contains(from), "{from}");
        let error = Api::from_template(&TEMPLATE.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn refuses_what_it_would_have_to_ignore() {
        check_error("Resources:", "[", "the template cannot be read");
        check_error(
            "AWS::Serverless::Api",
            "AWS::Serverless::HttpApi",
            "the template needs one `AWS::Serverless::Api` with a `DefinitionBody`, it has 0",
        );
        check_error(
            "StageName: !Ref StageName",
            "MinimumCompressionSize: 10485761",
            "`MinimumCompressionSize` is `10485761`, not a whole number from 0 to 10485760",
        );
        check_error(
            "StageName: !Ref StageName",
            "MinimumCompressionSize: !Ref Size",
            "`MinimumCompressionSize` is `\"Size\"`, not a whole number from 0 to 10485760",
        );
        check_error(
            "type: request",
            "type: token",
            "the API's `DefinitionBody` is not as expected",
        );
        check_error(
            "type: aws_proxy",
            "type: mock",
            "the API's `DefinitionBody` is not as expected",
        );
        check_error(
            "UNAUTHORIZED:",
            "UNKNOWN:",
            "the API's `DefinitionBody` is not as expected",
        );
        check_error("post:", "any:", "`any` of `/things` is not a verb");
        check_error(
            "post: { security: [{ credential: [] }]",
            "post: { security: []",
            "POST of `/things` does not name one security scheme",
        );
        check_error(
            "post: { security: [{ credential: [] }]",
            "post: { security: [{ other: [] }]",
            "POST of `/things` does not name one security scheme",
        );
        check_error(
            "post: { security: [{ credential: [] }]",
            "post: { security: [{ credential: [] }, { signature: [] }]",
            "POST of `/things` does not name one security scheme",
        );
        check_error(
            "post: { security: [{ credential: [] }]",
            "post: { security: [{ credential: [], signature: [] }]",
            "POST of `/things` does not name one security scheme",
        );
        check_error(
            "x-amazon-apigateway-authtype: awsSigv4",
            "x-amazon-apigateway-authtype: custom",
            "the security scheme `signature` has neither an authorizer nor the type `awsSigv4`",
        );
        check_error(
            "x-amazon-apigateway-authtype: awsSigv4",
            "x-amazon-apigateway-authtype: cognito_user_pools",
            "the API's `DefinitionBody` is not as expected",
        );
        check_error(
            "${Things.Arn}",
            "${Things}",
            "`x/functions/${Things}/invocations` does not invoke a function of the template",
        );
        check_error(
            "header.Authorization",
            "querystring.token",
            "the identity source `method.request.querystring.token` is not one header",
        );
        check_error(
            "\"'application/scim+json'\"",
            "context.requestId",
            "the gateway response Unauthorized cannot be given: `gatewayresponse.header.Content-Type` is not supported",
        );
        check_error(
            "$context.requestId",
            "$context.identity.sourceIp",
            "the gateway response Unauthorized cannot be given: `$context.identity.sourceIp` is not supported",
        );
    }
}

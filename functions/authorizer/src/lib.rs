//! API Gateway's REQUEST authorizer: keeps junk away from the functions.
//!
//! Its answer is cached for 300 seconds and therefore never the last word: it says only that the secret is one of the
//! directory's. Whether the credential is expired, suspended or revoked since, each function asks for itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use directory::{Causes, Claim, CredentialId, DirectoryId};
use edge::{App, Invocation, Outcome};
use lambda_runtime::Context;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

/// The authorizer, with what it remembers between requests: when it last noted the use of a credential.
#[derive(Clone)]
pub struct Authorizer {
    app: App,
    noted: Arc<Mutex<HashMap<(DirectoryId, CredentialId), Instant>>>,
}

/// Why there is no policy. The first message must be exactly this: API Gateway answers it with 401.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizerError {
    /// The header is missing, is no credential of ours, or has a wrong secret.
    #[error("Unauthorized")]
    Unauthorized,
    /// The table did not answer.
    #[error("the directory could not be read")]
    Unavailable(#[source] directory::Error),
}

/// What API Gateway wants to know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    principal_id: String,
    policy_document: Value,
}

impl Authorizer {
    /// An authorizer that has noted nothing yet.
    pub fn new(app: App) -> Self {
        Self {
            app,
            noted: Arc::default(),
        }
    }

    /// Allows the whole API to whoever shows a secret of a directory.
    pub async fn authorize(
        &self,
        event: &ApiGatewayCustomAuthorizerRequestTypeRequest,
        context: &Context,
    ) -> Result<Policy, AuthorizerError> {
        let request_id = event.request_context.request_id.as_deref();
        let invocation = Invocation::new(request_id, context);
        let answer = invocation.run(self.known(event)).await;
        if let Err(AuthorizerError::Unavailable(error)) = &answer {
            tracing::error!(error = %Causes(error), "the directory could not be read");
        }
        let outcome = Outcome {
            operation: "authorize",
            is_refused: matches!(answer, Err(AuthorizerError::Unauthorized)),
            is_failed: matches!(answer, Err(AuthorizerError::Unavailable(_))),
            ..Outcome::default()
        };
        invocation.log(answer.as_ref().ok().map(Claim::directory), &outcome);
        let claim = answer?;
        let method_arn = event.method_arn.as_deref().unwrap_or_default();
        Ok(Policy {
            principal_id: format!("{}.{}", claim.directory(), claim.credential()),
            policy_document: json!({
                "Version": "2012-10-17",
                "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": whole_stage(method_arn)}]
            }),
        })
    }

    /// The claim of who shows a secret of a directory.
    async fn known(
        &self,
        event: &ApiGatewayCustomAuthorizerRequestTypeRequest,
    ) -> Result<Claim, AuthorizerError> {
        let header = event
            .headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let claim = header
            .and_then(Claim::from_authorization)
            .ok_or(AuthorizerError::Unauthorized)?;
        let source = event.request_context.identity.as_ref();
        let source = source.and_then(|identity| identity.source_ip.as_deref()?.parse().ok());
        let claim = claim.from(source);
        let directory = self
            .app
            .store
            .directory(claim.directory())
            .await
            .map_err(AuthorizerError::Unavailable)?;
        let directory = directory.filter(|directory| directory.knows(&claim));
        let directory = directory.ok_or(AuthorizerError::Unauthorized)?;
        // What the functions will refuse is no use.
        if directory.accepts(&claim, self.app.store.environment().now()) {
            self.note_use(&claim).await;
        }
        Ok(claim)
    }

    /// Best effort, and from one instance at most once an hour; the table keeps to that for all of them.
    async fn note_use(&self, claim: &Claim) {
        const HOUR: Duration = Duration::from_hours(1);
        const MOST_REMEMBERED: usize = 10_000;
        let credential = (claim.directory(), claim.credential().clone());
        let now = Instant::now();
        {
            let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
            if noted
                .get(&credential)
                .is_some_and(|at| now.duration_since(*at) < HOUR)
            {
                return;
            }
            if noted.len() >= MOST_REMEMBERED {
                noted.clear();
            }
            noted.insert(credential, now);
        }
        if let Err(error) = self
            .app
            .store
            .note_use(claim.directory(), claim.credential())
            .await
        {
            tracing::warn!(error = %Causes(&error), "the use of a credential was not noted");
        }
    }
}

/// `arn:aws:execute-api:region:account:api/stage/*` of a method's ARN: the answer is cached for every path.
fn whole_stage(method_arn: &str) -> String {
    let stage = method_arn.split('/').take(2).collect::<Vec<_>>().join("/");
    format!("{stage}/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_covers_the_stage_and_no_more() {
        let arn = "arn:aws:execute-api:eu-central-1:123456789012:abc/prod/GET/scim/v2/Users/42";
        assert_eq!(
            whole_stage(arn),
            "arn:aws:execute-api:eu-central-1:123456789012:abc/prod/*"
        );
    }

    #[test]
    fn a_refusal_is_spelled_as_api_gateway_wants_it() {
        assert_eq!(AuthorizerError::Unauthorized.to_string(), "Unauthorized");
    }
}

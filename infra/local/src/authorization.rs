//! What the authorizer answered, and for how long it holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::policy::Policy;

/// An authorizer's answer: what its caller may do, and what the functions are told of him.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) policy: Policy,
    /// `requestContext.authorizer` of the functions' events.
    pub(crate) context: Map<String, Value>,
}

impl Grant {
    /// Reads an answer; `None` when it is not one API Gateway accepts.
    pub(crate) fn read(answer: Value) -> Option<Self> {
        let Answer {
            principal_id,
            policy_document,
            context,
        } = serde_json::from_value(answer).ok()?;
        let mut context: Map<String, Value> = context
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| Some((name, as_text(value)?)))
            .collect::<Option<_>>()?;
        context.insert("principalId".to_owned(), Value::String(principal_id));
        Some(Self {
            policy: policy_document,
            context,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    principal_id: String,
    policy_document: Policy,
    context: Option<Map<String, Value>>,
}

/// Context values reach the functions as strings; what has parts is not accepted.
fn as_text(value: Value) -> Option<Value> {
    match value {
        Value::Array(_) | Value::Object(_) => None,
        Value::Number(_) | Value::Bool(_) => Some(Value::String(value.to_string())),
        Value::String(_) | Value::Null => Some(value),
    }
}

/// The grants given lately, by the value of the identity source.
#[derive(Debug)]
pub(crate) struct Grants {
    ttl: Duration,
    kept: Mutex<HashMap<String, (Timestamp, Arc<Grant>)>>,
}

impl Grants {
    /// More callers than one machine sees; a bound against a client that invents them.
    const CAPACITY: usize = 10_000;

    /// With a `ttl` of zero nothing is kept.
    pub(crate) fn new(ttl: Duration) -> Self {
        Self {
            ttl,
            kept: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, identity: &str, now: Timestamp) -> Option<Arc<Grant>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(identity)
            .filter(|(until, _)| now < *until)
            .map(|(_, grant)| Arc::clone(grant))
    }

    pub(crate) fn keep(&self, identity: &str, now: Timestamp, grant: &Arc<Grant>) {
        let Ok(until) = now.checked_add(self.ttl) else {
            return;
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= Self::CAPACITY {
            kept.retain(|_, (until, _)| now < *until);
        }
        if kept.len() >= Self::CAPACITY {
            kept.clear();
        }
        kept.insert(identity.to_owned(), (until, Arc::clone(grant)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

    fn read(answer: &str) -> Option<Grant> {
        Grant::read(serde_json::from_str(answer).unwrap())
    }

    fn check_context(context: &str, expected: Option<&str>) {
        let answer = format!(r#"{{"principalId":"p","policyDocument":{POLICY}{context}}}"#);
        let shown = read(&answer).map(|grant| Value::Object(grant.context).to_string());
        assert_eq!(shown.as_deref(), expected, "{context}");
    }

    #[test]
    fn context_values_become_strings() {
        check_context("", Some(r#"{"principalId":"p"}"#));
        check_context(
            r#","context":null,"usageIdentifierKey":null"#,
            Some(r#"{"principalId":"p"}"#),
        );
        check_context(
            r#","context":{"a":"x","b":1,"c":true,"principalId":"q"}"#,
            Some(r#"{"a":"x","b":"1","c":"true","principalId":"p"}"#),
        );
        check_context(r#","context":{"a":[]}"#, None);
    }

    #[test]
    fn kept_until_the_ttl_is_over() {
        let grants = Grants::new(Duration::from_mins(5));
        let at = |second| Timestamp::from_second(second).unwrap();
        let answer = format!(r#"{{"principalId":"p","policyDocument":{POLICY}}}"#);
        grants.keep("a", at(0), &Arc::new(read(&answer).unwrap()));
        assert!(grants.get("a", at(299)).is_some());
        assert!(grants.get("a", at(300)).is_none());
        assert!(grants.get("b", at(0)).is_none());
    }

    #[test]
    fn never_more_than_its_capacity() {
        let grants = Grants::new(Duration::from_mins(5));
        let grant = Arc::new(Grant {
            policy: serde_json::from_str(POLICY).unwrap(),
            context: Map::new(),
        });
        for identity in 0..=Grants::CAPACITY {
            grants.keep(&identity.to_string(), Timestamp::UNIX_EPOCH, &grant);
        }
        assert!(grants.kept.lock().unwrap().len() <= Grants::CAPACITY);
        assert!(
            grants
                .get(&Grants::CAPACITY.to_string(), Timestamp::UNIX_EPOCH)
                .is_some()
        );
    }
}

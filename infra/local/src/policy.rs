//! The IAM policy an authorizer answers with.

use serde::Deserialize;

/// What a principal may call. A statement with a part that is not known here (`Condition`, `NotAction`, ...) cannot be
/// read at all: ignoring it could allow too much.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Policy {
    #[serde(rename = "Version")]
    _version: Option<String>,
    statement: OneOrMany<Statement>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl Policy {
    /// Whether a method may be called: a statement allows it and none denies it.
    pub(crate) fn allows(&self, method_arn: &str) -> bool {
        let mut allowed = false;
        for statement in self
            .statement
            .iter()
            .filter(|statement| statement.covers(method_arn))
        {
            match statement.effect {
                Effect::Allow => allowed = true,
                Effect::Deny => return false,
            }
        }
        allowed
    }
}

impl Statement {
    fn covers(&self, method_arn: &str) -> bool {
        self.action
            .iter()
            .any(|action| matches(&action.to_ascii_lowercase(), "execute-api:invoke"))
            && self
                .resource
                .iter()
                .any(|resource| matches(resource, method_arn))
    }
}

impl<T> OneOrMany<T> {
    fn iter(&self) -> std::slice::Iter<'_, T> {
        match self {
            Self::One(one) => std::slice::from_ref(one).iter(),
            Self::Many(many) => many.iter(),
        }
    }
}

/// `*` stands for any text, `?` for one character. Goes back to the last star only, so it is never exponential.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:execute-api:local:000000000000:local/local/GET/scim/v2/Users";

    fn check(statements: &str, expected: Option<bool>) {
        let policy = serde_json::from_str::<Policy>(&format!(
            r#"{{"Version":"2012-10-17","Statement":{statements}}}"#
        ));
        assert_eq!(
            policy.ok().map(|policy| policy.allows(ARN)),
            expected,
            "{statements}"
        );
    }

    fn check_match(pattern: &str, text: &str, expected: bool) {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }

    #[test]
    fn allowed_by_one_and_denied_by_none() {
        check(
            r#"[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]"#,
            Some(true),
        );
        check(
            r#"{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}"#,
            Some(true),
        );
        check(
            r#"[{"Sid":"a","Effect":"Allow","Action":["execute-api:*"],"Resource":["x","arn:aws:execute-api:*:local/*"]}]"#,
            Some(true),
        );
        check(
            r#"[{"Effect":"Allow","Action":"*","Resource":"arn:aws:execute-api:local:000000000000:local/local/???/scim/*"}]"#,
            Some(true),
        );
        check(
            r#"[{"Effect":"Allow","Action":"EXECUTE-API:INVOKE","Resource":"*"}]"#,
            Some(true),
        );
        check(
            r#"[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*/Users"}]"#,
            Some(false),
        );
        check(
            r#"[{"Effect":"Deny","Action":"*","Resource":"*/Users"},{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]"#,
            Some(false),
        );
        check(
            r#"[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*/POST/*"}]"#,
            Some(false),
        );
        check(
            r#"[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]"#,
            Some(false),
        );
        check("[]", Some(false));
    }

    #[test]
    fn a_part_that_is_not_known_is_not_ignored() {
        check(
            r#"[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{}}}]"#,
            None,
        );
        check(
            r#"[{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}]"#,
            None,
        );
        check(r#"[{"Effect":"allow","Action":"*","Resource":"*"}]"#, None);
    }

    #[test]
    fn wildcards() {
        check_match("", "", true);
        check_match("*", "", true);
        check_match("?", "", false);
        check_match("a*c*e", "abcde", true);
        check_match("a*c", "abcd", false);
        check_match("*ab", "aab", true);
        check_match("a?", "a", false);
        check_match("a", "ab", false);
    }
}

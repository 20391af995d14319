//! What each function may do with the table: its policy in the template, as IAM judges by it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use crate::access::Access;
use crate::api::TemplateError;
use crate::definition::{self, Policy, Statement};
use crate::policy::matches;
use crate::stack::TEMPLATE;

/// The table, as the template's statements name it.
const TABLE: &str = "Table.Arn";

/// The policies of all functions.
#[derive(Debug)]
pub struct Roles(BTreeMap<String, Vec<Policy>>);

/// The smallest thing that a statement allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant<'a> {
    /// The function's logical id.
    pub function: &'a str,
    /// The statement's `Sid`.
    pub statement: &'a str,
    /// What may be done, such as `dynamodb:GetItem`.
    pub action: &'a str,
    /// On which partitions of the table, as a pattern; of something else than the table none.
    pub partitions: Option<&'a str>,
}

impl fmt::Display for Grant<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            function,
            statement,
            action,
            partitions,
        } = self;
        write!(formatter, "`{function}`, {statement}: {action}")?;
        match partitions {
            Some(partitions) => write!(formatter, " {partitions}"),
            None => Ok(()),
        }
    }
}

impl Roles {
    /// Those of the template that is deployed. The error is that it cannot be judged by.
    pub fn deployed() -> Result<&'static Self, &'static TemplateError> {
        static ROLES: LazyLock<Result<Roles, TemplateError>> =
            LazyLock::new(|| Roles::from_template(TEMPLATE));
        ROLES.as_ref()
    }

    /// Reads them out of the text of an AWS SAM template.
    pub fn from_template(template: &str) -> Result<Self, TemplateError> {
        definition::policies(template).map(Self)
    }

    /// Everything that is allowed.
    pub fn grants(&self) -> impl Iterator<Item = Grant<'_>> {
        let statements = self
            .0
            .keys()
            .flat_map(|function| self.statements(function).map(move |it| (function, it)));
        statements.flat_map(|(function, statement)| {
            let partitions = statement.partitions();
            statement.action.iter().flat_map(move |action| {
                let grant = move |partitions| Grant {
                    function,
                    statement: &statement.sid,
                    action,
                    partitions,
                };
                partitions.clone().into_iter().map(grant)
            })
        })
    }

    /// By what an access is allowed: the first statement that covers all partitions of the call that it is of. None if there is no
    /// such statement.
    pub(crate) fn allow(
        &self,
        function: &str,
        access: &Access<'_>,
        together: &[&&str],
    ) -> Option<Vec<Grant<'_>>> {
        let (function, _) = self.0.get_key_value(function)?;
        self.statements(function).find_map(|statement| {
            let is_it = |action: &&String| is_action(action, access.action);
            let action = statement.action.iter().find(is_it)?;
            if statement.resource != TABLE {
                return None;
            }
            if !together.iter().all(|partition| statement.covers(partition)) {
                return None;
            }
            let grants = access.partitions.iter().map(|partition| Grant {
                function,
                statement: &statement.sid,
                action,
                partitions: statement.pattern(partition),
            });
            Some(grants.collect())
        })
    }

    fn statements(&self, function: &str) -> impl Iterator<Item = &Statement> {
        let policies = self.0.get(function).into_iter().flatten();
        policies.flat_map(|policy| &policy.statement)
    }
}

impl Statement {
    /// The patterns of partitions on which it allows something; one that is none if it does not ask for partitions.
    fn partitions(&self) -> Vec<Option<&str>> {
        match &self.condition {
            None => vec![None],
            Some(condition) => {
                let patterns = condition.for_all_values.patterns.iter();
                patterns.map(|pattern| Some(pattern.as_str())).collect()
            }
        }
    }

    /// Whether it allows something on a partition.
    fn covers(&self, partition: &str) -> bool {
        self.condition.is_none() || self.pattern(partition).is_some()
    }

    /// The first of its patterns that a partition has.
    fn pattern(&self, partition: &str) -> Option<&str> {
        let patterns = &self.condition.as_ref()?.for_all_values.patterns;
        let mut patterns = patterns.iter().map(String::as_str);
        patterns.find(|pattern| matches(pattern, partition))
    }
}

/// IAM does not tell capital letters of actions from small ones. A wildcard allows nothing here: actions are written out.
fn is_action(written: &str, action: &str) -> bool {
    let name = written.strip_prefix("dynamodb:");
    name.is_some_and(|name| name.eq_ignore_ascii_case(action))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEADING_KEYS: &str =
        "Condition: { ForAllValues:StringLike: { dynamodb:LeadingKeys: [A, \"D#*\", \"E#?#H\"] } }";

    fn roles(statements: &str) -> Result<Roles, TemplateError> {
        let template = format!(
            "Resources:\n  Users:\n    Type: AWS::Serverless::Function\n    Properties:\n      Policies:\n        \
             - {{ Version: \"2012-10-17\", Statement: [{statements}] }}\n"
        );
        Roles::from_template(&template)
    }

    fn statement(sid: &str, actions: &str, more: &str) -> String {
        format!(
            "{{ Sid: {sid}, Effect: Allow, Action: [{actions}], Resource: !GetAtt Table.Arn, {more} }}"
        )
    }

    fn check(statements: &[String], action: &'static str, partitions: &[&str], expected: &[&str]) {
        let roles = roles(&statements.join(", ")).unwrap();
        let access = Access {
            action,
            partitions: partitions.to_vec(),
        };
        let together: Vec<_> = access.partitions.iter().collect();
        let grants = roles.allow("Users", &access, &together).unwrap_or_default();
        let shown: Vec<_> = grants.iter().map(Grant::to_string).collect();
        assert_eq!(shown, expected, "{action} {partitions:?}");
        assert_eq!(roles.allow("Groups", &access, &together), None);
    }

    #[test]
    fn one_statement_allows_the_action_on_all_partitions() {
        let get = "dynamodb:GetItem, dynamodb:Query";
        let statements = [
            statement("First", get, LEADING_KEYS),
            statement(
                "Second",
                "dynamodb:BatchGetItem",
                "Condition: { ForAllValues:StringLike: { dynamodb:LeadingKeys: [A] } }",
            ),
            statement(
                "Third",
                "dynamodb:BatchGetItem",
                "Condition: { ForAllValues:StringLike: { dynamodb:LeadingKeys: [B, A] } }",
            ),
        ];
        let a = "`Users`, First: dynamodb:GetItem A";
        let d = "`Users`, First: dynamodb:GetItem D#*";
        check(&statements, "GetItem", &["A"], &[a]);
        check(&statements, "GetItem", &["D#1#U#2"], &[d]);
        check(&statements, "GetItem", &["D#1", "A"], &[d, a]);
        check(
            &statements,
            "Query",
            &["E#1#H"],
            &["`Users`, First: dynamodb:Query E#?#H"],
        );
        for partition in ["AA", "a", "E##H", "E#12#H", "DIR#1", ""] {
            check(&statements, "GetItem", &[partition], &[]);
        }
        check(&statements, "GetItem", &["D#1", "B"], &[]);
        check(&statements, "PutItem", &["A"], &[]);
        // What two statements allow together is not allowed; of two that both do, one is enough.
        let second = "`Users`, Second: dynamodb:BatchGetItem A";
        let third = ["B", "A"].map(|it| format!("`Users`, Third: dynamodb:BatchGetItem {it}"));
        check(&statements, "BatchGetItem", &["A"], &[second]);
        check(
            &statements,
            "BatchGetItem",
            &["B", "A"],
            &[&third[0], &third[1]],
        );
        check(&statements, "BatchGetItem", &["B", "D#1"], &[]);
    }

    #[test]
    fn without_a_condition_every_partition_and_no_other_resource() {
        let statements = [statement("Any", "dynamodb:getitem", "")];
        check(
            &statements,
            "GetItem",
            &["x"],
            &["`Users`, Any: dynamodb:getitem"],
        );
        let stream = "{ Sid: Stream, Effect: Allow, Action: [dynamodb:GetItem], Resource: !GetAtt Table.StreamArn }";
        check(&[stream.to_owned()], "GetItem", &["x"], &[]);
    }

    #[test]
    fn a_wildcard_of_actions_allows_nothing() {
        check(
            &[statement("Any", "\"dynamodb:*\"", "")],
            "GetItem",
            &["x"],
            &[],
        );
    }

    #[test]
    fn a_part_that_is_not_known_is_not_ignored() {
        assert!(roles(&statement("A", "x", "")).is_ok());
        for wrong in [
            statement("A", "x", "NotAction: [y]"),
            statement(
                "A",
                "x",
                "Condition: { StringLike: { dynamodb:LeadingKeys: [A] } }",
            ),
            statement(
                "A",
                "x",
                "Condition: { ForAllValues:StringLike: { dynamodb:Attributes: [A] } }",
            ),
            statement("A", "x", "").replace("Allow", "Deny"),
            statement("A", "x", "").replace("Sid: A,", ""),
        ] {
            assert!(roles(&wrong).is_err(), "{wrong}");
        }
        let managed = "Resources: { Users: { Type: AWS::Serverless::Function, Properties: { Policies: [AWSLambdaExecute] } } }";
        assert!(Roles::from_template(managed).is_err());
    }

    #[test]
    fn what_is_deployed_can_be_judged_by() {
        let functions: Vec<_> = Roles::deployed().unwrap().0.keys().collect();
        assert_eq!(
            functions,
            [
                "Admin",
                "Authorizer",
                "Bulk",
                "Changes",
                "Discovery",
                "Groups",
                "Users"
            ]
        );
    }
}

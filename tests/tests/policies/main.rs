//! The policies of the functions in template.yaml, by what the functions do.
//!
//! In every end-to-end test a call that the policy of the calling function does not allow fails the test (infra/local/src/guard.rs).
//! Here is the converse: whatever a policy allows is needed by one of the scenarios below, or it fails here. So a new operation needs
//! no scenario if it needs nothing new; an action that is new to a policy does.

mod admin;
mod changes;
mod resources;

use std::collections::BTreeSet;

use directory::{CredentialKind, Rights};
use end_to_end::Api;
use local::{Grant, Roles, within};

use resources::Way;

/// What Lambda does in the name of a function, before and after it: no call of the function's own shows it.
const BY_LAMBDA: &[(&str, &str, &str)] = &[
    (
        "Changes",
        "ReadStream",
        "its event source mapping reads the table's stream",
    ),
    ("Changes", "FindStream", "and finds it first"),
    (
        "Changes",
        "FindFailedChanges",
        "what failed again and again is left in a bucket, which is looked at before",
    ),
    ("Changes", "KeepFailedChanges", "and then written to"),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_policy_allows_is_needed() {
    let api = Api::start().await;
    api.seed(resources::SPREAD).await;
    for way in [Way::OneByOne, Way::InBulk] {
        resources::change(&api, way).await;
        resources::read(&api, way).await;
    }
    resources::refuse(&api).await;
    changes::sweep(&api).await;
    admin::administer(&api).await;
    for function in functions() {
        within(function, api.store.warm_up()).await;
    }

    // Of each statement every action, and every pattern of partitions.
    let parts = |grant: Grant<'static>| {
        let statement = (grant.function, grant.statement);
        [
            (statement, Some(grant.action)),
            (statement, grant.partitions),
        ]
    };
    let used: BTreeSet<_> = api.used().into_iter().flat_map(parts).collect();
    let is_by_lambda = |function, statement| {
        let mut known = BY_LAMBDA.iter();
        known.any(|&(known, sid, _)| (known, sid) == (function, statement))
    };
    let unneeded: BTreeSet<_> = grants()
        .flat_map(parts)
        .filter(|part @ &((function, sid), _)| !used.contains(part) && !is_by_lambda(function, sid))
        .map(|((function, sid), part)| {
            format!("`{function}`, {sid}: {}", part.unwrap_or("anything"))
        })
        .collect();
    let unneeded: Vec<_> = unneeded.into_iter().collect();
    assert!(
        unneeded.is_empty(),
        "template.yaml allows what nothing needs:\n{}",
        unneeded.join("\n")
    );
}

#[test]
fn what_lambda_needs_is_allowed_to_it() {
    for &(function, sid, why) in BY_LAMBDA {
        let mut grants = grants();
        let is_there = grants.any(|it| (it.function, it.statement) == (function, sid));
        assert!(is_there, "{function}, {sid}: {why}");
    }
}

/// A call that is not allowed is not made, and fails the test even where nothing else would.
#[tokio::test]
#[should_panic(expected = "`Discovery` may not dynamodb:UpdateItem [\"USED#")]
async fn a_function_that_does_what_it_may_not_fails_the_test() {
    let api = Api::start().await;
    let issue = api.issue(CredentialKind::Provisioner, Rights::Read).await;
    let note = api.store.note_use(api.directory, &issue.id);
    let before = api.items().await;
    assert!(within("Discovery", note).await.is_err());
    assert_eq!(api.items().await, before);
}

fn grants() -> impl Iterator<Item = Grant<'static>> {
    let roles = Roles::deployed().expect("template.yaml's policies can be read");
    roles.grants()
}

fn functions() -> BTreeSet<&'static str> {
    grants().map(|grant| grant.function).collect()
}

//! IAM between the functions and the table: a call that the policy of the calling function does not allow is not made.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{
    Builder, ConfigBag, Intercept, RuntimeComponents, SharedInterceptor,
};
use aws_sdk_dynamodb::error::BoxError;

use crate::access::{Access, accesses};
use crate::role::{Grant, Roles};

tokio::task_local! {
    static FUNCTION: &'static str;
}

/// Lets a future be the function with this logical id: its calls are judged by that function's policy. A task that it spawns is
/// nobody, and nobody is judged; the functions spawn none.
pub async fn within<F: Future>(function: &'static str, future: F) -> F::Output {
    FUNCTION.scope(function, future).await
}

/// Judges the calls of functions, and remembers how.
#[derive(Clone, Debug, Default)]
pub struct Guard(Arc<Mutex<Judged>>);

#[derive(Debug, Default)]
struct Judged {
    used: BTreeSet<Grant<'static>>,
    denied: BTreeSet<Denied>,
}

/// Something that a function asked for and no statement of its policy allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denied {
    /// The function's logical id.
    pub function: &'static str,
    /// What it would have done, such as `GetItem`; none if this is not known here.
    pub action: Option<&'static str>,
    /// On which partitions.
    pub partitions: Vec<String>,
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            function,
            action,
            partitions,
        } = self;
        let action = action.unwrap_or("something else");
        write!(
            formatter,
            "`{function}` may not dynamodb:{action} {partitions:?}"
        )
    }
}

impl Guard {
    /// The same client, its calls judged.
    pub(crate) fn guarding(self, mut config: Builder) -> Builder {
        config.push_interceptor(SharedInterceptor::permanent(self));
        config
    }

    /// What was made use of so far.
    pub fn used(&self) -> BTreeSet<Grant<'static>> {
        self.judged().used.clone()
    }

    /// What was refused so far.
    pub fn denied(&self) -> BTreeSet<Denied> {
        self.judged().denied.clone()
    }

    fn judged(&self) -> MutexGuard<'_, Judged> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, function: &'static str, asked: Option<&[Access<'_>]>) -> Result<(), BoxError> {
        let roles = Roles::deployed()?;
        let mut judged = self.judged();
        let Some(asked) = asked else {
            return Err(judged.deny(function, None));
        };
        // Of a transaction too everything is in one statement: whether IAM judges it item by item or with all its keys at once, it
        // is allowed. AWS's documents do not say.
        let together: Vec<_> = asked.iter().flat_map(|it| &it.partitions).collect();
        for access in asked {
            let Some(grants) = roles.allow(function, access, &together) else {
                return Err(judged.deny(function, Some(access)));
            };
            judged.used.extend(grants);
        }
        Ok(())
    }
}

impl Judged {
    /// The error has no partition: names and addresses are in keys, and it is logged.
    fn deny(&mut self, function: &'static str, access: Option<&Access<'_>>) -> BoxError {
        let partitions = access.into_iter().flat_map(|access| &access.partitions);
        self.denied.insert(Denied {
            function,
            action: access.map(|access| access.action),
            partitions: partitions.map(ToString::to_string).collect(),
        });
        format!("the policy of the function `{function}` does not allow this call").into()
    }
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Ok(function) = FUNCTION.try_with(|function| *function) else {
            return Ok(());
        };
        self.judge(function, accesses(context.input()).as_deref())
    }
}

#[cfg(test)]
mod tests {
    use directory::{CredentialId, DirectoryId, SystemEnvironment};

    use super::*;
    use crate::DynamoDb;

    #[tokio::test]
    async fn a_function_makes_no_call_that_it_may_not() {
        let anywhere = ([127, 0, 0, 1], 0).into();
        let dynamodb = DynamoDb::embedded(None, anywhere).await.unwrap();
        let store = dynamodb.store(Arc::new(SystemEnvironment));
        store.create_table_if_absent().await.unwrap();
        let directory = DirectoryId::parse("0197c3f0000070008000000000000001").unwrap();
        let credential = CredentialId::parse("Cred000001").unwrap();
        let note = || store.note_use(directory, &credential);

        // Nobody's call is judged.
        note().await.unwrap();
        assert!(dynamodb.guard().used().is_empty());
        within("Authorizer", note()).await.unwrap();
        let used = dynamodb.guard().used();
        let used: Vec<_> = used.iter().map(Grant::to_string).collect();
        assert_eq!(
            used,
            ["`Authorizer`, WriteLastUsed: dynamodb:UpdateItem USED#*"]
        );
        assert!(dynamodb.guard().denied().is_empty());

        within("Discovery", note()).await.unwrap_err();
        let denied = dynamodb.guard().denied();
        let denied: Vec<_> = denied.iter().map(Denied::to_string).collect();
        assert_eq!(
            denied,
            [
                r#"`Discovery` may not dynamodb:UpdateItem ["USED#0197c3f0000070008000000000000001"]"#
            ]
        );
        dynamodb.stop().await;
    }
}

//! Where the table is, and who asks: in AWS with the caller's credentials, in a file, or behind a local stack.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use clap::Args;
use directory::{Administration, Directory, Principal, Scope, Store, SystemEnvironment};
use local::{Changes, DynamoDb};

use crate::error::{CliError, innermost};
use crate::output::Output;
use crate::stack::Stack;

/// Options of every command that uses the table.
#[derive(Args)]
#[command(next_help_heading = "Where the table is, and how to print")]
pub(crate) struct Common {
    /// The stack in AWS, as CloudFormation calls it: its outputs say which table, and which base URL. Region and credentials
    /// are those of the environment.
    #[arg(long, value_name = "NAME", env = "MUSTER_STACK", global = true)]
    stack: Option<String>,
    /// The table in AWS instead, where the stack cannot be read.
    #[arg(long, value_name = "NAME", env = "MUSTER_TABLE", global = true)]
    table: Option<String>,
    /// A file of `muster dev --data` instead, which no process has open.
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "dynamodb")]
    data: Option<PathBuf>,
    /// A DynamoDB instead: that of a running `muster dev`.
    #[arg(long, value_name = "URL", global = true)]
    dynamodb: Option<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

impl Common {
    /// How to print.
    pub fn output(&self) -> Output {
        Output { json: self.json }
    }
}

/// The table, opened for one command.
pub(crate) struct Access {
    pub store: Store,
    pub output: Output,
    place: Place,
    administrator: String,
    request_id: String,
}

enum Place {
    /// Where the stack says so, with the base URL of its API.
    Aws(Option<String>),
    /// Beside a running stack, which follows the table's stream.
    Beside,
    /// A file of this process alone, which follows the stream itself.
    File(DynamoDb, Box<Changes>),
}

impl Access {
    /// `begins` is for the commands with which a table begins: others do not make a file of a misspelt name.
    pub async fn open(common: Common, begins: bool) -> Result<Self, CliError> {
        let output = common.output();
        let (store, place, administrator) = if let Some(file) = &common.data {
            if !begins && !file.exists() {
                return Err(CliError::Table(format!(
                    "there is no file `{}`: `muster organization create NAME --data FILE` begins one",
                    file.display()
                )));
            }
            let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let dynamodb = DynamoDb::embedded(Some(file), any_port).await;
            let dynamodb = dynamodb.map_err(|error| CliError::Table(error.to_string()))?;
            let store = local(&dynamodb).await?;
            let changes = Changes::from_now(&dynamodb, &store).await;
            let place = Place::File(dynamodb, Box::new(changes));
            (store, place, user_name())
        } else if let Some(endpoint) = common.dynamodb {
            let store = local(&DynamoDb::at(endpoint)).await?;
            (store, Place::Beside, user_name())
        } else {
            in_aws(common.stack, common.table).await?
        };
        let mut random = [0; 8];
        store.environment().fill(&mut random);
        Ok(Self {
            request_id: format!("cli-{:016x}", u64::from_be_bytes(random)),
            output,
            store,
            place,
            administrator,
        })
    }

    /// What the caller may do: everything, in his name.
    pub fn administration(&self) -> Administration<'_> {
        self.store
            .administration(&self.administrator, &self.request_id)
    }

    /// The name under which the caller's changes are kept.
    pub fn administrator(&self) -> &str {
        &self.administrator
    }

    /// The caller as the application of a directory.
    pub async fn application(&self, directory: &Directory) -> Result<Principal, CliError> {
        Ok(self
            .store
            .application(directory, &self.administrator)
            .await?)
    }

    /// What a principal may do, in the name of this command.
    pub fn scope<'a>(&'a self, principal: &'a Principal) -> Scope<'a> {
        self.store.scope(principal, &self.request_id)
    }

    /// Whether the table is that of a local stack.
    pub fn is_local(&self) -> bool {
        !matches!(self.place, Place::Aws(_))
    }

    /// Where identity providers reach the stack, if one was named.
    pub fn base_url(&self) -> Option<&str> {
        match &self.place {
            Place::Aws(base_url) => base_url.as_deref(),
            _ => None,
        }
    }

    /// Ends it, after what follows from the command's changes.
    pub async fn close(self) {
        if let Place::File(dynamodb, mut changes) = self.place {
            changes.bring_through().await;
            dynamodb.stop().await;
        }
    }
}

async fn local(dynamodb: &DynamoDb) -> Result<Store, CliError> {
    let store = dynamodb.store(Arc::new(SystemEnvironment));
    store.create_table_if_absent().await.map_err(|error| {
        let reason = CliError::from(error);
        CliError::Table(format!("{reason} ({})", dynamodb.endpoint()))
    })?;
    Ok(store)
}

async fn in_aws(
    stack: Option<String>,
    table: Option<String>,
) -> Result<(Store, Place, String), CliError> {
    let [stack, table] = [stack, table].map(|it| it.filter(|name| !name.is_empty()));
    if stack.is_none() && table.is_none() {
        let sentence = "which table? Name the stack with --stack or MUSTER_STACK, or use --data or --dynamodb for a local one";
        return Err(CliError::Table(sentence.to_owned()));
    }
    if stack.is_some() && table.is_some() {
        let sentence = "both a stack and a table are named: leave out --stack and MUSTER_STACK, or --table and MUSTER_TABLE";
        return Err(CliError::Table(sentence.to_owned()));
    }
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(10));
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(edge::https_client())
        .timeout_config(timeouts.build())
        .load()
        .await;
    if config.region().is_none() {
        let sentence = "no AWS region is set: set AWS_REGION or AWS_PROFILE, or use --data or --dynamodb for a local table";
        return Err(CliError::Table(sentence.to_owned()));
    }
    let administrator = caller(&config).await?;
    let (table, base_url) = match stack {
        Some(name) => {
            let Stack { table, base_url } = Stack::named(&name, &config).await?;
            (table, Some(base_url))
        }
        None => (table.unwrap_or_default(), None),
    };
    let client = aws_sdk_dynamodb::Client::new(&config);
    let store = Store::new(client, table, Arc::new(SystemEnvironment));
    Ok((store, Place::Aws(base_url), administrator))
}

/// The caller's ARN, which everybody may ask for. It also tells early whether there are credentials.
async fn caller(config: &SdkConfig) -> Result<String, CliError> {
    let identity = aws_sdk_sts::Client::new(config)
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| {
            let reason = innermost(&error);
            CliError::Table(format!(
                "AWS does not know who is calling: {reason}: sign in, or say with AWS_PROFILE as whom"
            ))
        })?;
    Ok(identity.arn.unwrap_or_default())
}

/// The name under which the operating system knows the caller.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the command line reads the environment itself"
)]
fn user_name() -> String {
    let set = ["USER", "LOGNAME", "USERNAME"].map(|name| std::env::var(name).ok());
    let name = set.into_iter().flatten().find(|name| !name.is_empty());
    name.unwrap_or("unknown".to_owned())
}

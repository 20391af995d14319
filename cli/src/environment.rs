//! `muster environment`: production, staging.

use clap::Subcommand;
use directory::{EnvironmentRecord, EnvironmentSlug};
use serde_json::{Value, json};

use crate::assignment::Assignment;
use crate::error::{CliError, OrSee};
use crate::output::{fields, or_none, table, time};
use crate::store::Access;

const LIST: &str = "muster environment list";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create an environment.
    Create {
        /// Its name, such as production.
        name: String,
    },
    /// List the environments.
    List,
    /// Show an environment.
    Show {
        /// Its name.
        name: String,
    },
    /// Say where its identity providers reach it: `base_url=https://…/scim/v2`, or `base_url=` for nowhere.
    Set {
        /// Its name.
        name: String,
        /// What to set.
        #[arg(value_name = "SETTING=VALUE", required = true)]
        settings: Vec<Assignment>,
    },
    /// Delete an environment without organizations.
    Delete {
        /// Its name.
        name: String,
    },
}

pub(crate) async fn run(command: Command, access: &Access) -> Result<(), CliError> {
    let administration = access.administration();
    let output = access.output;
    let shown = match command {
        Command::List => return list(access).await,
        Command::Create { name } => {
            let name = EnvironmentSlug::parse(&name)?;
            administration.create_environment(&name).await?;
            name
        }
        Command::Show { name } => EnvironmentSlug::parse(&name)?,
        Command::Set { name, settings } => {
            let name = EnvironmentSlug::parse(&name)?;
            if let Some(unknown) = settings.iter().find(|setting| setting.name != "base_url") {
                let sentence = format!(
                    "an environment has no setting `{}`: it has `base_url`",
                    unknown.name
                );
                return Err(CliError::Refused(sentence));
            }
            for setting in &settings {
                administration
                    .set_base_url(&name, &setting.value)
                    .await
                    .or_see(LIST)?;
            }
            name
        }
        Command::Delete { name } => {
            let name = EnvironmentSlug::parse(&name)?;
            administration
                .delete_environment(&name)
                .await
                .or_see(LIST)?;
            return output.show(&json!({"deleted": name.as_str()}), || {
                format!("Deleted environment {name}.")
            });
        }
    };
    let environment = administration.environment(&shown).await.or_see(LIST)?;
    output.show(&environment.to_json(), || {
        fields(&[
            ("Name", environment.slug.to_string()),
            ("Base URL", or_none(environment.base_url.as_ref())),
            ("Organizations", environment.organizations.to_string()),
            ("Created", time(environment.created)),
        ])
    })
}

async fn list(access: &Access) -> Result<(), CliError> {
    let environments = access.administration().environments().await?;
    let json: Value = environments
        .iter()
        .map(EnvironmentRecord::to_json)
        .collect();
    access.output.show(&json, || {
        let row = |environment: &EnvironmentRecord| {
            vec![
                environment.slug.to_string(),
                environment.organizations.to_string(),
                time(environment.created),
                or_none(environment.base_url.as_ref()),
            ]
        };
        let rows: Vec<_> = environments.iter().map(row).collect();
        table(&["NAME", "ORGANIZATIONS", "CREATED", "BASE URL"], &rows)
    })
}

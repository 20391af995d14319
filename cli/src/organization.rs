//! `muster organization`: the customers of an environment.

use clap::Subcommand;
use directory::{Administration, EnvironmentSlug, OrganizationRecord, OrganizationSlug};
use serde_json::{Value, json};

use crate::error::{CliError, OrSee};
use crate::output::{fields, or_none, table, time};
use crate::store::Access;

pub(crate) const LIST: &str = "muster organization list";
const ENVIRONMENTS: &str = "muster environment list";
/// Where nothing is said and nothing is there yet.
const FIRST_ENVIRONMENT: &str = "production";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create an organization.
    Create {
        /// Its name, such as acme.
        name: String,
        /// Its environment; where there is none yet, `production` is created.
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
    },
    /// List the organizations.
    List {
        /// Those of this environment alone.
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
    },
    /// Show an organization.
    Show {
        /// Its name.
        name: String,
    },
    /// Delete an organization without directories.
    Delete {
        /// Its name.
        name: String,
    },
}

pub(crate) async fn run(command: Command, access: &Access) -> Result<(), CliError> {
    let administration = access.administration();
    let name = match command {
        Command::List { environment } => return list(access, environment).await,
        Command::Create { name, environment } => {
            let name = OrganizationSlug::parse(&name)?;
            let environment = environment_of_new(&administration, environment).await?;
            administration
                .create_organization(&environment, &name)
                .await
                .or_see(ENVIRONMENTS)?;
            name
        }
        Command::Show { name } => OrganizationSlug::parse(&name)?,
        Command::Delete { name } => {
            let name = OrganizationSlug::parse(&name)?;
            administration
                .delete_organization(&name)
                .await
                .or_see(LIST)?;
            let deleted = json!({"deleted": name.as_str()});
            return access
                .output
                .show(&deleted, || format!("Deleted organization {name}."));
        }
    };
    let organization = administration.organization(&name).await.or_see(LIST)?;
    let primary = match organization.primary {
        Some(id) => Some(administration.directory(id).await?.name),
        None => None,
    };
    access.output.show(&organization.to_json(), || {
        fields(&[
            ("Name", organization.slug.to_string()),
            ("Environment", organization.environment.to_string()),
            ("Primary", or_none(primary)),
            ("Directories", organization.directories.to_string()),
            ("Created", time(organization.created)),
        ])
    })
}

/// The environment that was named; else the only one there is, or the first one.
async fn environment_of_new(
    administration: &Administration<'_>,
    given: Option<String>,
) -> Result<EnvironmentSlug, CliError> {
    if let Some(name) = given {
        return Ok(EnvironmentSlug::parse(&name)?);
    }
    let environments = administration.environments().await?;
    match environments.as_slice() {
        [] => {
            let first = EnvironmentSlug::parse(FIRST_ENVIRONMENT)?;
            administration.create_environment(&first).await?;
            Ok(first)
        }
        [only] => Ok(only.slug.clone()),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|environment| environment.slug.as_str())
                .collect();
            Err(CliError::Refused(format!(
                "in which environment? Say it with --environment: {}",
                names.join(", ")
            )))
        }
    }
}

/// The organizations of an environment, or of all.
pub(crate) async fn organizations(
    administration: &Administration<'_>,
    environment: Option<String>,
) -> Result<Vec<OrganizationRecord>, CliError> {
    let environments = if let Some(name) = environment {
        vec![EnvironmentSlug::parse(&name)?]
    } else {
        let all = administration.environments().await?;
        all.into_iter()
            .map(|environment| environment.slug)
            .collect()
    };
    let mut organizations = Vec::new();
    for environment in &environments {
        organizations.extend(
            administration
                .organizations(environment)
                .await
                .or_see(ENVIRONMENTS)?,
        );
    }
    Ok(organizations)
}

async fn list(access: &Access, environment: Option<String>) -> Result<(), CliError> {
    let organizations = organizations(&access.administration(), environment).await?;
    let json: Value = organizations
        .iter()
        .map(OrganizationRecord::to_json)
        .collect();
    access.output.show(&json, || {
        let row = |organization: &OrganizationRecord| {
            vec![
                organization.slug.to_string(),
                organization.environment.to_string(),
                organization.directories.to_string(),
                time(organization.created),
            ]
        };
        let rows: Vec<_> = organizations.iter().map(row).collect();
        table(&["NAME", "ENVIRONMENT", "DIRECTORIES", "CREATED"], &rows)
    })
}

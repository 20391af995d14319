//! `muster directory`: the connections of an organization, each to one identity provider.

mod check;
mod delete;

use clap::Subcommand;
use directory::{
    Administration, Directory, DirectoryId, DirectoryName, DirectoryState, OrganizationSlug,
};
use serde_json::Value;

use crate::assignment::{Assignment, settings};
use crate::error::{CliError, OrSee};
use crate::organization::{self, organizations};
use crate::output::{NONE, fields, table, time, yes_or_no};
use crate::store::Access;

pub(crate) const LIST: &str = "muster directory list";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create a directory of an organization.
    Create {
        /// Its name, such as acme/okta.
        #[arg(value_name = "ORGANIZATION/NAME")]
        name: String,
        /// Its settings, where they are not the default ones (docs/settings.md).
        #[arg(value_name = "SETTING=VALUE")]
        settings: Vec<Assignment>,
    },
    /// List the directories.
    List {
        /// Those of this organization alone.
        organization: Option<String>,
    },
    /// Show a directory with its settings.
    Show {
        /// Its name, organization/name, or its id.
        directory: String,
    },
    /// Change settings of a directory; `SETTING=` is the default, `schema_extensions=@FILE` reads a file.
    Set {
        /// Its name, organization/name, or its id.
        directory: String,
        /// What to set (docs/settings.md).
        #[arg(value_name = "SETTING=VALUE", required = true)]
        settings: Vec<Assignment>,
    },
    /// Make a directory the primary one of its organization.
    MakePrimary {
        /// Its name, organization/name, or its id.
        directory: String,
    },
    /// Disable a directory: every request is 403 until it is enabled again.
    Disable {
        /// Its name, organization/name, or its id.
        directory: String,
    },
    /// Enable a directory again.
    Enable {
        /// Its name, organization/name, or its id.
        directory: String,
    },
    /// Check that everything in a directory agrees: rosters, totals, names, lookups, memberships. It changes nothing, unless
    /// it is told to repair, and requests are answered meanwhile.
    Check {
        /// Its name, organization/name, or its id.
        directory: String,
        /// Repair what can be; without it, what would be repaired is told.
        #[arg(long)]
        repair: bool,
    },
    /// Delete a directory and everything in it. Can be interrupted, and repeated until it is done.
    Delete {
        /// Its name, organization/name, or its id.
        directory: String,
        /// Do not ask for the name.
        #[arg(long)]
        yes: bool,
    },
}

pub(crate) async fn run(command: Command, access: &Access) -> Result<(), CliError> {
    let administration = access.administration();
    let directory = match command {
        Command::List { organization } => return list(access, organization).await,
        Command::Check { directory, repair } => {
            return check::run(access, &directory, repair).await;
        }
        Command::Delete { directory, yes } => return delete::run(access, &directory, yes).await,
        Command::Create { name, settings } => create(&administration, &name, &settings).await?,
        Command::Show { directory } => find(&administration, &directory).await?,
        Command::Set {
            directory,
            settings: changes,
        } => {
            let changes = settings(&changes)?;
            let id = find(&administration, &directory).await?.id;
            administration.change_settings(id, &changes).await?
        }
        Command::MakePrimary { directory } => {
            let directory = find(&administration, &directory).await?;
            administration.make_primary(directory.id).await?;
            directory
        }
        Command::Disable { directory } => {
            let id = find(&administration, &directory).await?.id;
            administration.disable_directory(id).await?
        }
        Command::Enable { directory } => {
            let id = find(&administration, &directory).await?.id;
            administration.enable_directory(id).await?
        }
    };
    show(access, &directory).await
}

/// The directory of this name or id.
pub(crate) async fn find(
    administration: &Administration<'_>,
    reference: &str,
) -> Result<Directory, CliError> {
    administration.find_directory(reference).await.or_see(LIST)
}

async fn create(
    administration: &Administration<'_>,
    name: &str,
    assignments: &[Assignment],
) -> Result<Directory, CliError> {
    let name = DirectoryName::parse(name)?;
    let settings = settings(assignments)?;
    let id = administration.create_directory_with(&name, &settings).await;
    let id = id.map_err(|error| match CliError::from(error) {
        CliError::NotFound(sentence) => CliError::NotFound(format!(
            "{sentence}: create it with `muster organization create {}`",
            name.organization
        )),
        other => other,
    })?;
    Ok(administration.directory(id).await?)
}

async fn show(access: &Access, directory: &Directory) -> Result<(), CliError> {
    let json = access.administration().directory_to_json(directory).await?;
    access.output.show(&json, || {
        let state = match directory.state {
            DirectoryState::Disabled(since) => format!("disabled since {}", time(since)),
            state => state.keyword().to_owned(),
        };
        let about = fields(&[
            ("Name", directory.name.to_string()),
            ("Id", directory.id.to_string()),
            ("State", state),
            ("Primary", yes_or_no(json["primary"] == true)),
            ("Created", time(directory.created)),
            ("Credentials", directory.credentials.len().to_string()),
        ]);
        let settings = json["settings"].as_object().into_iter().flatten();
        let rows: Vec<_> = settings
            .map(|(name, value)| vec![name.clone(), shown(value)])
            .collect();
        format!("{about}\n{}", table(&["SETTING", "VALUE"], &rows))
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => NONE.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(elements) if elements.is_empty() => NONE.to_owned(),
        Value::Array(elements) if elements.iter().all(Value::is_string) => {
            let texts: Vec<_> = elements.iter().filter_map(Value::as_str).collect();
            texts.join(", ")
        }
        _ => "defined (--json shows them)".to_owned(),
    }
}

async fn list(access: &Access, organization: Option<String>) -> Result<(), CliError> {
    let administration = access.administration();
    let organizations = match organization {
        Some(name) => {
            let name = OrganizationSlug::parse(&name)?;
            vec![
                administration
                    .organization(&name)
                    .await
                    .or_see(organization::LIST)?,
            ]
        }
        None => organizations(&administration, None).await?,
    };
    let mut directories = Vec::new();
    for organization in organizations {
        for listed in administration.directories(&organization.slug).await? {
            directories.extend(shown_in_list(&administration, listed.id).await?);
        }
    }
    let json = directories.iter().map(|(_, json)| json.clone()).collect();
    access.output.show(&json, || {
        let row = |(directory, json): &(Directory, Value)| {
            vec![
                directory.name.to_string(),
                directory.id.to_string(),
                directory.state.keyword().to_owned(),
                yes_or_no(json["primary"] == true),
                time(directory.created),
            ]
        };
        let rows: Vec<_> = directories.iter().map(row).collect();
        table(&["NAME", "ID", "STATE", "PRIMARY", "CREATED"], &rows)
    })
}

/// None for one that was deleted since it was listed.
async fn shown_in_list(
    administration: &Administration<'_>,
    id: DirectoryId,
) -> Result<Option<(Directory, Value)>, CliError> {
    match administration.directory(id).await.map_err(CliError::from) {
        Ok(directory) => {
            let json = administration.directory_to_json(&directory).await?;
            Ok(Some((directory, json)))
        }
        Err(CliError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

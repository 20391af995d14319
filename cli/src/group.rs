//! `muster group`: the groups of a directory, as its application sees them.

use clap::{Args, Subcommand};
use directory::{GroupId, Precondition, ResourceKind};
use scim::{Dialect, MUSTER_GROUP, Object, Patch};
use serde_json::Value;

use crate::error::CliError;
use crate::output::{fields, table};
use crate::resources::{Seen, equals, patch, shown};
use crate::store::Access;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the groups of a directory.
    List {
        /// The directory: organization/name, or its id.
        directory: String,
    },
    /// Show a group; with --json its members too.
    Show {
        /// The directory: organization/name, or its id.
        directory: String,
        /// The group's id, or displayName.
        group: String,
    },
    /// Give a group a role, which its members have then, or take it away.
    Map(Mapping),
}

/// Which role a group gives.
#[derive(Args)]
pub(crate) struct Mapping {
    /// The directory: organization/name, or its id.
    directory: String,
    /// The group's id, or displayName.
    group: String,
    /// The role of its members.
    #[arg(long, value_name = "ROLE", required_unless_present = "no_role")]
    role: Option<String>,
    /// Of several groups with a role, the one with the highest number gives it; 0 if it was never said.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    priority: Option<i32>,
    /// Take role and priority away.
    #[arg(long, conflicts_with_all = ["role", "priority"])]
    no_role: bool,
}

pub(crate) async fn run(command: Command, access: &Access) -> Result<(), CliError> {
    match command {
        Command::List { directory } => list(access, &directory).await,
        Command::Show { directory, group } => {
            let seen = Seen::find(access, &directory).await?;
            show(access, &find(access, &seen, &group).await?)
        }
        Command::Map(mapping) => {
            let seen = Seen::find(access, &mapping.directory).await?;
            let group = find(access, &seen, &mapping.group).await?;
            let id = group.get("id").and_then(Value::as_str).unwrap_or_default();
            map(access, &seen, id, mapping).await?;
            show(access, &find(access, &seen, id).await?)
        }
    }
}

/// The group with this id or displayName.
async fn find(access: &Access, seen: &Seen, reference: &str) -> Result<Object, CliError> {
    let attribute = if GroupId::parse(reference).is_some() {
        "id"
    } else {
        "displayName"
    };
    let filter = equals(attribute, reference);
    let found = seen.one(access, ResourceKind::Group, &filter).await?;
    found.ok_or_else(|| {
        let directory = &seen.directory.name;
        CliError::NotFound(format!(
            "group `{reference}` was not found in {directory}: `muster group list {directory}` shows those there are"
        ))
    })
}

async fn map(access: &Access, seen: &Seen, id: &str, mapping: Mapping) -> Result<(), CliError> {
    let missing = || scim::Error::not_found("Group", id);
    let id = GroupId::parse(id).ok_or_else(missing)?;
    let record = access
        .store
        .group_head(seen.directory.id, id)
        .await?
        .ok_or_else(missing)?;
    let changes = match (mapping.role, mapping.priority) {
        (None, _) => vec![("role", None), ("priority", None)],
        (Some(role), None) => vec![("role", Some(role.into()))],
        (Some(role), Some(priority)) => {
            vec![
                ("role", Some(role.into())),
                ("priority", Some(priority.into())),
            ]
        }
    };
    let body = patch(MUSTER_GROUP, &changes);
    let patch = Patch::from_body(body, seen.principal.group(), Dialect::Tolerant)?;
    let scope = access.scope(&seen.principal);
    scope
        .change_group(record, &Precondition::None, |group| patch.apply(group), &[])
        .await?;
    Ok(())
}

/// What the application alone sees.
fn extension<'a>(group: &'a Object, name: &str) -> Option<&'a Value> {
    group.get(MUSTER_GROUP)?.get(name)
}

fn show(access: &Access, group: &Object) -> Result<(), CliError> {
    access.output.show(&group.clone().into(), || {
        let meta = |name| group.get("meta").and_then(|meta| meta.get(name));
        let members = group.get("members").and_then(Value::as_array);
        let members = members.map_or(0, Vec::len);
        fields(&[
            ("Id", shown(group.get("id"))),
            ("Display name", shown(group.get("displayName"))),
            ("External id", shown(group.get("externalId"))),
            ("Origin", shown(extension(group, "origin"))),
            ("Role", shown(extension(group, "role"))),
            ("Priority", shown(extension(group, "priority"))),
            ("Members", members.to_string()),
            ("Created", shown(meta("created"))),
            ("Last modified", shown(meta("lastModified"))),
        ])
    })
}

async fn list(access: &Access, directory: &str) -> Result<(), CliError> {
    let seen = Seen::find(access, directory).await?;
    // Of members there may be very many.
    let parameters = [("excludedAttributes", "members")];
    let groups = seen.list(access, ResourceKind::Group, &parameters).await?;
    let json = groups.iter().cloned().map(Value::from).collect();
    access.output.show(&json, || {
        let row = |group: &Object| {
            vec![
                shown(group.get("id")),
                shown(group.get("displayName")),
                shown(extension(group, "origin")),
                shown(extension(group, "role")),
                shown(extension(group, "priority")),
            ]
        };
        let rows: Vec<_> = groups.iter().map(row).collect();
        table(&["ID", "DISPLAY NAME", "ORIGIN", "ROLE", "PRIORITY"], &rows)
    })
}

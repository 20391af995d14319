//! `muster user`: the users of a directory, as its application sees them.

use clap::Subcommand;
use directory::{Precondition, ResourceKind, UserId};
use scim::{Dialect, MUSTER_USER, Object, Patch};
use serde_json::Value;

use crate::error::CliError;
use crate::output::{NONE, fields, table};
use crate::resources::{Seen, equals, patch, shown};
use crate::store::Access;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the users of a directory.
    List {
        /// The directory: organization/name, or its id.
        directory: String,
        /// A SCIM filter, such as 'active eq false'. One that names `deleted` also finds those who were deleted and kept.
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
    },
    /// Show a user.
    Show {
        /// The directory: organization/name, or its id.
        directory: String,
        /// The user's id, or userName.
        user: String,
    },
    /// Protect a user from the identity provider, which cannot change or delete him then.
    Protect {
        /// The directory: organization/name, or its id.
        directory: String,
        /// The user's id, or userName.
        user: String,
        /// Lift the protection.
        #[arg(long)]
        off: bool,
    },
}

pub(crate) async fn run(command: Command, access: &Access) -> Result<(), CliError> {
    match command {
        Command::List { directory, filter } => list(access, &directory, filter.as_deref()).await,
        Command::Show { directory, user } => {
            let seen = Seen::find(access, &directory).await?;
            let user = find(access, &seen, &user).await?;
            show(access, &user)
        }
        Command::Protect {
            directory,
            user,
            off,
        } => {
            let seen = Seen::find(access, &directory).await?;
            let user = find(access, &seen, &user).await?;
            protect(access, &seen, id(&user), !off).await?;
            show(access, &find(access, &seen, id(&user)).await?)
        }
    }
}

/// The user with this id or userName; by his id one, too, who was deleted and is kept.
pub(crate) async fn find(
    access: &Access,
    seen: &Seen,
    reference: &str,
) -> Result<Object, CliError> {
    let found = if UserId::parse(reference).is_some() {
        let filter = equals("id", reference);
        match seen.one(access, ResourceKind::User, &filter).await? {
            Some(user) => Some(user),
            None => seen.one(access, ResourceKind::DeletedUser, &filter).await?,
        }
    } else {
        seen.one(access, ResourceKind::User, &equals("userName", reference))
            .await?
    };
    found.ok_or_else(|| {
        let directory = &seen.directory.name;
        CliError::NotFound(format!(
            "user `{reference}` was not found in {directory}: `muster user list {directory}` shows who is there"
        ))
    })
}

async fn protect(access: &Access, seen: &Seen, id: &str, protected: bool) -> Result<(), CliError> {
    let missing = || scim::Error::not_found("User", id);
    let id = UserId::parse(id).ok_or_else(missing)?;
    let record = access
        .store
        .user(seen.directory.id, id, true)
        .await?
        .ok_or_else(missing)?;
    let body = patch(MUSTER_USER, &[("protected", Some(protected.into()))]);
    let patch = Patch::from_body(body, seen.principal.user(), Dialect::Tolerant)?;
    let scope = access.scope(&seen.principal);
    scope
        .change_user(record, &Precondition::None, |user| patch.apply(user))
        .await?;
    Ok(())
}

pub(crate) fn id(user: &Object) -> &str {
    user.get("id").and_then(Value::as_str).unwrap_or_default()
}

/// What the application alone sees.
fn extension<'a>(user: &'a Object, name: &str) -> Option<&'a Value> {
    user.get(MUSTER_USER)?.get(name)
}

fn show(access: &Access, user: &Object) -> Result<(), CliError> {
    access.output.show(&user.clone().into(), || {
        let meta = |name| user.get("meta").and_then(|meta| meta.get(name));
        let groups = user.get("groups").and_then(Value::as_array);
        let groups = groups.map(|groups| {
            let names = groups.iter().map(|group| shown(group.get("display")));
            names.collect::<Vec<_>>().join(", ")
        });
        fields(&[
            ("Id", shown(user.get("id"))),
            ("User name", shown(user.get("userName"))),
            ("External id", shown(user.get("externalId"))),
            ("Display name", shown(user.get("displayName"))),
            ("Active", shown(user.get("active"))),
            ("Origin", shown(extension(user, "origin"))),
            ("Protected", shown(extension(user, "protected"))),
            ("Role", shown(extension(user, "role"))),
            ("Groups", groups.unwrap_or(NONE.to_owned())),
            ("Created", shown(meta("created"))),
            ("Last modified", shown(meta("lastModified"))),
            ("Deleted", shown(extension(user, "deleted"))),
        ])
    })
}

async fn list(access: &Access, directory: &str, filter: Option<&str>) -> Result<(), CliError> {
    let seen = Seen::find(access, directory).await?;
    let mut parameters = vec![("filter", filter.unwrap_or_default())];
    let attributes = format!("userName,active,{MUSTER_USER}");
    if !access.output.json {
        // What is not printed is not read.
        parameters.push(("attributes", &attributes));
    }
    let users = seen.list(access, ResourceKind::User, &parameters).await?;
    let json = users.iter().cloned().map(Value::from).collect();
    access.output.show(&json, || {
        let row = |user: &Object| {
            vec![
                shown(user.get("id")),
                shown(user.get("userName")),
                shown(user.get("active")),
                shown(extension(user, "origin")),
                shown(extension(user, "protected")),
                shown(extension(user, "role")),
            ]
        };
        let rows: Vec<_> = users.iter().map(row).collect();
        table(
            &["ID", "USER NAME", "ACTIVE", "ORIGIN", "PROTECTED", "ROLE"],
            &rows,
        )
    })
}

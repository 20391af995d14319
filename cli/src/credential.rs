//! `muster credential`: what identity providers and the application show to be let in.

use std::io::{self, IsTerminal, Read};
use std::time::Duration;

use clap::{Args, Subcommand};
use directory::{
    Claim, Credential, CredentialId, CredentialKind, Directory, DirectoryState, IssuedCredential,
    NewCredential, Rights, Rotation, read_duration,
};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::base_url::BaseUrl;
use crate::directory::find;
use crate::error::{CliError, OrSee};
use crate::output::{fields, note, or_none, table, time};
use crate::store::Access;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Issue a credential, and print its secret, this once.
    Issue(Issue),
    /// List the credentials of a directory.
    List {
        /// The directory: organization/name, or its id.
        directory: String,
    },
    /// Take a credential's rights away for the time being: 403.
    Suspend(Named),
    /// Give them back.
    Resume(Named),
    /// Put a new secret in the place of an old one, and print it, this once.
    Rotate {
        #[command(flatten)]
        named: Named,
        /// Let the old one work for so long beside the new one; without it, it is refused at once.
        #[arg(long, value_name = "TIME", value_parser = duration)]
        overlap: Option<Duration>,
        #[command(flatten)]
        form: Form,
    },
    /// Revoke a credential for good: 401 from the next request on.
    Revoke(Named),
    /// Tell which credential a token is, or a username and password, and its state.
    Show {
        /// The token, or username:password. Without it, or with `-`, it is read from standard input, where no shell
        /// keeps it.
        token: Option<String>,
    },
}

/// Whose credential, and which.
#[derive(Args)]
pub(crate) struct Named {
    /// The directory: organization/name, or its id.
    directory: String,
    /// The credential's id.
    id: String,
}

/// What to issue.
#[derive(Args)]
pub(crate) struct Issue {
    /// The directory: organization/name, or its id.
    directory: String,
    /// For the company's own application, not for an identity provider.
    #[arg(long)]
    application: bool,
    /// It may read, and change nothing.
    #[arg(long)]
    read_only: bool,
    /// What to call it in lists.
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// How long it is valid, such as 90d; without it as the directory's `token_lifetime` says.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    lifetime: Option<Duration>,
    #[command(flatten)]
    form: Form,
}

/// How a new secret is shown.
#[derive(Args)]
pub(crate) struct Form {
    /// Show it as username and password, for Basic authentication, instead of as a token.
    #[arg(long)]
    basic: bool,
    #[command(flatten)]
    base_url: BaseUrl,
}

/// Reads a time such as `90d`, for options.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    read_duration(text).ok_or("write it as 90d, 12h, 30m or 90s")
}

pub(crate) async fn run(command: Command, access: &Access) -> Result<(), CliError> {
    let administration = access.administration();
    match command {
        Command::Issue(issue) => {
            let directory = find(&administration, &issue.directory).await?;
            let new = NewCredential {
                kind: if issue.application {
                    CredentialKind::Application
                } else {
                    CredentialKind::Provisioner
                },
                rights: if issue.read_only {
                    Rights::Read
                } else {
                    Rights::ReadAndWrite
                },
                label: issue.label,
                lifetime: issue.lifetime,
            };
            // Whatever can fail comes before: a secret must not be lost on the way out.
            let base_url = issue.form.base_url.of(access, &directory).await?;
            let issued = administration.issue_credential(directory.id, new).await?;
            show_issued(access, &directory, &issued, issue.form.basic, base_url)
        }
        Command::List { directory } => list(access, &directory).await,
        Command::Suspend(named) => {
            let (directory, id) = resolve(access, &named).await?;
            administration
                .suspend_credential(directory.id, &id)
                .await
                .or_see(&list_of(&directory))?;
            show_changed(access, &directory, &id).await
        }
        Command::Resume(named) => {
            let (directory, id) = resolve(access, &named).await?;
            administration
                .resume_credential(directory.id, &id)
                .await
                .or_see(&list_of(&directory))?;
            show_changed(access, &directory, &id).await
        }
        Command::Rotate {
            named,
            overlap,
            form,
        } => {
            let (directory, id) = resolve(access, &named).await?;
            let rotation = overlap.map_or(Rotation::AtOnce, Rotation::Overlap);
            let base_url = form.base_url.of(access, &directory).await?;
            let issued = administration
                .rotate_credential(directory.id, &id, rotation)
                .await;
            let issued = issued.or_see(&list_of(&directory))?;
            show_issued(access, &directory, &issued, form.basic, base_url)
        }
        Command::Revoke(named) => {
            let (directory, id) = resolve(access, &named).await?;
            administration
                .revoke_credential(directory.id, &id)
                .await
                .or_see(&list_of(&directory))?;
            let revoked = json!({"revoked": id.as_str()});
            access.output.show(&revoked, || {
                format!("Revoked credential {id} of {}.", directory.name)
            })
        }
        Command::Show { token } => show(access, token).await,
    }
}

fn list_of(directory: &Directory) -> String {
    format!("muster credential list {}", directory.name)
}

async fn resolve(access: &Access, named: &Named) -> Result<(Directory, CredentialId), CliError> {
    let directory = find(&access.administration(), &named.directory).await?;
    let id = CredentialId::parse(&named.id).ok_or_else(|| {
        // What was meant may be a token: it is not repeated.
        let list = list_of(&directory);
        CliError::NotFound(format!(
            "this is no id of a credential: `{list}` shows them"
        ))
    })?;
    Ok((directory, id))
}

/// Prints a new secret: here, and nowhere else.
fn show_issued(
    access: &Access,
    directory: &Directory,
    issued: &IssuedCredential,
    basic: bool,
    base_url: Option<String>,
) -> Result<(), CliError> {
    let mut json = issued.to_json();
    json["base_url"] = base_url.clone().into();
    let base_url = BaseUrl::or_where(base_url, access);
    let about = [
        ("Credential", issued.id.to_string()),
        ("Expires", time(issued.expires)),
        ("Base URL", base_url),
    ];
    let secret = if basic {
        vec![
            ("Username", issued.username.clone()),
            ("Password", issued.password.expose_secret().to_owned()),
        ]
    } else {
        vec![("Token", issued.token.expose_secret().to_owned())]
    };
    let shown = access
        .output
        .show(&json, || fields(&[&about[..], &secret].concat()));
    shown.map_err(|error| {
        CliError::Failed(format!(
            "{error}: nobody has the secret of credential {}: `muster credential revoke {} {}`",
            issued.id, directory.name, issued.id
        ))
    })?;
    note("Keep it now: it is shown this once.");
    Ok(())
}

async fn list(access: &Access, directory: &str) -> Result<(), CliError> {
    let administration = access.administration();
    let directory = find(&administration, directory).await?;
    let used = administration.last_used(directory.id).await?;
    let now = access.store.environment().now();
    let last_used = |credential: &Credential| used.get(&credential.id).copied();
    let mut credentials: Vec<_> = directory.credentials.values().collect();
    credentials.sort_by_key(|credential| credential.created);
    let json: Value = credentials
        .iter()
        .map(|credential| credential.to_json(now, last_used(credential)))
        .collect();
    access.output.show(&json, || {
        let rows: Vec<_> = credentials
            .iter()
            .map(|credential| row(credential, now, last_used(credential)))
            .collect();
        table(
            &[
                "ID",
                "KIND",
                "RIGHTS",
                "STATE",
                "CREATED",
                "EXPIRES",
                "LAST USED",
                "LABEL",
            ],
            &rows,
        )
    })
}

fn row(credential: &Credential, now: Timestamp, last_used: Option<Timestamp>) -> Vec<String> {
    vec![
        credential.id.to_string(),
        credential.kind.keyword().to_owned(),
        credential.rights.keyword().to_owned(),
        credential.state(now).keyword().to_owned(),
        time(credential.created),
        time(credential.expires),
        or_none(last_used.map(time)),
        or_none(credential.label.as_ref()),
    ]
}

async fn show_changed(
    access: &Access,
    directory: &Directory,
    id: &CredentialId,
) -> Result<(), CliError> {
    let administration = access.administration();
    let directory = administration.directory(directory.id).await?;
    let Some(credential) = directory.credentials.get(id) else {
        return Err(CliError::NotFound(format!(
            "credential `{id}` was revoked meanwhile"
        )));
    };
    show_credential(access, &directory, credential).await
}

async fn show_credential(
    access: &Access,
    directory: &Directory,
    credential: &Credential,
) -> Result<(), CliError> {
    let used = access.administration().last_used(directory.id).await?;
    let last_used = used.get(&credential.id).copied();
    let now = access.store.environment().now();
    let json = json!({
        "directory": {
            "id": directory.id.to_string(),
            "name": directory.name.to_string(),
            "state": directory.state.keyword(),
        },
        "credential": credential.to_json(now, last_used),
    });
    access.output.show(&json, || {
        let name = match directory.state {
            DirectoryState::Enabled => directory.name.to_string(),
            state => format!("{} ({})", directory.name, state.keyword()),
        };
        fields(&[
            ("Credential", credential.id.to_string()),
            ("Directory", name),
            ("Kind", credential.kind.keyword().to_owned()),
            ("Rights", credential.rights.keyword().to_owned()),
            ("State", credential.state(now).keyword().to_owned()),
            ("Created", time(credential.created)),
            ("Expires", time(credential.expires)),
            ("Last used", or_none(last_used.map(time))),
            ("Label", or_none(credential.label.as_ref())),
        ])
    })
}

async fn show(access: &Access, token: Option<String>) -> Result<(), CliError> {
    let token = match token {
        Some(token) if token != "-" => token,
        _ => read_token()?,
    };
    let claim = Claim::from_authorization(&token).or_else(|| {
        let (username, password) = token.trim().split_once(':')?;
        Claim::from_basic(username, password)
    });
    let found = match &claim {
        Some(claim) => access.administration().identify(claim).await?,
        None => None,
    };
    let Some((directory, credential)) = found else {
        let sentence = if claim.is_some() {
            "no credential has this secret: it was revoked, or belongs to another deployment"
        } else {
            "this is no credential of Muster's: it was cut off, or mistyped"
        };
        return Err(CliError::NotFound(sentence.to_owned()));
    };
    show_credential(access, &directory, &credential).await
}

fn read_token() -> Result<String, CliError> {
    const LONGEST: u64 = 4_096;
    if io::stdin().is_terminal() {
        note("Paste the token, or username:password, then Enter and Ctrl-D:");
    }
    let mut token = String::new();
    let read = io::stdin().take(LONGEST).read_to_string(&mut token);
    read.map_err(|error| CliError::Failed(format!("standard input cannot be read: {error}")))?;
    Ok(token)
}

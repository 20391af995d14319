//! `muster setup`: what to paste where at an identity provider, step by step.

use clap::{Args, ValueEnum};
use directory::{
    CredentialKind, Directory, GroupPush, IssuedCredential, NewCredential, UniqueIdentifier,
};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::base_url::BaseUrl;
use crate::directory::find;
use crate::error::CliError;
use crate::output::note;
use crate::store::Access;

/// What to set up.
#[derive(Args)]
pub(crate) struct Options {
    /// The identity provider.
    provider: Provider,
    /// The directory: organization/name, or its id.
    directory: String,
    /// Issue a credential and fill it in.
    #[arg(long)]
    issue: bool,
    #[command(flatten)]
    base_url: BaseUrl,
}

#[derive(Clone, Copy, ValueEnum)]
enum Provider {
    Okta,
    Entra,
    #[value(name = "onelogin")]
    OneLogin,
    #[value(name = "jumpcloud")]
    JumpCloud,
}

impl Provider {
    /// Lines that begin with `[link_only]` and the like are for such directories alone; names in braces are filled in.
    fn steps(self) -> &'static str {
        match self {
            Self::Okta => include_str!("setup/okta.txt"),
            Self::Entra => include_str!("setup/entra.txt"),
            Self::OneLogin => include_str!("setup/onelogin.txt"),
            Self::JumpCloud => include_str!("setup/jumpcloud.txt"),
        }
    }

    /// Its name on the command line.
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

pub(crate) async fn run(options: Options, access: &Access) -> Result<(), CliError> {
    let administration = access.administration();
    let directory = find(&administration, &options.directory).await?;
    let base_url = options.base_url.of(access, &directory).await?;
    let issued = if options.issue {
        let new = NewCredential {
            label: Some(options.provider.name()),
            ..NewCredential::of(CredentialKind::Provisioner)
        };
        Some(administration.issue_credential(directory.id, new).await?)
    } else {
        None
    };
    let shown_base_url = BaseUrl::or_where(base_url.clone(), access);
    let steps = options.provider.steps();
    // A secret stands in the answer once: in JSON as the credential's, for people in the steps.
    let json = json!({
        "provider": options.provider.name(),
        "directory": directory.name.to_string(),
        "base_url": base_url,
        "credential": issued.as_ref().map(IssuedCredential::to_json),
        "steps": fill(steps, &directory, &shown_base_url, None),
    });
    access.output.show(&json, || {
        fill(steps, &directory, &shown_base_url, issued.as_ref())
    })?;
    if issued.is_some() {
        note("Keep the credential now: it is shown this once.");
    }
    Ok(())
}

/// The steps for this directory, with its values.
fn fill(
    steps: &str,
    directory: &Directory,
    base_url: &str,
    issued: Option<&IssuedCredential>,
) -> String {
    let settings = &directory.settings;
    let applies = [
        ("[link_only] ", settings.group_push == GroupPush::LinkOnly),
        ("[create] ", settings.group_push == GroupPush::Create),
        (
            "[email] ",
            settings.unique_identifier == UniqueIdentifier::Email,
        ),
        (
            "[userName] ",
            settings.unique_identifier == UniqueIdentifier::UserName,
        ),
    ];
    let selected = steps.lines().filter_map(|line| {
        let marked = applies
            .iter()
            .find_map(|(mark, applies)| Some((line.strip_prefix(mark)?, *applies)));
        match marked {
            Some((rest, true)) => Some(rest),
            Some((_, false)) => None,
            None => Some(line),
        }
    });
    let name = directory.name.to_string();
    let issue = format!("(printed by: muster credential issue {name})");
    let issue_basic = format!("(printed by: muster credential issue {name} --basic)");
    let (token, username, password) = match issued {
        Some(issued) => (
            issued.token.expose_secret(),
            issued.username.as_str(),
            issued.password.expose_secret(),
        ),
        None => (issue.as_str(), issue_basic.as_str(), issue_basic.as_str()),
    };
    let unique_identifier = match settings.unique_identifier {
        UniqueIdentifier::UserName => "userName",
        UniqueIdentifier::Email => "email",
    };
    let values = [
        ("{base_url}", base_url),
        ("{token}", token),
        ("{username}", username),
        ("{password}", password),
        ("{unique_identifier}", unique_identifier),
        ("{directory}", &name),
    ];
    let text = selected.collect::<Vec<_>>().join("\n");
    values
        .iter()
        .fold(text, |text, (name, value)| text.replace(name, value))
}

use clap::Args;
use directory::{Directory, check_base_url};

use crate::error::CliError;
use crate::store::Access;

/// Where identity providers reach the deployment.
#[derive(Args)]
pub(crate) struct BaseUrl {
    /// Where identity providers reach it; without it the environment's `base_url`, else that of the stack, else the
    /// variable `MUSTER_BASE_URL`.
    #[arg(long, value_name = "URL", value_parser = base_url)]
    base_url: Option<String>,
    #[arg(long, hide = true, env = "MUSTER_BASE_URL", value_parser = base_url)]
    default_base_url: Option<String>,
}

fn base_url(text: &str) -> Result<String, scim::Error> {
    check_base_url(text)?;
    Ok(text.to_owned())
}

impl BaseUrl {
    /// The one that was given, the environment's, the stack's, or the one that is set for all.
    pub async fn of(
        self,
        access: &Access,
        directory: &Directory,
    ) -> Result<Option<String>, CliError> {
        if self.base_url.is_some() {
            return Ok(self.base_url);
        }
        let administration = access.administration();
        let environment = administration
            .environment_of(&directory.name.organization)
            .await?;
        let stack = || access.base_url().map(str::to_owned);
        Ok(environment
            .base_url
            .or_else(stack)
            .or(self.default_base_url))
    }

    /// The base URL, or where it can be found.
    pub fn or_where(base_url: Option<String>, access: &Access) -> String {
        base_url.unwrap_or_else(|| {
            let place = if access.is_local() {
                "the one that `muster dev` prints"
            } else {
                "the output BaseUrl of the stack"
            };
            place.to_owned()
        })
    }
}

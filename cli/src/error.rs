use std::error::Error as StdError;
use std::process::ExitCode;

use directory::Error;
use scim::ErrorStatus;

use crate::dev::DevError;

/// Why a command failed, in one sentence that says what to change. Each variant has an exit code of its own, which scripts
/// rely on; 2 is clap's, for a command that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// Exit code 1.
    #[error("{0}")]
    Failed(String),
    /// Exit code 3: the table cannot be reached or used.
    #[error("{0}")]
    Table(String),
    /// Exit code 4: what was named is not there.
    #[error("{0}")]
    NotFound(String),
    /// Exit code 5: it is understood, and refused as things are.
    #[error("{0}")]
    Refused(String),
}

impl CliError {
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Table(_) => 3,
            Self::NotFound(_) => 4,
            Self::Refused(_) => 5,
        })
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        match error {
            Error::Scim(error) => error.into(),
            Error::Unavailable(cause) => Self::Table(format!(
                "the table cannot be reached: {}",
                innermost(&*cause)
            )),
            Error::Refused(cause) => {
                Self::Table(format!("the table refused a call: {}", innermost(&*cause)))
            }
            Error::Throttled => Self::Table("the table is throttled: try again later".to_owned()),
            Error::Contended | Error::Corrupt(_) => Self::Failed(error.to_string()),
        }
    }
}

impl From<scim::Error> for CliError {
    fn from(error: scim::Error) -> Self {
        let sentence = as_sentence(&error.detail);
        match error.status {
            ErrorStatus::NotFound => Self::NotFound(sentence),
            ErrorStatus::InternalServerError => Self::Failed(sentence),
            ErrorStatus::TooManyRequests | ErrorStatus::ServiceUnavailable => Self::Table(sentence),
            _ => Self::Refused(sentence),
        }
    }
}

impl From<DevError> for CliError {
    fn from(error: DevError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Adds to "not found" which command shows what there is.
pub(crate) trait OrSee<T> {
    fn or_see(self, command: &str) -> Result<T, CliError>;
}

impl<T, E: Into<CliError>> OrSee<T> for Result<T, E> {
    fn or_see(self, command: &str) -> Result<T, CliError> {
        self.map_err(|error| match error.into() {
            CliError::NotFound(sentence) => {
                CliError::NotFound(format!("{sentence}: `{command}` shows what there is"))
            }
            other => other,
        })
    }
}

/// What is at the bottom of an error of the SDK, whose outer layers only say that something failed.
pub(crate) fn innermost(error: &dyn StdError) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// A detail, written for HTTP, as it stands after `muster: `.
fn as_sentence(detail: &str) -> String {
    let detail = detail.strip_suffix('.').unwrap_or(detail);
    let mut letters = detail.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

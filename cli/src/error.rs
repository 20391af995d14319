use std::error::Error as StdError;
use std::process::ExitCode;

use aws_sdk_dynamodb::error::ErrorMetadata;
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

/// What DynamoDB says of a table that is not there.
const NO_TABLE: &str = "ResourceNotFoundException";

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        match error {
            Error::Scim(error) => error.into(),
            Error::Unavailable(cause) => Self::Table(format!(
                "the table cannot be reached: {}",
                innermost(&*cause)
            )),
            Error::Refused(cause) => {
                let reason = innermost(&*cause);
                Self::Table(if reason.starts_with(NO_TABLE) {
                    "there is no such table in this account and region: name the output `TableName` of the stack with --table".to_owned()
                } else {
                    format!("the table refused a call: {reason}")
                })
            }
            Error::Throttled => Self::Table("the table is throttled: try again later".to_owned()),
            Error::Later => Self::Failed(format!("{error}: use that version of `muster`")),
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

/// What is at the bottom of an error of the SDK, whose outer layers only say that something failed: one line.
pub(crate) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    let text = match error.downcast_ref::<ErrorMetadata>() {
        Some(answer) => match (answer.code(), answer.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(only), None) | (None, Some(only)) => only.to_owned(),
            (None, None) => "it did not say why".to_owned(),
        },
        None => error.to_string(),
    };
    // Where no credentials are found, all places that were looked at follow.
    let line = text.lines().next().unwrap_or_default();
    line.trim_end_matches(" Attempted:")
        .trim_end_matches('.')
        .to_owned()
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

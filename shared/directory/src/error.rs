use scim::ErrorStatus;

/// What can go wrong in the table, or what SCIM has to say of a request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DynamoDB takes no more at present.
    #[error("the table is throttled")]
    Throttled,
    /// DynamoDB did not answer, or said that it could not.
    #[error("the table cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Others changed the same resource again and again.
    #[error("the resource is changed by too many requests at once")]
    Contended,
    /// DynamoDB refused the call as such.
    #[error("the table refused a call")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An item lacks what its type must have.
    #[error("a stored item cannot be read: `{0}`")]
    Corrupt(&'static str),
    /// An item has a shape that this version does not know: the service was set back to an earlier one.
    #[error("a stored item was written by a later version")]
    Later,
    /// An answer for the client.
    #[error(transparent)]
    Scim(#[from] scim::Error),
}

/// What the client is told. Nothing of the inside: that is in the cause.
impl From<Error> for scim::Error {
    fn from(error: Error) -> Self {
        let (status, detail) = match error {
            Error::Scim(error) => return error,
            Error::Throttled => (
                ErrorStatus::TooManyRequests,
                "Too many requests at once: try again later.",
            ),
            Error::Contended => (
                ErrorStatus::TooManyRequests,
                "The resource is being changed by other requests: try again later.",
            ),
            Error::Unavailable(_) => (
                ErrorStatus::ServiceUnavailable,
                "The directory cannot be reached at present: try again later.",
            ),
            Error::Later => (
                ErrorStatus::InternalServerError,
                "This was stored by a later version of the service, which the service's operator has to bring back.",
            ),
            Error::Refused(_) | Error::Corrupt(_) => (
                ErrorStatus::InternalServerError,
                "The request failed inside the service. Nothing is wrong with the request itself.",
            ),
        };
        Self::new(status, detail).because(error)
    }
}

/// An error with what is behind it, for the log.
#[derive(Debug)]
pub struct Causes<'a>(pub &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(inner) = source {
            write!(formatter, ": {inner}")?;
            source = inner.source();
        }
        Ok(())
    }
}

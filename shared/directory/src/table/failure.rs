use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::Error;

/// What a failed call means for the next one.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may have taken effect or not.
    Unknown(Error),
    /// It had no effect; later it may.
    Throttled,
    /// It had no effect and will have none.
    Final(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Throttled => Self::Throttled,
            Failure::Unknown(error) | Failure::Final(error) => error,
        }
    }
}

/// Sorts an error of the SDK, after its own attempts.
pub(super) fn sort<E, R>(error: SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match &error {
        SdkError::ServiceError(service) => match service.err().code() {
            Some(
                "ThrottlingException"
                | "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded",
            ) => Failure::Throttled,
            Some(
                "InternalServerError" | "ServiceUnavailable" | "TransactionInProgressException",
            ) => Failure::Unknown(Error::Unavailable(Box::new(error))),
            _ => Failure::Final(Error::Refused(Box::new(error))),
        },
        SdkError::ConstructionFailure(_) => Failure::Final(Error::Refused(Box::new(error))),
        _ => Failure::Unknown(Error::Unavailable(Box::new(error))),
    }
}

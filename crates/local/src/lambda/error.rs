//! Why Lambda refuses a request, with the names and status codes that SDKs expect.

use crate::server::BindError;

/// Most bytes of a synchronous payload or answer.
pub const SYNC_LIMIT: usize = 6_291_456;
/// Most bytes of an asynchronous payload.
pub const EVENT_LIMIT: usize = 1_048_576;

/// A refused request. [`InvokeError::code`] and [`InvokeError::status`] are what goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// No such function is deployed.
    #[error("Function not found: {arn}")]
    NotFound { arn: String },
    /// The text names no function.
    #[error(
        "1 validation error detected: Value '{name}' at 'functionName' is neither a name, name:qualifier, \
         account:function:name nor an ARN of a function"
    )]
    BadName { name: String },
    /// The invocation type is none of three.
    #[error("InvocationType '{given}' is none of RequestResponse, Event, DryRun")]
    BadType { given: String },
    /// As many invocations as the function may have are running.
    #[error("Rate Exceeded.")]
    Throttled { function: String },
    /// The payload is too large for a synchronous call.
    #[error("Request must be smaller than {SYNC_LIMIT} bytes for the InvokeFunction operation")]
    TooLarge,
    /// The payload is too large for an event.
    #[error(
        "{size} byte payload is too large for the Event invocation type (limit {EVENT_LIMIT} bytes)"
    )]
    EventTooLarge { size: usize },
    /// The payload is not JSON.
    #[error("Could not parse request body into json: {reason}")]
    NotJson { reason: String },
    /// A chain of requests came back to the function for the seventeenth time.
    #[error(
        "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped \
         your function's invocation."
    )]
    Recursive { function: String },
    /// This machine could not run it; the same request may work later.
    #[error("the local Lambda service could not run {function}: {reason}")]
    Service { function: String, reason: String },
}

impl InvokeError {
    /// The exception's name, as in `x-amzn-errortype`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "ResourceNotFoundException",
            Self::BadName { .. } => "ValidationException",
            Self::BadType { .. } => "InvalidParameterValueException",
            Self::Throttled { .. } => "TooManyRequestsException",
            Self::TooLarge | Self::EventTooLarge { .. } => "RequestTooLargeException",
            Self::NotJson { .. } => "InvalidRequestContentException",
            Self::Recursive { .. } => "RecursiveInvocationException",
            Self::Service { .. } => "ServiceException",
        }
    }

    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound { .. } => 404,
            Self::Throttled { .. } => 429,
            Self::TooLarge | Self::EventTooLarge { .. } => 413,
            Self::Service { .. } => 500,
            _ => 400,
        }
    }
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum LambdaError {
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// Why a function was not deployed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeployError {
    /// The name cannot be one of a function.
    #[error("`{name}` is no name for a function: use 1 to 64 letters, digits, - and _")]
    Name { name: String },
    /// The number of retries is not one that Lambda has.
    #[error("function {function}: {given} retries are not possible, Lambda has 0 to 2")]
    Retries { function: String, given: u32 },
    /// A function needs time.
    #[error("function {function}: its time-out must be more than 0 s and at most 5400 s")]
    Timeout { function: String },
    /// The program to run is empty.
    #[error("function {function}: its command is empty; name a program")]
    Command { function: String },
    /// The service is stopping.
    #[error("function {function}: the local Lambda service has been shut down")]
    Stopped { function: String },
}

//! What can go wrong between here and DynamoDB.

use std::fmt;

use aws_sdk_dynamodb::error::{BoxError, BuildError, ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// Why the tables did not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A table or index is not there.
    #[error(
        "{operation}: table or index {resource} does not exist: create it (deploy the stack, or `sosw local`), or correct its name in the config"
    )]
    Missing { operation: &'static str, resource: String },
    /// Others were in the way too often, on the same items or with too many requests.
    #[error("{operation} on {resource}: still {contention} after {attempts} attempts")]
    Contended {
        operation: &'static str,
        resource: String,
        attempts: u32,
        /// What was in the way the last time.
        contention: Contention,
    },
    /// Everything else, after the SDK's retries and ours.
    #[error("{operation} on {resource} failed{}", code.as_ref().map(|c| format!(": {c}")).unwrap_or_default())]
    Failed {
        operation: &'static str,
        resource: String,
        /// DynamoDB's name of the error.
        code: Option<String>,
        #[source]
        source: BoxError,
    },
    /// An item that is not what the table must hold.
    #[error("an item of {resource} cannot be read: {why}")]
    Unreadable { resource: String, why: String },
}

/// What others do to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contention {
    /// Their transactions are about the same items.
    Conflict,
    /// There are too many requests, of all together.
    Throttling,
}

impl fmt::Display for Contention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "in conflict",
            Self::Throttling => "throttled",
        })
    }
}

/// Is this what DynamoDB calls too many requests?
pub(super) fn is_throttling(code: &str) -> bool {
    const CODES: [&str; 5] = [
        "ThrottlingError",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
    ];
    CODES.contains(&code)
}

impl StoreError {
    /// May the same request succeed after a while, with nothing fixed?
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Contended { .. } => true,
            Self::Failed { code: Some(code), .. } => is_throttling(code),
            Self::Missing { .. } | Self::Failed { .. } | Self::Unreadable { .. } => false,
        }
    }

    /// A stable name, for logs and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "TableMissing",
            Self::Contended { .. } => "Contended",
            Self::Failed { .. } => "StoreFailed",
            Self::Unreadable { .. } => "ItemUnreadable",
        }
    }

    /// Names the operation and the table of an SDK's error.
    pub fn of<E, R>(operation: &'static str, resource: &str, error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let code = error.code().map(str::to_owned);
        let resource = resource.to_owned();
        if code.as_deref() == Some("ResourceNotFoundException") {
            return Self::Missing { operation, resource };
        }
        Self::Failed { operation, resource, code, source: error.into() }
    }

    /// A request that the SDK refuses to send.
    pub(in crate::storage) fn unbuilt(
        operation: &'static str,
        resource: &str,
        error: BuildError,
    ) -> Self {
        let resource = resource.to_owned();
        Self::Failed { operation, resource, code: None, source: error.into() }
    }
}

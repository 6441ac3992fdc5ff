//! What can go wrong with the tracker itself.

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use thiserror::Error;

/// The most data that a unit keeps, in bytes of JSON text.
pub const MOST_DATA: usize = 64 * 1024;

/// Why the tracker could not read or write a unit. Losing a race is not an error.
#[derive(Debug, Error)]
pub enum TrackerError {
    /// A name DynamoDB cannot keep as a key.
    #[error("{what} {name:?} is refused: it must be 1 to {most} bytes long")]
    BadName {
        /// Scope or unit.
        what: &'static str,
        /// The name.
        name: String,
        /// Bytes at most.
        most: usize,
    },
    /// More data than a record keeps.
    #[error(
        "the data of unit {unit} are {bytes} bytes of JSON, and {MOST_DATA} are kept; store what is \
         large elsewhere and save where it is"
    )]
    DataTooLarge {
        /// The unit.
        unit: String,
        /// Its size.
        bytes: usize,
    },
    /// An item that this tracker has not written.
    #[error(
        "an item of the tracker's table has no valid {attribute}: does the table belong to something else?"
    )]
    NotAUnit {
        /// The attribute that is missing or of another type.
        attribute: &'static str,
    },
    /// Others changed it every time after it was read.
    #[error("unit {unit} was changed by others again and again; try again later")]
    Contended {
        /// The unit.
        unit: String,
    },
    /// DynamoDB failed, or did not answer.
    #[error("DynamoDB did not {what}")]
    DynamoDb {
        /// What was asked.
        what: &'static str,
        /// Why.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A request this crate built wrongly.
    #[error("a request could not be built")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl TrackerError {
    pub(super) fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(cause))
    }

    pub(super) fn dynamo_db<E>(what: &'static str) -> impl Fn(SdkError<E>) -> Self
    where
        E: Error + Send + Sync + 'static,
    {
        // The text of an SdkError itself does not say what happened; its cause does.
        move |error| Self::DynamoDb {
            what,
            cause: error.into_source().unwrap_or_else(|error| Box::new(error)),
        }
    }
}

//! The page that says what is wrong.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::html;
use operator::{InvalidId, StoreError, describe};

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// Config or credentials: there is nothing to ask.
    NoStack(String),
    /// A name that leads to nothing.
    Unknown(String),
    /// DynamoDB does not answer.
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<InvalidId> for Trouble {
    fn from(error: InvalidId) -> Self {
        Self::Unknown(error.to_string())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let (code, what) = match self {
            Self::NoStack(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
            Self::Unknown(why) => (StatusCode::NOT_FOUND, why),
            Self::Store(error) => (StatusCode::SERVICE_UNAVAILABLE, describe(&error)),
        };
        (code, html! { p { (what) } }).into_response()
    }
}

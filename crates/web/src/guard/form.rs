//! What a form sent.

use axum::extract::{FromRequest, Request, rejection::FormRejection};
use serde::de::DeserializeOwned;

use crate::trouble::Trouble;

/// The fields of a form. What does not fit is refused with a page that says what was expected.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<Self, Trouble> {
        let read = axum::Form::from_request(request, state).await;
        let axum::Form(fields) = read.map_err(|refused| Trouble::Input(expected(&refused)))?;
        Ok(Self(fields))
    }
}

fn expected(refused: &FormRejection) -> String {
    match refused {
        FormRejection::InvalidFormContentType(_) => {
            "A form was expected: application/x-www-form-urlencoded.".to_owned()
        }
        // Its text names the field.
        other => other.body_text(),
    }
}

//! The sign-in of a page that was started with `--token`.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Visitor, form::Form};
use crate::{
    Page,
    look::sign_in::{HOME, WhySignIn, own_path},
    trouble::Trouble,
};

#[derive(Deserialize)]
pub struct Given {
    secret: String,
    #[serde(default)]
    then: String,
}

pub async fn show(Extension(visitor): Extension<Visitor>) -> Result<Response, Trouble> {
    match visitor.may_see {
        true => Ok(Redirect::to(HOME).into_response()),
        false => Err(Trouble::SignedOut { address: HOME.to_owned(), why: WhySignIn::Asked }),
    }
}

/// Lets in whoever knows the token: in a new session, so that one that was known before is worth nothing.
pub async fn sign_in(
    State(page): State<Page>,
    Form(given): Form<Given>,
) -> Result<Response, Trouble> {
    let guard = page.guard();
    if !guard.keys.is_token(&given.secret) {
        return Err(Trouble::SignedOut { address: given.then, why: WhySignIn::Wrong });
    }
    let session = guard.keys.begin(true);
    let mut response = Redirect::to(own_path(&given.then)).into_response();
    response.extensions_mut().insert(session);
    Ok(response)
}

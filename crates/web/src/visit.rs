//! A request, and what every screen needs for its answer.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use maud::Markup;
use operator::{TaskManager, Timestamp};

use crate::{Page, look::layout, stack::Stack, trouble::Trouble};

/// What a handler is given.
pub struct Visit {
    pub page: Page,
    pub manager: TaskManager,
    /// When the request came.
    pub now: Timestamp,
    /// Path and query of the request.
    pub address: String,
    /// The hidden field of every form.
    pub form_token: String,
}

impl Visit {
    /// The stack whose page it is.
    pub fn stack(&self) -> &dyn Stack {
        self.page.0.stack.as_ref()
    }

    /// May whoever visits do nothing?
    pub fn is_read_only(&self) -> bool {
        self.page.0.options.is_read_only
    }

    /// The answer: a screen in the layout of all.
    pub fn page(&self, title: &str, body: &Markup) -> Response {
        layout::whole(self, title, body).into_response()
    }
}

impl FromRequestParts<Page> for Visit {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, page: &Page) -> Result<Self, Trouble> {
        let manager = page.0.stack.manager().await.map_err(Trouble::NoStack)?;
        Ok(Self {
            now: manager.now(),
            manager,
            address: parts.uri.to_string(),
            form_token: String::new(),
            page: page.clone(),
        })
    }
}

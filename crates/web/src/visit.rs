//! A request, and what every screen needs for its answer.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use operator::{TaskManager, Timestamp, overview::Overview};

use crate::{
    Page,
    frame::{Frame, Updates},
    look::layout,
    said::Said,
    stack::Stack,
    trouble::Trouble,
};

/// Seconds until the script asks for a screen again, so that one that stays open costs less than a call a second.
const EVERY: u16 = 15;
/// The same for screens that take a few dozen calls.
const SELDOM: u16 = 60;

/// What a handler is given.
pub struct Visit {
    pub page: Page,
    pub manager: TaskManager,
    /// When the request came.
    pub now: Timestamp,
    /// Path and query of the request.
    pub address: String,
    /// The hidden field `token` of every form.
    pub form_token: String,
    frame: Frame,
}

impl Visit {
    /// The stack whose page it is.
    pub fn stack(&self) -> &dyn Stack {
        self.page.0.stack.as_ref()
    }

    /// What is around its answer, and in its forms.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// What the system says, with the commands in it as they are typed for this stack.
    pub fn as_typed(&self, text: &impl ToString) -> String {
        self.stack().as_typed(&text.to_string())
    }

    /// May whoever visits do nothing?
    pub fn is_read_only(&self) -> bool {
        self.frame.is_read_only
    }

    /// What a first screen shows: read at most five seconds ago, for all who visit.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn overview(&self) -> Result<Arc<Overview>, Trouble> {
        Ok(self.page.live().overview(&self.manager).await?)
    }

    /// The answer: a screen in the layout of all. It is read again after a while.
    pub fn page(&self, title: &str, body: &Markup) -> Response {
        self.answer(Updates::Every(EVERY), title, body)
    }

    /// A screen that takes up to a few dozen calls: it is read again more seldom.
    pub fn costly_page(&self, title: &str, body: &Markup) -> Response {
        self.answer(Updates::Every(SELDOM), title, body)
    }

    /// A screen that is made of [`Visit::overview`]: it is read again whenever that was.
    pub fn live_page(&self, title: &str, body: &Markup) -> Response {
        self.answer(Updates::Live, title, body)
    }

    /// A screen that stays as it is: somebody decides by it, or is told what was done.
    pub fn still_page(&self, title: &str, body: &Markup) -> Response {
        self.answer(Updates::Never, title, body)
    }

    /// The answer to an action: the screen at this address of the page, which says what came of it.
    pub fn lead_to(&self, address: &str, said: Said) -> Response {
        self.page.sayings().keep(&self.form_token, address, said);
        Redirect::to(address).into_response()
    }

    fn answer(&self, updates: Updates, title: &str, body: &Markup) -> Response {
        let frame = Frame { updates, ..self.frame.clone() };
        let said = self.page.sayings().of(&self.form_token, &self.address);
        let body = html! { @if let Some(said) = said { (said.shown()) } (body) };
        layout::whole(&frame, title, &body).into_response()
    }
}

impl FromRequestParts<Page> for Visit {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, page: &Page) -> Result<Self, Trouble> {
        let manager = page.0.stack.manager().await.map_err(Trouble::NoStack)?;
        let frame = page.frame(parts.uri.to_string(), parts.extensions.get());
        Ok(Self {
            now: manager.now(),
            manager,
            address: frame.address.clone(),
            form_token: frame.form_token.clone(),
            page: page.clone(),
            frame,
        })
    }
}

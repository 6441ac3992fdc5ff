//! A task: time line, errors, payload, result, why it does not run, what it printed.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn show(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Task", &html! {}))
}

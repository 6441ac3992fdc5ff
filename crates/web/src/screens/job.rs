//! A job: progress, forecast, failures by kind.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn show(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Job", &html! {}))
}

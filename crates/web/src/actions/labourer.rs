//! Pauses and resumes a labourer.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn pause(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Paused", &html! {}))
}

pub async fn resume(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Resumed", &html! {}))
}

//! What is late, why, and what to do: the first screen.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn show(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Now", &html! {}))
}

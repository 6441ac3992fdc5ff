//! Before something is done to many tasks: how many they are.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn cancel(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Cancel job", &html! {}))
}

pub async fn retry(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Retry failed tasks", &html! {}))
}

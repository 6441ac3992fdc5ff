//! Cancels a job, and retries its failed tasks.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn cancel(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Cancelled", &html! {}))
}

pub async fn retry(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Retried", &html! {}))
}

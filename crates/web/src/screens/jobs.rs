//! Jobs: the open ones, and the latest of those that ended.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn show(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Jobs", &html! {}))
}

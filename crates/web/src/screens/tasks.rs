//! Tasks of a labourer or a job, by state, error kind and age.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn show(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Tasks", &html! {}))
}

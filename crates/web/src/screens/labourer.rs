//! A labourer: charts over a chosen time, tasks by state, pause and resume.

use axum::response::Response;
use maud::html;

use crate::{trouble::Trouble, visit::Visit};

pub async fn show(visit: Visit) -> Result<Response, Trouble> {
    Ok(visit.page("Labourer", &html! {}))
}

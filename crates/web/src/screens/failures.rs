//! Failed tasks of a labourer by the kinds of their errors, across its jobs.

use axum::{extract::Path, response::Response};
use maud::html;
use operator::{TaskId, tasks::errors, words};

use super::{
    asked::labourer,
    kinds::{Of, by_kind},
};
use crate::{look::link, trouble::Trouble, visit::Visit};

pub async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response, Trouble> {
    let labourer = labourer(&visit.manager, &name).await?.id;
    let found = errors(&visit.manager, &labourer).await?;
    let has_failed = found.kinds.iter().any(|kind| kind.failed > 0);
    let retry = format!("{}/retry", link::labourer_path(&labourer));
    let of = Of {
        filter: ("labourer", labourer.as_str()),
        retry: (!visit.is_read_only()).then(|| retry.clone()),
        name: &TaskId::to_string,
    };
    let body = html! {
        p { (link::labourer(&labourer)) }
        (by_kind(&found.kinds, found.is_sample, &of))
        @if has_failed && !visit.is_read_only() {
            p.actions { a.button href=(retry) { "Retry all failed tasks…" } }
        }
    };
    Ok(visit.page(&format!("Failures of {}", words::printable(labourer.as_str())), &body))
}

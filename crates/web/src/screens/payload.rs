//! What a task was given, and what it produced: on demand, as both may be large or private.

use axum::{extract::Path, response::Response};
use maud::{Markup, html};
use operator::tasks::{TaskDetails, TaskName, show as read};
use serde::Serialize;

use crate::{
    look::{empty, link, raw},
    trouble::Trouble,
    visit::Visit,
};

/// The most results of a block's tasks.
const RESULTS: usize = 100;

pub async fn show(visit: Visit, Path(task): Path<String>) -> Result<Response, Trouble> {
    let name: TaskName = task.parse()?;
    let task = read(&visit.manager, &name).await?;
    let body = html! {
        p { (link::task(&name)) }
        section { h2 { "Payload" } (payload(&task)) }
        section { h2 { "Result" } (result(&task)) }
    };
    Ok(visit.still_page("Payload and result", &body))
}

fn payload(task: &TaskDetails) -> Markup {
    const UNKNOWN: &str = "unknown: this version of sosw computes other tasks than those that the job was accepted with";
    match (&task.member, &task.block) {
        (Some(member), _) => match &member.payload {
            Some(payload) => block(payload),
            None => empty(UNKNOWN),
        },
        (None, Some(_)) => {
            empty("a block has none: those of its tasks follow from the job, see JOB#NUMBER")
        }
        (None, None) => block(&task.payload),
    }
}

fn result(task: &TaskDetails) -> Markup {
    if let Some(member) = &task.member {
        return member.result.as_ref().map_or_else(|| empty("none"), block);
    }
    let results = task.block.iter().flat_map(|block| &block.results);
    let more = task.block.as_ref().map_or(0, |block| block.results.len().saturating_sub(RESULTS));
    html! {
        @if task.result.is_empty() && task.block.as_ref().is_none_or(|block| block.results.is_empty()) {
            (empty("none"))
        }
        @if !task.result.is_empty() { (block(&task.result)) }
        @for (number, result) in results.take(RESULTS) { h3 { "Task " (number) } (block(result)) }
        @if more > 0 { p { "and " (more) " more: `sosw tasks show TASK --json` prints them" } }
    }
}

fn block(json: &impl Serialize) -> Markup {
    html! { pre { code { (raw(pretty(json))) } } }
}

/// JSON over several lines.
pub fn pretty(json: &impl Serialize) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}

//! Before something is done to many tasks, or cannot be undone: how many they are, what will happen, and what not.

use axum::{
    extract::{Path, Query},
    response::Response,
};
use maud::{Markup, html};
use operator::{
    LabourerId,
    jobs::{CancelPreview, RetryPreview, preview_cancel, preview_retry},
    tasks::{TaskName, errors, show as read_task},
    words,
};
use serde::Deserialize;

use super::{asked::labourer as named_labourer, fields::given, job, task::segment};
use crate::{
    look::{Button, badge, form, link, raw, text},
    trouble::Trouble,
    visit::Visit,
};

/// Which failed tasks.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    kind: String,
    /// Where a call before this one ended.
    after: String,
}

impl Chosen {
    fn kind(&self) -> Option<&str> {
        given(&self.kind)
    }

    fn fields(&self) -> Markup {
        let fields = [("kind", &self.kind), ("after", &self.after)];
        html! {
            @for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
                input type="hidden" name=(name) value=(value);
            }
        }
    }
}

pub async fn cancel(visit: Visit, Path(name): Path<String>) -> Result<Response, Trouble> {
    let id = job::named(&visit, name).await?;
    let CancelPreview { job: of, uncreated, waiting, running } =
        preview_cancel(&visit.manager, &id).await?;
    let path = link::segment(id.as_str());
    let body = html! {
        p { "Job " (link::job(&id)) " of " (link::labourer(&of.labourer_id)) }
        ul {
            li { (job::found(waiting)) " waiting tasks are cancelled: they are never run." }
            @if uncreated > 0 { li { (text::things(uncreated, "task")) " are not created any more." } }
            li { (job::found(running)) " running tasks may end; if they fail, they are not tried again." }
            li { "What has succeeded or failed stays as it is." }
        }
        p { "This cannot be undone: to run its tasks after all, submit the job again." }
        (form(visit.frame(), &format!("/do/jobs/{path}/cancel"), &html! {}, Button::Danger("Cancel the job")))
        p { a href=(link::job_path(&id)) { "Leave it as it is" } }
    };
    Ok(visit.still_page("Cancel the job?", &body))
}

pub async fn retry(
    visit: Visit,
    Path(name): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Trouble> {
    let id = job::named(&visit, name).await?;
    let RetryPreview { job: of, tasks } = preview_retry(&visit.manager, &id, chosen.kind()).await?;
    let path = link::segment(id.as_str());
    let body = html! {
        p { "Job " (link::job(&id)) " of " (link::labourer(&of.labourer_id)) }
        ul {
            li {
                (job::found(tasks)) " failed tasks"
                @if let Some(kind) = chosen.kind() { " whose last error is " b { (raw(kind)) } }
                " are queued again, behind what waits now, with their full number of attempts."
            }
            li { "Their errors and their history stay. The job is open until they are closed." }
            li { "They fail again unless the cause is fixed." }
        }
        (form(visit.frame(), &format!("/do/jobs/{path}/retry"), &chosen.fields(), Button::Plain("Retry them")))
        p { a href=(link::job_path(&id)) { "Leave them as they are" } }
    };
    Ok(visit.still_page("Retry failed tasks?", &body))
}

/// Where failed tasks of a labourer are retried from: all, or those of a kind, from the first or from a place on.
pub fn retry_of_labourer_path(labourer: &LabourerId, kind: &str, after: &str) -> String {
    let path = format!("{}/retry", link::labourer_path(labourer));
    let pairs = [("kind", kind), ("after", after)];
    link::with_query(&path, pairs.into_iter().filter(|(_, value)| !value.is_empty()))
}

/// Failed tasks of a labourer, across its jobs.
pub async fn retry_of_labourer(
    visit: Visit,
    Path(name): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Trouble> {
    let labourer = named_labourer(&visit.manager, &name).await?.id;
    let found = errors(&visit.manager, &labourer).await?;
    let is_meant = |kind: &str| chosen.kind().is_none_or(|chosen| chosen == kind);
    let failed = found.kinds.iter().filter(|kind| is_meant(&kind.kind)).map(|kind| kind.failed);
    let path = link::segment(labourer.as_str());
    let body = html! {
        p { "Labourer " (link::labourer(&labourer)) }
        @if given(&chosen.after).is_some() { p { "Not all could be done at once: this goes on where it ended." } }
        ul {
            li {
                (text::things(failed.sum(), "failed task"))
                @if found.is_sample { " or more" }
                @if let Some(kind) = chosen.kind() { " whose last error is " b { (raw(kind)) } }
                ", of any job or none: queued again, behind what waits now, with the full number of attempts."
            }
            li { "Those of cancelled jobs stay as they are." }
            li { "Their errors and their history stay, and they fail again unless the cause is fixed." }
        }
        (form(visit.frame(), &format!("/do/labourers/{path}/retry"), &chosen.fields(), Button::Plain("Retry them")))
        p { a href={ (link::labourer_path(&labourer)) "/failures" } { "Leave them as they are" } }
    };
    Ok(visit.still_page("Retry failed tasks?", &body))
}

pub async fn cancel_task(visit: Visit, Path(task): Path<String>) -> Result<Response, Trouble> {
    let name: TaskName = task.parse()?;
    let task = read_task(&visit.manager, &name).await?;
    let body = html! {
        p { (link::task(&name)) " of " (link::labourer(&task.labourer_id)) ": " (badge(task.state.name())) }
        @if task.state.can_be_cancelled() {
            ul {
                li { (is_cancelled(task.size())) ": never run, and counted by the job as cancelled." }
                li { "If an attempt of it starts before you confirm, nothing is done." }
            }
            p { "This cannot be undone." }
            (form(visit.frame(), &format!("/do/tasks/{}/cancel", segment(&name)), &html! {}, Button::Danger("Cancel it")))
        } @else {
            p { "It is " (words::state(task.state.name())) ": only a task that waits can be cancelled." }
        }
        p { a href=(link::task_path(&name)) { "Leave it as it is" } }
    };
    Ok(visit.still_page("Cancel the task?", &body))
}

fn is_cancelled(tasks: u64) -> String {
    match tasks {
        1 => "It is cancelled".to_owned(),
        tasks => format!("The {} of the block are cancelled", text::things(tasks, "task")),
    }
}

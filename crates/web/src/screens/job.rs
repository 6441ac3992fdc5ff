//! A job: progress, forecast, failures by kind.

use axum::{extract::Path, response::Response};
use maud::{Markup, html};
use operator::{
    JobId, Timestamp,
    forecast::{ShownJob, show_job},
    jobs::{Count, JobDetails, JobOverview, find},
    words,
};

use super::kinds::{Of, by_kind};
use crate::{
    look::{count, duration, facts, job_badge, link, progress, raw, text, time},
    trouble::Trouble,
    visit::Visit,
};

pub async fn show(visit: Visit, Path(job): Path<String>) -> Result<Response, Trouble> {
    let id = named(&visit, job).await?;
    let shown = show_job(&visit.manager, &id).await?;
    let details = &shown.details;
    let body = html! {
        (what_it_is(&visit, &shown))
        (buttons(&visit, &details.job))
        (failures(&visit, details))
        (content(details))
    };
    Ok(visit.page(&format!("Job {}", words::printable(id.as_str())), &body))
}

/// The id of the job that an address names, by its beginning, too.
pub async fn named(visit: &Visit, name: String) -> Result<JobId, Trouble> {
    Ok(find(&visit.manager, &JobId::new(name)?).await?)
}

fn what_it_is(visit: &Visit, shown: &ShownJob) -> Markup {
    let JobDetails { job, open, .. } = &shown.details;
    let ended = &job.progress;
    let parts = [
        ("succeeded", ended.succeeded),
        ("exhausted", ended.exhausted),
        ("ignored", ended.ignored),
        ("running", open.running.number()),
        ("parked", open.parked.number()),
        ("queued", open.queued.number()),
    ];
    let at = |at: Option<Timestamp>| match at {
        Some(at) => time(at, visit.now),
        None => html! { "not yet" },
    };
    let of_state = |state: &str, number: Markup| {
        let path = link::tasks_path([("job", job.job_id.as_str()), ("state", state)]);
        html! { a href=(path) { (number) " " (words::state(state)) } }
    };
    let mut list = vec![
        ("State", html! { (job_badge(job.stage)) }),
        ("Labourer", link::labourer(&job.labourer_id)),
        (
            "Tasks",
            html! {
                (text::things(ended.total, "task")) ", " (count(ended.made)) " created"
                @if job.block_size > 1 { ", in blocks of " (job.block_size) }
            },
        ),
        (
            "Open",
            html! {
                (of_state("queued", found(open.queued))) ", " (of_state("running", found(open.running))) ", "
                (of_state("parked", found(open.parked)))
            },
        ),
        (
            "Closed",
            html! {
                (of_state("succeeded", count(ended.succeeded))) ", " (of_state("exhausted", count(ended.exhausted)))
                ", " (of_state("ignored", count(ended.ignored)))
            },
        ),
        (
            "Retried",
            html! { (retries(ended.retried)) ", " (text::things(ended.snoozed, "snooze")) },
        ),
        ("Accepted", time(job.created_at, visit.now)),
    ];
    list.extend(job.options.start.map(|start| ("Not before", time(start, visit.now))));
    list.extend([
        ("Started", at(ended.started)),
        ("Ended", at(job.ended_at)),
        ("Duration", duration(job.duration)),
    ]);
    let forecast = shown.forecast.as_ref().filter(|forecast| forecast.left > 0);
    list.extend(forecast.map(|forecast| ("Forecast", raw(forecast))));
    html! { (progress(&parts, ended.total)) (facts(&list)) }
}

fn retries(number: u64) -> String {
    match number {
        1 => "1 retry".to_owned(),
        many => format!("{} retries", text::grouped(many)),
    }
}

/// How many, as far as a search found.
pub fn found(number: Count) -> Markup {
    html! {
        (count(number.number()))
        @match number {
            Count::Exactly(_) => {}
            Count::AtLeast(_) => { " or more" }
            Count::AtMost(_) => { " or fewer" }
        }
    }
}

/// Links to what has to be confirmed first.
fn buttons(visit: &Visit, job: &JobOverview) -> Markup {
    let (path, failed) = (link::job_path(&job.job_id), job.progress.exhausted);
    let can_retry = failed > 0 && !job.state.is_cancelled();
    html! {
        @if !visit.is_read_only() && (job.state.is_open() || can_retry) {
            p.actions {
                @if can_retry {
                    a.button href={ (path) "/retry" } { "Retry " (text::things(failed, "failed task")) "…" } " "
                }
                @if job.state.is_open() { a.button.danger href={ (path) "/cancel" } { "Cancel the job…" } }
            }
        }
    }
}

fn failures(visit: &Visit, details: &JobDetails) -> Markup {
    let (job, errors) = (&details.job, &details.errors);
    let can_retry = !job.state.is_cancelled() && !visit.is_read_only();
    let of = Of {
        filter: ("job", job.job_id.as_str()),
        retry: can_retry.then(|| format!("{}/retry", link::job_path(&job.job_id))),
        name: &|id| job.name_of(id).to_string(),
    };
    html! {
        section {
            h2 { "Failures by kind" }
            (by_kind(&errors.kinds, errors.is_sample, &of))
        }
    }
}

fn content(details: &JobDetails) -> Markup {
    html! {
        details {
            summary { "Content and options" }
            pre { code { (raw(&details.content)) } }
            pre { code { (raw(super::payload::pretty(&details.job.options))) } }
        }
    }
}

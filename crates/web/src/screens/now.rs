//! What is late, why, and what to do: the first screen.

use axum::response::Response;
use maud::{Markup, html};
use operator::{
    Timestamp,
    overview::{About, Incident, JobLine, LabourerLine, NextStep, Overview},
};

use crate::{
    chart::spark,
    look::{
        Button, Column, badge::Tone, badge::mark, bar, count, duration, empty, form, job_badge,
        link, notice, notice::command, progress, raw, table, text, time,
    },
    trouble::Trouble,
    visit::Visit,
};

const LABOURERS: [Column; 7] = [
    Column::Text("Labourer"),
    Column::Number("Waiting"),
    Column::Wide("Oldest"),
    Column::Text("Slots"),
    Column::Number("Tasks/s"),
    Column::Number("Failed"),
    Column::Wide("Two hours"),
];
const JOBS: [Column; 5] = [
    Column::Text("Job"),
    Column::Text("State"),
    Column::Text("Progress"),
    Column::Wide("Labourer"),
    Column::Wide("Left"),
];

pub async fn show(visit: Visit) -> Result<Response, Trouble> {
    let overview = visit.overview().await?;
    let body = html! {
        (incidents(&visit, &overview))
        section {
            h2 { "Labourers" }
            @if overview.labourers.is_empty() {
                (empty("the config has no labourer"))
            } @else {
                (table("Labourers", &LABOURERS, &html! {
                    @for line in &overview.labourers { (labourer(line)) }
                }))
            }
        }
        section {
            h2 { "Open jobs" }
            @if overview.jobs.is_empty() {
                (empty("no job is open"))
            } @else {
                (table("Open jobs", &JOBS, &html! {
                    @for line in &overview.jobs { (job(line, visit.now)) }
                }))
            }
        }
        p.note { "Read " (time(overview.at, visit.now)) "." }
    };
    Ok(visit.live_page("Now", &body))
}

fn incidents(visit: &Visit, overview: &Overview) -> Markup {
    html! {
        section aria-label="What is wrong" {
            @if overview.incidents.is_empty() {
                (notice::done("Everything is in order."))
            }
            @for incident in &overview.incidents { (shown(visit, incident)) }
        }
    }
}

/// An incident, with what helps as buttons and commands.
pub fn shown(visit: &Visit, incident: &Incident) -> Markup {
    let about = match &incident.about {
        About::Stack => html! { "the stack" },
        About::Labourer { labourer_id } => link::labourer(labourer_id),
        About::Resource { resource, .. } => html! { "resource " (link::resource(resource)) },
        About::Job { job_id, labourer_id } => html! {
            "job " (link::job(job_id)) " of " (link::labourer(labourer_id))
        },
    };
    let about = html! {
        strong { (about) }
        @if let Some(since) = incident.since { span.since { " (" (time(since, visit.now)) ")" } }
        ":"
    };
    let steps = html! { @for next in &incident.steps { (step(visit, next)) } };
    notice(incident.urgency, &about, &incident.why, &visit.as_typed(&incident.change), &steps)
}

/// What ends or repeats much is confirmed on a screen of its own.
fn step(visit: &Visit, next: &NextStep) -> Markup {
    let button = |path: String, words: &str, is_danger: bool| {
        let class = if is_danger { "button danger" } else { "button" };
        html! { a class=(class) href=(path) { (words) } }
    };
    match next {
        NextStep::Resume { labourer_id } => {
            let action = format!("{}/resume", link::labourer_path(labourer_id));
            form(visit.frame(), &action, &html! {}, Button::Plain("Resume"))
        }
        NextStep::ResumeResource { resource } => {
            let action = format!("{}/resume", link::resource_path(resource));
            form(visit.frame(), &action, &html! {}, Button::Plain("Resume"))
        }
        NextStep::Pause { labourer_id } => {
            button(format!("{}#pause", link::labourer_path(labourer_id)), "Pause…", false)
        }
        NextStep::RetryFailed { job_id } if !visit.is_read_only() => {
            button(format!("{}/retry", link::job_path(job_id)), "Retry failed tasks…", false)
        }
        NextStep::Cancel { job_id } if !visit.is_read_only() => {
            button(format!("{}/cancel", link::job_path(job_id)), "Cancel the job…", true)
        }
        NextStep::RetryFailed { .. } | NextStep::Cancel { .. } => html! {},
        NextStep::ShowJob { job_id } => button(link::job_path(job_id), "Show the job", false),
        NextStep::Run { command: line } => {
            command(visit.as_typed(&format!("`{line}`")).trim_matches('`'))
        }
    }
}

fn labourer(line: &LabourerLine) -> Markup {
    html! {
        tr class=[line.urgency.map(|urgency| Tone::from(urgency).class())] {
            th scope="row" {
                (link::labourer(&line.labourer_id))
                @if !line.reason.is_empty() { span.reason { (raw(&line.reason)) } }
            }
            td.n {
                @match line.waiting {
                    Some(waiting) => (count(waiting)),
                    None => span title="no tick has counted them" { "?" },
                }
            }
            td.wide { (oldest(line)) }
            td { (slots(line)) }
            td.n { (text::rate(line.rate)) }
            td.n {
                @if line.failed > 0 { span.bad { (count(line.failed)) } } @else { "0" }
                @if line.failing > 0 {
                    span.reason { (count(line.failing)) " failing" }
                }
            }
            td.wide { (two_hours(line)) }
        }
    }
}

/// The age of the oldest task that waits, against what is usual.
pub fn oldest(line: &LabourerLine) -> Markup {
    let seconds = |seconds: u64| duration(std::time::Duration::from_secs(seconds));
    html! {
        @if let Some(oldest) = line.oldest { (seconds(oldest)) }
        @if let (Some(_), Some(usual)) = (line.oldest, line.usual_oldest) {
            span.reason { "usually " (seconds(usual)) }
        }
    }
}

pub fn slots(line: &LabourerLine) -> Markup {
    html! {
        (bar(line.running.into(), line.slots.max(line.most).into(), "slots used"))
        span.under {
            (line.running) " of " (line.slots)
            @if line.slots < line.most { span.reason { "of " (line.most) " in full health" } }
            @if line.is_paused { " " (mark(Tone::Warn, "paused")) }
        }
    }
}

fn two_hours(line: &LabourerLine) -> Markup {
    let values: Vec<_> = line.minutes.iter().map(|minute| minute.succeeded as f64).collect();
    spark(&values, "succeeded a minute")
}

fn job(line: &JobLine, now: Timestamp) -> Markup {
    html! {
        tr class=[line.urgency.map(|urgency| Tone::from(urgency).class())] {
            th scope="row" { (link::job(&line.job_id)) }
            td {
                (job_badge(line.stage))
                @if let Some(start) = line.start { span.reason { "starts " (time(start, now)) } }
            }
            td {
                @if let Some(ended) = line.progress {
                    (progress(
                        &[("succeeded", ended.succeeded), ("exhausted", ended.exhausted), ("ignored", ended.ignored)],
                        line.total,
                    ))
                    span.under { (count(ended.closed())) " of " (count(line.total)) }
                } @else {
                    span.under { (text::things(line.total, "task")) }
                }
            }
            td.wide { (link::labourer(&line.labourer_id)) }
            td.wide {
                @if let Some(eta) = line.eta { "about " (duration(std::time::Duration::from_secs(eta))) }
            }
        }
    }
}

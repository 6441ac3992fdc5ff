//! A labourer: how it stands, charts over a chosen time, its tasks by state, pause and resume.

use axum::{
    extract::{Path, Query},
    response::Response,
};
use maud::{Markup, html};
use operator::{
    Labourer, Timestamp,
    forecast::{self, Forecast},
    health::{self, Change},
    history::{self, Series},
    overview::{LabourerLine, Overview},
    tasks::TaskState,
    words,
};

use super::{asked::labourer, now, pause::pause, range::Asked, resource};
use crate::{
    look::{badge::Tone, badge::mark, count, empty, facts, link, raw, text, time},
    trouble::Trouble,
    visit::Visit,
};

const PAUSED: &str =
    "Nothing is started while it is paused; what runs may end, and what comes waits.";

pub async fn show(
    visit: Visit,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let labourer = labourer(&visit.manager, &name).await?;
    let id = &labourer.id;
    let range = asked.range(visit.now)?;
    let series = Series::Labourer(id.clone());
    let overview = visit.overview().await?;
    let history = history::read(&visit.manager, &series, &range).await?;
    let forecast = forecast::of_labourer(&visit.manager, id).await?;
    let changes = health::changes(&visit.manager, id).await?;
    let resources = resource::of_labourer(&visit, &labourer).await?;
    let line = overview.labourers.iter().find(|line| line.labourer_id == *id);
    let path = link::labourer_path(id);
    let body = html! {
        (incidents(&visit, &labourer, &overview))
        (stands(&labourer, line, &forecast))
        (tasks(&labourer, line))
        (resources)
        section { h2 { "What happened" } (asked.shown(&path, &history, visit.now)) }
        (pause(&visit, &path, line.is_some_and(|line| line.is_paused), PAUSED))
        (health_changes(&changes, visit.now))
    };
    Ok(visit.costly_page(&words::printable(id.as_str()), &body))
}

fn incidents(visit: &Visit, labourer: &Labourer, overview: &Overview) -> Markup {
    html! {
        section aria-label="What is wrong" {
            @for incident in overview.of_labourer(&labourer.id) { (now::shown(visit, incident)) }
        }
    }
}

/// How it stands: as the first screen has it, with the forecast.
fn stands(labourer: &Labourer, line: Option<&LabourerLine>, forecast: &Forecast) -> Markup {
    let unknown = || html! { "unknown" };
    let waiting = line.and_then(|line| line.waiting);
    let list = [
        (
            "Waiting",
            waiting.map_or_else(unknown, |waiting| html! { (text::things(waiting, "task")) }),
        ),
        ("Oldest", line.map_or_else(unknown, now::oldest)),
        ("Slots", line.map_or_else(unknown, now::slots)),
        ("Health", line.map_or_else(unknown, health)),
        ("Rate", html! { (text::rate(line.map_or(0.0, |line| line.rate))) " tasks/s" }),
        ("Failed in two hours", html! { (count(line.map_or(0, |line| line.failed))) }),
        ("Forecast", raw(forecast)),
        (
            "Limit",
            html! {
                (text::things(labourer.max_simultaneous_invocations.into(), "slot")) ", by "
                code { "max_simultaneous_invocations" } " in the config"
            },
        ),
        ("Function", html! { code { (raw(&labourer.function)) } }),
        ("Attempts of a task", html! { (labourer.max_attempts) }),
    ];
    facts(&list)
}

fn health(line: &LabourerLine) -> Markup {
    html! {
        @match line.health {
            Some(status) => (judged(status, &line.reason)),
            None if line.reason.is_empty() => "nothing limits it",
            None => (raw(&line.reason)),
        }
    }
}

/// A health, and the reason without it.
fn judged(status: u8, reason: &str) -> Markup {
    let word = history::health_in_words(status);
    let rest =
        reason.strip_prefix(&word).map_or(reason, |rest| rest.trim_start_matches([':', ' ']));
    html! { (mark(Tone::of_health(status), &word)) " " (raw(rest)) }
}

/// Ways to its tasks. What is counted without a search is said.
fn tasks(labourer: &Labourer, line: Option<&LabourerLine>) -> Markup {
    let id = labourer.id.as_str();
    let number = |state: TaskState| match state {
        TaskState::Queued => line.and_then(|line| line.waiting),
        TaskState::Running => line.map(|line| u64::from(line.running)),
        _ => None,
    };
    html! {
        p.actions {
            @for state in TaskState::ALL {
                @let path = link::tasks_path([("labourer", id), ("state", state.name())]);
                a.button href=(path) {
                    (words::state(state.name()))
                    @if let Some(number) = number(state) { " " (count(number)) }
                }
            }
            a.button href={ (link::labourer_path(&labourer.id)) "/failures" } { "Failures by kind" }
        }
    }
}

fn health_changes(changes: &[Change], now: Timestamp) -> Markup {
    html! {
        section {
            h2 { "Changes of health" }
            @if changes.is_empty() { (empty("none is remembered")) }
            ol.events {
                @for change in changes.iter().rev() {
                    li {
                        (time(change.at, now)) ": " (text::things(change.limit.into(), "slot")) ", "
                        (judged(change.health.status(), &change.reason))
                    }
                }
            }
        }
    }
}

//! Jobs: the open ones, and the latest of those that ended.

use axum::{extract::Query, response::Response};
use maud::{Markup, html};
use operator::jobs::{JobFilter, JobOverview, JobPage, JobState, browse};
use serde::Deserialize;

use super::fields;
use crate::{
    look::{Column, count, duration, empty, job_badge, link, progress, table, text, time},
    trouble::Trouble,
    visit::Visit,
};

/// The most jobs of each kind on a page: each costs a read.
const SHOWN: usize = 20;
const STATES: [JobState; 5] = [
    JobState::Open,
    JobState::Cancelling,
    JobState::Succeeded,
    JobState::Failed,
    JobState::Cancelled,
];
const COLUMNS: [Column; 6] = [
    Column::Text("Job"),
    Column::Text("State"),
    Column::Text("Progress"),
    Column::Text("Labourer"),
    Column::Wide("Accepted"),
    Column::Wide("Duration"),
];

/// What is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    labourer: String,
    state: String,
    /// Where a page of ended jobs begins.
    after: String,
}

pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    let filter =
        JobFilter { labourer: fields::labourer(&asked.labourer)?, state: state(&asked.state)? };
    let after = fields::given(&asked.after);
    let page = browse(&visit.manager, &filter, after, SHOWN).await?;
    let body = html! {
        (filters(&visit, &asked))
        @if after.is_none() && filter.state.is_none_or(JobState::is_open) { (open(&visit, &page)) }
        @if filter.state.is_none_or(|state| !state.is_open()) { (ended(&visit, &page, &asked)) }
    };
    Ok(visit.costly_page("Jobs", &body))
}

fn state(given: &str) -> Result<Option<JobState>, Trouble> {
    let Some(given) = fields::given(given) else { return Ok(None) };
    let state = STATES.into_iter().find(|state| state.name() == given);
    let unknown = || {
        let names = STATES.map(JobState::name).join(", ");
        Trouble::Input(format!("There is no state {given:?} of a job: it is one of {names}."))
    };
    state.map(Some).ok_or_else(unknown)
}

fn filters(visit: &Visit, asked: &Asked) -> Markup {
    let states = STATES.map(|state| (state.name(), state.name()));
    let fields = html! {
        (fields::select_labourer(visit, &asked.labourer))
        (fields::select("state", "State", "all", &states, &asked.state))
    };
    fields::filters("/jobs", &fields)
}

fn open(visit: &Visit, page: &JobPage) -> Markup {
    html! {
        section {
            h2 { "Open" }
            @if page.open.is_empty() {
                (empty("no job is open"))
            } @else {
                (table("Open jobs", &COLUMNS, &rows(visit, &page.open)))
            }
            @if page.has_more_open {
                p { "There are more open jobs than the " (SHOWN) " newest: choose a labourer." }
            }
        }
    }
}

fn ended(visit: &Visit, page: &JobPage, asked: &Asked) -> Markup {
    let next = page.next.as_deref().map(|after| {
        let pairs =
            [("labourer", asked.labourer.as_str()), ("state", &asked.state), ("after", after)];
        link::with_query("/jobs", pairs.into_iter().filter(|(_, value)| !value.is_empty()))
    });
    html! {
        section {
            h2 { "Ended" }
            @if page.ended.is_empty() {
                (empty(if page.next.is_some() { "none among the latest" } else { "no job has ended" }))
            } @else {
                (table("Ended jobs", &COLUMNS, &rows(visit, &page.ended)))
            }
            @if let Some(next) = next { p { a rel="next" href=(next) { "Earlier ones" } } }
        }
    }
}

fn rows(visit: &Visit, jobs: &[JobOverview]) -> Markup {
    html! { @for job in jobs { (row(visit, job)) } }
}

fn row(visit: &Visit, job: &JobOverview) -> Markup {
    html! {
        tr {
            td { (link::job(&job.job_id)) }
            td { (job_badge(job.stage)) }
            td { (bar(job)) " " (numbers(job)) }
            td { (link::labourer(&job.labourer_id)) }
            td.wide { (time(job.created_at, visit.now)) }
            td.wide {
                (duration(job.duration))
                @if let Some(eta) = job.eta { ", about " (duration(eta)) " left" }
            }
        }
    }
}

/// How its tasks ended so far.
pub fn bar(job: &JobOverview) -> Markup {
    let ended = &job.progress;
    let parts = [
        ("succeeded", ended.succeeded),
        ("exhausted", ended.exhausted),
        ("ignored", ended.ignored),
    ];
    progress(&parts, ended.total)
}

fn numbers(job: &JobOverview) -> Markup {
    let ended = &job.progress;
    html! {
        (count(ended.succeeded)) " of " (text::things(ended.total, "task")) " succeeded"
        @if ended.exhausted > 0 { ", " (count(ended.exhausted)) " failed" }
        @if ended.ignored > 0 { ", " (count(ended.ignored)) " cancelled" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_no_job_can_have_is_refused_with_those_that_it_can() {
        assert_eq!(state("").unwrap(), None);
        assert_eq!(state("failed").unwrap(), Some(JobState::Failed));
        let Err(Trouble::Input(why)) = state("broken") else { panic!("it is refused") };
        assert!(why.contains("open, cancelling, succeeded, failed, cancelled"), "{why}");
    }
}

//! What happened in the whole stack, over a chosen time, and its faults, if they are asked for.

use axum::{extract::Query, response::Response};
use maud::{Markup, html};
use operator::{
    doctor::{DoctorOptions, Fault, Severity, examine},
    history::{self, Series},
};

use super::{fields::given, range::Asked, resource};
use crate::{
    look::{badge::Tone, badge::mark, empty, notice::done, raw},
    trouble::Trouble,
    visit::Visit,
};

const PATH: &str = "/stack";

pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    let range = asked.range(visit.now)?;
    let history = history::read(&visit.manager, &Series::Stack, &range).await?;
    let faults = match given(&asked.examine) {
        Some(_) => Some(examine(&visit.manager, DoctorOptions::default()).await?),
        None => None,
    };
    let resources = resource::all(&visit).await?;
    let body = html! {
        (resources)
        section {
            h2 { "What happened" }
            @if history.points.is_empty() { (empty("nothing was done in this time")) }
            (asked.shown(PATH, &history, visit.now))
        }
        section #faults {
            h2 { "Faults" }
            @match &faults {
                Some(faults) => (found(&visit, faults)),
                None => {
                    p.note { "Tables, queues, slots and jobs are examined, as `sosw doctor` does: some reads for each labourer." }
                    p.actions { a.button href="/stack?examine=yes#faults" { "Examine" } }
                }
            }
        }
    };
    // An examination is not repeated by itself.
    Ok(match faults {
        Some(_) => visit.still_page("Stack", &body),
        None => visit.page("Stack", &body),
    })
}

fn found(visit: &Visit, faults: &[Fault]) -> Markup {
    html! {
        @if faults.is_empty() { (done("No fault was found.")) }
        @for fault in faults {
            @let (tone, word) = severity(fault.severity());
            article class={ "notice " (tone.class()) } {
                p { (mark(tone, word)) " " (raw(fault)) }
                p.change { (raw(visit.as_typed(&fault.remedy()))) }
            }
        }
    }
}

fn severity(severity: Severity) -> (Tone, &'static str) {
    match severity {
        Severity::Fault => (Tone::Bad, "fault"),
        Severity::Cost => (Tone::Warn, "cost"),
        Severity::Hint => (Tone::Calm, "hint"),
    }
}

//! How far a job is, in a word or two, and what keeps it from being done sooner.

use operator::{forecast::Bound, jobs::JobOverview};

use crate::words;

/// `filling`, `open`, `waiting until 2026-11-29 04:00:00Z`, `paused until …`, or how it ended.
pub fn stage(job: &JobOverview, bound: Option<&Bound>) -> String {
    match bound.filter(|_| job.state.is_open()) {
        _ if job.state.is_open() && job.progress.is_done() => {
            "the next tick ends the job".to_owned()
        }
        Some(Bound::Waiting { until }) => format!("waiting until {}", until.utc()),
        Some(paused @ Bound::Paused { .. }) if !job.state.is_cancelled() => paused.to_string(),
        _ => words::job_stage(job.stage).to_owned(),
    }
}

/// What bounds an open job, if it is worth a word: not that all of its slots are used, nor what its stage says.
pub fn reason(job: &JobOverview, bound: &Bound) -> Option<String> {
    let is_worth_a_word = match bound {
        _ if !job.state.is_open() || job.progress.is_done() => false,
        Bound::Stopped { .. }
        | Bound::Silent { since: Some(_) }
        | Bound::Retries { .. }
        | Bound::Health { .. }
        | Bound::Resource(_)
        | Bound::Lambda => true,
        Bound::Nothing
        | Bound::Running
        | Bound::Silent { since: None }
        | Bound::Slots { .. }
        | Bound::Starts { .. }
        | Bound::Waiting { .. }
        | Bound::Paused { .. } => false,
    };
    is_worth_a_word.then(|| bound.to_string())
}

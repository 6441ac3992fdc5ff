//! How far a labourer or a job is, in a line.

use operator::{
    JobId,
    jobs::{JobOverview, Progress},
};

use super::progress::{JobProgress, JobTasks, WorkProgress};
use crate::{
    jobs::stage::{reason, stage},
    print, words,
};

/// As many characters of a job's id as people need to tell it from others.
const SHORT: usize = 8;

/// `837f1231 plain`: by the beginning of its id the job is found by every command.
pub fn name(job: &JobOverview) -> String {
    format!("{} {}", short(&job.job_id), job.labourer_id)
}

fn short(id: &JobId) -> &str {
    let id = id.as_str();
    id.char_indices().nth(SHORT).and_then(|(end, _)| id.get(..end)).unwrap_or(id)
}

/// `70 queued, 4/4 running, 2 waiting to retry, 42 closed (1 failed), 12.3/s, ETA 8s`. If jobs are in
/// blocks: `42000 of 118000 tasks closed, 12300.0/s, ETA 6.2s, in blocks: 70 queued, …`.
pub fn of_labourer(progress: &WorkProgress) -> String {
    let states = states(progress);
    let pace = pace(progress.speed, progress.eta());
    let mut parts = match progress.in_blocks {
        None => [states, pace].concat(),
        Some(JobTasks { closed, total }) => {
            let tasks = format!("{closed} of {total} tasks closed");
            let blocks = format!("in blocks: {}", states.join(", "));
            [vec![tasks], pace, vec![blocks]].concat()
        }
    };
    parts.extend((!progress.remark.is_empty()).then(|| words::printable(&progress.remark).into()));
    parts.join(", ")
}

/// `filling, 732 of 2000 closed (1 failed), 60.8/s, ETA 21s`; then what bounds it, unless it is its slots, which the
/// line of the labourer shows. `waiting until 2026-11-29 04:00:00Z, 0 of 2000 closed`.
pub fn of_job(progress: &JobProgress) -> String {
    let JobProgress { job, speed, forecast } = progress;
    let Progress { total, exhausted, .. } = job.progress;
    let failed = if exhausted > 0 { format!(" ({exhausted} failed)") } else { String::new() };
    let closed = format!("{} of {total} closed{failed}", job.progress.closed());
    let mut parts = vec![stage(job, Some(&forecast.bound)), closed];
    if job.state.is_open() && !job.progress.is_done() {
        parts.extend(pace(*speed, forecast.at_present_rate));
    }
    parts.extend(reason(job, &forecast.bound));
    words::printable(&parts.join(", ")).into()
}

/// How many are in each state; a block counts as one.
fn states(progress: &WorkProgress) -> Vec<String> {
    let counts = &progress.counts;
    let mut parts = vec![
        format!("{} queued", counts.queued + progress.to_come),
        format!("{}/{} running", counts.running, progress.slots),
    ];
    let some = |number: u64, what: &str| (number > 0).then(|| format!("{number} {what}"));
    parts.extend(some(counts.expired, "expired"));
    parts.extend(some(counts.parked, "waiting to retry"));
    let failed = some(counts.exhausted, "failed").map(|text| format!(" ({text})"));
    parts.push(format!("{} closed{}", counts.closed(), failed.unwrap_or_default()));
    parts
}

/// Speed and estimated end.
fn pace(speed: f64, eta: Option<std::time::Duration>) -> Vec<String> {
    let eta = eta.filter(|_| speed > 0.0).map(|eta| format!("ETA {}", print::duration(eta)));
    let speed = (speed > 0.0).then(|| format!("{speed:.1}/s"));
    speed.into_iter().chain(eta).collect()
}

#[cfg(test)]
mod tests;

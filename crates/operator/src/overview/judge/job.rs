//! What is wrong with a job, or good to know of it.

use task_manager::{
    jobs::job::{JobSnapshot, JobState, Progress},
    time::Timestamp,
};

use super::super::{About, Incident, NextStep, Urgency, facts::JobFacts};
use crate::{doctor::queues, jobs::ErrorKind, words};

/// Of fewer failures nothing is concluded.
const FEW: u64 = 3;

/// Do most of its tasks fail? Each failed attempt counts, so that it is known before the first of them is given up.
pub(in super::super) fn is_failing(progress: &Progress) -> bool {
    let failures = progress.exhausted + progress.retried;
    failures >= FEW && failures > progress.succeeded
}

pub(super) fn incidents(facts: &JobFacts, now: Timestamp) -> Vec<Incident> {
    let job = &facts.job;
    if let Some(start) = job.options.start.filter(|_| job.state == JobState::Open && job.waits(now))
    {
        let why = format!("it waits for its time, {}", start.utc());
        let waits = Incident {
            change: "none: its tasks are made then".into(),
            steps: vec![NextStep::ShowJob { job_id: job.id.clone() }],
            ..incident(facts, "not_due", Urgency::Info, why)
        };
        return vec![waits];
    }
    let snapshot = facts.snapshot.as_ref().map(|seen| &seen.what);
    let found = match (job.state, snapshot) {
        (JobState::Failed, _) => [Some(failed(facts, snapshot)), None],
        (_, Some(snapshot)) => [stands(facts, snapshot, now), failing(facts, snapshot)],
        (_, None) => [None, None],
    };
    found.into_iter().flatten().collect()
}

fn incident(facts: &JobFacts, name: &'static str, urgency: Urgency, why: String) -> Incident {
    let (job_id, labourer_id) = (facts.job.id.clone(), facts.job.labourer_id.clone());
    Incident {
        incident: name,
        urgency,
        about: About::Job { job_id, labourer_id },
        why,
        change: String::new(),
        steps: Vec::new(),
        since: None,
    }
}

/// The scavenger should have gone on with it, and has not.
fn stands(facts: &JobFacts, snapshot: &JobSnapshot, now: Timestamp) -> Option<Incident> {
    let due = [(snapshot.clone(), snapshot.due(now))];
    let fault = queues::judge_jobs(&due, now).pop()?;
    Some(Incident {
        change: fault.remedy().into(),
        steps: vec![NextStep::Run { command: "sosw doctor".into() }],
        ..incident(facts, fault.name(), Urgency::Critical, "it makes no progress".into())
    })
}

/// Most of its tasks fail, and more of them will, unless somebody has cancelled it.
fn failing(facts: &JobFacts, snapshot: &JobSnapshot) -> Option<Incident> {
    let Progress { exhausted, retried, succeeded, .. } = snapshot.progress;
    if !is_failing(&snapshot.progress) || snapshot.job.state.is_cancelled() {
        return None;
    }
    let attempts = words::count(exhausted + retried, "failed attempt");
    let why = format!("most of its tasks fail: {attempts}, {succeeded} succeeded{}", most(facts));
    let id = || snapshot.job.id.clone();
    let mut steps = vec![NextStep::ShowJob { job_id: id() }, NextStep::Cancel { job_id: id() }];
    steps.extend((exhausted > 0).then(|| NextStep::RetryFailed { job_id: id() }));
    let labourer = &snapshot.job.labourer_id;
    Some(Incident {
        change: format!(
            "fix the cause in {labourer} or in the job's payloads, then retry its failed tasks; or cancel it"
        ),
        steps,
        ..incident(facts, "failing", Urgency::Critical, why)
    })
}

/// It has ended so a while ago: nobody is waiting for it to change, but its failed tasks are not done. How many they
/// are is read later.
fn failed(facts: &JobFacts, snapshot: Option<&JobSnapshot>) -> Incident {
    let why = match snapshot.map(|snapshot| snapshot.progress) {
        Some(Progress { exhausted, total, .. }) => {
            format!("it failed: {exhausted} of {}{}", words::count(total, "task"), most(facts))
        }
        None => "it failed".to_owned(),
    };
    let job_id = || facts.job.id.clone();
    Incident {
        change: "fix the cause, then retry its failed tasks".into(),
        steps: vec![
            NextStep::ShowJob { job_id: job_id() },
            NextStep::RetryFailed { job_id: job_id() },
        ],
        since: facts.job.ended_at,
        ..incident(facts, "failed", Urgency::Warning, why)
    }
}

/// Of what kind most of its errors are, as far as they were read.
fn most(facts: &JobFacts) -> String {
    let Some(kinds) = facts.errors.as_ref().map(|seen| &seen.what) else { return String::new() };
    let count = |kind: &ErrorKind| kind.failed + kind.waiting;
    let all: u64 = kinds.iter().map(count).sum();
    match kinds.first() {
        None => String::new(),
        Some(kind) if count(kind) == all => {
            format!("; all with {}", words::error(&kind.kind, &kind.message))
        }
        Some(kind) if count(kind) * 2 > all => {
            format!("; most with {}", words::error(&kind.kind, &kind.message))
        }
        Some(kind) => format!(
            "; with {}, most often {}",
            words::count(kinds.len() as u64, "kind of error"),
            words::error(&kind.kind, &kind.message)
        ),
    }
}

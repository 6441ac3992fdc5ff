//! A labourer and a job, each on one line of a screen.

use std::time::Duration;

use serde::Serialize;
use task_manager::{
    ids::{JobId, LabourerId},
    jobs::job::Progress,
    time::Timestamp,
};

use super::{
    Urgency,
    facts::{JobFacts, LabourerFacts},
    judge::labourer::usual_oldest,
};
use crate::{
    history::{self, Brief},
    resources::Wait,
    status,
};

/// What a rate is measured over.
const RATE: Duration = Duration::from_secs(300);

/// How a labourer stands. Slots are as they are now, all else is that of the last minute that was recorded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabourerLine {
    pub labourer_id: LabourerId,
    /// That of the worst of its incidents, or of its jobs'; nothing if it has none.
    pub urgency: Option<Urgency>,
    /// The minute that `waiting` and `oldest` are of; nothing if none was recorded in two hours.
    pub as_of: Option<Timestamp>,
    /// Tasks in its queue, a block as one: some thousands, or more. Nothing if the ticks have stopped and nobody knows.
    pub waiting: Option<u64>,
    /// How long ago the first of them was created, in seconds.
    pub oldest: Option<u64>,
    /// The median of that in the last two hours, of minutes in which tasks waited.
    pub usual_oldest: Option<u64>,
    /// Attempts that hold a slot.
    pub running: u32,
    /// Slots there are, as last decided.
    pub slots: u32,
    /// Slots there are in full health.
    pub most: u32,
    /// From 0 Bad to 4 High, if its slots depend on health.
    pub health: Option<u8>,
    pub is_paused: bool,
    /// For people: why nothing is started for it, else that it is paused, else its health and the reason, and what it
    /// waits for of what it shares. Empty if nothing limits it.
    pub reason: String,
    /// Tasks that succeeded in a second, in the last five minutes.
    pub rate: f64,
    /// Attempts that failed or fell silent in these minutes.
    pub failing: u64,
    /// Tasks that were closed as failed in the last two hours.
    pub failed: u64,
    /// The minutes of the last two hours in which something happened, oldest first.
    pub minutes: Vec<Brief>,
}

/// How an open job stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobLine {
    pub job_id: JobId,
    pub labourer_id: LabourerId,
    /// That of the worst of its incidents; nothing if it has none.
    pub urgency: Option<Urgency>,
    /// `waiting` for its time, `filling` the queue, `queued` in full, `cancelling`; `open` as long as its progress was not
    /// read.
    pub stage: &'static str,
    pub created_at: Timestamp,
    /// When its first tasks may start, if it waits for a time.
    pub start: Option<Timestamp>,
    pub total: u64,
    /// How far it is, as of `read_at`. With many open jobs their progress is read in turns, so that it may be missing at
    /// the first read.
    pub progress: Option<Progress>,
    pub read_at: Option<Timestamp>,
    /// Seconds to its end, at the average speed so far.
    pub eta: Option<u64>,
}

impl LabourerLine {
    pub(super) fn of(
        one: &LabourerFacts,
        urgency: Option<Urgency>,
        waits: &[Wait],
        now: Timestamp,
        is_silent: bool,
    ) -> Self {
        let (labourer, row) = (&one.labourer, one.row.as_ref());
        let (waiting, running) = (one.waiting(now, is_silent), one.running(now));
        let shown = one.latest().filter(|_| waiting.is_some_and(|waiting| waiting > 0));
        // The record of a minute counts what came before it.
        let lately = one.since(now - RATE);
        let memory = row.and_then(|row| row.ecology.as_ref());
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Self {
            labourer_id: labourer.id.clone(),
            urgency,
            as_of: one.latest().map(|(at, _)| *at),
            waiting,
            oldest: shown.map(|(_, brief)| brief.oldest),
            usual_oldest: usual_oldest(one),
            running,
            slots: status::slots(labourer, row),
            most: labourer.max_simultaneous_invocations,
            health: memory.map(|memory| memory.health.status()),
            is_paused: one.is_paused(now),
            reason: status::remark(labourer, row, running, waits, now),
            rate: count(lately.succeeded) as f64 / RATE.as_secs_f64(),
            failing: count(lately.failed + lately.expired),
            failed: count(one.since(Timestamp::from_seconds(0.0)).exhausted),
            minutes: one.minutes.iter().map(|(at, brief)| history::brief(*at, brief)).collect(),
        }
    }
}

impl JobLine {
    pub(super) fn of(facts: &JobFacts, urgency: Option<Urgency>, now: Timestamp) -> Self {
        let job = &facts.job;
        let seen = facts.snapshot.as_ref();
        let stage = match seen {
            Some(seen) => seen.what.stage(now),
            None if job.waits(now) => "waiting",
            None => job.state.name(),
        };
        Self {
            job_id: job.id.clone(),
            labourer_id: job.labourer_id.clone(),
            urgency,
            stage,
            created_at: job.created_at,
            start: job.options.start.filter(|start| *start > now),
            total: job.total,
            progress: seen.map(|seen| seen.what.progress),
            read_at: seen.map(|seen| seen.at),
            eta: seen.and_then(|seen| seen.what.progress.eta(seen.at)).map(|eta| eta.as_secs()),
        }
    }
}

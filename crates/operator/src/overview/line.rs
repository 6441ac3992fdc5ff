//! A labourer and a job, each on one line of a screen.

use serde::Serialize;
use task_manager::{
    ids::{JobId, LabourerId},
    jobs::job::Progress,
    time::Timestamp,
};

use super::Urgency;
use crate::history::Brief;

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
    /// For people: why nothing is started for it, else that it is paused, else its health and the reason. Empty if
    /// nothing limits it.
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

//! What happened, minute by minute: of one labourer, or of the stack. Records are made by the orchestrator's ticks
//! and kept `history_days`; reading them costs a few calls, whatever the labourer has done.

mod moment;
mod points;

use std::{collections::BTreeMap, time::Duration};

pub use moment::{Moment, NoMoment};
pub(crate) use points::brief;
use serde::Serialize;
pub use task_manager::history::Series;
use task_manager::{
    TaskManager,
    ecology::Health,
    ids::{InvalidId, LabourerId, ResourceId},
    storage::StoreError,
    time::Timestamp,
};

use crate::resources::PREFIX;

/// So many records are read at most: ten days of minutes.
pub const MOST_RECORDS: u32 = 14_400;
/// So many points an answer has if nobody asks for others.
const FITTING: f64 = 120.0;
/// Lengths of a point, in seconds; else it is a day.
const STEPS: [u64; 7] = [60, 300, 900, 3600, 10_800, 21_600, 43_200];
const DAY: u64 = 86_400;

/// Which part of the history is asked for.
#[derive(Clone, Debug)]
pub struct Range {
    pub from: Timestamp,
    pub to: Timestamp,
    /// The length of a point; if it is not set, so that they are at most 120, or a day.
    pub every: Option<Duration>,
}

/// The history of a labourer, a resource or the stack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct History {
    /// `stack`, `labourer NAME` or `resource NAME`.
    pub series: String,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Seconds of a point.
    pub every: u64,
    /// Times without a record have none: nothing happened then, or nobody recorded it.
    pub points: Vec<Point>,
    /// There was more than is read at once: what is before this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_before: Option<Timestamp>,
    /// Seconds that records are kept.
    pub kept: u64,
}

/// A minute or several. How things stood is that of its last record, but for `queued_most`; all else is counted.
///
/// Of a resource, held permits are `running`, those in force `slots`, labourers that wait for some `queued`, and tokens that
/// were taken `started`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    pub at: Timestamp,
    /// Tasks that wait: some thousands, or more.
    pub queued: u64,
    pub queued_most: u64,
    /// How long ago the first of them was created: at most, in seconds.
    pub oldest: u64,
    /// Attempts that hold a slot.
    pub running: u32,
    pub slots: u32,
    /// From 0 Bad to 4 High: the worst.
    pub health: u8,
    /// For people: why health was so, or why nothing started.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Attempts begun.
    pub started: u64,
    pub succeeded: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Attempts that were silent for longer than their lease.
    pub expired: u64,
    /// Tasks closed as failed.
    pub exhausted: u64,
    /// Tasks parked, to be tried again.
    pub retried: u64,
    /// How long successful attempts took, in seconds, to 5 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
}

/// A labourer's minute in brief, for a line on a screen that shows all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Brief {
    pub at: Timestamp,
    pub queued: u64,
    /// How long ago the first task that waits was created, in seconds.
    pub oldest: u64,
    pub running: u32,
    pub slots: u32,
    /// From 0 Bad to 4 High.
    pub health: u8,
    pub started: u64,
    pub succeeded: u64,
    /// Attempts that failed or expired.
    pub failed: u64,
    pub exhausted: u64,
}

/// The series of this name: `stack`, `resource:NAME`, or a labourer, which need not be in the config any more. A labourer
/// that is called `stack` is `labourer stack`.
///
/// # Errors
/// When no labourer or resource can have that name.
pub fn series(name: &str) -> Result<Series, InvalidId> {
    if let Some(name) = name.strip_prefix(PREFIX) {
        return ResourceId::new(name).map(Series::Resource);
    }
    match (name, name.strip_prefix("labourer ")) {
        ("stack", _) => Ok(Series::Stack),
        (_, Some(name)) | (name, None) => LabourerId::new(name).map(Series::Labourer),
    }
}

/// The history of a labourer or of the stack, oldest first. Of more than [`MOST_RECORDS`], the newest.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn read(
    manager: &TaskManager,
    series: &Series,
    range: &Range,
) -> Result<History, StoreError> {
    let Range { from, to, .. } = *range;
    let table = manager.store().history();
    // One more: it shows whether there are others.
    let most = MOST_RECORDS + 1;
    let mut minutes = match series {
        Series::Stack => points::of_stack(table.stack_within(from, to, most).await?),
        Series::Labourer(_) | Series::Resource(_) => {
            points::of_records(table.within(series, from, to, most).await?)
        }
    };
    let is_cut = minutes.len() > MOST_RECORDS as usize;
    if is_cut {
        minutes.remove(0);
    }
    let every = range.every.unwrap_or_else(|| fitting(to.since(from)));
    Ok(History {
        series: series.to_string(),
        from,
        to,
        every: every.as_secs(),
        cut_before: minutes.first().map(|first| first.at).filter(|_| is_cut),
        points: points::aggregate(&minutes, every),
        kept: manager.config().keep_history.as_secs(),
    })
}

/// The minutes of all labourers with activity since then, each oldest first: one series is read, that of the stack.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn briefs(
    manager: &TaskManager,
    since: Timestamp,
) -> Result<BTreeMap<LabourerId, Vec<Brief>>, StoreError> {
    let table = manager.store().history();
    let records = table.stack_within(since, manager.now(), MOST_RECORDS).await?;
    let mut lines: BTreeMap<LabourerId, Vec<Brief>> = BTreeMap::new();
    for record in records.into_iter().rev() {
        for (id, minute) in record.labourers {
            lines.entry(id).or_default().push(brief(record.minute, &minute));
        }
    }
    Ok(lines)
}

/// In words: `High`, `Bad`.
pub fn health_in_words(status: u8) -> String {
    Health::try_from(status).map_or_else(|_| status.to_string(), |health| health.to_string())
}

fn fitting(time: Duration) -> Duration {
    let wanted = time.as_secs_f64() / FITTING;
    let step = STEPS.into_iter().find(|step| *step as f64 >= wanted);
    Duration::from_secs(step.unwrap_or(DAY))
}

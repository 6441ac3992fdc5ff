//! Records as points: each minute once, then several of them as one.

use std::time::Duration;

use task_manager::{
    history::{self, Durations, Gauges, Numbers, Record, StackRecord},
    time::Timestamp,
};

use super::{Brief, Point};

/// What is known of a minute.
pub struct Minute {
    pub at: Timestamp,
    gauges: Gauges,
    numbers: Numbers,
    durations: Durations,
}

/// Records, newest first, as minutes, oldest first. One that was overtaken by its successor counts as it would have.
pub fn of_records(mut records: Vec<Record>) -> Vec<Minute> {
    records.reverse();
    let mut before: Option<&Record> = None;
    let mut minutes = Vec::with_capacity(records.len());
    for record in &records {
        let numbers = match before {
            Some(before) => record.numbers_after(before),
            None => record.numbers,
        };
        let (gauges, durations) = (record.gauges.clone(), record.durations.clone());
        minutes.push(Minute { at: record.minute, gauges, numbers, durations });
        before = Some(record);
    }
    minutes
}

/// The same of the stack.
pub fn of_stack(records: Vec<StackRecord>) -> Vec<Minute> {
    let minute = |record: StackRecord| {
        let StackRecord { minute: at, gauges, numbers, durations, .. } = record;
        Minute { at, gauges, numbers, durations }
    };
    records.into_iter().rev().map(minute).collect()
}

/// Points of that length, each at its begin.
pub fn aggregate(minutes: &[Minute], every: Duration) -> Vec<Point> {
    let every = every.as_secs_f64().max(1.0);
    let begin = |minute: &Minute| (minute.at.seconds() / every).floor();
    let groups = minutes.chunk_by(|one, other| begin(one) == begin(other));
    groups
        .filter_map(|group| point(Timestamp::from_seconds(begin(group.first()?) * every), group))
        .collect()
}

fn point(at: Timestamp, minutes: &[Minute]) -> Option<Point> {
    let last = minutes.last()?;
    let worst = minutes.iter().rev().min_by_key(|minute| minute.gauges.health)?;
    let (mut numbers, mut durations) = (Numbers::default(), Durations::default());
    for minute in minutes {
        numbers += minute.numbers;
        durations += &minute.durations;
    }
    let highest = |of: fn(&Gauges) -> u64| minutes.iter().map(|m| of(&m.gauges)).max();
    let seconds = |part| durations.quantile(part).map(|time| time.as_secs_f64());
    let Numbers { started, succeeded, failed, expired, exhausted, retried } = numbers;
    Some(Point {
        at,
        queued: last.gauges.queued,
        queued_most: highest(|gauges| gauges.queued)?,
        oldest: highest(|gauges| gauges.oldest.as_secs())?,
        running: last.gauges.running,
        slots: last.gauges.slots,
        health: worst.gauges.health.status(),
        reason: worst.gauges.reason.clone(),
        started: count(started),
        succeeded: count(succeeded),
        failed: count(failed),
        expired: count(expired),
        exhausted: count(exhausted),
        retried: count(retried),
        median: seconds(0.5),
        p95: seconds(0.95),
    })
}

pub fn brief(at: Timestamp, brief: &history::Brief) -> Brief {
    let Numbers { started, succeeded, failed, expired, exhausted, .. } = brief.numbers;
    Brief {
        at,
        queued: brief.queued,
        oldest: brief.oldest,
        running: brief.running,
        slots: brief.slots,
        health: brief.health.status(),
        started: count(started),
        succeeded: count(succeeded),
        failed: count(failed + expired),
        exhausted: count(exhausted),
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

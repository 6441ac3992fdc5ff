//! How fast a labourer has lately worked.

use std::time::Duration;

use task_manager::time::Timestamp;

use crate::history::{Brief, Point};

/// So far back the pace is the present one.
const LATELY: Duration = Duration::from_secs(300);
/// Seconds that a record of the history stands for.
const MINUTE: f64 = 60.0;

/// How fast a labourer has worked in the last minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// Tasks that were closed, a second; each member of a block counts.
    pub rate: f64,
    /// How long an attempt takes, in the middle.
    pub median: Option<Duration>,
    /// Tasks of an attempt; 1 if each is by itself.
    pub block_size: u64,
}

impl Pace {
    /// By what the history of a labourer says in brief, which has no durations.
    pub fn of_briefs(briefs: &[Brief], now: Timestamp) -> Self {
        let closed = briefs.iter().filter(|brief| is_late(brief.at, now));
        let closed = closed.map(|brief| brief.succeeded.saturating_add(brief.exhausted));
        Self { rate: rate(closed), median: None, block_size: 1 }
    }

    /// By the history of a labourer, in points of a minute.
    pub fn of_points(points: &[Point], now: Timestamp) -> Self {
        let late: Vec<_> = points.iter().filter(|point| is_late(point.at, now)).collect();
        let median = late.iter().rev().find_map(|point| point.median);
        let closed = late.iter().map(|point| point.succeeded.saturating_add(point.exhausted));
        let median = median.and_then(|median| Duration::try_from_secs_f64(median).ok());
        Self { rate: rate(closed), median, block_size: 1 }
    }
}

fn is_late(at: Timestamp, now: Timestamp) -> bool {
    now.since(at) <= LATELY
}

/// Of records, each with what was closed in a minute.
fn rate(closed: impl Iterator<Item = u64>) -> f64 {
    let (minutes, closed) =
        closed.fold((0.0, 0.0), |(minutes, sum), closed| (minutes + 1.0, sum + closed as f64));
    if minutes > 0.0 { closed / (minutes * MINUTE) } else { 0.0 }
}

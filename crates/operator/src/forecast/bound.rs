//! What keeps work from being done sooner.

use std::time::Duration;

use serde::Serialize;
use task_manager::time::Timestamp;

use super::{Capacity, Pause, Work};
use crate::resources::{Cause, Wait};

/// What would have to change for work to be done sooner: of several, what must be resolved first. In JSON an
/// object with `by`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Bound {
    /// No task is open.
    Nothing,
    /// All that is left runs.
    Running,
    /// The config lets nothing start.
    Stopped { reason: String },
    /// The job waits for its time.
    Waiting { until: Timestamp },
    /// An operator lets nothing start.
    Paused { until: Option<Timestamp>, reason: Option<String> },
    /// No tick has confirmed the slots for minutes: nothing starts.
    Silent { since: Option<Timestamp> },
    /// All that does not run waits for its next attempt, the first of it until then.
    Retries { until: Option<Timestamp> },
    /// Health allows fewer slots than the config, and all of them are used.
    Health { slots: u32, of: u32, reason: String },
    /// What it shares with others allows no more.
    Resource(Wait),
    /// All slots are used.
    Slots { slots: u32 },
    /// Lambda had no room for more invocations.
    Lambda,
    /// Slots are free: what waits is started by the next ticks, and as attempts end.
    Starts { free: u32 },
}

impl Bound {
    /// Of this work and capacity.
    pub(super) fn of(work: &Work, capacity: &Capacity, now: Timestamp) -> Self {
        let Capacity { running, slots, most, .. } = *capacity;
        let waits = work.queued > 0 || work.parked > 0;
        if !waits {
            return if work.running > 0 { Self::Running } else { Self::Nothing };
        }
        if let Some(reason) = capacity.stopped.clone() {
            return Self::Stopped { reason };
        }
        if let Some(until) = work.starts_at.filter(|start| *start > now) {
            return Self::Waiting { until };
        }
        if let Some(Pause { until, reason }) = capacity.paused.clone() {
            return Self::Paused { until, reason };
        }
        if let Some(since) = capacity.silent {
            return Self::Silent { since };
        }
        if work.queued == 0 && work.ahead == 0 {
            return Self::Retries { until: work.next_retry };
        }
        if let Some(wait) = short_of(work, capacity) {
            return Self::Resource(wait.clone());
        }
        match running >= slots {
            true if slots < most => {
                Self::Health { slots, of: most, reason: capacity.health.clone() }
            }
            true => Self::Slots { slots },
            false if capacity.refused => Self::Lambda,
            false => Self::Starts { free: slots - running },
        }
    }

    /// How long until anything starts; nothing if that is unknown.
    pub(super) fn begins(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Stopped { .. } | Self::Silent { .. } | Self::Paused { until: None, .. } => None,
            Self::Health { slots: 0, .. } | Self::Slots { slots: 0 } => None,
            Self::Waiting { until } | Self::Paused { until: Some(until), .. } => {
                Some(until.since(now))
            }
            Self::Resource(Wait { cause, .. }) => match cause {
                Cause::Resume { until: Some(until), .. } => Some(until.since(now)),
                Cause::Resume { until: None, .. }
                | Cause::FirstTick
                | Cause::MorePermits { .. } => None,
                Cause::Permits { .. } | Cause::NextTick | Cause::Tokens { .. } => {
                    Some(Duration::ZERO)
                }
            },
            Self::Nothing
            | Self::Running
            | Self::Retries { .. }
            | Self::Health { .. }
            | Self::Slots { .. }
            | Self::Lambda
            | Self::Starts { .. } => Some(Duration::ZERO),
        }
    }
}

/// What it shares and needs more of, for all that is queued.
fn short_of<'c>(work: &Work, capacity: &'c Capacity) -> Option<&'c Wait> {
    let queued = work.queued.saturating_add(work.ahead);
    capacity.waits.iter().find(|wait| match wait.cause {
        Cause::Tokens { weight, available, .. } => {
            queued.saturating_mul(weight.into()) > available.into()
        }
        _ => true,
    })
}

//! What is explored: how many of what, and the constants of the small world.

use std::time::Duration;

use task_manager::{
    attempt::closing::Context,
    greenfield::Scale,
    ids::{ClaimToken, JobId, LabourerId, TaskId},
    labourer::{Labourer, backoff::Backoff, frees::Frees},
    time::Timestamp,
};

use super::{bugs::Bug, recovery::Known};

/// The model's time: one tick is ten seconds.
pub type Tick = u8;

/// Room for that many tasks.
pub const MOST_TASKS: usize = 3;

const START: f64 = 1_800_000_000.0;
const TICK: f64 = 10.0;

/// What is explored.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Tasks there are.
    pub tasks: u8,
    /// `max_simultaneous_invocations`.
    pub slots: u32,
    /// Counters of freed slots beside the row.
    pub counters: u32,
    /// `max_attempts`.
    pub max_attempts: u32,
    /// Time ends here.
    pub horizon: Tick,
    /// How many things go wrong, at most: crashes, refusals, failures, lost and doubled messages.
    pub trouble: u8,
    /// Processes of each kind that are at work at once.
    pub twins: usize,
    /// What is broken on purpose.
    pub bug: Option<Bug>,
    /// What is known of recoveries.
    pub known: Known,
}

impl Scope {
    /// The smallest scope in which anything can happen.
    pub fn small() -> Self {
        Self {
            tasks: 1,
            slots: 1,
            counters: 0,
            max_attempts: 2,
            horizon: 3,
            trouble: 1,
            twins: 2,
            bug: None,
            known: Known::default(),
        }
    }

    /// How its row counts what is freed.
    pub fn frees(&self) -> Frees {
        Frees { counters: self.counters, knows_unclaimed: true }
    }

    /// The one labourer.
    pub fn labourer(&self) -> Labourer {
        let one_more = u32::from(self.bug == Some(Bug::OneAttemptTooMany));
        labourer(self.slots, self.max_attempts + one_more)
    }
}

/// A labourer with leases of a tick, and a tick of delay after whatever went wrong.
pub fn labourer(slots: u32, max_attempts: u32) -> Labourer {
    let tick = Duration::from_secs_f64(TICK);
    let delay = Backoff::Exponential { base: tick, cap: tick };
    Labourer {
        max_simultaneous_invocations: slots,
        duration: Some(tick / 2),
        cooldown: tick / 2,
        max_attempts,
        after_failure: delay,
        after_expiry: Some(delay),
        ..Labourer::new(labourer_id())
    }
}

/// The circumstances of a decision that is taken at this tick.
pub fn context(labourer: &Labourer, frees: Frees, at: Tick) -> Context<'_> {
    Context {
        now: time(at),
        labourer,
        function_timeout: None,
        frees,
        scale: scale(),
        keep_closed: None,
        jitter: 1.0,
        by: "model",
    }
}

/// Leases last that long.
pub const LEASE: Tick = 1;
/// Tasks are parked for that long, whatever the reason.
pub const DELAY: Tick = 1;

/// The production's number line.
pub fn scale() -> Scale {
    Scale::default()
}

pub fn time(tick: Tick) -> Timestamp {
    Timestamp::from_seconds(START + f64::from(tick) * TICK)
}

/// The first tick that is not before this time.
pub fn tick_of(time: Timestamp) -> Tick {
    ((time.seconds() - START) / TICK).ceil() as Tick
}

pub fn snooze() -> Duration {
    Duration::from_secs_f64(TICK * f64::from(DELAY))
}

pub fn labourer_id() -> LabourerId {
    LabourerId::new("worker").unwrap()
}

pub fn job_id() -> JobId {
    JobId::new("job").unwrap()
}

pub fn task_id(no: u8) -> TaskId {
    TaskId::new(format!("task-{no}")).unwrap()
}

pub fn number(id: &TaskId) -> u8 {
    id.as_str().rsplit_once('-').unwrap().1.parse().unwrap()
}

/// The token of the `nth` attempt of task `no`, counting from 1.
pub fn token(no: u8, nth: u8) -> ClaimToken {
    ClaimToken::new(format!("{no}-{nth}")).unwrap()
}

pub fn nth(token: &ClaimToken) -> u8 {
    token.as_str().rsplit_once('-').unwrap().1.parse().unwrap()
}

//! One labourer's turn in a tick: decide its slots, start tasks, update its row.

use std::collections::BTreeMap;

use serde::Serialize;
use task_manager::{
    TaskManager,
    ecology::{Health, Memory, Readings, Tick},
    labourer::{self, Labourer},
    limits::{MAX_ERROR_MESSAGE, cut},
    manager::attempts::start::{Limit, Started},
    metrics,
    storage::{StoreError, labourers::Refresh},
    time::Timestamp,
};

/// What a tick did for a labourer.
#[derive(Debug, Serialize)]
pub struct TurnSummary {
    #[serde(flatten)]
    pub started: Started,
    pub running: u32,
    pub slot_limit: u32,
    /// The attempts that it may have live by what it shares with others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// For people: health and its reason.
    pub health: String,
    #[serde(skip)]
    pub status: Health,
    /// For people: until when nothing is started, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// The metrics without a value, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, String>,
    /// A warning for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

impl TurnSummary {
    /// For people: why there are so many slots, or why nothing is started.
    pub fn reason(&self) -> String {
        self.paused.clone().unwrap_or_else(|| self.health.clone())
    }

    /// With what was started once the permits were shared out.
    pub(crate) fn add(&mut self, started: Started, share: Option<u32>) {
        self.running += started.invoked + started.unknown;
        (self.started, self.share) = (started, share);
    }
}

/// Starts tasks of a labourer that shares permits, by the share that it has now.
pub async fn start_shared(
    manager: &TaskManager,
    labourer: &Labourer,
    limit: u32,
    until: Timestamp,
) -> Result<(Started, Option<u32>), StoreError> {
    let Some(row) = manager.store().labourers().row(&labourer.id).await? else {
        return Ok(Default::default());
    };
    let (share, limit) = (row.share, Limit::Decided(limit));
    let started = manager.attempts().start(labourer, row, limit, || manager.now() < until).await?;
    Ok((started, share))
}

pub async fn serve(
    manager: &TaskManager,
    labourer: &Labourer,
    row: Option<labourer::State>,
    readings: Option<&Readings>,
    until: Timestamp,
) -> Result<TurnSummary, StoreError> {
    let mut row = match row {
        Some(row) => row,
        None => manager.labourers().register(labourer).await?,
    };
    row = manager.labourers().with_counters(labourer, row).await?;
    if let Some(why) = &labourer.stopped {
        return stop(manager, labourer, &row, why).await;
    }
    let remark = manager.labourers().renew_timeout(labourer, &mut row).await?;
    let before = row.ecology.as_ref();
    let (outcomes, counted) = manager.labourers().outcomes(labourer, &row, before).await?;
    let unread = Readings::new();
    let tick = Tick {
        policy: &labourer.health,
        max: labourer.max_simultaneous_invocations,
        coefficients: &manager.config().coefficients,
        before,
        readings: readings.unwrap_or(&unread),
        outcomes,
        counted,
        now: manager.now(),
    };
    let memory = tick.assess();
    let limit = Limit::Decided(memory.limit);
    let may_go_on = || manager.now() < until;
    // Who shares permits starts when it is known how many slots all of them could use.
    let started = match labourer.uses.permits.is_empty() {
        true => manager.attempts().start(labourer, row.clone(), limit, may_go_on).await?,
        false => Started::default(),
    };
    let is_old = |before: &Memory| {
        !memory.decides_as(before) || memory.renews(before, &labourer.health.metrics)
    };
    let has_changed = outcomes.attempts() > 0 || before.is_none_or(is_old);
    if is_due(labourer, &row, &started, &memory, has_changed, manager.now()) {
        manager.labourers().refresh(labourer, &refresh(labourer, &row, &memory)).await?;
    }
    let running = row.running() + started.invoked + started.unknown;
    let paused = row.pause_in_words(manager.now());
    Ok(TurnSummary {
        started,
        running,
        slot_limit: memory.limit,
        share: None,
        health: memory.reason,
        status: memory.health,
        paused,
        missing: memory.missing,
        remark,
    })
}

/// Nothing is started for it, and its row says why: no slot is handed over either.
async fn stop(
    manager: &TaskManager,
    labourer: &Labourer,
    row: &labourer::State,
    why: &str,
) -> Result<TurnSummary, StoreError> {
    metrics::stopped(&labourer.id);
    let health = cut(why, MAX_ERROR_MESSAGE);
    if row.slot_limit > 0 || row.health.as_ref() != Some(&health) {
        let refresh = Refresh {
            slot_limit: 0,
            draining: row.must_drain(0),
            health: Some(health.clone()),
            ecology: row.ecology.clone(),
        };
        manager.labourers().refresh(labourer, &refresh).await?;
    }
    Ok(TurnSummary {
        started: Started::default(),
        running: row.running(),
        slot_limit: 0,
        share: None,
        health,
        status: Health::Bad,
        paused: row.pause_in_words(manager.now()),
        missing: BTreeMap::new(),
        remark: None,
    })
}

/// Must the row be written? A labourer without work and without changes costs no write. A claim
/// confirms the limit by itself; without a claim, the limit is confirmed while attempts are running, so
/// that they may hand their slots over.
fn is_due(
    labourer: &Labourer,
    row: &labourer::State,
    started: &Started,
    memory: &Memory,
    has_changed: bool,
    now: Timestamp,
) -> bool {
    let is_active = row.running() > 0 || started.invoked > 0;
    // Operators who ask why slots are withheld need the current reason.
    let is_withheld = memory.limit < labourer.max_simultaneous_invocations
        && row.health.as_deref() != Some(&memory.reason);
    let unconfirmed = started.invoked == 0 && row.wants_renewal(now);
    let health_counts = labourer.health.limits_slots();
    memory.limit != row.slot_limit
        || row.draining != row.must_drain(memory.limit)
        || health_counts && (has_changed || is_active || is_withheld)
        || !health_counts && (row.ecology.is_some() || row.health.is_some())
        || is_active && unconfirmed
}

fn refresh(labourer: &Labourer, row: &labourer::State, memory: &Memory) -> Refresh {
    let counts = labourer.health.limits_slots();
    Refresh {
        slot_limit: memory.limit,
        draining: row.must_drain(memory.limit),
        health: counts.then(|| memory.reason.clone()),
        ecology: counts.then(|| memory.clone()),
    }
}

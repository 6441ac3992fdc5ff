//! The turn of one labourer: how many slots there are, what is started, what its row is told.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use task_manager::{
    TaskManager,
    ecology::{Health, Memory, Readings, Tick},
    labourer::{self, Labourer},
    manager::{
        labourers::Function,
        start::{Limit, Started},
    },
    storage::{StoreError, labourers::Refresh},
    time::Timestamp,
};

/// What a tick did for a labourer.
#[derive(Debug, Serialize)]
pub struct Tally {
    /// What was started.
    #[serde(flatten)]
    pub started: Started,
    /// Attempts that hold a slot.
    pub running: u32,
    /// Slots there are.
    pub slot_limit: u32,
    /// Health in words, with its reason.
    pub health: String,
    /// Health as a number.
    #[serde(skip)]
    pub status: Health,
    /// Until when nothing new is started, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// The metrics without a value, and why.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, String>,
    /// What an operator should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// Serves one labourer.
pub async fn serve(
    manager: &TaskManager,
    labourer: &Labourer,
    row: Option<labourer::State>,
    readings: Option<&Readings>,
    until: Timestamp,
) -> Result<Tally, StoreError> {
    let mut row = match row {
        Some(row) => row,
        None => manager.register(labourer).await?,
    };
    let mut remark = None;
    let learnt = learn_timeout(manager, labourer, &row, &mut remark).await;
    row.function_timeout = learnt.or(row.function_timeout);
    let before = row.ecology.as_deref().and_then(Memory::from_text);
    let (outcomes, counted) = manager.outcomes(labourer, &row, before.as_ref()).await?;
    let unread = Readings::new();
    let tick = Tick {
        labourer,
        coefficients: &manager.config().coefficients,
        before: before.as_ref(),
        readings: readings.unwrap_or(&unread),
        outcomes,
        counted,
        now: manager.now(),
    };
    let memory = tick.assess();
    let limit = Limit { slots: memory.limit, confirmed: true };
    let may_go_on = || manager.now() < until;
    let started = manager.fill_slots(labourer, row.clone(), limit, may_go_on).await?;
    let is_old = |before: &Memory| {
        !memory.decides_as(before) || memory.renews(before, &labourer.health_metrics)
    };
    let is_news = outcomes.attempts() > 0 || before.as_ref().is_none_or(is_old);
    if learnt.is_some() || is_due(labourer, &row, &started, &memory, is_news, manager.now()) {
        manager.refresh(labourer, &refresh(labourer, &memory, learnt)).await?;
    }
    let Memory { health: status, limit: slot_limit, reason: health, missing, .. } = memory;
    let running = row.running + started.invoked + started.unknown;
    let paused = row.pause_in_words(manager.now());
    Ok(Tally { started, running, slot_limit, health, status, paused, missing, remark })
}

/// Must the row be told? A labourer without work and without news costs no write. A claim confirms
/// the limit by itself; without one it is confirmed while attempts live, so that they may hand
/// their slots over.
fn is_due(
    labourer: &Labourer,
    row: &labourer::State,
    started: &Started,
    memory: &Memory,
    is_news: bool,
    now: Timestamp,
) -> bool {
    let is_active = row.running > 0 || started.invoked > 0;
    // Whoever asks why slots are withheld wants to know why they are at present.
    let is_withheld = memory.limit < labourer.max_simultaneous_invocations
        && row.health.as_deref() != Some(&memory.reason);
    let unconfirmed = started.invoked == 0 && row.wants_renewal(now);
    let health_counts = labourer.depends_on_health();
    memory.limit != row.slot_limit
        || health_counts && (is_news || is_active || is_withheld)
        || !health_counts && row.ecology.is_some()
        || is_active && unconfirmed
}

fn refresh(labourer: &Labourer, memory: &Memory, learnt: Option<Duration>) -> Refresh {
    let counts = labourer.depends_on_health();
    Refresh {
        slot_limit: memory.limit,
        health: counts.then(|| memory.reason.clone()),
        ecology: counts.then(|| memory.to_text()),
        function_timeout: learnt,
    }
}

/// Asks Lambda for the function's time-out, when neither config nor row tells it.
async fn learn_timeout(
    manager: &TaskManager,
    labourer: &Labourer,
    row: &labourer::State,
    remark: &mut Option<String>,
) -> Option<Duration> {
    if labourer.duration.is_some() || row.function_timeout.is_some() {
        return None;
    }
    match manager.ask_function(labourer).await {
        Function::Known(timeout) => Some(timeout),
        Function::Missing => {
            *remark = Some(format!("Lambda has no function {}", labourer.function));
            None
        }
        Function::Untold(why) => {
            *remark = Some(format!("Lambda does not tell about {}: {why}", labourer.function));
            None
        }
    }
}

//! Parked tasks go back to the queue when they fall due, and start at once if a slot is free.
//!
//! Whoever requeues starts: the orchestrator's tick of this minute may be over. What falls due before the next
//! tick of the scavenger is not left to that either: the tick sees it when it looks for what is due, and waits
//! for it within its own time ([`wait`]). A tick that has nothing to wait for ends.
//!
//! **Cost.** A function of 256 MB that waits for a minute uses 15 GB-seconds, $0.0002 at $13.33 a million.
//! If something falls due in every minute of a month, that is 43,200 minutes, 648,000 GB-seconds and $8.64;
//! each look is one Query, half a read unit, and at most one a second for a labourer.
//!
//! Two ticks may overlap, and wait for the same tasks. Both try to move them; the condition on the parked item
//! lets one win.

use std::time::Duration;

use function::tick::TurnResult;
use futures::{StreamExt, stream};
use serde::Serialize;
use task_manager::{
    TaskManager,
    labourer::Labourer,
    manager::{attempts::upkeep::Upkeep, queue::requeue::Requeued},
    storage::StoreError,
    time::Timestamp,
};

use crate::Scavenged;

/// The shortest time between two looks for what is due.
const PAUSE: Duration = Duration::from_secs(1);
/// When the index is asked again that did not show yet what was requeued. It takes 10 ms to a second.
const INDEX_SHOWS: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800)];
/// Labourers whose tasks are waited for concurrently.
const AT_ONCE: usize = 64;

/// What was done for a labourer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Turn {
    #[serde(flatten)]
    pub upkeep: Upkeep,
    /// Attempts that Lambda accepted.
    pub started: u32,
    /// When the next parked task falls due, if that is before the horizon.
    #[serde(skip)]
    next_due: Option<Timestamp>,
    /// Requeued tasks that were not started although a slot was free.
    #[serde(skip)]
    unstarted: u32,
}

impl Turn {
    /// The same after these writes.
    pub(crate) fn after(self, upkeep: Upkeep) -> Self {
        Self { upkeep: upkeep + self.upkeep, ..self }
    }

    fn then(self, next: Self) -> Self {
        let started = self.started + next.started;
        Self { started, ..next.after(self.upkeep) }
    }
}

/// Requeues what is due, and starts as many tasks as there are free slots for it; `unstarted` were requeued
/// before.
pub(crate) async fn serve(
    manager: &TaskManager,
    labourer: &Labourer,
    unstarted: u32,
    horizon: Timestamp,
    may_go_on: impl Fn() -> bool + Copy,
) -> Result<Turn, StoreError> {
    let Requeued { upkeep, next_due } =
        manager.queue().requeue(labourer, horizon, may_go_on).await?;
    let waiting = unstarted + upkeep.requeued;
    let mut turn = Turn { upkeep, next_due, ..Turn::default() };
    if waiting > 0 {
        let filled = manager.attempts().fill_slots(labourer, may_go_on).await;
        turn.started = filled.started.invoked;
        turn.unstarted = waiting.saturating_sub(turn.started).min(filled.left);
    }
    Ok(turn)
}

/// Waits for what falls due before `until`, and serves it then. `sleep` lets that much time pass.
pub async fn wait(
    manager: &TaskManager,
    mut scavenged: Scavenged,
    until: Timestamp,
    sleep: impl AsyncFn(Duration),
) -> Scavenged {
    let turns = &mut scavenged.ticked.labourers;
    let waits = turns.iter_mut().filter_map(|(id, result)| match result {
        TurnResult::Done(turn) => Some((manager.config().labourers.get(id)?, turn, &sleep)),
        TurnResult::Failed { .. } => None,
    });
    let waits = waits.map(async |(labourer, turn, sleep)| {
        let later = serve_later(manager, labourer, *turn, until, sleep).await;
        if let Some(later) = TurnResult::of(labourer.id.as_str(), later).done() {
            *turn = turn.then(*later);
        }
    });
    stream::iter(waits.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    scavenged
}

async fn serve_later(
    manager: &TaskManager,
    labourer: &Labourer,
    turn: Turn,
    until: Timestamp,
    sleep: impl AsyncFn(Duration),
) -> Result<Turn, StoreError> {
    let may_go_on = || manager.now() < until;
    let (mut next, mut later) = (turn, Turn::default());
    let (mut looked, mut index) = (manager.now(), INDEX_SHOWS.iter());
    loop {
        let shown = match next.unstarted {
            0 => None,
            _ => index.next().map(|pause| looked + *pause),
        };
        let due = next.next_due.map(|due| due.max(looked + PAUSE));
        let Some(at) = [shown, due].into_iter().flatten().min().filter(|at| *at < until) else {
            return Ok(later);
        };
        sleep(at.since(manager.now())).await;
        looked = manager.now();
        next = serve(manager, labourer, next.unstarted, until, may_go_on).await?;
        if next.upkeep.requeued > 0 {
            index = INDEX_SHOWS.iter();
        }
        later = later.then(next);
    }
}

//! Stays after a tick with those who wait for a rate, and starts their tasks as tokens come.
//!
//! Nobody else would: labourers that use a rate do not hand their slots over, and a minute's tokens started at once
//! would be no even rate. So the tick signs the rates that somebody waits for, and goes on until nobody waits any
//! more, or the next tick has signed, which looks after them then. Two ticks may overlap: both take tokens of the same
//! item, and what one starts the other does not.
//!
//! Who uses the same rate takes turns, a batch of tokens each: while the first in turn waits for its tokens, nobody takes
//! them away, or one that needs many would never get them. Others do not wait for that. It is looked again for free slots,
//! too, for the same reason.
//!
//! **Cost.** A function of 256 MB that stays for a minute uses 15 GB-seconds, $0.0002 at $13.33 a million; if somebody
//! waits in every minute of a month, $8.64. Each batch is a write unit, and the reads of its tasks.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use function::tick::{Ticked, TurnResult};
use futures::{StreamExt, stream};
use task_manager::{
    TaskManager, describe,
    ids::{LabourerId, ResourceId},
    labourer::Labourer,
    manager::{
        attempts::start::{Limit, Started},
        resources::rates::REMEMBERED,
    },
    storage::StoreError,
    time::Timestamp,
};
use tracing::warn;

use crate::TurnSummary;

/// Groups of labourers, none of which uses a rate of another group, that are served concurrently.
const AT_ONCE: usize = 64;
/// When it is looked again for a free slot. The wait doubles while there is none.
const FIRST: Duration = Duration::from_millis(200);
const SLOT_LONGEST: Duration = Duration::from_secs(1);
/// When it is tried again after an invocation that Lambda throttled, or that was late or may have failed: each costs the
/// tokens that were taken for it.
const TROUBLE_FIRST: Duration = Duration::from_secs(1);
const TROUBLE_LONGEST: Duration = Duration::from_secs(15);

/// One who waits.
struct Waiter<'a> {
    labourer: &'a Labourer,
    /// The slots that this tick has decided.
    limit: u32,
    /// When it is served again.
    at: Timestamp,
    /// The rate that it waits for; nothing, if it waits for a slot or its turn.
    waits_for: Option<ResourceId>,
    /// How long it waits if it finds no slot, or meets trouble.
    pause: Duration,
}

/// Starts what waits for a rate until `until`; `turn` is when the tick began. `sleep` lets that much time pass.
pub async fn stay(
    manager: &TaskManager,
    mut ticked: Ticked<TurnSummary>,
    turn: Timestamp,
    until: Timestamp,
    sleep: impl AsyncFn(Duration),
) -> Ticked<TurnSummary> {
    // Who looks after one labourer must not take the others from the tick that looks after all.
    if ticked.labourers.len() + ticked.skipped.len() < manager.config().labourers.len() {
        return ticked;
    }
    let waiters = signed(manager, waiters(manager, &ticked).await, turn).await;
    let (turns, sleep) = (Turns { manager, turn, until }, &sleep);
    let groups = groups(waiters).into_iter().map(|group| turns.serve(group, sleep));
    let groups = stream::iter(groups.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    for (id, result) in groups.collect::<Vec<_>>().await.into_iter().flatten() {
        let Some(turn) = ticked.labourers.get_mut(&id) else { continue };
        match (TurnResult::of(id.as_str(), result), turn) {
            (TurnResult::Done(started), TurnResult::Done(summary)) => {
                summary.running += started.invoked + started.unknown;
                summary.started = std::mem::take(&mut summary.started).then(started);
            }
            (TurnResult::Failed { error }, turn) => *turn = TurnResult::Failed { error },
            _ => {}
        }
    }
    ticked
}

/// Those who wait after the turns of a tick.
async fn waiters<'a>(
    manager: &'a TaskManager,
    ticked: &Ticked<TurnSummary>,
) -> VecDeque<Waiter<'a>> {
    let mut waiters = VecDeque::new();
    for (id, turn) in &ticked.labourers {
        let (Some(labourer), Some(summary)) = (manager.config().labourers.get(id), turn.done())
        else {
            continue;
        };
        let is_stopped = labourer.stopped.is_some() || summary.paused.is_some();
        if labourer.uses.rates.is_empty() || is_stopped || summary.slot_limit == 0 {
            continue;
        }
        let limit = summary.slot_limit;
        let waiter = Waiter { labourer, limit, at: manager.now(), waits_for: None, pause: FIRST };
        let Some(waiter) = waiter.after(&summary.started, false, manager.now()) else { continue };
        // Of one whose slots are in use nobody has looked at the queue.
        if !summary.started.used_all_slots || has_queued(manager, id).await {
            waiters.push_back(waiter);
        }
    }
    waiters
}

async fn has_queued(manager: &TaskManager, labourer: &LabourerId) -> bool {
    // If it cannot be read, there may be some.
    manager.queue().first(labourer).await.map_or(true, |first| first.is_some())
}

/// Those among them that no newer tick looks after. The rates that they use are signed.
async fn signed<'a>(
    manager: &TaskManager,
    mut waiters: VecDeque<Waiter<'a>>,
    turn: Timestamp,
) -> VecDeque<Waiter<'a>> {
    let rates: BTreeSet<_> = waiters.iter().flat_map(Waiter::rates).collect();
    let mut others = BTreeSet::new();
    for rate in rates {
        match manager.resources().sign_turn(rate, turn).await {
            Ok(true) => {}
            Ok(false) => drop(others.insert(rate)),
            Err(error) => {
                warn!(error = describe(&error), %rate, "not signed: two ticks may look after it");
            }
        }
    }
    waiters.retain(|waiter| !waiter.rates().any(|rate| others.contains(rate)));
    waiters
}

/// Whoever uses a common rate, be it by way of a third one, is of one group.
fn groups(waiters: VecDeque<Waiter<'_>>) -> Vec<VecDeque<Waiter<'_>>> {
    let mut groups: Vec<VecDeque<Waiter<'_>>> = Vec::new();
    for waiter in waiters {
        let is_its = |group: &VecDeque<Waiter<'_>>| {
            group.iter().flat_map(Waiter::rates).any(|rate| waiter.rates().any(|own| own == rate))
        };
        let (its, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(is_its);
        groups = others;
        groups.push(its.into_iter().flatten().chain([waiter]).collect());
    }
    groups
}

impl<'a> Waiter<'a> {
    fn rates(&self) -> impl Iterator<Item = &'a ResourceId> + use<'a> {
        self.labourer.uses.rates.keys()
    }

    /// The same after some of its tasks were started: nothing if it does not wait any more. `may_be_more`: nothing
    /// kept it from going on.
    fn after(mut self, started: &Started, may_be_more: bool, now: Timestamp) -> Option<Self> {
        let wait = started.waits_for_rate.as_ref();
        if may_be_more || started.invoked > 0 && !started.may_be_tried_again() {
            self.pause = FIRST;
        }
        self.waits_for = wait.map(|wait| wait.resource.clone());
        self.at = match wait {
            // Who resumes a rate need not wait longer than to the next tick.
            Some(wait) if wait.paused => return None,
            Some(wait) => wait.until,
            None if started.may_be_tried_again() => {
                let pause = self.pause.clamp(TROUBLE_FIRST, TROUBLE_LONGEST);
                self.pause = pause * 2;
                now + pause
            }
            None if started.used_all_slots => {
                let pause = self.pause.min(SLOT_LONGEST);
                self.pause = pause * 2;
                now + pause
            }
            None if may_be_more => now,
            None => return None,
        };
        Some(self)
    }
}

/// What was started for a labourer, or why not.
type Outcome = (LabourerId, Result<Started, StoreError>);

/// A tick that stays.
#[derive(Clone, Copy)]
struct Turns<'a> {
    manager: &'a TaskManager,
    turn: Timestamp,
    until: Timestamp,
}

impl Turns<'_> {
    /// Serves a group in turn. Who meets an error is left to the next tick.
    async fn serve(
        self,
        mut group: VecDeque<Waiter<'_>>,
        sleep: &impl AsyncFn(Duration),
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        while let Some((place, waiter)) = next(&mut group, self.until) {
            let id = waiter.labourer.id.clone();
            match self.serve_one(waiter, sleep).await {
                Ok((started, waiter)) => {
                    // Who got nothing keeps its turn.
                    let has_started = started.as_ref().is_some_and(|started| started.batches > 0);
                    let place = if has_started { group.len() } else { place };
                    outcomes.extend(started.map(|started| (id, Ok(started))));
                    waiter.into_iter().for_each(|waiter| group.insert(place, waiter));
                }
                Err(error) => outcomes.push((id, Err(error))),
            }
        }
        outcomes
    }

    /// Waits for one, and starts a batch of its tasks. From long waits it wakes up early, to see whether another tick
    /// has taken over, or somebody has changed the rate.
    async fn serve_one<'a>(
        self,
        waiter: Waiter<'a>,
        sleep: &impl AsyncFn(Duration),
    ) -> Result<(Option<Started>, Option<Waiter<'a>>), StoreError> {
        let wait = waiter.at.since(self.manager.now()).min(REMEMBERED);
        if !wait.is_zero() {
            sleep(wait).await;
        }
        for rate in waiter.rates() {
            if self.manager.resources().is_newer_turn(rate, self.turn).await? {
                return Ok((None, None));
            }
        }
        let started = self.start_batch(&waiter).await?;
        let may_be_more = started.batches > 0 && !started.met_trouble();
        let waiter = waiter.after(&started, may_be_more, self.manager.now());
        Ok((Some(started), waiter))
    }

    /// Starts a batch, under the limit that a tick confirmed lately, else under that of this one.
    async fn start_batch(self, waiter: &Waiter<'_>) -> Result<Started, StoreError> {
        let Waiter { labourer, limit, .. } = waiter;
        let row = self.manager.store().labourers().row(&labourer.id).await?;
        // Of one that is down to probes a tick starts one.
        let Some(row) = row.filter(|row| !row.is_probing(labourer)) else {
            return Ok(Started::default());
        };
        let limit = match row.is_fresh(self.manager.now()) {
            true => Limit::OfRow(row.slot_limit),
            false => Limit::Decided(*limit),
        };
        let may_go_on = || self.manager.now() < self.until;
        self.manager.attempts().start_batches(labourer, row, limit, 1, may_go_on).await
    }
}

/// Who is served next, and its place: whose time comes first, but for those who would take of a rate that another waits
/// for who is before them.
fn next<'a>(group: &mut VecDeque<Waiter<'a>>, until: Timestamp) -> Option<(usize, Waiter<'a>)> {
    let (mut first, mut awaited) = (None, BTreeSet::new());
    for (place, waiter) in group.iter().enumerate() {
        let is_free = !waiter.rates().any(|rate| awaited.contains(rate));
        if is_free && first.is_none_or(|(_, at)| waiter.at < at) {
            first = Some((place, waiter.at));
        }
        awaited.extend(&waiter.waits_for);
    }
    let (place, _) = first.filter(|(_, at)| *at < until)?;
    Some((place, group.remove(place)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

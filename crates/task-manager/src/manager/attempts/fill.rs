//! Fills free slots between the ticks of the orchestrator: for whoever has just queued tasks.

use std::time::Duration;

use tracing::warn;

use super::{
    Attempts,
    start::{Limit, Started},
};
use crate::{describe, labourer::Labourer, storage::StoreError};

/// When the index is asked again that did not show yet what was queued. It takes 10 ms to a second.
const INDEX_SHOWS: [Duration; 4] = [
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

/// What became of a labourer's free slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotsFilled {
    pub started: Started,
    /// Slots that may still be used. The index may not show yet what was queued a moment ago.
    pub left: u32,
    /// Has it used up its share, could it use more, and is it not known to wait for that?
    pub is_short: bool,
}

impl SlotsFilled {
    fn then(self, later: Self) -> Self {
        Self { started: self.started.then(later.started), ..later }
    }

    /// Might some of so many tasks, which were just queued, be started as soon as the index shows them?
    fn may_miss(&self, queued: u64) -> bool {
        let is_known = self.started.met_trouble() || self.started.waits_for_rate.is_some();
        let has_room = self.left > 0 || self.is_short;
        u64::from(self.started.invoked) < queued && has_room && !is_known
    }
}

impl Attempts<'_> {
    /// Starts tasks of `labourer` in slots that are free, under the limit that the orchestrator has decided,
    /// until `may_go_on` returns false. A failure is logged: the orchestrator's next tick starts the tasks. If what it
    /// shares with others keeps it from more, it asks for more, once.
    pub async fn fill_slots(
        self,
        labourer: &Labourer,
        may_go_on: impl Fn() -> bool,
    ) -> SlotsFilled {
        let mut filled = self.fill_own_slots(labourer, &may_go_on).await;
        if filled.is_short && may_go_on() {
            let passed = self.manager.resources().pass_on_to(&labourer.id).await;
            filled.started = std::mem::take(&mut filled.started).then(passed.started);
            filled.is_short = !passed.waits;
        }
        filled
    }

    /// The same for who has just queued so many tasks. The index may not show them yet, and before the next tick nobody
    /// else would look: while there are slots for them, it is asked again.
    pub async fn fill_slots_with(
        self,
        labourer: &Labourer,
        queued: u64,
        may_go_on: impl Fn() -> bool + Copy,
    ) -> SlotsFilled {
        let mut filled = self.fill_slots(labourer, may_go_on).await;
        for pause in INDEX_SHOWS {
            if !filled.may_miss(queued) || !may_go_on() {
                break;
            }
            self.manager.store.sleep(pause).await;
            filled = filled.then(self.fill_slots(labourer, may_go_on).await);
        }
        filled
    }

    /// The same within the share that it has.
    pub(in crate::manager) async fn fill_own_slots(
        self,
        labourer: &Labourer,
        may_go_on: impl Fn() -> bool,
    ) -> SlotsFilled {
        self.try_to_fill_slots(labourer, may_go_on).await.unwrap_or_else(|error| {
            let (error, labourer_id) = (describe(&error), &labourer.id);
            warn!(error, %labourer_id, "cannot fill free slots; the orchestrator's next tick does");
            SlotsFilled::default()
        })
    }

    /// Fills free slots only if the labourer's limit is known to be valid: its row was confirmed recently, or
    /// the limit does not depend on health. Probes of a breaker are left to the orchestrator: one a tick.
    async fn try_to_fill_slots(
        self,
        labourer: &Labourer,
        may_go_on: impl Fn() -> bool,
    ) -> Result<SlotsFilled, StoreError> {
        if labourer.stopped.is_some() {
            return Ok(SlotsFilled::default());
        }
        let (row, now) = (self.manager.labourers().register(labourer).await?, self.manager.now());
        let (limit, slots) = match row.is_fresh(now) {
            _ if row.is_probing(labourer) => return Ok(SlotsFilled::default()),
            true => (Limit::OfRow(row.slot_limit), row.slot_limit),
            false if labourer.health.limits_slots() => return Ok(SlotsFilled::default()),
            false => {
                let slots = labourer.max_simultaneous_invocations;
                (Limit::Decided(slots), slots)
            }
        };
        let (free, share) = (row.free(slots, now), row.share.unwrap_or(0));
        let started = self.start(labourer, row, limit, may_go_on).await?;
        // Neither free slots nor a larger share help one that waits for a rate.
        let waits = started.waits_for_rate.is_some();
        let free = if waits { 0 } else { free };
        let left = free.saturating_sub(started.invoked + started.unknown);
        let is_used_up = left == 0 || share == 0;
        let is_short = !labourer.uses.permits.is_empty() && share < slots && is_used_up && !waits;
        Ok(SlotsFilled { started, left, is_short })
    }
}

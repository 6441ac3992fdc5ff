//! How much of its work a labourer may do at once.

use task_manager::{
    labourer::{self, Labourer},
    time::Timestamp,
};

use crate::resources::{Cause, Shared, Standing, Wait};

/// What limits a labourer, as its config and its row say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// Attempts that hold a slot.
    pub running: u32,
    /// Slots that may be used now: no more than its share of what it uses.
    pub slots: u32,
    /// Slots that the config allows.
    pub most: u32,
    /// Health and its reason, as the last tick saw it.
    pub health: String,
    /// Why the config lets nothing start.
    pub stopped: Option<String>,
    pub paused: Option<Pause>,
    /// No tick has confirmed the slots for minutes: nothing starts. When the last one did, if any has.
    pub silent: Option<Option<Timestamp>>,
    /// What it waits for of what it shares, if more tasks wait than could start.
    pub waits: Vec<Wait>,
    /// Is one of them known to wait for permits?
    pub is_waiting: bool,
    /// Tasks a second that the rates allow which it uses, if it were alone.
    pub rate: Option<f64>,
    /// Were claims given back lately, as Lambda had no room for their invocations?
    pub refused: bool,
}

/// A pause that has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    /// `None`: until it is resumed.
    pub until: Option<Timestamp>,
    pub reason: Option<String>,
}

impl Capacity {
    /// Of a labourer with this row. Whether Lambda had room is not in it.
    pub fn of(
        labourer: &Labourer,
        row: Option<&labourer::State>,
        shared: &Shared,
        now: Timestamp,
    ) -> Self {
        let most = labourer.max_simultaneous_invocations;
        let Some(row) = row else {
            let stopped = labourer.stopped.clone();
            return Self { slots: most, most, stopped, silent: Some(None), ..Self::default() };
        };
        let paused = row.paused_until.filter(|_| row.is_paused(now)).map(|until| Pause {
            until: Some(until).filter(|until| *until < labourer::State::until_resumed()),
            reason: row.paused_reason.clone(),
        });
        Self {
            running: row.running(),
            slots: row.most(row.slot_limit).min(most),
            most,
            health: row.health.clone().unwrap_or_default(),
            stopped: labourer.stopped.clone(),
            paused,
            silent: (!row.is_fresh(now)).then_some(row.refreshed_at),
            waits: shared.waits(labourer, Standing::of(row, u64::MAX), now),
            is_waiting: shared.is_waiting(&labourer.id),
            rate: shared.tasks_a_second(labourer),
            refused: false,
        }
    }

    /// What it waits for as far as that is known without a look at its queue.
    pub fn known_waits(&self) -> Vec<Wait> {
        let is_known = |wait: &&Wait| match wait.cause {
            Cause::Tokens { .. } => false,
            Cause::Resume { .. } => true,
            _ => self.is_waiting,
        };
        self.waits.iter().filter(is_known).cloned().collect()
    }

    /// Slots that are used while attempts start: none if the config lets nothing start.
    pub fn usable(&self) -> u32 {
        if self.stopped.is_some() { 0 } else { self.slots }
    }
}

//! How much of its work a labourer may do at once.

use task_manager::{
    labourer::{self, Labourer},
    time::Timestamp,
};

/// What limits a labourer, as its config and its row say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// Attempts that hold a slot.
    pub running: u32,
    /// Slots that may be used now.
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
    pub fn of(labourer: &Labourer, row: Option<&labourer::State>, now: Timestamp) -> Self {
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
            slots: row.slot_limit.min(most),
            most,
            health: row.health.clone().unwrap_or_default(),
            stopped: labourer.stopped.clone(),
            paused,
            silent: (!row.is_fresh(now)).then_some(row.refreshed_at),
            refused: false,
        }
    }

    /// Slots that are used while attempts start: none if the config lets nothing start.
    pub fn usable(&self) -> u32 {
        if self.stopped.is_some() { 0 } else { self.slots }
    }
}

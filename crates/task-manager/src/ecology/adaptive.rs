//! A limit that a labourer finds by itself: additive increase, multiplicative decrease.

use super::outcomes::Outcomes;

/// How the limit moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adaptive {
    /// The limit never falls below. Default 1.
    pub min: u32,
    /// Slots added after a tick without trouble in which they were used. Default 1.
    pub increase: u32,
    /// The limit is multiplied by this after a tick with trouble. Default 0.5.
    pub decrease: f64,
    /// The part of attempts that may go wrong in a tick without being trouble. Default 0.1.
    pub tolerance: f64,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self { min: 1, increase: 1, decrease: 0.5, tolerance: 0.1 }
    }
}

impl Adaptive {
    /// The limit after a tick with these outcomes. It starts at `max`, and until there is trouble
    /// it stays there.
    pub fn after(&self, limit: Option<u32>, outcomes: Outcomes, max: u32) -> u32 {
        let limit = limit.unwrap_or(max);
        let next = if outcomes.trouble() > self.tolerance {
            (f64::from(limit) * self.decrease).floor() as u32
        } else if outcomes.attempts() > 0 && are_used(limit, outcomes.running) {
            limit.saturating_add(self.increase)
        } else {
            limit
        };
        next.clamp(self.min.min(max), max)
    }
}

/// A slot that was just freed counts as used: more than nine of ten will do.
fn are_used(limit: u32, running: u32) -> bool {
    u64::from(running) * 10 >= u64::from(limit) * 9
}

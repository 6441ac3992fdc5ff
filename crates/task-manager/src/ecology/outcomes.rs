//! What became of a labourer's attempts since the last tick.

/// Counts of one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Attempts that succeeded.
    pub succeeded: u32,
    /// Attempts that failed or expired.
    pub failed: u32,
    /// Invocations that Lambda refused because of its limits.
    pub throttled: u32,
    /// Attempts that asked to come back later (`retry_after`).
    pub deferred: u32,
    /// Slots in use now.
    pub running: u32,
}

impl Outcomes {
    /// All that was attempted.
    pub fn attempts(self) -> u32 {
        self.succeeded
            .saturating_add(self.failed)
            .saturating_add(self.throttled)
            .saturating_add(self.deferred)
    }

    /// The part of the attempts that did not go well, from 0 to 1.
    pub fn trouble(self) -> f64 {
        let attempts = self.attempts();
        if attempts == 0 {
            return 0.0;
        }
        1.0 - f64::from(self.succeeded) / f64::from(attempts)
    }
}

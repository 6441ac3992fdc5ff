//! A fair order: who is served first changes over time.

use crate::time::Timestamp;

/// After how many seconds another one is first.
const TURN: f64 = 10.0;

/// Rotates an order from tick to tick: if ticks are too short for all, they are not always too short
/// for the same.
pub fn take_turns<T>(all: &mut [T], now: Timestamp) {
    let turn = (now.seconds() / TURN) as usize;
    let first = turn.checked_rem(all.len()).unwrap_or_default();
    all.rotate_left(first);
}

//! Whose turn it is first.

use crate::time::Timestamp;

/// The turn to be first changes that often, in seconds.
const TURN: f64 = 10.0;

/// Rotates an order from tick to tick, so that a time that is always too short is not always too
/// short for the same.
pub fn take_turns<T>(all: &mut [T], now: Timestamp) {
    let turn = (now.seconds() / TURN) as usize;
    let first = turn.checked_rem(all.len()).unwrap_or_default();
    all.rotate_left(first);
}

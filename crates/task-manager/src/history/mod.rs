//! What happened in each minute: one small record for each labourer with activity, and one for the stack.
//!
//! Everything here is a pure function of what a tick read. Who knows what:
//!
//! | of a minute | from |
//! | --- | --- |
//! | queued, oldest, running, slots, health | what the tick reads and decides |
//! | succeeded, how long attempts took, what they handed their slots over to | the index of closed tasks, whose sort key says it ([`Success`]): no write, and one read for some forty tasks |
//! | started otherwise, failed, expired, exhausted, retried | counters that the transactions add to ([`crate::labourer::counts`]) |
//!
//! The index lags, so successes count at the minute at which nothing of theirs can be late any more. Each
//! [`Record`] says how far it has counted, and has the sums of all before it: a tick that was killed or skipped
//! leaves its numbers to the next one, and two ticks of one minute write the same record.

mod durations;
mod numbers;
mod record;
mod resource;
mod series;
mod stack;
mod success;

pub use durations::{Bucket, Durations};
pub use numbers::{Numbers, Totals};
pub use record::{Gauges, Reading, Record, minute_of};
pub use resource::{OfResource, held};
pub use series::Series;
pub use stack::{Brief, StackRecord};
pub use success::{Success, Successes};

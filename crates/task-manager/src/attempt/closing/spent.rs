//! A block whose attempts are spent without a word of its members: it crashed each time, or fell silent.
//! It is halved, down to single tasks, so that those that crash it are exhausted, and no others.
//!
//! A function that is broken altogether must not be invoked for each single task of a million. So a block is
//! halved only if its labourer works: a task of it succeeded since. If that is not known, one of
//! a few trials is taken, which the labourer gets back once a piece succeeds. While all are taken, the block
//! waits, for as long as an attempt may take; then it is exhausted as a whole.

use super::{
    Context, Ending,
    shares::all,
    verdict::{Verdict, end},
};
use crate::{
    task::Task,
    time::Timestamp,
    transition::{Expected, Write},
};

/// In how many trials blocks may be halved though it is not known whether their labourer works.
const TRIALS: u32 = 5;
/// How often a block that waits for a sign is looked at until it is exhausted.
const LOOKS: u32 = 4;

/// What becomes of a queued block whose attempts are spent. `last_success`: when a task of its labourer last
/// succeeded; `trials`: how many were taken.
pub fn on_spent(
    task: Task,
    last_success: Option<Timestamp>,
    trials: u32,
    ctx: Context<'_>,
) -> Ending {
    let (lower, upper) = all(&task).halves();
    let failed_at = task.errors.last().map_or(ctx.now, |error| error.at);
    let lease = ctx.labourer.lease(ctx.function_timeout);
    let mut first = vec![Write::Dequeue(Expected::from(&task))];
    let halves = vec![(lower, Verdict::Halved), (upper, Verdict::Halved)];
    let labourer_id = || task.labourer_id.clone();
    let shares = if last_success.is_some_and(|at| at > failed_at) {
        halves
    } else if trials < TRIALS {
        first.push(Write::TakeTrial { labourer_id: labourer_id(), of: TRIALS });
        halves
    } else if ctx.now.since(failed_at) < lease {
        vec![(all(&task), Verdict::Delayed { delay: lease / LOOKS })]
    } else {
        let message = "each attempt ended without a word of its tasks, and no task of the labourer has \
            succeeded since";
        vec![(all(&task), Verdict::Unusable { kind: "broken", message })]
    };
    end(task, shares, first, None, ctx)
}

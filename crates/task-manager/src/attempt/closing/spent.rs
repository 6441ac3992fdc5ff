//! A block whose attempts are spent without a word of its members: it crashed each time, or fell silent.
//! It is halved, down to single tasks, so that those that crash it are exhausted, and no others.
//!
//! A function that is broken altogether must not be invoked for each single task of a million. So a block is
//! halved only if its labourer works: a task of it succeeded since. If that is not known, one of
//! a few trials is taken, which the labourer gets back once a piece succeeds. While all are taken, the block
//! waits, longer each time; then it is exhausted as a whole.
//!
//! How long it waits is counted in looks, not by a clock: while the labourer is paused nobody looks, and the
//! pieces of the trials cannot run either. They return to the head of the queue, but with few slots they may
//! meet many blocks that crash first, each as often as it may.

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
/// How often a block waits for a sign until it is exhausted: the first time for a quarter of a lease, then for
/// twice as long each time; nearly sixteen leases in all, in which even a single slot runs all pieces of
/// the trials.
const LOOKS: u32 = 6;

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
    let looks = task.block.as_ref().map_or(LOOKS, |block| block.looks);
    let mut first = vec![Write::Dequeue(Expected::from(&task))];
    let halves = vec![(lower, Verdict::Halved), (upper, Verdict::Halved)];
    let shares = if last_success.is_some_and(|at| at > failed_at) {
        halves
    } else if trials < TRIALS {
        first.push(Write::TakeTrial { labourer_id: task.labourer_id.clone(), of: TRIALS });
        halves
    } else if looks < LOOKS {
        vec![(all(&task), Verdict::Delayed { delay: lease / 4 * 2_u32.pow(looks) })]
    } else {
        let message = "each attempt ended without a word of its tasks, and no task of the labourer has \
            succeeded since";
        vec![(all(&task), Verdict::Unusable { kind: "broken", message })]
    };
    end(task, shares, first, None, ctx)
}

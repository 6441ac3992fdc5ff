//! Ends that no report brings: a lease passes, a Python worker assistant marks a task, Lambda refuses it,
//! somebody cancels it.

use std::time::Duration;

use super::{
    Context, Ending,
    shares::{all, of_rest},
    verdict::{Verdict, end},
};
use crate::{
    greenfield::Phase,
    task::Task,
    transition::{Expected, Write},
};

/// What the silence of an attempt past its lease does to its task; nothing if there is none.
pub fn on_expiry(task: Task, ctx: Context<'_>) -> Option<Ending> {
    let Phase::Expired { since } = ctx.phase(&task) else { return None };
    (!task.is_untouched()).then(|| leave_queue(task, Verdict::Silent { since }, ctx))
}

/// What becomes of a task that a Python worker assistant marked as completed, wherever it stands.
pub fn on_completed(task: Task, ctx: Context<'_>) -> Ending {
    let dequeue = vec![Write::Dequeue(Expected::from(&task))];
    let (slot, shares) = (ctx.slot_held_by(&task), vec![(all(&task), Verdict::Succeeded)]);
    end(task, shares, dequeue, slot, ctx)
}

/// What becomes of a queued task that cannot be run: it is closed with the reason.
pub fn on_unusable(task: Task, kind: &str, message: &str, ctx: Context<'_>) -> Ending {
    leave_queue(task, Verdict::Unusable { kind, message }, ctx)
}

/// What becomes of a waiting task that is cancelled; nothing if it is running.
pub fn on_ignored(task: Task, ctx: Context<'_>) -> Option<Ending> {
    let first = match task.due_at {
        Some(_) => Write::unpark(&task),
        None if ctx.holds_slot(&task) => return None,
        None => Write::Dequeue(Expected::from(&task)),
    };
    let shares = vec![(all(&task), Verdict::Ignored)];
    Some(end(task, shares, vec![first], None, ctx))
}

/// What becomes of a claimed task whose invocation Lambda refused for a reason that will last a
/// while: it is parked, and the attempt that never was is not counted.
pub fn on_refused(task: Task, kind: &str, message: &str, ctx: Context<'_>) -> Ending {
    let delay = ctx.labourer.after_failure.delay(task.attempts.max(REFUSED_AS_AFTER), 1.0);
    leave_queue(task, Verdict::Refused { kind, message, delay }, ctx)
}

/// A function that Lambda refuses (it is missing, or may not be called) needs a person: the task
/// waits as after that many failed attempts, without jitter; by default 8 minutes.
const REFUSED_AS_AFTER: u32 = 5;

/// What becomes of a claimed block whose payloads cannot be computed as they were when its job was
/// accepted: another version of the chunking may, some time.
pub fn on_other_tasks(task: Task, message: &str, ctx: Context<'_>) -> Ending {
    let (kind, delay) = (OTHER_TASKS, OTHER_TASKS_WAIT);
    leave_queue(task, Verdict::Refused { kind, message, delay }, ctx)
}

/// The kind of error of a block whose payloads would not be those that it was made with.
pub const OTHER_TASKS: &str = "other_tasks";
const OTHER_TASKS_WAIT: Duration = Duration::from_secs(3600);

/// Ends a task of the tasks table, but for members of it whose success was accepted.
fn leave_queue(task: Task, verdict: Verdict<'_>, ctx: Context<'_>) -> Ending {
    let dequeue = vec![Write::Dequeue(Expected::from(&task))];
    let (slot, shares) = (ctx.slot_held_by(&task), of_rest(&task, verdict));
    end(task, shares, dequeue, slot, ctx)
}

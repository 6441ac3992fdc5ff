//! What becomes of one part of a task that ends: it is closed or parked, with the reason.

use std::{borrow::Cow, time::Duration};

use super::{Context, Ending, Fate, shares::Share};
use crate::{
    duration,
    history::{Bucket, Success},
    ids::JobId,
    labourer::{counts::Counts, frees::FreedAt},
    limits::MAX_WAIT,
    report::{Again, Failure},
    task::{Closed, Status, Task, TaskError},
    time::Timestamp,
    transition::{JobWrite, Tally, Write, shard_of},
};

/// How a part of a task ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict<'a> {
    /// Its work is done.
    Succeeded,
    /// It failed, as its labourer said of it alone.
    Failed(Cow<'a, Failure>),
    /// Its attempt failed as a whole: of a block, nothing is known of single members.
    Crashed(Cow<'a, Failure>),
    /// The lease of its attempt passed at that time.
    Silent { since: Timestamp },
    /// Lambda gave its attempt up for this reason before the function was started.
    NeverRan(&'a str),
    /// Its attempt could not be started, nor can it be soon.
    Refused { kind: &'a str, message: &'a str, delay: Duration },
    /// It can never be run.
    Unusable { kind: &'a str, message: &'a str },
    /// It is cancelled.
    Ignored,
    /// Its block is halved: it is tried alone.
    Halved,
    /// It waits for so long to see whether its labourer works.
    Delayed { delay: Duration },
    /// It stays where it waited.
    Waits,
}

/// One part that ended.
pub(super) struct Part {
    fate: Fate,
    write: Write,
    tally: Tally,
    counts: Counts,
}

/// Ends a task with these shares; `first` takes it from where it stood.
pub(super) fn end(
    task: Task,
    shares: Vec<Share<'_>>,
    mut first: Vec<Write>,
    slot: Option<FreedAt>,
    ctx: Context<'_>,
) -> Ending {
    let (job_id, shard) = (task.job_id.clone(), shard_of(&task.id));
    let counter = ctx.counter(&task);
    let (members, verdicts): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
    let parts = task.divide(members).into_iter().zip(verdicts);
    let parts: Vec<_> = parts.map(|(part, verdict)| verdict.apply(part, ctx)).collect();
    first.extend(job_id.and_then(|job_id| count(job_id, shard, &parts, ctx.now)));
    let fates = parts.iter().map(|part| part.fate).collect();
    let mut counts = Counts::default();
    parts.iter().for_each(|part| counts += part.counts);
    first.extend(parts.into_iter().map(|part| part.write));
    Ending { fates, writes: first, slot, counts, counter }
}

/// What they add to the counters of their job: all of them in one place.
fn count(job_id: JobId, shard: u32, parts: &[Part], at: Timestamp) -> Option<Write> {
    let mut tally = Tally::default();
    parts.iter().for_each(|part| tally += part.tally);
    (tally != Tally::default()).then(|| JobWrite::Count { job_id, shard, tally, at }.into())
}

impl Part {
    /// The same with more that is counted of it.
    fn counting(mut self, more: Counts) -> Self {
        self.counts += more;
        self
    }
}

impl Verdict<'_> {
    fn apply(self, task: Task, ctx: Context<'_>) -> Part {
        match self {
            Self::Succeeded => close(task, Status::Succeeded, ctx),
            Self::Failed(failure) => fail(task, &failure, Spent::Exhausts, ctx),
            Self::Crashed(failure) => fail(task, &failure, Spent::Halves, ctx),
            Self::Silent { since } => expire(task, since, ctx),
            Self::NeverRan(condition) => give_back(task, condition, ctx),
            Self::Refused { kind, message, delay } => refuse(task, (kind, message), delay, ctx),
            Self::Unusable { kind, message } => {
                let error = TaskError::new(task.attempts, kind, message, ctx.now);
                close(with_error(task, error), Status::Exhausted, ctx)
            }
            Self::Ignored => close(task, Status::Ignored, ctx),
            Self::Halved => halve(task, ctx),
            Self::Delayed { delay } => wait_for_sign(task, delay, ctx),
            Self::Waits => wait(task, ctx),
        }
    }
}

/// What happens to a task whose attempts are spent.
#[derive(Clone, Copy)]
enum Spent {
    /// It is closed.
    Exhausts,
    /// If it has several members, they are tried in halves, or one would exhaust them all.
    Halves,
}

fn fail(task: Task, failure: &Failure, spent: Spent, ctx: Context<'_>) -> Part {
    let again = match failure.again {
        Again::Snooze(time) => return snooze(task, time, ctx),
        Again::RetryAfter(time) => Some(time),
        Again::Usual => None,
    };
    let error = TaskError::new(task.attempts, &failure.kind, &failure.message, ctx.now);
    let task = with_error(task, error.with_trace(failure.trace.as_deref()));
    let backoff = ctx.labourer.after_failure.delay(task.attempts, ctx.jitter);
    let failed = Counts { failed: task.size(), ..Counts::default() };
    retry_or_exhaust(task, again.unwrap_or(backoff), spent, ctx).counting(failed)
}

fn expire(task: Task, since: Timestamp, ctx: Context<'_>) -> Part {
    let silence = duration::text(Duration::from_secs(ctx.now.since(since).as_secs()));
    let message = format!(
        "no report {silence} after the claim: its function was ended, its event dropped, or its answer \
         not delivered (store what is large elsewhere, and answer where it is)"
    );
    let error = TaskError::new(task.attempts, "expired", &message, ctx.now);
    let task = with_error(task, error);
    let delay = ctx.labourer.delay_after_expiry(ctx.function_timeout, task.attempts, ctx.jitter);
    let expired = Counts { expired: task.size(), ..Counts::default() };
    retry_or_exhaust(task, delay, Spent::Halves, ctx).counting(expired)
}

fn snooze(task: Task, time: Duration, ctx: Context<'_>) -> Part {
    let snoozed = Tally { snoozed: size(&task), ..Tally::default() };
    park(uncounted(task), time, "snoozed", snoozed, ctx)
}

/// Lambda had no room for the invocation until it was too old: the attempt is not spent. The longer that
/// goes on, the longer the task waits, for its labourer cannot do more than it does.
fn give_back(task: Task, condition: &str, ctx: Context<'_>) -> Part {
    let before = task.errors.iter().rev().take_while(|error| error.kind == NEVER_RAN).count();
    let times = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
    let delay = ctx.labourer.after_failure.delay(times, ctx.jitter).min(LONGEST_SHORTAGE_WAIT);
    let message = format!("Lambda did not start the function in time ({condition})");
    refuse(task, (NEVER_RAN, &message), delay, ctx)
}

/// A shortage ends suddenly, and then nobody should wait for long.
pub(super) const LONGEST_SHORTAGE_WAIT: Duration = Duration::from_secs(120);

/// The kind of error of an attempt that Lambda accepted and never started.
const NEVER_RAN: &str = "never_ran";

/// The attempt never was, and is not counted.
fn refuse(task: Task, (kind, message): (&str, &str), delay: Duration, ctx: Context<'_>) -> Part {
    let error = TaskError::new(task.attempts, kind, message, ctx.now);
    let retried = retried(&task);
    park(uncounted(with_error(task, error)), delay, kind, retried, ctx)
}

fn retry_or_exhaust(task: Task, delay: Duration, spent: Spent, ctx: Context<'_>) -> Part {
    let what = format!("parked after attempt {}", task.attempts);
    let retried = retried(&task);
    match spent {
        _ if task.attempts < task.most_attempts(ctx.labourer.max_attempts) => {
            park(task, delay, &what, retried, ctx)
        }
        // Whether it is halved is decided when it is back in the queue.
        Spent::Halves if task.size() > 1 => park(task, Duration::ZERO, &what, retried, ctx),
        Spent::Halves | Spent::Exhausts => close(task, Status::Exhausted, ctx),
    }
}

fn halve(mut task: Task, ctx: Context<'_>) -> Part {
    if let Some(block) = &mut task.block {
        (block.splits, block.looks) = (block.splits + 1, 0);
    }
    park(task, Duration::ZERO, "halved", Tally::default(), ctx)
}

fn wait_for_sign(mut task: Task, delay: Duration, ctx: Context<'_>) -> Part {
    if let Some(block) = &mut task.block {
        block.looks += 1;
    }
    park(task, delay, "waits for a sign that its labourer works", Tally::default(), ctx)
}

/// Nothing but its id and its members changes.
fn wait(task: Task, ctx: Context<'_>) -> Part {
    let mut task = task;
    task.note(ctx.now, "goes on without those that succeeded", ctx.by);
    let write = match task.due_at {
        Some(_) => Write::Park(Box::new(task)),
        None => Write::Queue(Box::new(task)),
    };
    Part { fate: Fate::Waits, write, tally: Tally::default(), counts: Counts::default() }
}

fn park(mut task: Task, delay: Duration, what: &str, tally: Tally, ctx: Context<'_>) -> Part {
    let due_at = ctx.now + delay;
    (task.due_at, task.claim_lease) = (Some(due_at), None);
    task.note(ctx.now, what, ctx.by);
    let counts = Counts { retried: counted(tally.retried), ..Counts::default() };
    Part { fate: Fate::Parked(due_at), write: Write::Park(Box::new(task)), tally, counts }
}

fn close(mut task: Task, status: Status, ctx: Context<'_>) -> Part {
    let count = size(&task);
    let (what, tally) = match status {
        Status::Succeeded => ("succeeded", Tally { succeeded: count, ..Tally::default() }),
        Status::Exhausted => ("exhausted", Tally { exhausted: count, ..Tally::default() }),
        Status::Ignored => ("ignored", Tally { ignored: count, ..Tally::default() }),
    };
    if status == Status::Succeeded && task.completed_at.is_none() {
        task.completed_at = Some(task.accepted_at.unwrap_or(ctx.now));
    }
    (task.due_at, task.claim_lease) = (None, None);
    let expires_at = ctx.keep_closed.map(|time| (ctx.now + time + wait_of_pieces(&task)).ceil());
    let success = (status == Status::Succeeded).then(|| success(&task, ctx));
    task.closed = Some(Closed { at: ctx.now, status, expires_at, success });
    task.note(ctx.now, what, ctx.by);
    let counts = Counts { exhausted: counted(tally.exhausted), ..Counts::default() };
    Part { fate: Fate::Closed(status), write: Write::Close(Box::new(task)), tally, counts }
}

/// What its entry in the index says of it.
fn success(task: &Task, ctx: Context<'_>) -> Success {
    let invoked = task.completed_at.and_then(|at| {
        let invoked = task.greenfield.invoked_at(at, ctx.scale)?;
        Some(Bucket::of(at.since(invoked)))
    });
    let tasks = u32::try_from(task.size()).unwrap_or(u32::MAX);
    Success { tasks, followed_by: 0, took: invoked }
}

fn counted(tasks: i64) -> u64 {
    u64::try_from(tasks).unwrap_or_default()
}

/// Through a block its pieces are found: it is kept for longer than any of them may ask to be left alone.
fn wait_of_pieces(task: &Task) -> Duration {
    match &task.block {
        Some(block) if !block.pieces.is_empty() => MAX_WAIT,
        _ => Duration::ZERO,
    }
}

fn uncounted(task: Task) -> Task {
    Task { attempts: task.attempts.saturating_sub(1), ..task }
}

fn with_error(mut task: Task, error: TaskError) -> Task {
    task.add_error(error);
    task
}

fn retried(task: &Task) -> Tally {
    Tally { retried: size(task), ..Tally::default() }
}

fn size(task: &Task) -> i64 {
    i64::try_from(task.size()).unwrap_or(i64::MAX)
}

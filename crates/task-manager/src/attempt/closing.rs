//! The end of an attempt: what a report, an expiry or a refusal by Lambda does to a task.
//!
//! Everything here is a pure function of what was read, of the labourer and of `now`.

use std::time::Duration;

use protocol::raw::Object;

use crate::{
    attributes::{self, Item},
    greenfield::{Phase, Scale},
    ids::LabourerId,
    labourer::{
        Labourer,
        frees::{FreedAt, Frees},
    },
    limits::{MAX_REMARK, cut},
    report::{Again, Failure, Outcome, Report},
    task::{Closed, Status, Task, TaskError},
    time::Timestamp,
    transition::{Expected, JobWrite, Tally, Write, shard_of},
};

/// Where a task was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// In the tasks table: queued or invoked.
    InTasks(Box<Task>),
    /// In the retry table.
    Parked(Box<Task>),
    Closed(Box<Task>),
    Nowhere,
}

/// What is to be done about a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// These writes, all or nothing.
    Write(Ending),
    /// Nothing, for this reason.
    Leave(Unchanged),
    /// Nothing but this write, which adds stats and result to a success that is known without them.
    Supplement(Box<Write>, Unchanged),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    pub fate: Fate,
    /// The writes, without that of the slot.
    pub writes: Vec<Write>,
    /// The slot that it leaves, to be handed over or given back.
    pub slot: Option<FreedAt>,
}

impl Ending {
    /// May its slot be handed over? Not if nobody knows whether it was counted.
    pub fn leaves_counted_slot(&self) -> bool {
        matches!(self.slot, Some(FreedAt::Row | FreedAt::Counter(_)))
    }

    /// All its writes, with the one that gives the slot back.
    pub fn with_slot(&self, labourer_id: &LabourerId) -> Vec<Write> {
        let labourer_id = labourer_id.clone();
        let free = self.slot.map(|at| Write::FreeSlot { labourer_id, at });
        self.writes.iter().cloned().chain(free).collect()
    }
}

/// What became of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Closed(Status),
    /// Parked until then.
    Parked(Timestamp),
    /// Its success is kept, and closes it when the attempt that is live now ends.
    SuccessKept,
}

/// Why a report changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchanged {
    /// The task was closed before: a report that came twice, or too late.
    AlreadyClosed(Status),
    /// Its success was accepted before.
    AlreadyAccepted,
    /// It is parked already: a report that came twice.
    AlreadyParked,
    /// A failure of an attempt that is no longer the live one.
    Stale,
    /// The labourer requires the claim token, and the report has none or a wrong one.
    ClaimRequired,
    /// A success without a claim, of a task of which no attempt was ever begun.
    NeverClaimed,
    /// The task is in none of the tables. Nothing is created.
    Unknown,
}

/// The circumstances of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub now: Timestamp,
    pub labourer: &'a Labourer,
    pub function_timeout: Option<Duration>,
    /// How the labourer's row counts what is freed.
    pub frees: Frees,
    pub scale: Scale,
    /// How long closed tasks are kept.
    pub keep_closed: Option<Duration>,
    /// A number in [0, 1), drawn for the jitter.
    pub jitter: f64,
    /// Who decides, for the history.
    pub by: &'a str,
}

impl Context<'_> {
    fn phase(&self, task: &Task) -> Phase {
        let lease = self.labourer.lease(self.function_timeout);
        task.greenfield.phase(self.now, task.lease(lease), self.scale)
    }

    fn slot(&self, task: &Task) -> FreedAt {
        FreedAt::of(task.claim.as_ref(), self.frees)
    }

    fn holds_slot(&self, task: &Task) -> bool {
        self.phase(task) != Phase::Queued && !task.is_untouched()
    }
}

/// What a report does to the task it names.
pub fn on_report(found: Found, report: &Report, ctx: Context<'_>) -> Decision {
    match (&report.outcome, found) {
        (_, Found::Nowhere) => Decision::Leave(Unchanged::Unknown),
        (_, Found::Closed(task)) => report_of_closed(*task, report, ctx),
        (_, Found::InTasks(task) | Found::Parked(task))
            if lacks_required_claim(&task, report, ctx) =>
        {
            Decision::Leave(Unchanged::ClaimRequired)
        }
        // Without a claim nothing but the task's past shows that somebody worked on it. A wrong or
        // invented id must not close work that nobody has done; a claim proves that it was begun.
        (Outcome::Success, Found::InTasks(task))
            if report.claim.is_none() && !task.was_claimed() =>
        {
            Decision::Leave(Unchanged::NeverClaimed)
        }
        (Outcome::Success, Found::InTasks(task)) => success_of_task(*task, report, ctx),
        (Outcome::Success, Found::Parked(task)) => success_of_parked(*task, report, ctx),
        (Outcome::Failure(_) | Outcome::NeverRan { .. }, Found::Parked(task)) => {
            Decision::Leave(match is_of_latest(report, &task) {
                true => Unchanged::AlreadyParked,
                false => Unchanged::Stale,
            })
        }
        (Outcome::Failure(failure), Found::InTasks(task)) => {
            failure_of_task(*task, report, ctx, |task, first| fail(task, failure, first, ctx))
        }
        (Outcome::NeverRan { condition }, Found::InTasks(task)) => {
            failure_of_task(*task, report, ctx, |task, first| {
                give_back(task, condition, first, ctx)
            })
        }
    }
}

/// A labourer may require that its reports prove which attempt they are of.
fn lacks_required_claim(task: &Task, report: &Report, ctx: Context<'_>) -> bool {
    let proves = |claim| task.claim.as_ref() == Some(claim) || task.past_claims.contains(claim);
    ctx.labourer.require_claim && !report.claim.as_ref().is_some_and(proves)
}

/// Is the report of the task's latest attempt? sosw 0.7's labourers send no claim: their report counts as
/// the latest attempt's.
fn is_of_latest(report: &Report, task: &Task) -> bool {
    report.claim.is_none() || report.claim == task.claim
}

/// sosw 0.7's `Worker` and a destination report the same success, one with stats and the other without:
/// the stats and result of the later report are kept if the earlier one had none.
fn report_of_closed(task: Task, report: &Report, ctx: Context<'_>) -> Decision {
    let status = task.closed.map_or(Status::Succeeded, |closed| closed.status);
    let left = Unchanged::AlreadyClosed(status);
    let is_same_success = task.closed.is_some()
        && status == Status::Succeeded
        && report.outcome == Outcome::Success
        && is_of_latest(report, &task)
        && !lacks_required_claim(&task, report, ctx);
    match is_same_success {
        true => supplement(task, report, left, ctx),
        false => Decision::Leave(left),
    }
}

/// Never writes over what earlier reports said.
fn supplement(mut task: Task, report: &Report, left: Unchanged, ctx: Context<'_>) -> Decision {
    let says_nothing = report.stats.is_empty() && report.result.is_empty();
    if says_nothing || has_result(&task) || !task.defects.is_empty() {
        return Decision::Leave(left);
    }
    let (expected, history) = (Expected::from(&task), task.history.clone());
    add_report(&mut task, report, ctx);
    task.note(ctx.now, "stats and result of the success added", ctx.by);
    let write = Write::AddResult { expected, history, task: Box::new(task) };
    Decision::Supplement(Box::new(write), left)
}

fn success_of_task(task: Task, report: &Report, ctx: Context<'_>) -> Decision {
    let expected = Expected::from(&task);
    let holds_slot = ctx.holds_slot(&task);
    if holds_slot && !is_of_latest(report, &task) {
        return accept(task, expected, report, ctx);
    }
    let mut task = task;
    // The result that was accepted first is not mixed with another.
    if !(task.has_succeeded() && has_result(&task)) {
        add_report(&mut task, report, ctx);
    }
    Decision::Write(close(task, Status::Succeeded, vec![Write::Dequeue(expected)], holds_slot, ctx))
}

fn accept(mut task: Task, expected: Expected, report: &Report, ctx: Context<'_>) -> Decision {
    if task.accepted_at.is_some() {
        return supplement(task, report, Unchanged::AlreadyAccepted, ctx);
    }
    add_report(&mut task, report, ctx);
    task.accepted_at = Some(ctx.now);
    task.note(ctx.now, "success of an older attempt accepted", ctx.by);
    let write = Write::Accept { expected, task: Box::new(task) };
    Decision::Write(Ending { fate: Fate::SuccessKept, writes: vec![write], slot: None })
}

fn success_of_parked(mut task: Task, report: &Report, ctx: Context<'_>) -> Decision {
    add_report(&mut task, report, ctx);
    let unpark = Write::unpark(&task);
    Decision::Write(close(task, Status::Succeeded, vec![unpark], false, ctx))
}

fn failure_of_task(
    task: Task,
    report: &Report,
    ctx: Context<'_>,
    end: impl FnOnce(Task, Vec<Write>) -> Ending,
) -> Decision {
    if !ctx.holds_slot(&task) || !is_of_latest(report, &task) {
        return Decision::Leave(Unchanged::Stale);
    }
    let expected = Expected::from(&task);
    let dequeue = vec![Write::Dequeue(expected)];
    if task.has_succeeded() {
        return Decision::Write(close(task, Status::Succeeded, dequeue, true, ctx));
    }
    let mut task = task;
    add_report(&mut task, report, ctx);
    Decision::Write(end(task, dequeue))
}

fn fail(mut task: Task, failure: &Failure, first: Vec<Write>, ctx: Context<'_>) -> Ending {
    let again = match failure.again {
        Again::Snooze(time) => return snooze(task, time, first, ctx),
        Again::RetryAfter(time) => Some(time),
        Again::Usual => None,
    };
    let error = TaskError::new(task.attempts, &failure.kind, &failure.message, ctx.now);
    task.add_error(error.with_trace(failure.trace.as_deref()));
    let backoff = ctx.labourer.after_failure.delay(task.attempts, ctx.jitter);
    retry_or_exhaust(task, again.unwrap_or(backoff), first, ctx)
}

fn snooze(mut task: Task, time: Duration, first: Vec<Write>, ctx: Context<'_>) -> Ending {
    task.attempts = task.attempts.saturating_sub(1);
    let tally = Tally { snoozed: 1, ..Tally::default() };
    park(task, time, "snoozed", tally, first, ctx)
}

/// Lambda had no room for the invocation until it was too old: the attempt is not spent. The longer that
/// goes on, the longer the task waits, for its labourer cannot do more than it does.
fn give_back(mut task: Task, condition: &str, first: Vec<Write>, ctx: Context<'_>) -> Ending {
    let before = task.errors.iter().rev().take_while(|error| error.kind == NEVER_RAN).count();
    let times = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
    let message = format!("Lambda did not start the function in time ({condition})");
    task.add_error(TaskError::new(task.attempts, NEVER_RAN, &message, ctx.now));
    task.attempts = task.attempts.saturating_sub(1);
    let delay = ctx.labourer.after_failure.delay(times, ctx.jitter).min(LONGEST_SHORTAGE_WAIT);
    park(task, delay, NEVER_RAN, Tally { retried: 1, ..Tally::default() }, first, ctx)
}

/// A shortage ends suddenly, and then nobody should wait for long.
const LONGEST_SHORTAGE_WAIT: Duration = Duration::from_secs(120);

/// The kind of error of an attempt that Lambda accepted and never started.
const NEVER_RAN: &str = "never_ran";

/// What the silence of an attempt past its lease does to its task; nothing if there is none.
pub fn on_expiry(task: Task, ctx: Context<'_>) -> Option<Ending> {
    let Phase::Expired { since } = ctx.phase(&task) else { return None };
    if task.is_untouched() {
        return None;
    }
    let dequeue = vec![Write::Dequeue(Expected::from(&task))];
    if task.has_succeeded() {
        return Some(close(task, Status::Succeeded, dequeue, true, ctx));
    }
    let mut task = task;
    let silence = ctx.now.since(since).as_secs();
    let message = format!(
        "no report {silence} s after the claim: its function was ended, its event dropped, or its answer \
         not delivered (store what is large elsewhere, and answer where it is)"
    );
    task.add_error(TaskError::new(task.attempts, "expired", &message, ctx.now));
    let delay = ctx.labourer.delay_after_expiry(ctx.function_timeout, task.attempts, ctx.jitter);
    Some(retry_or_exhaust(task, delay, dequeue, ctx))
}

/// What becomes of a task that a Python worker assistant marked as completed, wherever it stands.
pub fn on_completed(task: Task, ctx: Context<'_>) -> Ending {
    let holds_slot = ctx.holds_slot(&task);
    let dequeue = vec![Write::Dequeue(Expected::from(&task))];
    close(task, Status::Succeeded, dequeue, holds_slot, ctx)
}

/// What becomes of a queued task that cannot be run: it is closed with the reason.
pub fn on_unusable(mut task: Task, kind: &str, message: &str, ctx: Context<'_>) -> Ending {
    if task.has_succeeded() {
        return on_completed(task, ctx);
    }
    let dequeue = vec![Write::Dequeue(Expected::from(&task))];
    let holds_slot = ctx.holds_slot(&task);
    task.add_error(TaskError::new(task.attempts, kind, message, ctx.now));
    close(task, Status::Exhausted, dequeue, holds_slot, ctx)
}

/// What becomes of a waiting task that is cancelled; nothing if it is running.
pub fn on_ignored(task: Task, ctx: Context<'_>) -> Option<Ending> {
    let first = match task.due_at {
        Some(_) => Write::unpark(&task),
        None if ctx.holds_slot(&task) => return None,
        None => Write::Dequeue(Expected::from(&task)),
    };
    Some(close(task, Status::Ignored, vec![first], false, ctx))
}

/// What becomes of a claimed task whose invocation Lambda refused for a reason that will last a
/// while: it is parked, and the attempt that never was is not counted.
pub fn on_refused(mut task: Task, kind: &str, message: &str, ctx: Context<'_>) -> Ending {
    if task.has_succeeded() {
        return on_completed(task, ctx);
    }
    let dequeue = vec![Write::Dequeue(Expected::from(&task))];
    task.add_error(TaskError::new(task.attempts, kind, message, ctx.now));
    let delay = ctx.labourer.after_failure.delay(task.attempts.max(REFUSED_AS_AFTER), 1.0);
    task.attempts = task.attempts.saturating_sub(1);
    park(task, delay, kind, Tally { retried: 1, ..Tally::default() }, dequeue, ctx)
}

/// A function that Lambda refuses (it is missing, or may not be called) needs a person: the task
/// waits as after that many failed attempts, without jitter; by default 8 minutes.
const REFUSED_AS_AFTER: u32 = 5;

fn retry_or_exhaust(task: Task, delay: Duration, first: Vec<Write>, ctx: Context<'_>) -> Ending {
    if task.attempts >= ctx.labourer.max_attempts {
        return close(task, Status::Exhausted, first, true, ctx);
    }
    let what = format!("parked after attempt {}", task.attempts);
    park(task, delay, &what, Tally { retried: 1, ..Tally::default() }, first, ctx)
}

fn park(
    mut task: Task,
    delay: Duration,
    what: &str,
    tally: Tally,
    mut writes: Vec<Write>,
    ctx: Context<'_>,
) -> Ending {
    let due_at = ctx.now + delay;
    (task.due_at, task.claim_lease) = (Some(due_at), None);
    task.note(ctx.now, what, ctx.by);
    writes.extend(count(&task, tally, ctx.now));
    let slot = Some(ctx.slot(&task));
    writes.push(Write::Park(Box::new(task)));
    Ending { fate: Fate::Parked(due_at), writes, slot }
}

fn close(
    mut task: Task,
    status: Status,
    mut writes: Vec<Write>,
    releases_slot: bool,
    ctx: Context<'_>,
) -> Ending {
    let (what, tally) = match status {
        Status::Succeeded => ("succeeded", Tally { succeeded: 1, ..Tally::default() }),
        Status::Exhausted => ("exhausted", Tally { exhausted: 1, ..Tally::default() }),
        Status::Ignored => ("ignored", Tally { ignored: 1, ..Tally::default() }),
    };
    if status == Status::Succeeded && task.completed_at.is_none() {
        task.completed_at = Some(task.accepted_at.unwrap_or(ctx.now));
    }
    (task.due_at, task.claim_lease) = (None, None);
    let expires_at = ctx.keep_closed.map(|time| (ctx.now + time).ceil());
    task.closed = Some(Closed { at: ctx.now, status, expires_at });
    task.note(ctx.now, what, ctx.by);
    writes.extend(count(&task, tally, ctx.now));
    let slot = releases_slot.then(|| ctx.slot(&task));
    writes.push(Write::Close(Box::new(task)));
    Ending { fate: Fate::Closed(status), writes, slot }
}

fn count(task: &Task, tally: Tally, at: Timestamp) -> Option<Write> {
    let job_id = task.job_id.clone()?;
    Some(JobWrite::Count { job_id, shard: shard_of(&task.id), tally, at }.into())
}

/// The most bytes that reports may leave in an item: with the largest payload, errors and history
/// it must stay below DynamoDB's 400 KB, or it could never be closed.
const MAX_REPORTED_BYTES: usize = 100 * 1024;

/// Adds what a report says to what earlier ones said, and the remarks about it to the history.
fn add_report(task: &mut Task, report: &Report, ctx: Context<'_>) {
    let fields = reported_fields(report);
    for name in outdated(&task.others, &fields) {
        task.others.remove(&name);
    }
    task.others.extend(fields);
    if report.claim.is_none() {
        task.note_without_claim(ctx.now, ctx.by);
    }
    if let Some(remarks) = remarked(report) {
        task.note(ctx.now, &remarks, ctx.by);
    }
}

fn remarked(report: &Report) -> Option<String> {
    let remarks = cut(&report.remarks.join("; "), MAX_REMARK);
    (!remarks.is_empty()).then(|| format!("report not kept as sent: {remarks}"))
}

/// `stats` and `result` as `stat_*` and `result_*`, whatever characters their keys have.
fn reported_fields(report: &Report) -> Item {
    let fields = |prefix: &'static str, object: &Object| -> Item {
        let fields = object.iter();
        fields.map(|(k, v)| (format!("{prefix}_{k}"), attributes::from_raw(v.get()))).collect()
    };
    let mut all = fields("stat", &report.stats);
    all.extend(fields("result", &report.result));
    all
}

/// Is this an attribute that a report left?
fn is_reported(name: &str) -> bool {
    name.starts_with("stat_") || name.starts_with("result_")
}

fn has_result(task: &Task) -> bool {
    task.others.keys().any(|name| is_reported(name))
}

/// The fields of earlier reports that the new one does not have, if there is no room for both.
fn outdated(item: &Item, new: &Item) -> Vec<String> {
    let is_older = |name: &str| is_reported(name) && !new.contains_key(name);
    let older: Vec<_> = item.iter().filter(|(name, _)| is_older(name)).collect();
    let sizes = new.iter().chain(older.iter().copied());
    let bytes: usize = sizes.map(|(name, value)| name.len() + attributes::bytes(value)).sum();
    match bytes > MAX_REPORTED_BYTES {
        true => older.into_iter().map(|(name, _)| name.clone()).collect(),
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests;

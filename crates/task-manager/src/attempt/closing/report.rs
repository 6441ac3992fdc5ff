//! What a report does to the task it names, or to a part of the block it speaks of.

use super::{
    Context, Decision, Ending, Fate, Found, Unchanged,
    kept::{add_report, has_result},
    shares::{all, is_of_latest, of_report, succeeded},
    verdict::{Verdict, end},
};
use crate::{
    labourer::counts::Counts,
    report::{Outcome, Report},
    task::{Status, Task},
    transition::{Expected, Write},
};

/// What a report does to the task it names.
pub fn on_report(found: Found, report: &Report, ctx: Context<'_>) -> Decision {
    match found {
        Found::Nowhere => Decision::Leave(Unchanged::Unknown),
        Found::Closed(task) => report_of_closed(*task, report, ctx),
        Found::InTasks(task) | Found::Parked(task) if lacks_required_claim(&task, report, ctx) => {
            Decision::Leave(Unchanged::ClaimRequired)
        }
        Found::InTasks(task) => report_of_task(*task, report, ctx),
        Found::Parked(task) => {
            let (is_latest, unpark) = (is_of_latest(report, &task), Write::unpark(&task));
            let left = if is_latest { Unchanged::AlreadyParked } else { Unchanged::Stale };
            success_of_waiting(*task, unpark, report, left, ctx)
        }
    }
}

/// A labourer may require that its reports prove which attempt they are of.
fn lacks_required_claim(task: &Task, report: &Report, ctx: Context<'_>) -> bool {
    let proves = |claim| task.claim.as_ref() == Some(claim) || task.past_claims.contains(claim);
    ctx.labourer.require_claim && !report.claim.as_ref().is_some_and(proves)
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
    let has_none = task.block.is_none() || report.results.is_empty();
    let says_nothing = report.stats.is_empty() && report.result.is_empty() && has_none;
    if says_nothing || has_result(&task) || !task.defects.is_empty() {
        return Decision::Leave(left);
    }
    let (expected, history) = (Expected::from(&task), task.history.clone());
    add_report(&mut task, report, ctx);
    task.note(ctx.now, "stats and result of the success added", ctx.by);
    let write = Write::AddResult { expected, history, task: Box::new(task) };
    Decision::Supplement(Box::new(write), left)
}

fn report_of_task(task: Task, report: &Report, ctx: Context<'_>) -> Decision {
    // Without a claim nothing but the task's past shows that somebody worked on it. A wrong or
    // invented id must not close work that nobody has done; a claim proves that it was begun.
    let is_success = report.outcome == Outcome::Success;
    if is_success && report.claim.is_none() && !task.was_claimed() {
        return Decision::Leave(Unchanged::NeverClaimed);
    }
    match (ctx.holds_slot(&task), is_of_latest(report, &task)) {
        (true, true) => Decision::Write(end_of_attempt(task, report, ctx)),
        (true, false) => accept(task, report, ctx),
        (false, _) => {
            let dequeue = Write::Dequeue(Expected::from(&task));
            success_of_waiting(task, dequeue, report, Unchanged::Stale, ctx)
        }
    }
}

/// The end of the live attempt by its own report.
fn end_of_attempt(mut task: Task, report: &Report, ctx: Context<'_>) -> Ending {
    let dequeue = vec![Write::Dequeue(Expected::from(&task))];
    let (slot, shares) = (ctx.slot_held_by(&task), of_report(&task, report, ctx));
    // The result that was accepted first is not mixed with another.
    let is_done = task.has_succeeded() && (has_result(&task) || report.outcome != Outcome::Success);
    if !is_done {
        add_report(&mut task, report, ctx);
    }
    end(task, shares, dequeue, slot, ctx)
}

/// A success of an older attempt, while a newer one is live.
fn accept(mut task: Task, report: &Report, ctx: Context<'_>) -> Decision {
    let Some(succeeded) = succeeded(&task, report) else {
        return Decision::Leave(Unchanged::Stale);
    };
    let is_known = match &task.block {
        Some(block) => succeeded.without(&block.accepted).is_empty(),
        None => task.accepted_at.is_some(),
    };
    if is_known {
        return supplement(task, report, Unchanged::AlreadyAccepted, ctx);
    }
    let (expected, counter) = (Expected::from(&task), ctx.counter(&task));
    add_report(&mut task, report, ctx);
    task.accepted_at = Some(ctx.now);
    if let Some(block) = &mut task.block {
        block.accepted = block.accepted.and(&succeeded);
    }
    task.note(ctx.now, "success of an older attempt accepted", ctx.by);
    let write = Write::Accept { expected, task: Box::new(task) };
    let (fates, counts) = (vec![Fate::SuccessKept], Counts::default());
    Decision::Write(Ending { fates, writes: vec![write], slot: None, counts, counter })
}

/// A success of a task that waits for its next attempt; of a block, members that did not succeed go on
/// waiting. Anything else changes nothing.
fn success_of_waiting(
    mut task: Task,
    leave: Write,
    report: &Report,
    left: Unchanged,
    ctx: Context<'_>,
) -> Decision {
    let Some(succeeded) = succeeded(&task, report) else { return Decision::Leave(left) };
    let rest = all(&task).without(&succeeded);
    let mut shares = vec![(succeeded, Verdict::Succeeded)];
    if !rest.is_empty() {
        shares.push((rest, Verdict::Waits));
    }
    if !(task.has_succeeded() && has_result(&task)) {
        add_report(&mut task, report, ctx);
    }
    Decision::Write(end(task, shares, vec![leave], None, ctx))
}

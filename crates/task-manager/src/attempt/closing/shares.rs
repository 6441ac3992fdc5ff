//! What a report says of each member of a block. A task that is no block is its own only member.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use protocol::members::Members;

use super::{Context, verdict::Verdict};
use crate::{
    ids::{JobId, TaskId},
    report::{Again, Failure, MemberFailure, Outcome, Report},
    task::Task,
};

/// Members of a block that end alike, and how. The members of a task that is no block are empty.
pub(super) type Share<'a> = (Members, Verdict<'a>);

/// Into how many pieces those that failed go on at most, the rest together.
const MOST_PIECES: usize = 8;

/// The numbers of these tasks of a job by their ids.
pub(super) fn numbers_of(members: &Members, job: Option<&JobId>) -> HashMap<String, u64> {
    let id = |number| job.map(|job| (TaskId::of_job(job, number).to_string(), number));
    members.iter().filter_map(id).collect()
}

/// All of a task, but for the members whose success was accepted before.
pub(super) fn of_rest<'a>(task: &Task, verdict: Verdict<'a>) -> Vec<Share<'a>> {
    if task.has_succeeded() {
        return vec![(all(task), Verdict::Succeeded)];
    }
    let Some(block) = &task.block else { return vec![(Members::default(), verdict)] };
    let rest = block.members.without(&block.accepted);
    let shares = [(block.accepted.clone(), Verdict::Succeeded), (rest, verdict)];
    shares.into_iter().filter(|(members, _)| !members.is_empty()).collect()
}

/// Is the report of the task's latest attempt? sosw 0.7's labourers send no claim: their report counts as
/// the latest attempt's.
pub(super) fn is_of_latest(report: &Report, task: &Task) -> bool {
    report.claim.is_none() || report.claim == task.claim
}

pub(super) fn all(task: &Task) -> Members {
    task.members().cloned().unwrap_or_default()
}

/// How the report of the live attempt ends each member.
pub(super) fn of_report<'a>(task: &Task, report: &'a Report, ctx: Context<'_>) -> Vec<Share<'a>> {
    match &report.outcome {
        Outcome::NeverRan { condition } => of_rest(task, Verdict::NeverRan(condition)),
        Outcome::Failure(failure) => of_rest(task, Verdict::Crashed(Cow::Borrowed(failure))),
        Outcome::Success => of_success(task, report, ctx),
    }
}

/// The members that a report says have succeeded, if it says so of any; of a task that is no block, none.
pub(super) fn succeeded(task: &Task, report: &Report) -> Option<Members> {
    if report.outcome != Outcome::Success {
        return None;
    }
    let Some(members) = task.members() else { return Some(Members::default()) };
    let succeeded = spoken_of(members, report).without(&failed(task, report));
    (!succeeded.is_empty()).then_some(succeeded)
}

fn spoken_of(members: &Members, report: &Report) -> Members {
    report.members.as_ref().map_or_else(|| members.clone(), |spoken_of| members.both(spoken_of))
}

/// The members that failed though their attempt did not, each with its failure.
fn failures<'a>(task: &Task, report: &'a Report) -> Vec<(u64, &'a Failure)> {
    let Some(members) = task.members().filter(|_| !report.failures.is_empty()) else {
        return Vec::new();
    };
    let numbers = numbers_of(members, task.job_id.as_ref());
    let of_member =
        |named: &'a MemberFailure| Some((*numbers.get(named.task_id.as_str())?, &named.failure));
    report.failures.iter().filter_map(of_member).collect()
}

fn failed(task: &Task, report: &Report) -> Members {
    failures(task, report).into_iter().map(|(number, _)| number).collect()
}

/// Those that succeeded together, and those that failed in groups.
fn of_success<'a>(task: &Task, report: &'a Report, ctx: Context<'_>) -> Vec<Share<'a>> {
    let Some(block) = task.block.as_ref().filter(|_| !task.has_succeeded()) else {
        return vec![(all(task), Verdict::Succeeded)];
    };
    let succeeded = succeeded(task, report).unwrap_or_default().and(&block.accepted);
    let mut failures = failures(task, report);
    failures.retain(|(number, _)| !block.accepted.contains(*number));
    let silent = block.members.without(&succeeded);
    let silent = silent.without(&failures.iter().map(|(number, _)| *number).collect());
    let mut shares = vec![(succeeded, Verdict::Succeeded)];
    shares.extend(
        grouped(failures, task, ctx)
            .into_iter()
            .map(|(members, failure)| (members, Verdict::Failed(failure))),
    );
    shares.push((silent, Verdict::Failed(Cow::Owned(unreported()))));
    shares.retain(|(members, _)| !members.is_empty());
    shares
}

/// The failure of a member of which the report of its attempt says nothing.
fn unreported() -> Failure {
    let message = "the report of its attempt does not speak of it";
    Failure { kind: "unreported".into(), message: message.into(), trace: None, again: Again::Usual }
}

/// Those that failed in the same way and are to be tried at the same time; what is more than
/// [`MOST_PIECES`] groups, in one that waits as long as the longest of them.
fn grouped<'a>(
    failures: Vec<(u64, &'a Failure)>,
    task: &Task,
    ctx: Context<'_>,
) -> Vec<(Members, Cow<'a, Failure>)> {
    let mut groups: Vec<(Vec<u64>, &Failure)> = Vec::new();
    for (number, failure) in failures {
        let is_alike = |of: &Failure| of.kind == failure.kind && of.again == failure.again;
        match groups.iter_mut().find(|(_, of)| is_alike(of)) {
            Some((numbers, _)) => numbers.push(number),
            None => groups.push((vec![number], failure)),
        }
    }
    let rest = groups.split_off(groups.len().min(MOST_PIECES - 1));
    let mut groups: Vec<_> = groups
        .into_iter()
        .map(|(numbers, failure)| (numbers.into_iter().collect(), Cow::Borrowed(failure)))
        .collect();
    groups.extend(together(rest, task, ctx));
    groups
}

fn together<'a>(
    groups: Vec<(Vec<u64>, &'a Failure)>,
    task: &Task,
    ctx: Context<'_>,
) -> Option<(Members, Cow<'a, Failure>)> {
    let wait = |failure: &Failure| match failure.again {
        Again::RetryAfter(time) | Again::Snooze(time) => time,
        Again::Usual => ctx.labourer.after_failure.delay(task.attempts, ctx.jitter),
    };
    let (_, longest) = groups.iter().max_by_key(|(_, failure)| wait(failure))?;
    let count_attempts = |wait: Duration| {
        let are_all_snoozed = groups.iter().all(|(_, f)| matches!(f.again, Again::Snooze(_)));
        if are_all_snoozed { Again::Snooze(wait) } else { Again::RetryAfter(wait) }
    };
    let failure = match groups.len() {
        1 => Cow::Borrowed(*longest),
        kinds => Cow::Owned(Failure {
            message: format!("{} (and {} other kinds of failures)", longest.message, kinds - 1),
            again: count_attempts(wait(longest)),
            ..(*longest).clone()
        }),
    };
    Some((groups.iter().flat_map(|(numbers, _)| numbers.iter().copied()).collect(), failure))
}

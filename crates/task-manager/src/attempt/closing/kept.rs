//! What of a report stays in the task: stats and results, and in words what could not be kept.

use protocol::raw::Object;

use super::{
    Context,
    shares::{is_of_latest, numbers_of},
};
use crate::{
    attributes::{self, Item},
    ids::JobId,
    limits::{MAX_REMARK, MAX_RESULT, cut},
    report::Report,
    task::{Task, block::Block, request::Request},
};

/// The most bytes that reports may leave in an item: with the largest payload, errors and history
/// it must stay below DynamoDB's 400 KB, or it could never be closed.
const MAX_REPORTED_BYTES: usize = 100 * 1024;

/// Adds what a report says to what earlier ones said, and the remarks about it to the history.
pub(super) fn add_report(task: &mut Task, report: &Report, ctx: Context<'_>) {
    let fields = reported_fields(report);
    for name in outdated(&task.others, &fields) {
        task.others.remove(&name);
    }
    task.others.extend(fields);
    let not_kept = match &mut task.block {
        Some(block) => add_results(block, task.job_id.as_ref(), report),
        None => None,
    };
    if let Some(id) = report.request.clone() {
        let attempt = is_of_latest(report, task).then_some(task.attempts);
        task.add_request(Request { attempt, id });
    }
    if report.claim.is_none() {
        task.note_without_claim(ctx.now, ctx.by);
    }
    if let Some(remarks) = remarked(report, not_kept) {
        task.note(ctx.now, &remarks, ctx.by);
    }
}

fn remarked(report: &Report, further: Option<String>) -> Option<String> {
    let remarks: Vec<_> = report.remarks.iter().cloned().chain(further).collect();
    let remarks = cut(&remarks.join("; "), MAX_REMARK);
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

/// Adds what members of a block produced, the first result of each, as long as there is room. In words,
/// what of it cannot be kept.
fn add_results(block: &mut Block, job: Option<&JobId>, report: &Report) -> Option<String> {
    let numbers = numbers_of(report.members.as_ref().unwrap_or(&block.members), job);
    let mut room = MAX_RESULT.saturating_sub(block.results.values().map(String::len).sum());
    let (mut unknown, mut too_large) = (0, 0);
    for (id, result) in &report.results {
        match numbers.get(id.as_str()) {
            None => unknown += 1,
            Some(number) if !block.members.contains(*number) => {}
            Some(number) if block.results.contains_key(number) => {}
            Some(_) if result.get().len() > room => too_large += 1,
            Some(number) => {
                room -= result.get().len();
                block.results.insert(*number, result.get().to_owned());
            }
        }
    }
    let named = report.failures.iter().map(|failure| failure.task_id.as_str());
    unknown += named.filter(|id| !numbers.contains_key(*id)).count();
    let unknown =
        (unknown > 0).then(|| format!("{unknown} of the tasks it names are not in the block"));
    let dropped = (too_large > 0)
        .then(|| format!("{too_large} results dropped, a block keeps {MAX_RESULT} bytes"));
    let remarks: Vec<_> = unknown.into_iter().chain(dropped).collect();
    (!remarks.is_empty()).then(|| remarks.join("; "))
}

/// Is this an attribute that a report left?
fn is_reported(name: &str) -> bool {
    name.starts_with("stat_") || name.starts_with("result_")
}

pub(super) fn has_result(task: &Task) -> bool {
    let of_members = task.block.as_ref().is_some_and(|block| !block.results.is_empty());
    of_members || task.others.keys().any(|name| is_reported(name))
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

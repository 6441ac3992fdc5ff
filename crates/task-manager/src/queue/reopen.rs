//! Exhausted tasks go back to work.

use std::collections::BTreeMap;

use super::line_up;
use crate::{
    greenfield::{Greenfield, Scale},
    ids::JobId,
    task::{Status, Task},
    time::Timestamp,
    transition::{JobWrite, Tally, Write, shard_of},
};

/// Moves these closed tasks, all of one job or of none, behind `newest`, with their full number of attempts. The
/// first writes are those that delete them, in order; the next one counts for the job, and is refused if it has
/// ended.
pub fn reopen(
    tasks: &[Task],
    job_id: Option<&JobId>,
    newest: Option<Greenfield>,
    (now, scale): (Timestamp, Scale),
    by: &str,
) -> Vec<Write> {
    let mut queued: Vec<_> = tasks.iter().map(|task| renewed(task, now, by)).collect();
    line_up(&mut queued, newest, now, scale);
    let mut writes: Vec<_> = tasks.iter().map(delete).collect();
    if let Some(job_id) = job_id {
        writes.push(JobWrite::CountReopened { job_id: job_id.clone() }.into());
        writes.extend(uncount(tasks, job_id, now));
    }
    writes.extend(queued.into_iter().map(|task| Write::Queue(Box::new(task))));
    writes
}

fn renewed(task: &Task, now: Timestamp, by: &str) -> Task {
    let mut queued = Task { attempts: 0, closed: None, completed_at: None, ..task.clone() };
    queued.retire_claim();
    if let Some(block) = &mut queued.block {
        (block.splits, block.looks) = (0, 0);
    }
    queued.note(now, "sent back to work", by);
    queued
}

fn delete(task: &Task) -> Write {
    Write::Reopen {
        id: task.id.clone(),
        key: Status::Exhausted.key(&task.labourer_id),
        claim: task.claim.clone(),
        members: task.members().cloned(),
    }
}

/// Subtracts tasks from the counters of their job, with one write for each shard.
fn uncount(tasks: &[Task], job_id: &JobId, at: Timestamp) -> impl Iterator<Item = Write> {
    let mut shards = BTreeMap::<_, i64>::new();
    for task in tasks {
        *shards.entry(shard_of(&task.id)).or_default() -= task.size() as i64;
    }
    shards.into_iter().map(move |(shard, exhausted)| {
        let tally = Tally { exhausted, ..Tally::default() };
        JobWrite::Count { job_id: job_id.clone(), shard, tally, at }.into()
    })
}

//! Gives back attempts whose processes are known to have ended.

use std::time::Duration;

use futures::future::try_join_all;
use task_manager::{
    TaskManager,
    report::{Again, Failure, Outcome, Report},
    storage::StoreError,
    task::Task,
};

/// More slots than any labourer can have.
const ALL: u32 = 1_000_000;

/// Gives every running attempt back to the queue as if the labourer had snoozed it: it does not count
/// as an attempt. For callers that know that no process of them is left, instead of waiting for their
/// leases. A late success is still accepted. Returns how many there were.
///
/// # Errors
/// When DynamoDB fails. Another call continues with the others.
pub async fn give_back_attempts(manager: &TaskManager) -> Result<u64, StoreError> {
    // All are read before the first is given back, for its slot starts another task at once.
    let everybody = manager.labourers().everybody().await?;
    let reads = everybody.visits.iter().map(|(l, _)| manager.attempts().invoked(&l.id, ALL));
    let found = try_join_all(reads).await?;
    let mut returned = 0;
    for task in found.into_iter().flatten().filter(|task| task.claim.is_some()) {
        manager.attempts().receive(&interrupted(task)).await?;
        returned += 1;
    }
    Ok(returned)
}

/// The report of an attempt that ended with its process: retry at once, and do not count it.
fn interrupted(task: Task) -> Report {
    let failure = Failure {
        kind: "interrupted".to_owned(),
        message: "its process ended with the run that started it".to_owned(),
        trace: None,
        again: Again::Snooze(Duration::ZERO),
    };
    Report {
        labourer_id: Some(task.labourer_id),
        claim: task.claim,
        members: task.block.map(|block| block.members),
        ..Report::new(task.id, Outcome::Failure(failure))
    }
}

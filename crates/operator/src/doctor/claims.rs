//! Could a labourer require that reports prove which attempt they are of?
//!
//! A closed task keeps the claim of its attempt; whether the report carried it is not kept, only that one
//! did not. So this is no proof: tasks that a version before this one closed show nothing, and neither
//! does a reporter who is silent at present. It is a hint to look.

use task_manager::{labourer::Labourer, task::Task};

use super::Fault;

/// The succeeded tasks that are looked at. Of fewer, nothing is concluded.
pub const LATEST: u32 = 20;

/// May the answer be anything but nothing?
pub fn is_worth_reading(labourer: &Labourer) -> bool {
    !labourer.require_claim && labourer.stopped.is_none()
}

/// A hint, if all of the latest succeeded tasks had a claim, and none was reported without it.
pub fn judge(labourer: &Labourer, latest: &[Task]) -> Option<Fault> {
    let proves = |task: &Task| {
        let had_claim = task.claim.is_some() || !task.past_claims.is_empty();
        had_claim && !task.was_reported_without_claim()
    };
    let is_enough = latest.len() >= LATEST as usize;
    (is_worth_reading(labourer) && is_enough && latest.iter().all(proves))
        .then(|| Fault::MayRequireClaim { labourer: labourer.id.clone(), tasks: latest.len() })
}

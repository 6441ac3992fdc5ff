//! Preview of a job.

use std::ops::Range;

use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::LabourerId,
    jobs::{message::Submission, plan::Plan},
    json::Object,
    mistakes::Remark,
    storage::StoreError,
};

use super::Estimate;

/// What a job would create.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobPreview {
    pub labourer_id: LabourerId,
    pub tasks: u64,
    /// How many tasks are one block; 1 if each is by itself.
    pub block_size: u64,
    /// What it will cost.
    pub estimate: Estimate,
    /// What it would cost the other way: in single tasks, or in blocks of so many as fit, up to 100. Nothing
    /// if there is no other way.
    pub instead: Option<Estimate>,
    /// What is accepted, but probably not meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Remark>,
    /// The payloads of its first tasks.
    pub first: Vec<Object>,
    /// Those of its last tasks, none of which is among the first.
    pub last: Vec<Object>,
}

/// Tasks of a block, where there are none, to compare.
const COMPARED: u64 = 100;

/// The preview, with at most this many tasks of either end. For the price, each task produces so many bytes of
/// JSON.
///
/// # Errors
/// When the size of its blocks depends on what tasks took lately, and DynamoDB does not answer.
pub async fn preview(
    manager: &TaskManager,
    submission: &Submission,
    at_either_end: u64,
    result: u64,
) -> Result<JobPreview, StoreError> {
    let plan = &submission.plan;
    let block_size = manager.jobs().block_size(submission).await?;
    let labourer = manager.labourers().get_or_left(plan.labourer());
    let together = labourer.uses.most_together(&manager.config().resources);
    let most = together.map_or(COMPARED, |(most, _)| COMPARED.min(most.into()));
    let instead = match block_size {
        1 => plan.block_size(most.min(plan.len()), labourer.event_format),
        _ => 1,
    };
    let (first, last) = ends(plan.len(), at_either_end);
    Ok(JobPreview {
        labourer_id: plan.labourer().clone(),
        tasks: plan.len(),
        block_size,
        estimate: Estimate::of(plan, block_size, result),
        instead: (instead != block_size).then(|| Estimate::of(plan, instead, result)),
        warnings: submission.warnings.clone(),
        first: payloads(plan, first),
        last: payloads(plan, last),
    })
}

fn payloads(plan: &Plan, numbers: Range<u64>) -> Vec<Object> {
    numbers.filter_map(|n| plan.task(n)).collect()
}

/// The numbers of the first tasks and of the last ones, none of them twice.
fn ends(total: u64, most: u64) -> (Range<u64>, Range<u64>) {
    let first = 0..total.min(most);
    let last = first.end.max(total.saturating_sub(most))..total;
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn the_ends_of_a_short_job_do_not_overlap() {
        assert_eq!(ends(1000, 3), (0..3, 997..1000));
        assert_eq!(ends(4, 3), (0..3, 3..4));
        assert_eq!(ends(2, 3), (0..2, 2..2));
    }
}

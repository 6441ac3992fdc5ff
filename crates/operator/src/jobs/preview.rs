//! Preview of a job.

use std::ops::Range;

use serde::Serialize;
use task_manager::{
    ids::LabourerId,
    jobs::{message::Submission, plan::Plan},
    json::Object,
    mistakes::Remark,
};

use super::Estimate;

/// What a job would create.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobPreview {
    pub labourer_id: LabourerId,
    pub tasks: u64,
    pub estimate: Estimate,
    /// What is accepted, but probably not meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Remark>,
    /// The payloads of its first tasks.
    pub first: Vec<Object>,
    /// Those of its last tasks, none of which is among the first.
    pub last: Vec<Object>,
}

/// The preview, with at most this many tasks of either end.
pub fn preview(submission: &Submission, at_either_end: u64) -> JobPreview {
    let plan = &submission.plan;
    let (first, last) = ends(plan.len(), at_either_end);
    JobPreview {
        labourer_id: plan.labourer().clone(),
        tasks: plan.len(),
        estimate: Estimate::of(plan),
        warnings: submission.warnings.clone(),
        first: payloads(plan, first),
        last: payloads(plan, last),
    }
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

//! Blocks: several tasks of a job that are created, started and closed together, as one item.

use std::collections::BTreeMap;

use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::{JobId, TaskId},
    jobs::plan::Plan,
    json::Json,
    manager::jobs::JobError,
    members::Members,
    storage::StoreError,
    task::{Task, block::Block},
};

use super::TaskState;

/// A block: what is in it, and what left it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockDetails {
    /// The numbers of its tasks in their job, as ranges.
    pub members: Members,
    /// How many these are.
    pub tasks: u64,
    /// Those whose success is accepted from an older attempt, while a newer one is running.
    #[serde(skip_serializing_if = "Members::is_empty")]
    pub accepted: Members,
    /// The tasks of the block that was created, of which this one is what is left, or a part.
    pub created_as: Members,
    /// How often it was halved, as its attempts ended without a word of its tasks.
    pub halved: u32,
    /// What left it, and as which block it goes on.
    pub left: Vec<LeftBlock>,
    /// What its tasks produced, by their numbers.
    pub results: BTreeMap<u64, Json>,
}

/// Tasks that left a block.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftBlock {
    pub members: Members,
    /// The block that they left as. Some may have left that one since.
    pub task_id: TaskId,
}

impl From<&Block> for BlockDetails {
    fn from(block: &Block) -> Self {
        let left = block
            .pieces
            .iter()
            .map(|(id, members)| LeftBlock { members: members.clone(), task_id: id.clone() });
        let results = block.results.iter().map(|(number, text)| (*number, result(text)));
        Self {
            members: block.members.clone(),
            tasks: block.members.len(),
            accepted: block.accepted.clone(),
            created_as: block.origin.clone(),
            halved: block.splits,
            left: left.collect(),
            results: results.collect(),
        }
    }
}

/// One task of a block.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MemberDetails {
    /// Its number in its job.
    pub number: u64,
    /// Its own id, which its labourer gets.
    pub task_id: TaskId,
    /// That of its block.
    pub state: TaskState,
    /// Is its success accepted, while its block is still running?
    pub is_accepted: bool,
    /// What its labourer receives. Nothing if this version would compute another payload than the
    /// one that the task was created with, or its job is gone.
    pub payload: Option<Json>,
    /// `result` of its report.
    pub result: Option<Json>,
}

impl MemberDetails {
    /// The task with this number of a block of `job`, whose tasks are `plan`.
    pub(super) fn new(
        number: u64,
        job: &JobId,
        block: &Block,
        state: TaskState,
        plan: Option<&Plan>,
    ) -> Self {
        Self {
            number,
            task_id: TaskId::of_job(job, number),
            state,
            is_accepted: block.accepted.contains(number),
            payload: plan.and_then(|plan| payload(block, plan, number)),
            result: block.results.get(&number).map(|text| result(text)),
        }
    }
}

/// The payload of one task, if those of the block are what they were.
fn payload(block: &Block, plan: &Plan, number: u64) -> Option<Json> {
    block.texts(|n| plan.text(n))?;
    plan.task(number).map(Json::Object)
}

fn result(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|_| text.into())
}

/// Everything about this task of a block; nothing if the item is none.
pub(super) async fn member(
    manager: &TaskManager,
    number: u64,
    task: &Task,
    state: TaskState,
) -> Result<Option<MemberDetails>, StoreError> {
    let Some((block, job)) = task.block.as_deref().zip(task.job_id.as_ref()) else {
        return Ok(None);
    };
    let plan = match manager.jobs().plan(job).await {
        Ok(plan) => Some(plan),
        Err(JobError::Store(error)) => return Err(error),
        Err(_) => None,
    };
    Ok(Some(MemberDetails::new(number, job, block, state, plan.as_deref())))
}

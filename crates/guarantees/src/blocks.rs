//! Jobs in blocks, and where their members are.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use task_manager::{
    ids::{JobId, TaskId},
    task::{Status, Task},
};

use crate::{
    items::In,
    jobs::days,
    world::{World, report, with},
};

/// A job of `worker` with that many tasks, so many in a block.
pub fn blocks(count: u32, size: u64) -> Value {
    with(days(count), json!({ "tasks_per_invocation": size }))
}

/// The ids of the tasks in the event of a block.
pub fn members(event: &Value) -> Vec<String> {
    let tasks = event["tasks"].as_array().expect("the event of a block").iter();
    tasks.map(|task| task["task_id"].as_str().unwrap().to_owned()).collect()
}

/// The report of an attempt in which these tasks failed, each in its way, and the others succeeded.
pub fn partly(event: &Value, failed: &[(&str, &str)]) -> Value {
    let failure = |(task, kind): &(&str, &str)| json!({ "task_id": task, "error": { "kind": kind, "message": "it broke" } });
    let failures: Vec<_> = failed.iter().map(failure).collect();
    with(report("mark_task_as_completed", event), json!({ "failures": failures }))
}

/// Where a member of a job is: its status if it is closed.
pub type Places = BTreeMap<u64, Option<Status>>;

impl World {
    /// Every task and block, wherever it is.
    pub async fn everything(&self) -> Vec<Task> {
        let mut all = Vec::new();
        for table in [In::Tasks, In::Retry, In::Closed] {
            all.extend(self.all(table).await);
        }
        all
    }

    /// Where each member of a job is. Each of the first `count` is in exactly one block, each block is found by
    /// following the pieces from the one that was made, and the counters of the job say the same.
    pub async fn assert_partition(&self, job: &JobId, count: u64) -> Places {
        let (mut items, snapshot) = (self.everything().await, self.snapshot(job).await);
        items.retain(|task| task.job_id.as_ref() == Some(job));
        let mut places = Places::new();
        for task in &items {
            let members = task.members().expect("a block");
            for number in members.iter() {
                let status = task.closed.map(|closed| closed.status);
                assert_eq!(places.insert(number, status), None, "{number} is in two blocks");
                let held = find(&items, &snapshot.job.id_of(number), number);
                assert_eq!(held, &task.id, "{number} is found");
            }
        }
        assert!(places.keys().copied().eq(0..count), "{places:?}");
        let with = |status| places.values().filter(|place| **place == Some(status)).count() as u64;
        let progress = snapshot.progress;
        let counted = (progress.succeeded, progress.exhausted, progress.ignored);
        let closed = (with(Status::Succeeded), with(Status::Exhausted), with(Status::Ignored));
        assert_eq!(counted, closed, "the counters are those of the tables");
        places
    }
}

/// The block that holds a member, or the pieces that left it do.
fn find<'a>(items: &'a [Task], id: &TaskId, number: u64) -> &'a TaskId {
    let task = items.iter().find(|task| task.id == *id).expect("the way is not cut");
    let block = task.block.as_ref().expect("a block");
    if block.members.contains(number) {
        return &task.id;
    }
    let piece = block.pieces.iter().find(|(_, members)| members.contains(number));
    find(items, piece.expect("it left a trace").0, number)
}

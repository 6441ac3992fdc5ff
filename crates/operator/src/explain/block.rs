//! What keeps a block from running beside what keeps a single task: it is to be halved, it waits for a sign
//! that its labourer works, or its tasks would not be those that it was created with.

use serde::Serialize;
use task_manager::{
    attempt::{closing::OTHER_TASKS, dispatch::is_spent_block},
    ids::TaskId,
    labourer::Labourer,
    members::Members,
    task::Task,
};

use super::{Circumstances, Reason, last_error};

/// The block that a task is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InBlock {
    pub task_id: TaskId,
    /// The numbers of its tasks in their job, as ranges.
    pub members: Members,
    /// How many these are.
    pub tasks: u64,
    /// How often it was halved, as its attempts ended without a word of its tasks.
    pub halved: u32,
}

impl InBlock {
    pub(super) fn of(task: &Task) -> Option<Self> {
        let block = task.block.as_ref()?;
        Some(Self {
            task_id: task.id.clone(),
            members: block.members.clone(),
            tasks: block.members.len(),
            halved: block.splits,
        })
    }
}

/// What stands in a queue that has blocks, and several of them.
pub(super) fn noun(task: &Task) -> (&'static str, &'static str) {
    match task.block {
        Some(_) => ("task or block", "tasks or blocks"),
        None => ("task", "tasks"),
    }
}

/// The others that ended with it.
pub(super) fn with_others(task: &Task) -> String {
    match task.size() {
        1 => String::new(),
        2 => " with the other task of its block".to_owned(),
        tasks => format!(" with the {} other tasks of its block", tasks - 1),
    }
}

/// Was the success of this member accepted?
pub(super) fn is_accepted(task: &Task, member: Option<u64>) -> bool {
    let accepted = task.block.as_ref().map(|block| &block.accepted);
    accepted.zip(member).is_some_and(|(accepted, member)| accepted.contains(member))
}

pub(super) fn accepted() -> Reason {
    let why =
        "it succeeded: the report of an older attempt was accepted, and its block is still running";
    Reason::new(why, "none: it is closed as succeeded when the attempt of its block ends")
}

/// A queued block whose attempts are spent is not started as it is.
pub(super) fn spent(task: &Task, labourer: &Labourer) -> Option<Reason> {
    let name = &labourer.id;
    is_spent_block(task, labourer).then(|| {
        let change = format!(
            "none: a tick halves it, if a task of {name} has succeeded since or one of its few trials is left; else it \
             waits for that"
        );
        Reason::new(format!("its attempts are spent, and none {WORD}: {}", last_error(task)), change)
    })
}

const WORD: &str = "said which of its tasks failed";

/// Why a block is parked, if it is for what only blocks are.
pub(super) fn parked(task: &Task, about: Circumstances<'_>) -> Option<Reason> {
    let (block, due) = (task.block.as_ref()?, task.due_at.unwrap_or(about.now).utc());
    if let Some(error) = task.errors.last().filter(|error| error.kind == OTHER_TASKS) {
        let change = "deploy the version of sosw that accepted the job until the job has ended, or cancel the job";
        return Some(Reason::new(format!("it waits until {due}: {}", error.message), change));
    }
    let labourer = about.labourer.filter(|labourer| is_spent_block(task, labourer))?;
    let (name, error) = (&labourer.id, last_error(task));
    let spent = format!("its attempts are spent, and none {WORD}: {error}");
    Some(match block.looks {
        0 => Reason::new(
            spent,
            "none: once it is due, a tick halves it, so that only the tasks that cause this fail",
        ),
        looks => Reason::new(
            format!(
                "{spent}; it waits until {due}, wait number {looks}, as nothing shows that {name} works: no task of it \
                 has succeeded since, and all trials are taken"
            ),
            format!(
                "a task of {name} must succeed, or the block is closed as failed: see why its attempts fail"
            ),
        ),
    })
}

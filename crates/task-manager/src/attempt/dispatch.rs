//! Starting attempts: which tasks, with what, and what Lambda's answer means.

use std::time::Duration;

use crate::{
    attempt::invocation::Attempt,
    greenfield::{Greenfield, Scale},
    ids::{ClaimToken, TaskId},
    labourer::{
        Labourer,
        counts::Counts,
        frees::{FreedAt, Frees},
    },
    task::{Task, entry},
    time::Timestamp,
    transition::{Expected, Write},
};

/// A task as the index of the tasks table shows it: it may have moved since.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub id: TaskId,
    /// Its place when the index was written.
    pub greenfield: Greenfield,
}

impl From<&Task> for Candidate {
    fn from(task: &Task) -> Self {
        Self { id: task.id.clone(), greenfield: task.greenfield }
    }
}

/// Why a queued task must not be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// A stable name.
    pub kind: &'static str,
    pub message: String,
}

/// Can this queued task be started? (Poison must be found before it is claimed.)
pub fn check(task: &Task, labourer: &Labourer) -> Result<(), Unusable> {
    if !task.defects.is_empty() {
        return Err(Unusable { kind: "invalid_task", message: task.defects.join("; ") });
    }
    if task.has_succeeded() {
        return Err(Unusable { kind: "completed", message: "its work is done".to_owned() });
    }
    let most = task.most_attempts(labourer.max_attempts);
    if task.attempts >= most {
        let message = format!("queued with {} of {most} attempts", task.attempts);
        return Err(Unusable { kind: "attempts_spent", message });
    }
    Ok(())
}

/// Is this queued task a block that is to be halved, or to be exhausted as a whole?
pub fn is_spent_block(task: &Task, labourer: &Labourer) -> bool {
    let is_spent = task.attempts >= task.most_attempts(labourer.max_attempts);
    is_spent && task.size() > 1 && task.defects.is_empty() && !task.has_succeeded()
}

/// Begins an attempt of `task` under `token`, which was never used before: the attempt, and the
/// write that claims it.
pub fn claim(
    task: Task,
    token: ClaimToken,
    now: Timestamp,
    lease: Duration,
    scale: Scale,
    by: &str,
) -> (Attempt, Write) {
    let write = Write::Claim {
        expected: Expected::from(&task),
        to: Greenfield::claimed_at(now, scale),
        token: token.clone(),
        lease,
        note: entry(now, &format!("attempt {} claimed", task.attempts + 1), by),
    };
    (Attempt { task, token, claimed_at: now, lease, start_by: None }, write)
}

/// Takes back an attempt that Lambda refused for now: the task stands where it stood.
pub fn unclaim(attempt: &Attempt, frees: Frees, now: Timestamp, why: &str, by: &str) -> Vec<Write> {
    let task = &attempt.task;
    let mut as_it_was = task.clone();
    as_it_was.note(now, &format!("claim taken back ({why})"), by);
    let unclaim = Write::Unclaim {
        id: task.id.clone(),
        token: attempt.token.clone(),
        to: task.greenfield,
        history: as_it_was.history,
    };
    let at = FreedAt::of(Some(&attempt.token), frees);
    let counts = Counts { returned: task.size(), ..Counts::default() };
    vec![unclaim, Write::FreeSlot { labourer_id: task.labourer_id.clone(), at, counts }]
}

/// Is enough left of the lease to invoke its attempt? If not, the labourer might still work when
/// the next attempt starts.
pub fn may_still_invoke(attempt: &Attempt, now: Timestamp) -> bool {
    let is_early = attempt.start_by.is_none_or(|latest| now <= latest);
    is_early && now.since(attempt.claimed_at) <= Labourer::latest_start(attempt.lease)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeAnswer {
    Accepted,
    /// Lambda definitely did not accept it, for now: too many requests.
    Throttled,
    /// Lambda was not called: too little of the lease was left.
    TooLate,
    /// Lambda was not called: the job of the block could not be read, for now.
    Unread(String),
    /// Lambda was not called: the payloads of the block would not be those that it was accepted with.
    OtherTasks(String),
    /// For certain not, and not soon either: the function is missing, or may not be called.
    Refused {
        /// A stable name.
        kind: String,
        message: String,
    },
    /// For certain not, and never: the event itself is refused.
    Unacceptable {
        /// A stable name.
        kind: String,
        message: String,
    },
    /// It is unknown whether Lambda took the event: the attempt ends by a report, or by its lease.
    Unknown(String),
}

//! A task as the model keeps it: what the protocol depends on, small enough for millions of states.

use aws_sdk_dynamodb::types::AttributeValue;
use task_manager::{
    greenfield::Greenfield,
    task::{Closed, Status, Task},
};

use super::scope::{Tick, job_id, labourer_id, nth, task_id, tick_of, time, token};

/// The item of a task; its place in the tables is its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    greenfield: u64,
    /// Attempts begun.
    pub attempts: u32,
    /// The latest attempt.
    pub claim: Option<u8>,
    /// Attempts that ended without success, one bit each.
    pub past_claims: u16,
    /// Is the success of an older attempt kept in it?
    pub accepted: bool,
    /// The attempt whose result it holds.
    pub result: Option<u8>,
    /// When it leaves the retry table.
    pub due: Option<Tick>,
    /// How it was closed.
    pub closed: Option<Status>,
    /// Is every other attribute as it was created?
    pub whole: bool,
}

impl Item {
    pub fn greenfield(&self) -> Greenfield {
        Greenfield(f64::from_bits(self.greenfield))
    }

    pub fn stand_at(&mut self, greenfield: Greenfield) {
        self.greenfield = greenfield.0.to_bits();
    }

    /// What an update without a condition makes of nothing.
    pub fn phantom() -> Self {
        Self::of(&Task::new(task_id(0), labourer_id(), time(0), Greenfield(0.0), String::new()))
    }

    /// Every attempt that it records.
    pub fn claims(&self) -> u16 {
        self.past_claims | self.claim.map_or(0, bit)
    }

    /// The item of a task.
    pub fn of(task: &Task) -> Self {
        let kept = |name: &str| task.others.get(name).and_then(|value| value.as_s().ok());
        Self {
            greenfield: task.greenfield.0.to_bits(),
            attempts: task.attempts,
            claim: task.claim.as_ref().map(nth),
            past_claims: task.past_claims.iter().fold(0, |bits, claim| bits | bit(nth(claim))),
            accepted: task.accepted_at.is_some(),
            result: kept(RESULT).map(|text| text.parse().unwrap()),
            due: task.due_at.map(tick_of),
            closed: task.closed.map(|closed| closed.status),
            whole: task.payload_text() == task.id.as_str()
                && task.created_at == Some(time(0))
                && task.job_id == Some(job_id())
                && kept(OTHER).is_some(),
        }
    }

    /// The task `no` of this item.
    pub fn task(&self, no: u8) -> Task {
        let mut task = new_task(no);
        task.greenfield = self.greenfield();
        task.attempts = self.attempts;
        task.claim = self.claim.map(|nth| token(no, nth));
        task.past_claims =
            (1..16).filter(|nth| self.past_claims & bit(*nth) != 0).map(|n| token(no, n)).collect();
        task.accepted_at = self.accepted.then(|| time(0));
        task.due_at = self.due.map(time);
        task.closed = self.closed.map(|status| Closed {
            at: time(0),
            status,
            expires_at: None,
            success: None,
        });
        if let Some(nth) = self.result {
            task.others.insert(RESULT.into(), AttributeValue::S(nth.to_string()));
        }
        if !self.whole {
            task.others.remove(OTHER);
        }
        task
    }
}

/// Where reports of success leave the number of their attempt.
const RESULT: &str = "result_by";
/// An attribute that nobody knows, as older items have them.
const OTHER: &str = "arn";

pub fn bit(nth: u8) -> u16 {
    1 << nth
}

/// Task `no` as it is created, but for its place.
pub fn new_task(no: u8) -> Task {
    let id = task_id(no);
    let payload = id.to_string();
    let mut task = Task::new(id, labourer_id(), time(0), Greenfield(0.0), payload);
    task.job_id = Some(job_id());
    task.others.insert(OTHER.into(), AttributeValue::S("kept".into()));
    task
}

//! Preparing the tables of a running sosw 0.7: what must change, and changing it.
//!
//! Its functions leave three things behind that would puzzle ours: items of the tasks table that
//! are no tasks (a report for an unknown task made them), tasks in two tables (a function died in
//! the middle of a move), and closed payloads that are Python literals. They are found by scans,
//! which must not meet sosw's functions at work: a task on the move looks as if it were in two
//! tables. Every change states what it believes, and is left alone when that holds no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use crate::{
    ids::{LabourerId, TaskId},
    manager::TaskManager,
    storage::{Outcome, StoreError, attributes::to_json},
    task::{Item, Task},
    time::Timestamp,
    transition::{Belief, Write},
};

pub mod python;

/// Something that must change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An item of the tasks table is no task: it is deleted.
    Phantom {
        /// Its id.
        id: String,
        /// All that it has.
        item: Value,
    },
    /// A task that is closed is in the tasks table, too: there it is deleted.
    ClosedAndOpen(TaskId),
    /// A task that is closed is parked, too: there it is deleted.
    ClosedAndParked(LabourerId, TaskId),
    /// A task was on its way into the retry table: in the tasks table it is deleted.
    Parked(TaskId),
    /// A task was on its way back into the queue: in the retry table it is deleted.
    Requeued(LabourerId, TaskId),
    /// A closed payload is a Python literal: it becomes JSON.
    Payload {
        /// Of this task.
        id: TaskId,
        /// As it is.
        from: String,
        /// As it becomes.
        to: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phantom { id, item } => {
                write!(f, "{id}: no task, deleted from the tasks table: {item}")
            }
            Self::ClosedAndOpen(id) => {
                write!(f, "{id}: closed, deleted from the tasks table")
            }
            Self::ClosedAndParked(_, id) => write!(f, "{id}: closed, deleted from the retry table"),
            Self::Parked(id) => write!(f, "{id}: parked, deleted from the tasks table"),
            Self::Requeued(_, id) => write!(f, "{id}: queued, deleted from the retry table"),
            Self::Payload { id, .. } => write!(f, "{id}: its closed payload becomes JSON"),
        }
    }
}

/// What must change, and what nobody can change.
#[derive(Debug, Default)]
pub struct Plan {
    /// To be applied.
    pub changes: Vec<Change>,
    /// Closed payloads that are neither JSON nor a Python literal. They do no harm.
    pub unreadable: Vec<TaskId>,
}

/// A task that is in the tasks table and in another one.
#[derive(Clone, Debug, Default)]
struct Places {
    open: Option<Task>,
    parked: Option<Task>,
    closed: bool,
}

/// What to do about a task that is in these places. Nothing if it is in one only.
fn untangle(places: &Places, now: Timestamp) -> Vec<Change> {
    let mut changes = Vec::new();
    if places.closed {
        changes.extend(places.open.iter().map(|task| Change::ClosedAndOpen(task.id.clone())));
        changes.extend(
            places
                .parked
                .iter()
                .map(|task| Change::ClosedAndParked(task.labourer_id.clone(), task.id.clone())),
        );
    } else if let (Some(open), Some(parked)) = (&places.open, &places.parked) {
        // sosw puts first, then deletes. What is queued came from the retry table; what was
        // invoked was on its way there.
        changes.push(match open.greenfield.0 < now.seconds() {
            true => Change::Requeued(parked.labourer_id.clone(), parked.id.clone()),
            false => Change::Parked(open.id.clone()),
        });
    }
    changes
}

impl TaskManager {
    /// Looks through all tables for what must change. Reads every item there is.
    pub async fn plan_adoption(&self) -> Result<Plan, StoreError> {
        let mut plan = Plan::default();
        let seen = self.find_phantoms(&mut plan).await?;
        let closed = self.store().all_closed(seen.keys()).await?;
        let closed: BTreeSet<_> = closed.into_iter().map(|task| task.id).collect();
        for (id, _) in seen.iter().filter(|(id, tables)| **tables > 1 || closed.contains(id)) {
            plan.changes.extend(untangle(&self.places(id).await?, self.now()));
        }
        self.find_payloads(&mut plan).await?;
        Ok(plan)
    }

    /// The phantoms; answers all other items of the tasks and retry tables, and in how many of
    /// the two each is.
    async fn find_phantoms(&self, plan: &mut Plan) -> Result<BTreeMap<TaskId, u32>, StoreError> {
        let (store, names) = (self.store(), &self.config().names);
        let mut seen = BTreeMap::<TaskId, u32>::new();
        let place = names.fields.get("greenfield");
        let id = |item: &Item| TaskId::new(store.field(item, "task_id")?).ok();
        let note = |item: Item| {
            let Some(id) = id(&item) else { return };
            match store.field(&item, "labourer_id").is_some() && item.contains_key(place) {
                true => *seen.entry(id).or_default() += 1,
                false => {
                    let item = to_json(&AttributeValue::M(item));
                    plan.changes.push(Change::Phantom { id: id.to_string(), item });
                }
            }
        };
        store.scan(&names.tasks, note).await?;
        let note = |item: Item| {
            if let Some(id) = id(&item) {
                *seen.entry(id).or_default() += 1;
            }
        };
        store.scan(&names.retry, note).await?;
        Ok(seen)
    }

    async fn places(&self, id: &TaskId) -> Result<Places, StoreError> {
        let open = self.store().task(id).await?;
        let parked = match &open {
            Some(task) => self.store().parked(&task.labourer_id, id).await?,
            None => self.store().parked_of_any(self.config().labourers.keys(), id).await?,
        };
        let closed = self.store().closed(id).await?.is_some();
        Ok(Places { open, parked, closed })
    }

    async fn find_payloads(&self, plan: &mut Plan) -> Result<(), StoreError> {
        let (store, names) = (self.store(), &self.config().names);
        let note = |item: Item| {
            let (Some(id), Some(from)) =
                (store.field(&item, "task_id"), store.field(&item, "payload"))
            else {
                return;
            };
            let Ok(id) = TaskId::new(id) else { return };
            if serde_json::from_str::<Value>(from).is_ok() {
                return;
            }
            match python::read(from) {
                Some(value) => {
                    let (from, to) = (from.to_owned(), value.to_string());
                    plan.changes.push(Change::Payload { id, from, to });
                }
                None => plan.unreadable.push(id),
            }
        };
        store.scan(&names.closed, note).await
    }

    /// Makes a change, if what it rests on still holds. Answers whether it did.
    pub async fn adopt(&self, change: &Change) -> Result<bool, StoreError> {
        let write = match change {
            Change::Phantom { id, .. } => return self.store().delete_phantom(id).await,
            Change::Payload { id, from, to } => {
                return self.store().rewrite_payload(id, from, to).await;
            }
            Change::ClosedAndOpen(id) | Change::Parked(id) => {
                let places = self.places(id).await?;
                let holds = untangle(&places, self.now()).contains(change);
                places.open.filter(|_| holds).map(|task| Write::Dequeue(Belief::from(&task)))
            }
            Change::ClosedAndParked(_, id) | Change::Requeued(_, id) => {
                let places = self.places(id).await?;
                let holds = untangle(&places, self.now()).contains(change);
                places.parked.filter(|_| holds).map(|task| Write::Unpark {
                    labourer_id: task.labourer_id,
                    id: task.id,
                    attempts: task.attempts,
                    claim: task.claim,
                })
            }
        };
        match write {
            Some(write) => Ok(self.store().apply(&[write]).await? == Outcome::Applied),
            None => Ok(false),
        }
    }
}

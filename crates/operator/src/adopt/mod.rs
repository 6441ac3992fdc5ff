//! Prepares the tables of a running sosw 0.7: finds what must change, and changes it.
//!
//! Its functions leave three things behind that ours cannot handle: items of the tasks table that
//! are not tasks (a report for an unknown task made them), tasks in two tables (a function died in
//! the middle of a move), and closed payloads that are Python literals. They are found by scans,
//! which must not run while sosw 0.7's functions do: a task that is being moved looks as if it were in two
//! tables. Every change is conditional on what was found, and is skipped when that has changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Serialize;
use serde_json::Value;
use task_manager::{
    TaskManager,
    ids::{LabourerId, TaskId},
    json::Json,
    storage::{StoreError, TransactionOutcome, inspect::ScannedItem},
    task::Task,
    time::Timestamp,
    transition::{Expected, Write},
};

pub mod python;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AdoptionChange {
    /// An item of the tasks table is not a task: it is deleted.
    Phantom { id: String, item: Value },
    /// A task that is closed is in the tasks table, too: there it is deleted.
    ClosedAndOpen(TaskId),
    /// A task that is closed is parked, too: there it is deleted.
    ClosedAndParked(LabourerId, TaskId),
    /// A task was on its way into the retry table: in the tasks table it is deleted.
    Parked(TaskId),
    /// A task was on its way back into the queue: in the retry table it is deleted.
    Requeued(LabourerId, TaskId),
    /// A closed payload is a Python literal: it becomes JSON.
    Payload { id: TaskId, from: String, to: String },
}

impl fmt::Display for AdoptionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phantom { id, item } => {
                write!(f, "{id}: not a task, deleted from the tasks table: {item}")
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

/// What must change, and what cannot be converted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AdoptionPlan {
    pub changes: Vec<AdoptionChange>,
    /// Closed payloads that are neither JSON nor a Python literal. They do no harm.
    pub unreadable: Vec<TaskId>,
}

/// How many changes of a plan were applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Adopted {
    pub made: u64,
    /// Changes that were skipped because the items had changed.
    pub left_alone: u64,
}

/// A task that is in the tasks table and in another one.
#[derive(Clone, Debug, Default)]
struct Copies {
    open: Option<Task>,
    parked: Option<Task>,
    closed: bool,
}

/// The changes for a task that is in these places; none if it is in one place only.
fn untangle(places: &Copies, now: Timestamp) -> Vec<AdoptionChange> {
    let mut changes = Vec::new();
    if places.closed {
        changes
            .extend(places.open.iter().map(|task| AdoptionChange::ClosedAndOpen(task.id.clone())));
        changes.extend(places.parked.iter().map(|task| {
            AdoptionChange::ClosedAndParked(task.labourer_id.clone(), task.id.clone())
        }));
    } else if let (Some(open), Some(parked)) = (&places.open, &places.parked) {
        // sosw puts first, then deletes. What is queued came from the retry table; what was
        // invoked was on its way there.
        changes.push(match open.greenfield.is_queued(now) {
            true => AdoptionChange::Requeued(parked.labourer_id.clone(), parked.id.clone()),
            false => AdoptionChange::Parked(open.id.clone()),
        });
    }
    changes
}

/// Searches all tables for what must change. Reads every item there is.
pub async fn plan(manager: &TaskManager) -> Result<AdoptionPlan, StoreError> {
    let mut plan = AdoptionPlan::default();
    let found = find_phantoms(manager, &mut plan).await?;
    let closed = manager.store().closed().get_all(found.keys()).await?;
    let closed: BTreeSet<_> = closed.into_iter().map(|task| task.id).collect();
    for (id, _) in found.iter().filter(|(id, tables)| **tables > 1 || closed.contains(id)) {
        plan.changes.extend(untangle(&places(manager, id).await?, manager.now()));
    }
    find_payloads(manager, &mut plan).await?;
    Ok(plan)
}

/// Makes the changes of a plan, one after the other, and names each and whether it was made to
/// `each`.
///
/// # Errors
/// At the first change that fails. Those before it are made, and a new plan finds the others.
pub async fn apply_all(
    manager: &TaskManager,
    plan: &AdoptionPlan,
    mut each: impl FnMut(&AdoptionChange, bool),
) -> Result<Adopted, StoreError> {
    let mut adopted = Adopted::default();
    for change in &plan.changes {
        let is_made = apply(manager, change).await?;
        *(if is_made { &mut adopted.made } else { &mut adopted.left_alone }) += 1;
        each(change, is_made);
    }
    Ok(adopted)
}

/// Makes a change if its conditions still hold. Returns whether they did.
pub async fn apply(manager: &TaskManager, change: &AdoptionChange) -> Result<bool, StoreError> {
    let store = manager.store();
    let write = match change {
        AdoptionChange::Phantom { id, .. } => Some(Write::DeletePhantom { id: id.clone() }),
        AdoptionChange::Payload { id, from, to } => {
            Some(Write::ReplacePayload { id: id.clone(), read: from.clone(), payload: to.clone() })
        }
        AdoptionChange::ClosedAndOpen(id) | AdoptionChange::Parked(id) => {
            let places = places(manager, id).await?;
            let holds = untangle(&places, manager.now()).contains(change);
            places.open.filter(|_| holds).map(|task| Write::Dequeue(Expected::from(&task)))
        }
        AdoptionChange::ClosedAndParked(_, id) | AdoptionChange::Requeued(_, id) => {
            let places = places(manager, id).await?;
            let holds = untangle(&places, manager.now()).contains(change);
            places.parked.filter(|_| holds).map(|task| Write::unpark(&task))
        }
    };
    match write {
        Some(write) => Ok(store.apply(&[write]).await? == TransactionOutcome::Applied),
        None => Ok(false),
    }
}

/// The phantoms; answers all other items of the tasks and retry tables, and in how many of the two
/// each is.
async fn find_phantoms(
    manager: &TaskManager,
    plan: &mut AdoptionPlan,
) -> Result<BTreeMap<TaskId, u32>, StoreError> {
    let mut found = BTreeMap::<TaskId, u32>::new();
    let note = |item: ScannedItem| {
        let Ok(id) = TaskId::new(item.id.as_str()) else { return };
        match item.labourer.is_some() && item.has_greenfield {
            true => *found.entry(id).or_default() += 1,
            false => {
                let (id, item) = (id.to_string(), item.into_json());
                plan.changes.push(AdoptionChange::Phantom { id, item });
            }
        }
    };
    manager.store().scan_tasks(note).await?;
    let note = |item: ScannedItem| {
        if let Ok(id) = TaskId::new(item.id) {
            *found.entry(id).or_default() += 1;
        }
    };
    manager.store().scan_parked(note).await?;
    Ok(found)
}

async fn places(manager: &TaskManager, id: &TaskId) -> Result<Copies, StoreError> {
    let store = manager.store();
    let open = store.tasks().get(id).await?;
    let mut parked = None;
    for labourer in manager.config().labourers.keys() {
        parked = match parked {
            None => store.retry().get(labourer, id).await?,
            found => found,
        };
    }
    let closed = store.closed().get(id).await?.is_some();
    Ok(Copies { open, parked, closed })
}

async fn find_payloads(manager: &TaskManager, plan: &mut AdoptionPlan) -> Result<(), StoreError> {
    let note = |item: ScannedItem| {
        let Some(from) = item.payload else { return };
        let Ok(id) = TaskId::new(item.id) else { return };
        if Json::parse(&from).is_ok() {
            return;
        }
        match python::read(&from) {
            Some(value) => {
                let to = value.to_string();
                plan.changes.push(AdoptionChange::Payload { id, from, to });
            }
            None => plan.unreadable.push(id),
        }
    };
    manager.store().scan_closed(note).await
}

//! The books: what was promised so far, against what the tables say.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use task_manager::{
    greenfield::Phase,
    ids::{ClaimToken, TaskId},
    storage::item,
    task::{Status, Task},
};

use crate::{
    life::{ATTEMPTS, SLOTS},
    world::{World, id, labourer},
};

#[derive(Default)]
pub struct Books {
    /// Every task that was ever seen, as it was seen first.
    created: BTreeMap<TaskId, Task>,
    closed: BTreeMap<TaskId, Task>,
    /// The attempt whose success was acknowledged first.
    acknowledged: BTreeMap<TaskId, ClaimToken>,
    started: HashSet<ClaimToken>,
}

/// What the three tables hold.
struct Tables {
    tasks: Vec<Task>,
    parked: Vec<Task>,
    closed: Vec<Task>,
}

impl Books {
    pub fn acknowledge(&mut self, task: TaskId, claim: ClaimToken) {
        self.acknowledged.entry(task).or_insert(claim);
    }

    /// A labourer starts to work. (Lambda may deliver an event twice.)
    pub fn start(&mut self, task: &TaskId, claim: ClaimToken) -> Result<(), String> {
        let is_new = self.started.insert(claim);
        match is_new && self.acknowledged.contains_key(task) {
            true => Err(format!("6: {task} starts after its success was acknowledged")),
            false => Ok(()),
        }
    }

    pub fn closed(&self) -> impl Iterator<Item = &Task> {
        self.closed.values()
    }

    /// How many tasks were ever seen, and how many of them are not closed.
    pub fn count(&self) -> (usize, usize) {
        (self.created.len(), self.created.len() - self.closed.len())
    }

    pub async fn check(&mut self, world: &World) -> Result<(), String> {
        let tables = Tables::read(world).await?;
        for task in tables.all() {
            self.created.entry(task.id.clone()).or_insert_with(|| task.clone());
        }
        for (task, first) in &self.created {
            let found: Vec<_> = tables.all().filter(|found| found.id == *task).collect();
            let &[found] = found.as_slice() else {
                return Err(format!("1: {task} is in {} tables", found.len()));
            };
            is_whole(found, first)?;
        }
        self.check_closed(&tables)?;
        check_slots(world, &tables).await
    }

    fn check_closed(&mut self, tables: &Tables) -> Result<(), String> {
        for task in &tables.closed {
            let first = self.closed.entry(task.id.clone()).or_insert_with(|| task.clone());
            if first != task {
                return Err(format!("7: {} was closed, and changed", task.id));
            }
            let Some(claim) = self.acknowledged.get(&task.id) else { continue };
            let by = task.others.get("result_by").and_then(|by| by.as_s().ok());
            let status = task.closed.map(|closed| closed.status);
            if status != Some(Status::Succeeded) || by.map(String::as_str) != Some(claim.as_str()) {
                return Err(format!(
                    "6: {} succeeded by {claim}, and is closed as {status:?} by {by:?}",
                    task.id
                ));
            }
        }
        Ok(())
    }
}

fn is_whole(task: &Task, first: &Task) -> Result<(), String> {
    if !task.defects.is_empty() || task.payload.is_empty() {
        return Err(format!("2: {} is a phantom", task.id));
    }
    if task.attempts > ATTEMPTS {
        return Err(format!("3: {} made {} attempts", task.id, task.attempts));
    }
    let kept = |task: &Task| (task.payload.clone(), task.created_at, task.job_id.clone());
    match kept(task) == kept(first) {
        true => Ok(()),
        false => Err(format!("13: {} lost something on its way", task.id)),
    }
}

/// `running` counts the attempts in the tables, and there are no more than slots.
async fn check_slots(world: &World, tables: &Tables) -> Result<(), String> {
    let (lease, scale) = (labourer("worker").lease(None), world.manager.config().scale);
    let phase = |task: &Task| task.greenfield.phase(world.now(), lease, scale);
    let invoked = tables.tasks.iter().filter(|task| phase(task) != Phase::Queued).count();
    let row = world.manager.store().row(&id("worker")).await.map_err(|e| e.to_string())?;
    let running = row.map_or(0, |row| row.running);
    match running as usize == invoked && running <= SLOTS {
        true => Ok(()),
        false => Err(format!("10: the row counts {running} of {SLOTS}, the tables {invoked}")),
    }
}

impl Tables {
    async fn read(world: &World) -> Result<Self, String> {
        let names = &world.manager.config().names;
        Ok(Self {
            tasks: scan(world, &names.tasks).await?,
            parked: scan(world, &names.retry).await?,
            closed: scan(world, &names.closed).await?,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().chain(&self.parked).chain(&self.closed)
    }
}

async fn scan(world: &World, table: &str) -> Result<Vec<Task>, String> {
    let request = world.clients.dynamodb.scan().table_name(table).consistent_read(true);
    let items = request.send().await.map_err(|e| format!("{e:?}"))?.items.unwrap_or_default();
    let fields = &world.manager.config().names.fields;
    let read = |found: std::collections::HashMap<String, AttributeValue>| {
        item::to(found, table, fields).map_err(|e| format!("2: {e}"))
    };
    items.into_iter().map(read).collect()
}

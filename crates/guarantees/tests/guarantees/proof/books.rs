//! The books: what was promised so far, against what the tables say.

use std::collections::{BTreeMap, HashMap, HashSet};

use task_manager::{
    greenfield::Phase,
    ids::{ClaimToken, TaskId},
    manager::attempts::receive::Effect,
    storage::item,
    task::{Status, Task},
};

use super::{
    parts::{ATTEMPTS, Attempt, End, SLOTS, job_id, worker},
    stage::Stage,
};

#[derive(Default)]
pub struct Books {
    /// Every task that was ever found, as it was found first.
    created: BTreeMap<TaskId, Task>,
    closed: BTreeMap<TaskId, Task>,
    successes: BTreeMap<TaskId, Success>,
    started: HashSet<ClaimToken>,
    /// Writes that were looked at.
    seen: u64,
}

/// A success that was acknowledged.
struct Success {
    /// Of which attempt, the first one.
    by: ClaimToken,
    /// The attempt that was the latest then, once the tables were looked into. (Its event may be
    /// on its way.)
    latest: Option<Option<ClaimToken>>,
}

/// What the three tables hold.
struct TableOrigin {
    tasks: Vec<Task>,
    parked: Vec<Task>,
    closed: Vec<Task>,
}

impl Books {
    /// Records the answer to a labourer's report.
    pub fn answered(&mut self, attempt: &Attempt, end: End, effect: Effect) -> Result<(), String> {
        let task = &attempt.task;
        if effect == Effect::Unknown {
            return Err(format!(
                "2: {task} is unknown to the worker assistant when it reports {end:?}"
            ));
        }
        let is_kept = [Effect::Succeeded, Effect::Accepted].contains(&effect);
        if end == End::Succeed && is_kept {
            let success = Success { by: attempt.claim.clone(), latest: None };
            self.successes.entry(task.clone()).or_insert(success);
        }
        Ok(())
    }

    /// A labourer starts to work. (Lambda may deliver an event twice.)
    pub fn start(&mut self, attempt: &Attempt) -> Result<(), String> {
        let is_new = self.started.insert(attempt.claim.clone());
        let latest = self.successes.get(&attempt.task).and_then(|success| success.latest.as_ref());
        match latest {
            Some(latest) if is_new && latest.as_ref() != Some(&attempt.claim) => {
                Err(format!("6: {} starts after its success was acknowledged", attempt.task))
            }
            _ => Ok(()),
        }
    }

    /// How many tasks were ever found.
    pub fn created(&self) -> usize {
        self.created.len()
    }

    /// How many of them are not closed.
    pub fn open(&self) -> usize {
        self.created.len() - self.closed.len()
    }

    /// Holds the tables against the books.
    pub fn check(&mut self, stage: &Stage) -> Result<(), String> {
        let writes = stage.aws.writes();
        if std::mem::replace(&mut self.seen, writes) == writes {
            return Ok(());
        }
        let tables = TableOrigin::read(stage)?;
        for task in tables.all() {
            self.created.entry(task.id.clone()).or_insert_with(|| task.clone());
        }
        for (id, first) in &self.created {
            let found: Vec<_> = tables.all().filter(|found| found.id == *id).collect();
            let &[found] = found.as_slice() else {
                return Err(format!("1: {id} is in {} tables", found.len()));
            };
            is_whole(found, first)?;
            if let Some(success) = self.successes.get_mut(id) {
                success.latest.get_or_insert_with(|| found.claim.clone());
            }
        }
        self.check_closed(&tables)?;
        check_slots(stage, &tables)
    }

    fn check_closed(&mut self, tables: &TableOrigin) -> Result<(), String> {
        for task in &tables.closed {
            let first = self.closed.entry(task.id.clone()).or_insert_with(|| task.clone());
            if first != task {
                return Err(format!("7: {} was closed, and changed", task.id));
            }
            let Some(success) = self.successes.get(&task.id) else { continue };
            let by = task.others.get("result_by").and_then(|by| by.as_s().ok());
            let status = task.closed.map(|closed| closed.status);
            if status != Some(Status::Succeeded)
                || by.map(String::as_str) != Some(success.by.as_str())
            {
                return Err(format!(
                    "6: {} succeeded by {}, and is closed as {status:?} by {by:?}",
                    task.id, success.by
                ));
            }
        }
        Ok(())
    }

    /// The job's counters equal the tables.
    pub async fn check_job(&self, stage: &Stage) -> Result<(), String> {
        let snapshot =
            stage.manager.jobs().get(&job_id()).await.map_err(|why| format!("9: {why}"))?;
        let mut tally = HashMap::<_, u64>::new();
        for task in self.closed.values().filter(|task| task.job_id.is_some()) {
            *tally.entry(task.closed.unwrap().status).or_default() += 1;
        }
        let counted = [
            (Status::Succeeded, snapshot.progress.succeeded),
            (Status::Exhausted, snapshot.progress.exhausted),
        ];
        for (status, count) in counted {
            let closed = tally.get(&status).copied().unwrap_or_default();
            if closed != count {
                return Err(format!("8: the job counts {count} {status:?}, the tables {closed}"));
            }
        }
        Ok(())
    }
}

fn is_whole(task: &Task, first: &Task) -> Result<(), String> {
    if !task.defects.is_empty() || task.payload_text().is_empty() {
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

/// `running`, less what the counters beside it say, counts the attempts in the tables, and there are no more
/// than slots.
fn check_slots(stage: &Stage, tables: &TableOrigin) -> Result<(), String> {
    let (worker, scale) = (worker(), stage.manager.config().scale);
    let phase = |task: &Task| task.greenfield.phase(stage.now(), worker.lease(None), scale);
    let invoked = tables.tasks.iter().filter(|task| phase(task) != Phase::Queued).count();
    let rows = stage.aws.items(&stage.manager.config().names.labourers);
    let sum = |field: &str| -> usize {
        let numbers = rows.iter().filter_map(|row| row.get(field)?.as_n().ok());
        numbers.map(|number| number.parse::<usize>().unwrap()).sum()
    };
    let (taken, freed) = (sum("running"), sum("freed"));
    let Some(running) = taken.checked_sub(freed) else {
        return Err(format!("10: {freed} slots were freed, of {taken} that were taken"));
    };
    match running == invoked && running <= SLOTS as usize {
        true => Ok(()),
        false => Err(format!("10: the row counts {running} of {SLOTS}, the tables {invoked}")),
    }
}

impl TableOrigin {
    fn read(stage: &Stage) -> Result<Self, String> {
        let names = &stage.manager.config().names;
        let tasks = |table: &str| {
            let read = |found| item::to(found, table, &names.fields).map_err(|e| format!("2: {e}"));
            stage.aws.items(table).into_iter().map(read).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            tasks: tasks(&names.tasks)?,
            parked: tasks(&names.retry)?,
            closed: tasks(&names.closed)?,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().chain(&self.parked).chain(&self.closed)
    }
}

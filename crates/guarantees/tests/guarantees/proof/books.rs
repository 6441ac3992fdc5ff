//! The books: what was promised so far, against what the tables say. Items are what lies in the tables, one
//! for a task or for a block of tasks.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::json;
use task_manager::{
    greenfield::Phase,
    ids::{ClaimToken, TaskId},
    manager::attempts::receive::Effect,
    storage::item,
    task::{Status, Task},
};

use super::{
    members::{Places, tasks_of},
    parts::{ATTEMPTS, Attempt, End, HALVINGS, SLOTS, job_id, result_of, worker},
    sharing,
    stage::Stage,
};

#[derive(Default)]
pub struct Books {
    /// Every item that was ever found, as it was found first.
    created: BTreeMap<TaskId, Task>,
    /// Closed items.
    closed: BTreeMap<TaskId, Task>,
    /// Every task that was ever found.
    tasks: BTreeSet<TaskId>,
    /// Tasks that are closed.
    ended: BTreeMap<TaskId, Status>,
    /// Did an operator ask to send back what is exhausted?
    may_return: bool,
    successes: BTreeMap<TaskId, Success>,
    started: HashSet<ClaimToken>,
    /// Writes that were looked at.
    seen: u64,
}

/// A success that was acknowledged.
struct Success {
    /// Of which attempt, the first one. Of a task of a block it is not known: the answer is about all of them.
    by: Option<ClaimToken>,
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
        let item = &attempt.item;
        if effect == Effect::Unknown {
            return Err(format!(
                "2: {item} is unknown to the worker assistant when it reports {end:?}"
            ));
        }
        let is_block = attempt.is_of_block();
        let by = (!is_block).then(|| attempt.claim.clone());
        for task in attempt.succeeded(end) {
            let is_kept = match is_block {
                // The report has reached every piece: what was not closed otherwise before has succeeded.
                true => self.ended.get(task).is_none_or(|status| *status == Status::Succeeded),
                false => [Effect::Succeeded, Effect::Accepted].contains(&effect),
            };
            if is_kept {
                let success = Success { by: by.clone(), latest: None };
                self.successes.entry(task.clone()).or_insert(success);
            }
        }
        Ok(())
    }

    /// An operator sends back what is exhausted: it is no longer closed for good.
    pub fn lets_return(&mut self) {
        self.may_return = true;
    }

    /// A labourer starts to work. (Lambda may deliver an event twice.)
    pub fn start(&mut self, attempt: &Attempt) -> Result<(), String> {
        let is_new = self.started.insert(attempt.claim.clone());
        let is_done = |task: &&TaskId| {
            let success = self.successes.get(*task);
            let latest = success.and_then(|success| success.latest.as_ref());
            latest.is_some_and(|latest| latest.as_ref() != Some(&attempt.claim))
        };
        match attempt.tasks.iter().filter(|_| is_new).find(is_done) {
            Some(task) => Err(format!("6: {task} starts after its success was acknowledged")),
            None => Ok(()),
        }
    }

    /// How many tasks were ever found.
    pub fn created(&self) -> usize {
        self.tasks.len()
    }

    /// How many of them are not closed.
    pub fn open(&self) -> usize {
        self.tasks.len() - self.ended.len()
    }

    /// The same once so much was written since the last time: where there are many tasks.
    pub fn check_after(&mut self, writes: u64, stage: &Stage) -> Result<(), String> {
        match stage.aws.writes() >= self.seen + writes {
            true => self.check(stage),
            false => Ok(()),
        }
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
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        tables.all().for_each(|task| found.entry(&task.id).or_default().push(task));
        for (id, first) in &self.created {
            let found = found.get(id).map_or(&[][..], Vec::as_slice);
            let &[found] = found else {
                return Err(format!("1: {id} is in {} tables", found.len()));
            };
            is_whole(found, first)?;
        }
        let places = Places::of(tables.all(), &mut self.tasks)?;
        for (task, success) in &mut self.successes {
            let item = places.item_of(task)?;
            success.latest.get_or_insert_with(|| item.claim.clone());
        }
        self.check_closed(&tables)?;
        check_slots(stage, &tables)
    }

    fn check_closed(&mut self, tables: &TableOrigin) -> Result<(), String> {
        if self.may_return {
            let is_closed = |id: &TaskId| tables.closed.iter().any(|item| item.id == *id);
            self.closed.retain(|id, item| !is_exhausted(item) || is_closed(id));
        }
        self.ended.clear();
        for item in &tables.closed {
            let first = self.closed.entry(item.id.clone()).or_insert_with(|| item.clone());
            if first != item {
                return Err(format!("7: {} was closed, and changed", item.id));
            }
            let status = item.closed.unwrap().status;
            for task in tasks_of(item) {
                self.ended.insert(task.clone(), status);
                let Some(success) = self.successes.get(&task) else { continue };
                if status != Status::Succeeded || !self.is_own_result(item, &task, success) {
                    return Err(format!(
                        "6: {task} succeeded by {:?}, and is closed as {status:?} with another result",
                        success.by
                    ));
                }
            }
        }
        Ok(())
    }

    /// Is what was kept the result of that success; of a task in a block, of one of its own attempts?
    fn is_own_result(&self, item: &Task, task: &TaskId, success: &Success) -> bool {
        let Some(block) = &item.block else {
            let by = item.others.get("result_by").and_then(|by| by.as_s().ok());
            return by.map(String::as_str) == success.by.as_ref().map(ClaimToken::as_str);
        };
        let kept = block.members.iter().find(|n| TaskId::of_job(&job_id(), *n) == *task);
        let kept = kept.and_then(|number| block.results.get(&number));
        self.started.iter().any(|by| kept == Some(&json!(result_of(by, task)).to_string()))
    }

    /// The job's counters equal the tables.
    pub async fn check_job(&self, stage: &Stage) -> Result<(), String> {
        let snapshot =
            stage.manager.jobs().get(&job_id()).await.map_err(|why| format!("9: {why}"))?;
        let mut tally = HashMap::<_, u64>::new();
        for item in self.closed.values().filter(|item| item.job_id.is_some()) {
            *tally.entry(item.closed.unwrap().status).or_default() += item.size();
        }
        let counted = [
            (Status::Succeeded, snapshot.progress.succeeded),
            (Status::Exhausted, snapshot.progress.exhausted),
            (Status::Ignored, snapshot.progress.ignored),
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

fn is_exhausted(item: &Task) -> bool {
    item.closed.is_some_and(|closed| closed.status == Status::Exhausted)
}

fn is_whole(task: &Task, first: &Task) -> Result<(), String> {
    let is_empty = task.payload_text().is_empty() && task.block.is_none();
    if !task.defects.is_empty() || is_empty {
        return Err(format!("2: {} is a phantom", task.id));
    }
    let splits = task.block.as_ref().map_or(0, |block| block.splits);
    if splits > HALVINGS || task.attempts > task.most_attempts(ATTEMPTS) {
        return Err(format!(
            "3: {} made {} attempts, {splits} times halved",
            task.id, task.attempts
        ));
    }
    let kept = |task: &Task| {
        let block = task.block.as_ref().map(|block| (block.origin.clone(), block.digest.clone()));
        (task.payload.clone(), task.created_at, task.job_id.clone(), block)
    };
    match kept(task) == kept(first) {
        true => Ok(()),
        false => Err(format!("13: {} lost something on its way", task.id)),
    }
}

/// `running` of each labourer, less what the counters beside it say, counts its attempts in the tables, and there are no
/// more than slots.
fn check_slots(stage: &Stage, tables: &TableOrigin) -> Result<(), String> {
    let (lease, scale) = (worker().lease(None), stage.manager.config().scale);
    let mut all: BTreeMap<String, Slots> = BTreeMap::new();
    for row in stage.aws.items(&stage.manager.config().names.labourers) {
        let Some(key) = row.get("labourer_id").and_then(|key| key.as_s().ok()) else { continue };
        // Beside a labourer's row stand its counters.
        let slots = all.entry(key.split('#').next().unwrap_or(key).to_owned()).or_default();
        let number = |field: &str| row.get(field)?.as_n().ok()?.parse::<usize>().ok();
        slots.taken += number("running").unwrap_or(0);
        slots.freed += number("freed").unwrap_or(0);
    }
    for task in &tables.tasks {
        if task.greenfield.phase(stage.now(), lease, scale) != Phase::Queued {
            all.entry(task.labourer_id.to_string()).or_default().invoked += 1;
        }
    }
    all.into_iter().try_for_each(|(labourer, slots)| slots.check(&labourer))
}

/// What is counted of a labourer's slots.
#[derive(Default)]
struct Slots {
    taken: usize,
    freed: usize,
    /// Attempts in the tables.
    invoked: usize,
}

impl Slots {
    fn check(self, labourer: &str) -> Result<(), String> {
        let Self { taken, freed, invoked } = self;
        let most = if labourer == worker().id.as_str() { SLOTS } else { sharing::SLOTS };
        let Some(running) = taken.checked_sub(freed) else {
            return Err(format!("10: {freed} slots were freed, of {taken} that were taken"));
        };
        match running == invoked && running <= most as usize {
            true => Ok(()),
            false => Err(format!(
                "10: the row of {labourer} counts {running} of {most}, the tables {invoked}"
            )),
        }
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

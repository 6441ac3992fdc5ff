//! The summary at the end: how jobs and tasks ended, and which command shows more.

use std::time::Duration;

use operator::{
    JobId, LabourerId, TaskManager,
    jobs::{self, JobOverview},
    status::{self, LabourerStatus},
    tasks::{self, TaskDetails, TaskName, TaskState},
    words::argument,
};
use serde::{Serialize, Serializer};

use super::machine::Machine;
use crate::{error::Error, hint, print, state, words};

/// The most failed tasks of a labourer to list.
const NAMED: u32 = 5;
/// The most jobs to print; `--json` has all of the run.
const PRINTED_JOBS: usize = 5;
/// The most ended jobs to read.
const JOBS: u32 = 200;

/// What became of everything since this run began.
#[derive(Serialize)]
pub struct Summary {
    #[serde(rename = "seconds", serialize_with = "seconds")]
    took: Duration,
    /// Tasks that were closed; a block counts as one.
    closed: u64,
    labourers: Vec<LabourerStatus>,
    /// Those that are open, or ended in this run, and the one that was to be run; the newest first.
    pub jobs: Vec<JobOverview>,
    failed: Vec<FailedTasks>,
}

/// Tasks of a labourer that failed in this run.
#[derive(Serialize)]
struct FailedTasks {
    labourer_id: LabourerId,
    /// How many there are; a block counts as one.
    count: u64,
    /// The latest of them.
    latest: Vec<TaskDetails>,
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

impl Summary {
    /// With the job that was to be run, even if it had ended before.
    pub async fn read(machine: &Machine, job: Option<&JobId>) -> Result<Self, Error> {
        let (manager, took) = (&machine.manager, machine.started.elapsed());
        let since = manager.now() - took;
        let labourers = status::list(manager).await?;
        let (mut closed, mut failed) = (0, Vec::new());
        for labourer in &labourers {
            let id = &labourer.labourer_id;
            let counts = status::count_closed_since(manager, id, since).await?;
            closed += counts.closed();
            if counts.exhausted > 0 {
                failed.push(FailedTasks::read(manager, id, counts.exhausted).await?);
            }
        }
        let mut jobs = jobs::list(manager, JOBS).await?;
        jobs.retain(|job| job.state.is_open() || job.ended_at.is_none_or(|at| at >= since));
        if let Some(id) = job.filter(|id| jobs.iter().all(|job| job.job_id != **id)) {
            jobs.push(jobs::read(manager, id).await?);
        }
        Ok(Self { took, closed, labourers, jobs, failed })
    }

    /// The jobs that ended without success.
    pub fn lost(&self) -> Vec<JobOverview> {
        self.jobs.iter().filter(|job| job.is_lost()).cloned().collect()
    }

    /// Queued tasks that will never start, as the config stops their labourers.
    pub fn stuck(&self) -> u64 {
        let stopped = self.labourers.iter().filter(|labourer| labourer.stopped.is_some());
        stopped.map(|labourer| labourer.counts.queued).sum()
    }

    /// Prints all of it; which command shows more only if the tables are kept, and if nothing else went wrong.
    pub fn print(&self, is_kept: bool, with_next_step: bool) -> Result<(), Error> {
        self.print_labourers()?;
        let speed = self.closed as f64 / self.took.as_secs_f64().max(0.001);
        let (closed, time) = (words::count(self.closed, "task"), print::duration(self.took));
        let note = match self.jobs.iter().any(|job| job.block_size > 1) {
            true => "; here a block counts as one task",
            false => "",
        };
        print::out(format_args!("{closed} closed in {time} ({speed:.1}/s){note}"))?;
        self.jobs.iter().take(PRINTED_JOBS).try_for_each(|job| print::out(of_job(job)))?;
        if let more @ 1.. = self.jobs.len().saturating_sub(PRINTED_JOBS) {
            print::out(format_args!("and {more} more jobs"))?;
        }
        match self.failed.first().and_then(|failed| failed.latest.first()) {
            Some(task) if with_next_step => self.print_failed(task, is_kept),
            _ => Ok(()),
        }
    }

    /// By its number, if its job is one of these.
    fn name(&self, task: &TaskDetails) -> TaskName {
        let job = self.jobs.iter().find(|job| task.job_id.as_ref() == Some(&job.job_id));
        job.map_or(task.name(), |job| job.name_of(&task.task_id))
    }

    fn print_labourers(&self) -> Result<(), Error> {
        let columns = [
            "labourer",
            "succeeded",
            "failed",
            "cancelled",
            "queued",
            "running",
            "waiting\nto retry",
        ];
        let mut table = print::table(&columns, 1..7);
        for LabourerStatus { labourer_id: id, counts, stopped, .. } in &self.labourers {
            let running = counts.running + counts.expired;
            let numbers = [
                counts.succeeded,
                counts.exhausted,
                counts.ignored,
                counts.queued,
                running,
                counts.parked,
            ];
            table
                .add_row(std::iter::once(id.to_string()).chain(numbers.iter().map(u64::to_string)));
            if let Some(why) = stopped.as_ref().filter(|_| counts.queued > 0) {
                let queued = words::count(counts.queued, "queued task");
                print::err(format_args!("{queued} of {id} cannot run: {why}"));
            }
        }
        print::out(format_args!("\n{table}"))
    }

    fn print_failed(&self, example: &TaskDetails, is_kept: bool) -> Result<(), Error> {
        print::out("\nFailed tasks, with their last error:")?;
        for FailedTasks { labourer_id, count, latest } in &self.failed {
            latest
                .iter()
                .try_for_each(|task| print::entry(head(&self.name(task), task), [error(task)]))?;
            if let more @ 1.. = count.saturating_sub(latest.len() as u64) {
                print::out(format_args!("and {more} more of {labourer_id}"))?;
            }
        }
        if !is_kept {
            return print::out(
                "The tables were in memory: use --data DIR to keep them for inspection.",
            );
        }
        let show = command(format!("tasks show {}", argument(self.name(example))));
        print::out(format_args!("\nShow one:\n  {show}"))?;
        match &example.job_id {
            Some(job) => {
                let retry = command(format!("jobs retry-failed {}", argument(job)));
                print::out(format_args!(
                    "Once the cause is fixed, queue them again, then start this again:\n  {retry}"
                ))
            }
            None => Ok(()),
        }
    }
}

impl FailedTasks {
    async fn read(manager: &TaskManager, id: &LabourerId, count: u64) -> Result<Self, Error> {
        let labourer = manager.labourers().get_or_left(id);
        let most = NAMED.min(u32::try_from(count).unwrap_or(NAMED));
        let state = Some(TaskState::Exhausted);
        let latest = tasks::list(manager, &labourer, state, most).await?;
        Ok(Self { labourer_id: id.clone(), count, latest })
    }
}

fn command(arguments: String) -> String {
    hint::command(&arguments)
}

fn of_job(job: &JobOverview) -> String {
    let (name, progress) = (job.state.name(), job.progress);
    let mut parts = vec![format!("{} of {} succeeded", progress.succeeded, progress.total)];
    let in_blocks = (job.block_size > 1).then(|| format!("in blocks of {}", job.block_size));
    parts.extend(in_blocks);
    let some = |number: u64, what: &str| (number > 0).then(|| format!("{number} {what}"));
    parts.extend(some(progress.exhausted, "failed"));
    parts.extend(some(progress.ignored, "cancelled"));
    parts.extend(some(progress.retried, "retried"));
    parts.extend(some(progress.snoozed, "snoozed"));
    format!("job {}: {}, {}", job.job_id, state::painted_job(name), parts.join(", "))
}

/// `2a52…#7  words, 3 attempts`.
fn head(name: &TaskName, task: &TaskDetails) -> String {
    let attempts = words::count(task.attempts.into(), "attempt");
    let of_block = task.block.as_ref().map(|_| format!(" ({})", task.gist)).unwrap_or_default();
    format!("{name}  {}{of_block}, {attempts}", task.labourer_id)
}

fn error(task: &TaskDetails) -> String {
    let error = task.errors.last().map(|error| words::error(&error.kind, &error.message));
    error.unwrap_or_else(|| "no error is recorded".to_owned())
}

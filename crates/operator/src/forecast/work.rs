//! What is left to do.

use task_manager::time::Timestamp;

use crate::{jobs::JobOverview, live::Live};

/// Tasks that are not closed; each member of a block counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// Those that wait for their turn, and those that are not created yet.
    pub queued: u64,
    /// Those whose attempt no report has ended.
    pub running: u64,
    /// Those that wait for their next attempt.
    pub parked: u64,
    /// When the first of the parked ones is due, if it is known.
    pub next_retry: Option<Timestamp>,
    /// When the last of them is, if it is known.
    pub last_retry: Option<Timestamp>,
    /// Of a job: tasks of other jobs that stand before its own in the queue.
    pub ahead: u64,
    /// Of a job: its time, if it has not come.
    pub starts_at: Option<Timestamp>,
}

impl Work {
    /// Tasks that are not closed.
    pub fn open(&self) -> u64 {
        self.queued.saturating_add(self.running).saturating_add(self.parked)
    }

    /// Of a job among the open jobs of its labourer, as far as the jobs themselves count it: what runs and what waits
    /// to retry is among what is queued.
    pub fn of_job<'a>(
        job: &JobOverview,
        others: impl IntoIterator<Item = &'a JobOverview>,
        now: Timestamp,
    ) -> Self {
        let before = others.into_iter().filter(|other| {
            let is_other = other.job_id != job.job_id && other.labourer_id == job.labourer_id;
            is_other && other.state.is_open() && place(other) < place(job)
        });
        Self {
            queued: left(job),
            ahead: before.map(left).fold(0, u64::saturating_add),
            starts_at: job.options.start.filter(|start| *start > now),
            ..Self::default()
        }
    }

    /// The same, with what runs and waits to retry by the row of its labourer, unless several jobs share it: nobody
    /// counts whose attempts these are.
    pub fn of_live(job: &JobOverview, live: &Live, now: Timestamp) -> Self {
        let work = Self::of_job(job, &live.jobs, now);
        let is_of_labourer = |other: &&JobOverview| other.labourer_id == job.labourer_id;
        let open = live.jobs.iter().filter(is_of_labourer).filter(|other| other.state.is_open());
        let row = live.labourers.iter().find(|row| row.labourer_id == job.labourer_id);
        match row {
            Some(row) if live.unread == 0 && open.count() <= 1 => {
                let tasks = |items: u64| items.saturating_mul(job.block_size);
                let parked = row.parked.unwrap_or_default();
                work.with(tasks(row.capacity.running.into()), tasks(parked.count), parked.next)
            }
            _ => work,
        }
    }

    /// With so many of the queued ones found to run, and so many to wait until then to retry.
    pub fn with(self, running: u64, parked: u64, next_retry: Option<Timestamp>) -> Self {
        let running = running.min(self.queued);
        let parked = parked.min(self.queued - running);
        let queued = self.queued - running - parked;
        Self { queued, running, parked, next_retry, ..self }
    }
}

fn left(job: &JobOverview) -> u64 {
    job.progress.total.saturating_sub(job.progress.closed())
}

/// Jobs line up in the order in which their first tasks are created, those that wait for their time at the end.
fn place(job: &JobOverview) -> (bool, Option<Timestamp>, Timestamp) {
    (job.progress.started.is_none(), job.progress.started, job.created_at)
}

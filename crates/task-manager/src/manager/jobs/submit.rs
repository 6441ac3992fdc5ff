//! Accepts a job: its row, from which all its tasks can be derived, is written before the first of
//! them.

use tracing::info;

use super::{JobError, Jobs};
use crate::{
    greenfield::Places,
    ids::JobId,
    jobs::{
        job::{Job, JobSnapshot, JobState, Range},
        message::{Message, Submission},
        problem::Problem,
    },
    json::Json,
    labourer::TasksPerInvocation,
    mistakes::{Mistakes, Path, Remark},
    storage::StoreError,
    transition::of_job,
};

impl Jobs<'_> {
    /// Reads a message to the scheduler.
    ///
    /// # Errors
    /// All mistakes of the message.
    pub fn read_message(self, event: &Json) -> Result<Message, Mistakes> {
        let config = &self.manager.config;
        let mut message = Message::read(event, &config.job_rules(), self.manager.now())?;
        if let Message::Submit(submission) = &mut message
            && let Some(TasksPerInvocation::Fixed(tasks)) = submission.options.tasks_per_invocation
            && let Some(labourer) = config.labourers.get(submission.plan.labourer())
            && let Some((most, rate)) = labourer.uses.most_together(&config.resources)
            && tasks > most
        {
            let path = Path::root().key("tasks_per_invocation");
            let problem = Problem::AboveBurst { most, rate: rate.clone() };
            submission.warnings.push(Remark::new(&path, problem));
        }
        Ok(message)
    }

    /// Accepts a job, or finds that it was accepted before. The same job with the same idempotency key
    /// is one job; without a key, the same `delivery` (the id of the message that carried it). A
    /// message from the record of a failed delivery has the id of that delivery.
    ///
    /// # Errors
    /// When a key holds an attribute that only EventBridge Scheduler replaces, or belongs to another
    /// job, or DynamoDB fails.
    pub async fn submit(
        self,
        submission: &Submission,
        delivery: Option<&str>,
    ) -> Result<JobSnapshot, JobError> {
        submission.check_placeholders()?;
        let key = submission.options.idempotency_key.as_deref();
        let delivery = submission.delivery.as_deref().or(delivery);
        let id = match (key, delivery) {
            (Some(key), _) => JobId::of_key(key),
            (None, Some(delivery)) => JobId::of_key(&format!("delivery {delivery}")),
            (None, None) => JobId::from_random(self.manager.random.id()),
        };
        if let Some(snapshot) = self.manager.store.jobs().get(&id).await? {
            return same(snapshot, submission);
        }
        let job = self.new_job(id, submission).await?;
        let ranges = Range::all(job.total, job.block_size);
        let snapshot = JobSnapshot::new(job, ranges);
        let job = &snapshot.job;
        if self.manager.store.apply(&of_job::accept(&snapshot)).await?.is_applied() {
            info!(job_id = %job.id, labourer_id = %job.labourer_id, tasks = job.total, "accepted");
            return Ok(snapshot);
        }
        same(self.get(&job.id).await?, submission)
    }

    async fn new_job(self, id: JobId, submission: &Submission) -> Result<Job, JobError> {
        let (plan, now) = (&submission.plan, self.manager.now());
        let job = Job {
            id,
            labourer_id: plan.labourer().clone(),
            text: submission.job.to_string(),
            basis: plan.basis().clone(),
            options: submission.options.clone(),
            total: plan.len(),
            block_size: self.block_size(submission).await?,
            digest: None,
            places: None,
            created_at: now,
            state: JobState::Open,
            ended_at: None,
            expires_at: None,
            reopened: 0,
        };
        // As whoever fills it reads it: how deep values are taken apart depends on where they stood.
        let digest = Some(job.plan()?.digest());
        // A job that waits for its time does not hold places before tasks that come until then.
        let places = if job.waits(now) { None } else { Some(self.places_of(&job).await?) };
        Ok(Job { places, digest, ..job })
    }

    /// How many tasks of a job would be one block if it were accepted now. What its labourer's tasks took lately is asked
    /// only if it counts.
    pub async fn block_size(self, submission: &Submission) -> Result<u64, StoreError> {
        let labourer = self.manager.labourers().get_or_left(submission.plan.labourer());
        let wanted =
            submission.options.tasks_per_invocation.unwrap_or(labourer.tasks_per_invocation);
        let seconds = match wanted {
            TasksPerInvocation::Fixed(_) => None,
            TasksPerInvocation::Auto => {
                self.manager.attempts().seconds_per_task(&labourer.id).await?
            }
        };
        let wanted = wanted.resolve(seconds, labourer.block_duration);
        // Its tasks start together, and take their tokens of each rate together.
        let most = labourer.uses.most_together(&self.manager.config.resources);
        let wanted = wanted.min(most.map_or(u64::MAX, |(most, _)| most.into()));
        Ok(submission.plan.block_size(wanted, labourer.event_format))
    }

    /// Places for the tasks of a job behind all queued tasks.
    pub(super) async fn places_of(self, job: &Job) -> Result<Places, StoreError> {
        let newest = self.manager.queue().newest(&job.labourer_id).await?;
        let first = job.id_of(0);
        let (now, scale) = (self.manager.now(), self.manager.config.scale);
        Ok(Places::behind(newest, now, job.total, first.as_str(), scale))
    }
}

/// The job that has this id already, if it is the same job.
fn same(snapshot: JobSnapshot, submission: &Submission) -> Result<JobSnapshot, JobError> {
    if snapshot.job.is_same(&submission.job, &submission.options) {
        return Ok(snapshot);
    }
    Err(JobError::KeyReused {
        key: submission.options.idempotency_key.clone().unwrap_or_default(),
        id: snapshot.job.id,
        at: snapshot.job.created_at,
    })
}

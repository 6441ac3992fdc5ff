//! A job is accepted: its row, with everything that its tasks follow from, is there before the
//! first of them.

use serde_json::Value;

use super::JobError;
use crate::{
    ids::JobId,
    jobs::{
        message::{Message, Submission},
        mistake::Mistakes,
        record::{Account, Job, Places, Range, State},
        rules::Rules,
    },
    manager::TaskManager,
    storage::reads::Stretch,
};

impl TaskManager {
    /// Reads a message to the scheduler.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read_message(&self, event: &Value) -> Result<Message, Mistakes> {
        Message::read(event, &Rules::of_config(&self.config)?, self.now())
    }

    /// Accepts a job, or finds it accepted: the same job with the same idempotency key (without
    /// one, with the same `delivery`, the id of the message that brought it) is one job.
    ///
    /// # Errors
    /// When the key belongs to another job, or DynamoDB fails.
    pub async fn submit(
        &self,
        submission: &Submission,
        delivery: Option<&str>,
    ) -> Result<Account, JobError> {
        let key = submission.options.idempotency_key.as_deref();
        let id = match (key, delivery) {
            (Some(key), _) => JobId::of_key(key),
            (None, Some(delivery)) => JobId::of_key(&format!("delivery {delivery}")),
            (None, None) => JobId::random(),
        };
        let text = submission.job.to_string();
        if let Some(account) = self.store.job(&id).await? {
            return same(account, &text, key);
        }
        let job = self.new_job(id, text, submission).await?;
        let ranges = Range::all(job.total);
        if self.store.add_job(&job, &ranges).await? {
            return Ok(Account::new(job, ranges));
        }
        let account = self.store.job(&job.id).await?.ok_or(JobError::Unknown(job.id))?;
        same(account, &job.text, key)
    }

    async fn new_job(
        &self,
        id: JobId,
        text: String,
        submission: &Submission,
    ) -> Result<Job, JobError> {
        let (plan, now) = (&submission.plan, self.now());
        let (labourer_id, total) = (plan.labourer().clone(), plan.len());
        let queued = Stretch::Below(now.seconds());
        let newest = self.store.stretch(&labourer_id, queued, 1, true).await?;
        let newest = newest.first().map(|candidate| candidate.greenfield);
        let places = Places::behind(newest, now, total, &id, self.config.scale);
        Ok(Job {
            id,
            labourer_id,
            text,
            basis: plan.basis().clone(),
            options: submission.options.clone(),
            total,
            places,
            created_at: now,
            state: State::Open,
            ended_at: None,
        })
    }
}

/// A job that is there already, if it is the same.
fn same(account: Account, text: &str, key: Option<&str>) -> Result<Account, JobError> {
    if account.job.text == text {
        return Ok(account);
    }
    Err(JobError::KeyReused {
        key: key.unwrap_or_default().to_owned(),
        id: account.job.id,
        at: account.job.created_at,
    })
}

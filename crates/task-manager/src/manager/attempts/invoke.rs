//! Sends a claimed attempt to Lambda and acts on the answer.

use aws_sdk_lambda::{
    error::{ProvideErrorMetadata, SdkError},
    operation::invoke::InvokeError,
    primitives::Blob,
    types::InvocationType,
};
use tracing::{error, info, warn};

use super::Attempts;
use crate::{
    attempt::{
        closing,
        dispatch::{InvokeAnswer, may_still_invoke, unclaim},
        invocation::Attempt,
    },
    describe,
    ecology::Trouble,
    labourer::{self, Labourer},
    limits::MAX_EVENT,
    manager::jobs::JobError,
    metrics,
    storage::StoreError,
    task::Task,
    time::Timestamp,
};

impl Attempts<'_> {
    /// Invokes a claimed attempt. If Lambda definitely refused it, the claim is taken back: the task
    /// returns to its place, is parked, or is closed with the reason. If it is unknown whether Lambda
    /// accepted the event, the claim stands and the lease decides: a report ends the attempt, or it
    /// expires.
    #[doc(alias = "invoke_task")]
    pub async fn invoke(
        self,
        attempt: Attempt,
        labourer: &Labourer,
        row: &labourer::State,
    ) -> Result<InvokeAnswer, StoreError> {
        let answer = match may_still_invoke(&attempt, self.manager.now()) {
            true => self.send(&attempt, labourer).await,
            false => InvokeAnswer::TooLate,
        };
        let (task_id, labourer_id) = (&attempt.task.id, &attempt.task.labourer_id);
        match &answer {
            InvokeAnswer::Accepted => {
                info!(%task_id, %labourer_id, attempt = attempt.task.attempts + 1, "invoked");
                self.manager.log_meta([(&attempt.task, "invoked")]).await;
            }
            InvokeAnswer::Throttled | InvokeAnswer::TooLate | InvokeAnswer::Unread(_) => {
                warn!(%task_id, %labourer_id, ?answer, "not invoked: the task keeps its place");
                let (frees, by) = (Some(row).into(), &self.manager.author);
                let writes = unclaim(&attempt, frees, self.manager.now(), "not accepted", by);
                self.manager.store.apply(&writes).await?;
                self.manager.claimed.forget(&attempt.task.id);
            }
            InvokeAnswer::Refused { kind, message } => {
                warn!(%task_id, %labourer_id, kind, "Lambda refused the function: the task is parked");
                if let Some(task) = self.claimed(&attempt).await? {
                    let ctx = self.manager.context(labourer, Some(row));
                    self.end_and_free(&closing::on_refused(task, kind, message, ctx), labourer)
                        .await?;
                }
            }
            InvokeAnswer::OtherTasks(why) => {
                error!(%task_id, %labourer_id, why, "not invoked: the block is parked for an hour");
                if let Some(task) = self.claimed(&attempt).await? {
                    let ctx = self.manager.context(labourer, Some(row));
                    self.end_and_free(&closing::on_other_tasks(task, why, ctx), labourer).await?;
                }
            }
            InvokeAnswer::Unacceptable { kind, message } => {
                warn!(%task_id, %labourer_id, kind, "Lambda refused the event: the task is closed");
                if let Some(task) = self.claimed(&attempt).await? {
                    let ctx = self.manager.context(labourer, Some(row));
                    self.end_and_free(&closing::on_unusable(task, kind, message, ctx), labourer)
                        .await?;
                }
            }
            InvokeAnswer::Unknown(why) => {
                warn!(%task_id, %labourer_id, why, "unknown whether Lambda accepted the event: the lease decides");
            }
        }
        measure(&attempt, &answer, self.manager.now());
        self.manager.labourers().count_trouble(labourer, Trouble::of_answer(&answer)).await;
        Ok(answer)
    }

    /// The task of an attempt as it is now, if the attempt is still its latest.
    async fn claimed(self, attempt: &Attempt) -> Result<Option<Task>, StoreError> {
        let task = self.manager.store.tasks().get(&attempt.task.id).await?;
        Ok(task.filter(|task| task.claim.as_ref() == Some(&attempt.token)))
    }

    /// The payloads of the members of a block, if they are still those that it was made with.
    async fn texts(self, task: &Task) -> Result<Vec<String>, InvokeAnswer> {
        let Some((block, job_id)) = task.block.as_ref().zip(task.job_id.as_ref()) else {
            return Ok(Vec::new());
        };
        let plan = match self.manager.jobs().plan(job_id).await {
            Ok(plan) => plan,
            Err(JobError::Store(error)) => return Err(InvokeAnswer::Unread(describe(&error))),
            Err(other) => return Err(InvokeAnswer::OtherTasks(describe(&other))),
        };
        block.texts(|n| plan.text(n)).ok_or_else(|| {
            InvokeAnswer::OtherTasks(format!(
                "the tasks {} of job {job_id} are not those that it was accepted with: another version of \
                 the chunking made them",
                block.origin
            ))
        })
    }

    async fn send(self, attempt: &Attempt, labourer: &Labourer) -> InvokeAnswer {
        let texts = match self.texts(&attempt.task).await {
            Ok(texts) => texts,
            Err(answer) => return answer,
        };
        let event = match attempt.event(labourer.event_format, texts).to_json() {
            Ok(event) => event,
            Err(error) => {
                let kind = "unwritable".to_owned();
                return InvokeAnswer::Unacceptable { kind, message: error.to_string() };
            }
        };
        if event.len() > MAX_EVENT {
            let message = format!("the event has {} bytes, Lambda takes {MAX_EVENT}", event.len());
            return InvokeAnswer::Unacceptable { kind: "too_large".into(), message };
        }
        let trace = attempt.trace();
        let request = self
            .manager
            .lambda
            .invoke()
            .function_name(&labourer.function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(event))
            .customize()
            .mutate_request(move |request| {
                request.headers_mut().insert("X-Amzn-Trace-Id", trace.as_str().to_owned());
            });
        match request.send().await {
            Ok(_) => InvokeAnswer::Accepted,
            Err(error) => answer(&error),
        }
    }
}

fn measure(attempt: &Attempt, answer: &InvokeAnswer, now: Timestamp) {
    let labourer = &attempt.task.labourer_id;
    match answer {
        InvokeAnswer::Accepted => metrics::dispatched(labourer, now.since(attempt.claimed_at)),
        InvokeAnswer::Throttled => metrics::count(metrics::THROTTLED, labourer, 1),
        InvokeAnswer::Refused { .. } | InvokeAnswer::Unacceptable { .. } => {
            metrics::count(metrics::REFUSED, labourer, 1);
        }
        InvokeAnswer::OtherTasks(_) => metrics::count(metrics::REFUSED, labourer, 1),
        InvokeAnswer::TooLate | InvokeAnswer::Unread(_) | InvokeAnswer::Unknown(_) => {}
    }
}

fn answer(error: &SdkError<InvokeError>) -> InvokeAnswer {
    let kind = error.code().unwrap_or("error").to_owned();
    let message = error.message().unwrap_or("no message").to_owned();
    let SdkError::ServiceError(service) = error else {
        return InvokeAnswer::Unknown(kind);
    };
    match (service.raw().status().as_u16(), service.err()) {
        (_, InvokeError::TooManyRequestsException(_)) | (429, _) => InvokeAnswer::Throttled,
        (
            _,
            InvokeError::RequestTooLargeException(_)
            | InvokeError::InvalidRequestContentException(_)
            | InvokeError::UnsupportedMediaTypeException(_),
        ) => InvokeAnswer::Unacceptable { kind, message },
        (400..=499, _) => InvokeAnswer::Refused { kind, message },
        _ => InvokeAnswer::Unknown(kind),
    }
}

//! Notifications by SNS: about exhausted tasks (`sns_config`) and about jobs that ended
//! (`on_complete`).

use std::sync::OnceLock;

use aws_config::SdkConfig;
use aws_sdk_sns::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::publish::PublishError,
};
use serde_json::{Value, json};
use task_manager::{
    TaskManager,
    config::SnsTopic,
    jobs::job::{JobSnapshot, JobState},
    labourer::{self, Labourer},
    storage::StoreError,
};
use tracing::{error, warn};

/// The longest subject that SNS accepts, in characters.
const SUBJECT: usize = 99;

/// Publishes to SNS.
#[derive(Clone, Debug)]
pub struct Notifier {
    /// The client is created at the first message, so that it does not delay the start of the function.
    shared: Option<SdkConfig>,
    client: OnceLock<Client>,
    of_exhausted: Option<SnsTopic>,
}

impl Notifier {
    /// Publishes to SNS; about exhausted tasks only if `of_exhausted` names a topic.
    pub fn new(shared: &SdkConfig, of_exhausted: Option<SnsTopic>) -> Self {
        Self { shared: Some(shared.clone()), client: OnceLock::new(), of_exhausted }
    }

    /// Publishes nothing.
    pub fn disabled() -> Self {
        Self { shared: None, client: OnceLock::new(), of_exhausted: None }
    }

    /// Publishes a labourer's newly exhausted tasks, whichever function closed them. Once SNS has accepted
    /// the message, they are not published again.
    ///
    /// # Errors
    /// When the tables cannot be read or written. If SNS fails, the next tick tries again.
    pub async fn notify_exhausted(
        &self,
        manager: &TaskManager,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<(), StoreError> {
        let Some(sns) = &self.of_exhausted else { return Ok(()) };
        let Some(exhausted) = manager.labourers().newly_exhausted(labourer, row).await? else {
            return Ok(());
        };
        let (id, count) = (&labourer.id, exhausted.tasks.len());
        let subject = format!("{}: {count} exhausted tasks of {id}", sns.subject);
        let tasks = exhausted.tasks.iter().map(|task| {
            json!({ "task_id": task.id, "attempts": task.attempts, "error": task.errors.last() })
        });
        let message = json!({ "labourer_id": id, "exhausted": tasks.collect::<Value>() });
        match self.publish(&sns.recipient, &subject, &message).await {
            PublishOutcome::Taken | PublishOutcome::Refused => {
                manager.labourers().mark_notified(labourer, &exhausted).await
            }
            PublishOutcome::Failed => Ok(()),
        }
    }

    /// Publishes the end of a job. Returns whether this is done: accepted by SNS, or refused for good. A
    /// job is not kept open for a topic that was deleted or denies access.
    pub async fn notify_job(&self, topic: &str, snapshot: &JobSnapshot, state: JobState) -> bool {
        let (job, progress) = (&snapshot.job, snapshot.progress);
        let subject = format!("sosw: job {} {state:?}", job.id);
        let message = json!({
            "job_id": job.id,
            "labourer_id": job.labourer_id,
            "state": state,
            "progress": progress,
        });
        match self.publish(topic, &subject, &message).await {
            PublishOutcome::Taken | PublishOutcome::Refused => true,
            PublishOutcome::Failed => false,
        }
    }

    /// Publishes a message; a failure is logged.
    async fn publish(&self, topic: &str, subject: &str, message: &Value) -> PublishOutcome {
        let Some(shared) = &self.shared else { return PublishOutcome::Failed };
        let client = self.client.get_or_init(|| Client::new(shared));
        let request = client
            .publish()
            .topic_arn(topic)
            .subject(subject.chars().take(SUBJECT).collect::<String>())
            .message(message.to_string());
        let Err(error) = request.send().await else { return PublishOutcome::Taken };
        match is_final(&error) {
            true => {
                error!(error = %DisplayErrorContext(&error), topic, "SNS refuses the message for good: no notification is sent");
                PublishOutcome::Refused
            }
            false => {
                warn!(error = %DisplayErrorContext(&error), topic, "SNS did not accept the message; the next tick tries again");
                PublishOutcome::Failed
            }
        }
    }
}

enum PublishOutcome {
    Taken,
    /// Trying again is pointless: no such topic, or access denied.
    Refused,
    Failed,
}

fn is_final(error: &SdkError<PublishError>) -> bool {
    let is_refusal = error.raw_response().is_some_and(|answer| answer.status().is_client_error());
    is_refusal && !error.code().is_some_and(|code| code.starts_with("Throttl"))
}

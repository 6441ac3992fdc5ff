//! Messages to people: of exhausted tasks (`sns_config`), and of jobs that are done (`on_complete`).

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
    config::Sns,
    jobs::record::{JobSnapshot, State},
    labourer::{self, Labourer},
    storage::StoreError,
};
use tracing::{error, warn};

/// The longest subject that SNS takes, in characters.
const SUBJECT: usize = 99;

/// Publishes to SNS.
#[derive(Clone, Debug)]
pub struct Notifier {
    /// What a client is made from when there is something to say: a start does not wait for it.
    shared: Option<SdkConfig>,
    client: OnceLock<Client>,
    of_exhausted: Option<Sns>,
}

impl Notifier {
    /// Notifier by SNS; of exhausted tasks to `of_exhausted`, if there is such a topic.
    pub fn new(shared: &SdkConfig, of_exhausted: Option<Sns>) -> Self {
        Self { shared: Some(shared.clone()), client: OnceLock::new(), of_exhausted }
    }

    /// Nobody is told.
    pub fn disabled() -> Self {
        Self { shared: None, client: OnceLock::new(), of_exhausted: None }
    }

    /// Tells of a labourer's tasks whose attempts are spent, whoever closed them: once SNS has taken
    /// it, not again.
    ///
    /// # Errors
    /// When the tables cannot be read or written. What SNS does not take is told again later.
    pub async fn tell_of_exhausted(
        &self,
        manager: &TaskManager,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<(), StoreError> {
        let Some(sns) = &self.of_exhausted else { return Ok(()) };
        let Some(exhausted) = manager.newly_exhausted(labourer, row).await? else { return Ok(()) };
        let (id, count) = (&labourer.id, exhausted.tasks.len());
        let subject = format!("{}: {count} exhausted tasks of {id}", sns.subject);
        let tasks = exhausted.tasks.iter().map(|task| {
            json!({ "task_id": task.id, "attempts": task.attempts, "error": task.errors.last() })
        });
        let message = json!({ "labourer_id": id, "exhausted": tasks.collect::<Value>() });
        match self.publish(&sns.recipient, &subject, &message).await {
            Sent::Taken | Sent::Refused => manager.told_of_exhausted(labourer, &exhausted).await,
            Sent::Failed => Ok(()),
        }
    }

    /// Tells of a job that is done. Answers whether SNS took it, or never will: a job is not kept
    /// open for a topic that is gone or may not be written to.
    pub async fn tell_of_job(&self, topic: &str, snapshot: &JobSnapshot, state: State) -> bool {
        let (job, progress) = (&snapshot.job, snapshot.progress);
        let subject = format!("sosw: job {} {state:?}", job.id);
        let message = json!({
            "job_id": job.id,
            "labourer_id": job.labourer_id,
            "state": state,
            "progress": progress,
        });
        match self.publish(topic, &subject, &message).await {
            Sent::Taken | Sent::Refused => true,
            Sent::Failed => false,
        }
    }

    /// Publishes a message; a failure is told in the log.
    async fn publish(&self, topic: &str, subject: &str, message: &Value) -> Sent {
        let Some(shared) = &self.shared else { return Sent::Failed };
        let client = self.client.get_or_init(|| Client::new(shared));
        let request = client
            .publish()
            .topic_arn(topic)
            .subject(subject.chars().take(SUBJECT).collect::<String>())
            .message(message.to_string());
        let Err(error) = request.send().await else { return Sent::Taken };
        match is_final(&error) {
            true => {
                error!(error = %DisplayErrorContext(&error), topic, "SNS refuses the message for good: nobody is notified");
                Sent::Refused
            }
            false => {
                warn!(error = %DisplayErrorContext(&error), topic, "SNS did not take the message: the next tick tries again");
                Sent::Failed
            }
        }
    }
}

/// What became of a message.
enum Sent {
    Taken,
    /// For certain, and for good: no such topic, or no right to it.
    Refused,
    Failed,
}

fn is_final(error: &SdkError<PublishError>) -> bool {
    let is_refusal = error.raw_response().is_some_and(|answer| answer.status().is_client_error());
    is_refusal && !error.code().is_some_and(|code| code.starts_with("Throttl"))
}

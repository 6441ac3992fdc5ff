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
    ids::LabourerId,
    jobs::job::{JobSnapshot, JobState},
    labourer::{self, Labourer},
    storage::StoreError,
    task::Task,
};
use tracing::{error, warn};

/// The longest subject that SNS accepts, in characters.
const SUBJECT: usize = 99;
/// The longest message that SNS accepts, in bytes of UTF-8.
const MESSAGE: usize = 256 * 1024;

/// Publishes to SNS.
#[derive(Clone, Debug)]
pub struct Notifier {
    /// The client is created at the first message, so that it does not delay the start of the function.
    shared: Option<SdkConfig>,
    client: OnceLock<Client>,
}

impl Notifier {
    /// Publishes to SNS; about exhausted tasks only if the config names a topic.
    pub fn new(shared: &SdkConfig) -> Self {
        Self { shared: Some(shared.clone()), client: OnceLock::new() }
    }

    /// Publishes nothing.
    pub fn disabled() -> Self {
        Self { shared: None, client: OnceLock::new() }
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
        let Some(sns) = &manager.config().sns else { return Ok(()) };
        let Some(exhausted) = manager.labourers().newly_exhausted(labourer, row).await? else {
            return Ok(());
        };
        let (id, count) = (&labourer.id, exhausted.tasks.len());
        let subject = format!("{}: {count} exhausted tasks of {id}", sns.subject);
        let message = of_exhausted(id, &exhausted.tasks);
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

/// As many of these tasks as a message holds, in order, and how many there are beside them.
fn of_exhausted(labourer: &LabourerId, tasks: &[Task]) -> Value {
    // The longest labourer and the words around the tasks take less.
    const AROUND: usize = 4 * 1024;
    let entry = |task: &Task| json!({ "task_id": task.id, "attempts": task.attempts, "error": task.errors.last() });
    let sized = tasks.iter().map(entry).scan(AROUND, |bytes, entry| {
        *bytes += entry.to_string().len() + 1;
        Some((*bytes, entry))
    });
    let entries: Vec<_> =
        sized.take_while(|(bytes, _)| *bytes <= MESSAGE).map(|(_, entry)| entry).collect();
    let left_out = tasks.len() - entries.len();
    let mut message = json!({ "labourer_id": labourer, "exhausted": entries });
    if left_out > 0
        && let Some(fields) = message.as_object_mut()
    {
        let text = format!("and {left_out} more: `sosw tasks list {labourer} --state exhausted`");
        fields.insert("left_out".to_owned(), text.into());
    }
    message
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use task_manager::{
        ids::TaskId,
        task::{Task, TaskError},
        time::Timestamp,
    };

    use super::*;

    fn exhausted(count: usize, message: &str) -> Vec<Task> {
        let now = Timestamp::from_seconds(1.8e9);
        let labourer = LabourerId::new("worker").unwrap();
        let task = |n| {
            let id = TaskId::new(format!("task-{n}")).unwrap();
            let mut task =
                Task::new(id, labourer.clone(), now, Default::default(), "{}".to_owned());
            task.errors.push(TaskError {
                attempt: 3,
                kind: "Kind".to_owned(),
                message: message.to_owned(),
                trace: None,
                at: now,
            });
            task
        };
        (0..count).map(task).collect()
    }

    #[test]
    fn a_message_stays_below_what_sns_accepts_and_says_how_many_tasks_it_leaves_out() {
        let labourer = LabourerId::new("l".repeat(140)).unwrap();
        let texts = ["ü".repeat(5000), "\u{1}".repeat(6000), "x".repeat(2600), "x".repeat(300_000)];
        for text in texts {
            let tasks = exhausted(100, &text);
            let message = of_exhausted(&labourer, &tasks);
            assert!(message.to_string().len() <= 262_144);
            let named = message["exhausted"].as_array().unwrap().len();
            let words = format!("and {} more: ", 100 - named);
            assert!(message["left_out"].as_str().unwrap().starts_with(&words), "{named}");
            let next = of_exhausted(&labourer, &tasks[..named]);
            assert_eq!(next["exhausted"], message["exhausted"]);
        }
    }

    #[test]
    fn a_message_that_fits_names_every_task() {
        let message = of_exhausted(&LabourerId::new("worker").unwrap(), &exhausted(100, "short"));
        assert_eq!(message["exhausted"].as_array().unwrap().len(), 100);
        assert_eq!(message["exhausted"][99]["error"]["message"], "short");
        assert!(message["left_out"].is_null());
    }
}

//! News for people: of exhausted tasks (`sns_config`), and of jobs that are done (`on_complete`).

use aws_config::SdkConfig;
use aws_sdk_sns::{Client, error::DisplayErrorContext};
use serde_json::{Value, json};
use task_manager::{
    config::Sns,
    jobs::record::{Account, State},
    task::Task,
};
use tracing::warn;

/// The longest subject that SNS takes, in characters.
const SUBJECT: usize = 99;

/// Sends news by SNS.
#[derive(Clone, Debug)]
pub struct News {
    client: Option<Client>,
    of_dead: Option<Sns>,
}

impl News {
    /// News by SNS; of exhausted tasks to `of_dead`, if there is such a topic.
    pub fn new(shared: &SdkConfig, of_dead: Option<Sns>) -> Self {
        Self { client: Some(Client::new(shared)), of_dead }
    }

    /// Nobody is told.
    pub fn to_nobody() -> Self {
        Self { client: None, of_dead: None }
    }

    /// Tells of tasks whose attempts are spent, one message for each labourer, at once. The tasks
    /// are closed already: when SNS fails, that is told in the log.
    pub async fn tell_of_dead(&self, tasks: impl IntoIterator<Item = &Task>) {
        let Some(sns) = &self.of_dead else { return };
        let mut by_labourer = std::collections::BTreeMap::<_, Vec<_>>::new();
        for task in tasks {
            by_labourer.entry(&task.labourer_id).or_default().push(task);
        }
        for (labourer, tasks) in by_labourer {
            let subject = format!("{}: {} exhausted tasks of {labourer}", sns.subject, tasks.len());
            let message = json!({
                "labourer_id": labourer,
                "exhausted": tasks.iter().map(|task| json!({
                    "task_id": task.id,
                    "attempts": task.attempts,
                    "error": task.errors.last(),
                })).collect::<Vec<_>>(),
            });
            self.publish(&sns.recipient, &subject, &message).await;
        }
    }

    /// Tells of a job that is done. Answers whether SNS took it.
    pub async fn tell_of_job(&self, topic: &str, account: &Account, state: State) -> bool {
        let (job, progress) = (&account.job, account.progress);
        let subject = format!("sosw: job {} {state:?}", job.id);
        let message = json!({
            "job_id": job.id,
            "labourer_id": job.labourer_id,
            "state": state,
            "progress": progress,
        });
        self.publish(topic, &subject, &message).await
    }

    /// Publishes a message; a failure is told in the log.
    async fn publish(&self, topic: &str, subject: &str, message: &Value) -> bool {
        let Some(client) = &self.client else { return false };
        let request = client
            .publish()
            .topic_arn(topic)
            .subject(subject.chars().take(SUBJECT).collect::<String>())
            .message(message.to_string());
        let sent = request.send().await;
        if let Err(error) = &sent {
            warn!(error = %DisplayErrorContext(error), topic, "SNS did not take the news");
        }
        sent.is_ok()
    }
}

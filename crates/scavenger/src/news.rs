//! News of exhausted tasks, for the people who look after a labourer (`sns_config`).

use aws_config::SdkConfig;
use aws_sdk_sns::{Client, error::DisplayErrorContext};
use serde_json::json;
use task_manager::{config::Sns, task::Task};
use tracing::warn;

/// The longest subject that SNS takes, in characters.
const SUBJECT: usize = 99;

/// Sends news to the topic of the config; nothing, if it has none.
#[derive(Clone, Debug)]
pub struct News {
    topic: Option<(Client, Sns)>,
}

impl News {
    /// News to this topic.
    pub fn new(shared: &SdkConfig, sns: Option<Sns>) -> Self {
        Self { topic: sns.map(|sns| (Client::new(shared), sns)) }
    }

    /// Nobody is told.
    pub fn to_nobody() -> Self {
        Self { topic: None }
    }

    /// Tells of tasks whose attempts are spent, one message for each labourer, at once. The tasks
    /// are closed already: when SNS fails, that is told in the log.
    pub async fn tell_of_dead(&self, tasks: impl IntoIterator<Item = &Task>) {
        let Some((client, sns)) = &self.topic else { return };
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
            let request = client
                .publish()
                .topic_arn(&sns.recipient)
                .subject(subject.chars().take(SUBJECT).collect::<String>())
                .message(message.to_string());
            if let Err(error) = request.send().await {
                warn!(error = %DisplayErrorContext(&error), labourer_id = %labourer, "nobody was told of exhausted tasks");
            }
        }
    }
}

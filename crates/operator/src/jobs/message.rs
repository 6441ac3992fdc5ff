//! Checks a job; writes nothing.

use task_manager::{
    TaskManager,
    config::Config,
    jobs::message::{Message, Submission},
    json::Json,
    mistakes::{self, Mistakes},
    storage::StoreError,
    time::Timestamp,
};
use thiserror::Error;

/// Why a text cannot be submitted as a job.
#[derive(Debug, Error)]
pub enum JobRefusal {
    /// It is no JSON, or has mistakes: all of them are named.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// It is the message that makes a scheduler resume a job.
    #[error("this is a message to resume a job, not a job")]
    Resume,
}

/// Parses and checks a job.
///
/// # Errors
/// When it cannot be submitted.
pub fn parse(manager: &TaskManager, text: &str) -> Result<Submission, JobRefusal> {
    let event = mistakes::json::parse_strictly(text, "job")?;
    match manager.jobs().read_message(&event)? {
        Message::Submit(submission) => Ok(*submission),
        Message::Resume(_) => Err(JobRefusal::Resume),
    }
}

/// Would a scheduler with this config accept the message? Needs no tables.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check(config: &Config, message: &Json, now: Timestamp) -> Result<(), Mistakes> {
    match Message::read(message, &config.job_rules(), now)? {
        Message::Submit(submission) => submission.check_placeholders(),
        Message::Resume(_) => Ok(()),
    }
}

/// Is this very job among the open ones, however it was sent?
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn is_open(manager: &TaskManager, message: &Json) -> Result<bool, StoreError> {
    let Ok(Message::Submit(wanted)) = manager.jobs().read_message(message) else {
        return Ok(false);
    };
    let text = wanted.job.to_string();
    let open = manager.jobs().all_due().await?;
    Ok(open.iter().any(|(snapshot, _)| snapshot.job.text == text))
}

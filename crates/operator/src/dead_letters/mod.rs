//! Events that no function took: the dead-letter queues of a stack.
//!
//! - [`DeadLetterQueue`]: the queues and the functions that take their events
//! - [`letter`]: what a message says, a pure function of its text and attributes
//! - [`list`]: what lies in a queue; [`resend`]: sends it again
//!
//! What is sent again is the message as it is. Both functions read the event out of Lambda's record of
//! it, and the record names the first delivery: a job that is sent twice is one job.

use aws_sdk_lambda::{
    error::{DisplayErrorContext, ProvideErrorMetadata},
    primitives::Blob,
    types::InvocationType,
};
use serde::Serialize;
use task_manager::{clients::Clients, describe};

mod queue;
pub mod letter;
mod inbox;

pub use inbox::QueueError;
pub use letter::{Content, DeadEvent, DeadLetter, Subject, Unreadable};
pub use queue::{DeadLetterQueue, QueueKind};

use inbox::{Inbox, Message};

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// The function has the event; the message is deleted.
    Sent { function: String },
    /// An old tick: the message is deleted.
    Dropped,
    /// Nothing was sent; the message is in the queue.
    Kept { why: String },
    /// The function has the event, and the message is in the queue still.
    NotDeleted { why: String },
}

#[derive(Clone, Debug, Serialize)]
pub struct HandledLetter {
    #[serde(flatten)]
    pub letter: DeadLetter,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What was done before the queue was empty, the limit was reached, or the queue did not answer.
#[derive(Debug, Default)]
pub struct Resent {
    pub handled: Vec<HandledLetter>,
    pub trouble: Option<QueueError>,
}

/// Up to `limit` messages of a queue, the oldest first. They stay in it, and can be received again at once.
///
/// # Errors
/// When there is no such queue, or SQS does not answer.
pub async fn list(
    clients: &Clients,
    queue: &DeadLetterQueue,
    limit: u32,
) -> Result<Vec<DeadLetter>, QueueError> {
    let mut inbox = Inbox::open(clients, queue, limit).await?;
    let received = inbox.all().await;
    inbox.give_back().await;
    let mut letters: Vec<_> =
        received?.into_iter().map(|message| message.letter(queue.kind)).collect();
    letters.sort_by_key(|letter| letter.sent_at);
    Ok(letters)
}

/// Sends up to `limit` messages of a queue again, each once, and deletes those that Lambda took. Ticks
/// are deleted only. What cannot be read stays in the queue.
pub async fn resend(clients: &Clients, queue: &DeadLetterQueue, limit: u32) -> Resent {
    let mut resent = Resent::default();
    let mut inbox = match Inbox::open(clients, queue, limit).await {
        Ok(inbox) => inbox,
        Err(error) => return Resent { trouble: Some(error), ..resent },
    };
    loop {
        match inbox.next().await {
            Ok(batch) if batch.is_empty() => break,
            Ok(batch) => {
                for message in batch {
                    let letter = message.letter(queue.kind);
                    let outcome = handle(clients, queue, &mut inbox, &message, &letter).await;
                    resent.handled.push(HandledLetter { letter, outcome });
                }
            }
            Err(error) => {
                resent.trouble = Some(error);
                break;
            }
        }
    }
    inbox.give_back().await;
    resent
}

/// Deletes a message only once Lambda has its event: a message that is handled twice is harmless, one that
/// is lost is not.
async fn handle(
    clients: &Clients,
    queue: &DeadLetterQueue,
    inbox: &mut Inbox,
    message: &Message,
    letter: &DeadLetter,
) -> Outcome {
    if let Content::Unreadable { why } = &letter.content {
        return Outcome::Kept { why: why.to_string() };
    }
    let function = queue.function();
    if let Some(function) = &function
        && let Err(why) = send(clients, function, &message.body).await
    {
        return Outcome::Kept { why };
    }
    match (inbox.delete(message).await, function) {
        (Ok(()), Some(function)) => Outcome::Sent { function },
        (Ok(()), None) => Outcome::Dropped,
        (Err(error), Some(_)) => Outcome::NotDeleted { why: describe(&error) },
        (Err(error), None) => Outcome::Kept { why: describe(&error) },
    }
}

async fn send(clients: &Clients, function: &str, event: &str) -> Result<(), String> {
    let request = clients.lambda.invoke().function_name(function);
    let request = request.invocation_type(InvocationType::Event).payload(Blob::new(event));
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(match (error.code(), error.message()) {
            (Some(code), message) => {
                format!("{function} was not invoked: {code}: {}", message.unwrap_or("no message"))
            }
            (None, _) => format!("{function} was not invoked: {}", DisplayErrorContext(&error)),
        }),
    }
}

#[cfg(test)]
mod tests;

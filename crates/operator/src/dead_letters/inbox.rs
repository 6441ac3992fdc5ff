//! A queue as it is read: each message once, hidden from other readers while it is.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sqs::{
    Client,
    error::{BoxError, ProvideErrorMetadata, SdkError},
    types::{ChangeMessageVisibilityBatchRequestEntry, MessageSystemAttributeName},
};
use task_manager::{clients::Clients, time::Timestamp};
use thiserror::Error;

use super::{
    letter::{Content, DeadLetter},
    queue::{DeadLetterQueue, QueueKind},
};

/// How long a message that was received is hidden, in seconds: longer than Lambda takes for ten events. A
/// command that is killed leaves its messages hidden for that time.
const HIDDEN: i32 = 120;
/// Most messages in one answer.
const AT_ONCE: u32 = 10;
/// With a wait, in seconds, SQS asks all its servers, and an empty answer means an empty queue.
const WAIT: i32 = 1;

/// Why a queue cannot be read.
#[derive(Debug, Error)]
pub enum QueueError {
    #[error("there is no queue {name}: {stack} must be the parameter `Prefix` of a stack")]
    NoQueue { name: String, stack: String },
    #[error("{operation} of queue {queue} failed{}", code.as_ref().map(|c| format!(": {c}")).unwrap_or_default())]
    Failed {
        operation: &'static str,
        queue: String,
        /// SQS's name of the error.
        code: Option<String>,
        #[source]
        source: BoxError,
    },
}

/// A message as it was received.
#[derive(Clone, Debug)]
pub struct Message {
    id: String,
    receipt: String,
    sent_at: Option<Timestamp>,
    /// Those that EventBridge added.
    attributes: BTreeMap<String, String>,
    pub body: String,
}

impl Message {
    pub fn letter(&self, kind: QueueKind) -> DeadLetter {
        DeadLetter {
            queue: kind,
            message_id: self.id.clone(),
            sent_at: self.sent_at,
            content: Content::read(kind, &self.body, &self.attributes),
        }
    }
}

/// A queue, and what was received from it.
pub struct Inbox {
    client: Client,
    name: String,
    url: String,
    /// How many messages may still be received.
    left: u32,
    /// Ids of the messages that were received.
    seen: BTreeSet<String>,
    /// Receipts of those that are to stay, by id.
    hidden: BTreeMap<String, String>,
}

impl Inbox {
    pub async fn open(
        clients: &Clients,
        queue: &DeadLetterQueue,
        limit: u32,
    ) -> Result<Self, QueueError> {
        let (client, name) = (Client::new(&clients.shared), queue.name());
        let url = match client.get_queue_url().queue_name(&name).send().await {
            Ok(answer) => answer.queue_url.unwrap_or_default(),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_queue_does_not_exist()) => {
                return Err(QueueError::NoQueue { name, stack: queue.stack.clone() });
            }
            Err(error) => return Err(failed("GetQueueUrl", &name, error)),
        };
        let (seen, hidden) = Default::default();
        Ok(Self { client, name, url, left: limit, seen, hidden })
    }

    /// Messages that were not received yet; none when there are no more, or the limit is reached. What
    /// took so long that SQS shows it again is not received twice.
    pub async fn next(&mut self) -> Result<Vec<Message>, QueueError> {
        let most = self.left.min(AT_ONCE);
        if most == 0 {
            return Ok(Vec::new());
        }
        let request = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(most as i32)
            .visibility_timeout(HIDDEN)
            .wait_time_seconds(WAIT)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_attribute_names("All");
        let answer = request.send().await;
        let answer = answer.map_err(|error| failed("ReceiveMessage", &self.name, error))?;
        let mut messages: Vec<_> =
            answer.messages.unwrap_or_default().into_iter().map(message).collect();
        for message in &messages {
            self.hidden.insert(message.id.clone(), message.receipt.clone());
        }
        messages.retain(|message| self.seen.insert(message.id.clone()));
        self.left = self.left.saturating_sub(messages.len() as u32);
        Ok(messages)
    }

    pub async fn all(&mut self) -> Result<Vec<Message>, QueueError> {
        let mut all = Vec::new();
        loop {
            match self.next().await? {
                batch if batch.is_empty() => return Ok(all),
                batch => all.extend(batch),
            }
        }
    }

    pub async fn delete(&mut self, message: &Message) -> Result<(), QueueError> {
        let request = self.client.delete_message().queue_url(&self.url);
        let deleted = request.receipt_handle(&message.receipt).send().await;
        deleted.map_err(|error| failed("DeleteMessage", &self.name, error))?;
        self.hidden.remove(&message.id);
        Ok(())
    }

    /// Shows again what was not deleted. Where that fails, SQS does it later.
    pub async fn give_back(self) {
        let hidden: Vec<_> = self.hidden.into_iter().collect();
        for batch in hidden.chunks(AT_ONCE as usize) {
            let entries = batch.iter().filter_map(|(id, receipt)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id);
                entry.receipt_handle(receipt).visibility_timeout(0).build().ok()
            });
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            let _ = request.set_entries(Some(entries.collect())).send().await;
        }
    }
}

fn message(received: aws_sdk_sqs::types::Message) -> Message {
    let attributes = received.attributes.unwrap_or_default();
    let sent_at = attributes.get(&MessageSystemAttributeName::SentTimestamp);
    let attributes = received.message_attributes.unwrap_or_default().into_iter();
    Message {
        id: received.message_id.unwrap_or_default(),
        receipt: received.receipt_handle.unwrap_or_default(),
        sent_at: sent_at.and_then(|at| at.parse().ok()).map(Timestamp::from_millis),
        attributes: attributes
            .filter_map(|(name, value)| Some((name, value.string_value?)))
            .collect(),
        body: received.body.unwrap_or_default(),
    }
}

fn failed<E>(operation: &'static str, queue: &str, error: SdkError<E>) -> QueueError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().map(str::to_owned);
    QueueError::Failed { operation, queue: queue.to_owned(), code, source: error.into() }
}

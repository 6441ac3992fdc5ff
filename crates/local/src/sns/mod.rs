//! SNS: topics that keep what is published. Every topic exists; there is no API to subscribe.

mod api;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use crate::server::{BindError, Server};
use crate::sync::lock;

/// Most bytes of a message.
pub const MESSAGE_LIMIT: usize = 262_144;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnsMessage {
    /// Given when it is published.
    pub id: String,
    pub topic_arn: String,
    pub subject: Option<String>,
    pub body: String,
    /// String attributes by name.
    pub attributes: BTreeMap<String, String>,
}

impl SnsMessage {
    /// A message without a subject.
    pub fn new(topic_arn: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            topic_arn: topic_arn.into(),
            subject: None,
            body: body.into(),
            attributes: BTreeMap::new(),
        }
    }

    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }
}

/// Why a message was refused; SNS calls it `InvalidParameter`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Neither `TopicArn` nor `TargetArn` is the ARN of a topic.
    #[error(
        "Invalid parameter: TopicArn Reason: `{given}` is no ARN of a topic (arn:aws:sns:region:account:name)"
    )]
    Topic { given: String },
    #[error("Invalid parameter: Empty message")]
    Empty,
    /// There is too much of it.
    #[error("Invalid parameter: Message too long ({size} bytes, at most {MESSAGE_LIMIT})")]
    TooLong { size: usize },
}

/// Gets every published message. Must not block.
pub type MessageSink = Arc<dyn Fn(&SnsMessage) + Send + Sync>;

/// The topics and the last messages of all of them. Clones are the same topics.
#[derive(Clone)]
pub struct Topics(Arc<Inner>);

struct Inner {
    keep: usize,
    sink: Option<MessageSink>,
    messages: Mutex<VecDeque<SnsMessage>>,
}

impl Default for Topics {
    /// Keeps the last thousand messages.
    fn default() -> Self {
        Self::new(1000, None)
    }
}

impl Topics {
    /// Keeps the last `keep` messages and passes each to the sink.
    pub fn new(keep: usize, sink: Option<MessageSink>) -> Self {
        Self(Arc::new(Inner { keep, sink, messages: Mutex::default() }))
    }

    /// Takes a message in and returns its id.
    pub fn publish(&self, message: SnsMessage) -> Result<String, PublishError> {
        let parts = message.topic_arn.split(':').collect::<Vec<_>>();
        if !matches!(parts.as_slice(), ["arn", _, "sns", _, _, name] if !name.is_empty()) {
            return Err(PublishError::Topic { given: message.topic_arn });
        }
        if message.body.is_empty() {
            return Err(PublishError::Empty);
        }
        if message.body.len() > MESSAGE_LIMIT {
            return Err(PublishError::TooLong { size: message.body.len() });
        }
        let id = message.id.clone();
        tracing::debug!(topic = %message.topic_arn, %id, "published");
        if let Some(sink) = &self.0.sink {
            sink(&message);
        }
        let mut messages = lock(&self.0.messages);
        messages.push_back(message);
        let surplus = messages.len().saturating_sub(self.0.keep);
        messages.drain(..surplus);
        Ok(id)
    }

    /// The last messages, oldest first.
    pub fn messages(&self) -> Vec<SnsMessage> {
        lock(&self.0.messages).iter().cloned().collect()
    }
}

/// A running SNS endpoint.
pub struct Sns {
    topics: Topics,
    server: Server,
}

impl Sns {
    /// Serves the topics on a port of 127.0.0.1; 0 takes any free one.
    pub async fn start(port: u16, topics: Topics) -> Result<Self, BindError> {
        let server = Server::start("SNS", port, api::router(topics.clone())).await?;
        Ok(Self { topics, server })
    }

    /// The endpoint, for `AWS_ENDPOINT_URL_SNS`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    pub async fn stop(self) {
        self.server.stop().await;
    }
}

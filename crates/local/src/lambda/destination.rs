//! The record of a finished event, and its way to a function or a topic.

use std::sync::Arc;

use axum::body::Bytes;
use serde::de::IgnoredAny;
use serde_json::json;

use super::deployed::Deployed;
use super::event_config::Destination;
use super::invocation::{Invocation, InvocationOutcome, timestamp};
use super::service::Service;
use super::stats::count;
use crate::sns::SnsMessage;

/// Why an event is finished, as the record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
}

impl Condition {
    fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
        }
    }
}

/// How an event ended.
pub(crate) struct Completion {
    pub(crate) condition: Condition,
    pub(crate) attempts: u32,
    /// What the last attempt answered; none if it never ran.
    pub(crate) last: Option<InvocationOutcome>,
}

/// Sends the record where the function's configuration says, and a failed event to its dead-letter topic.
pub(crate) fn deliver(
    service: &Arc<Service>,
    function: &Deployed,
    invocation: &Invocation,
    ending: &Completion,
) {
    let config = &function.function().events;
    let target = match ending.condition {
        Condition::Success => config.on_success.as_ref(),
        _ => config.on_failure.as_ref(),
    };
    let mut delivered = true;
    if let Some(target) = target {
        delivered &=
            send(service, target, invocation, record(&function.plan.arn, invocation, ending));
    }
    if let (Some(topic), true) = (&config.dead_letter_topic, ending.condition != Condition::Success)
    {
        delivered &= publish(service, dead_letter(topic, invocation, ending));
    }
    if !delivered {
        count(&function.plan.counters.undelivered);
    }
}

/// Payloads go into the record as they are, byte for byte, so that no number loses a digit on the way.
fn record(function_arn: &str, invocation: &Invocation, ending: &Completion) -> String {
    let context = json!({
        "requestId": invocation.request_id,
        "functionArn": format!("{function_arn}:$LATEST"),
        "condition": ending.condition.as_str(),
        "approximateInvokeCount": ending.attempts,
    });
    let (timestamp, payload) = (timestamp(), verbatim(&invocation.payload));
    let response = ending.last.as_ref().map(response).unwrap_or_default();
    format!(
        r#"{{"version":"1.0","timestamp":"{timestamp}","requestContext":{context},"requestPayload":{payload}{response}}}"#
    )
}

fn response(last: &InvocationOutcome) -> String {
    let mut context = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
    if let (Some(_), Some(context)) = (last.failure_kind(), context.as_object_mut()) {
        context.insert("functionError".into(), json!("Unhandled"));
    }
    format!(r#","responseContext":{context},"responsePayload":{}"#, verbatim(last.body()))
}

/// A function may answer with anything; what is no JSON goes into a record as text.
fn verbatim(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => text.into_owned(),
        Err(_) => json!(text).to_string(),
    }
}

fn send(
    service: &Arc<Service>,
    target: &Destination,
    invocation: &Invocation,
    record: String,
) -> bool {
    match target {
        Destination::Topic(arn) => publish(service, SnsMessage::new(arn, record)),
        Destination::Function(name) => {
            // The chain of requests continues through a destination.
            let sent = service.accept(name, None, Bytes::from(record), &invocation.trace);
            if let Err(error) = &sent {
                tracing::error!(destination = %name, request_id = %invocation.request_id, %error, "record not delivered");
            }
            sent.is_ok()
        }
    }
}

fn publish(service: &Service, message: SnsMessage) -> bool {
    let Some(topics) = &service.topics else {
        tracing::error!(topic = %message.topic_arn, "record not delivered: the Lambda service was started without topics");
        return false;
    };
    match topics.publish(message) {
        Ok(_) => true,
        Err(error) => {
            tracing::error!(%error, "record not delivered");
            false
        }
    }
}

/// The bare event, with its error in the attributes, as a dead-letter queue of Lambda gets it.
fn dead_letter(topic: &str, invocation: &Invocation, ending: &Completion) -> SnsMessage {
    let error = ending
        .last
        .as_ref()
        .and_then(InvocationOutcome::error)
        .map(|error| error.message)
        .unwrap_or_default();
    SnsMessage::new(topic, String::from_utf8_lossy(&invocation.payload))
        .attribute("RequestID", &invocation.request_id)
        .attribute("ErrorCode", "200")
        .attribute("ErrorMessage", error.chars().take(1024).collect::<String>())
}

//! Records of what the assistant itself did not take: whoever sends one to it again means the event
//! inside, whose own ending is the news, and not that its delivery failed.

use serde_json::{Map, Value};

/// The event itself, or the one in the record that Lambda wrote of it.
pub(super) fn unwrapped(event: Value) -> Value {
    match event {
        Value::Object(mut record) if is_about_the_assistant(&record) => {
            record.remove("requestPayload").map_or(Value::Null, unwrapped)
        }
        event => event,
    }
}

/// A labourer's record has the invocation that the dispatcher made: an object that names its task.
/// Its payload may have any field, but not do without `sosw`, which only sosw 0.7 left out.
fn is_about_the_assistant(record: &Map<String, Value>) -> bool {
    if !record.contains_key("requestContext") {
        return false;
    }
    match record.get("requestPayload") {
        Some(Value::Array(_)) => true,
        Some(Value::Object(request)) => {
            let is_report = request.contains_key("action");
            let is_record = request.contains_key("requestContext");
            !request.contains_key("sosw") && (is_report || is_record)
        }
        _ => false,
    }
}

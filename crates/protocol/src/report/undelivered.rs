//! Records that Lambda wrote because the worker assistant did not take an event. Somebody who sends such
//! a record to the assistant again means the event inside it: the report that was not delivered.

use crate::raw::{self, Object};

/// The event itself, or the one in the record that Lambda wrote of it (or of such a record).
pub(super) fn unwrapped(event: &str) -> String {
    let mut event = event.to_owned();
    while let Some(inner) = raw::object(&event).as_ref().and_then(undelivered) {
        event = inner.to_owned();
    }
    event
}

/// The event in a record about the assistant. A labourer's record has the invocation that the
/// orchestrator made: an object that names its task. Its payload may have any field, but not do
/// without `sosw`, which only sosw 0.7 left out.
fn undelivered(record: &Object) -> Option<&str> {
    if !super::is_record(record) {
        return None;
    }
    let inner = raw::field(record, "requestPayload")?;
    let is_ours = match raw::object(inner) {
        Some(request) => {
            let is_report = request.contains_key("action");
            !request.contains_key("sosw") && (is_report || super::is_record(&request))
        }
        None => inner.starts_with('['),
    };
    is_ours.then_some(inner)
}

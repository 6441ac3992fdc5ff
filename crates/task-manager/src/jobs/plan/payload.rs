//! Puts together what a task receives.

use std::{borrow::Cow, collections::HashSet};

use crate::json::{Json, Object};

use protocol::event::OWN_FIELDS;

use super::node::Step;

/// A field that jobs of sosw 0.7 may carry, and that means nothing. The other ones of an event a job
/// cannot set.
pub(super) const LABOURER: &str = "labourer_id";
/// The field whose object is merged into the task.
pub(super) const PAYLOAD: &str = "payload";

/// The payload at the end of `way`, with `dates` laid under everything. Of a field that several
/// levels have, the deepest counts.
pub(super) fn assemble(dates: Option<(&str, Json)>, way: &[Step]) -> Object {
    let mut taken: HashSet<&str> = OWN_FIELDS.into_iter().collect();
    let mut fields: Vec<(&str, Json)> = Vec::new();
    // From the bottom up, so that nothing is copied that a deeper level replaces.
    for step in way.iter().rev() {
        match step {
            Step::Fields(own) => {
                let new = own.iter().rev().filter(|(name, _)| taken.insert(name));
                fields.extend(new.map(|(name, value)| (name.as_str(), value.clone())));
            }
            Step::Batch(attribute, values) => {
                if taken.insert(attribute.plural()) {
                    fields.push((attribute.plural(), Json::Array(values.to_vec())));
                }
                taken.insert(attribute.singular());
            }
            Step::Value(attribute, value) => {
                if taken.insert(attribute.plural()) {
                    fields.push((attribute.plural(), [*value].into_iter().collect()));
                }
                taken.insert(attribute.singular());
            }
        }
    }
    fields.extend(dates.filter(|(name, _)| taken.insert(name)));
    unfolded(fields.into_iter().rev().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// sosw's tasks hold what a job has under `payload`, an object or its JSON text, among their own
/// fields, which win. Other things stay there.
fn unfolded(mut task: Object) -> Object {
    let Some(object) = task.get(PAYLOAD).and_then(object_of) else { return task };
    let object = object.into_owned();
    task.shift_remove(PAYLOAD);
    // These are left out of a payload, wherever the job sets them.
    let payload = object.into_iter().filter(|(name, _)| !OWN_FIELDS.contains(&name.as_str()));
    payload.chain(task).collect()
}

/// The object that a payload is, or is the JSON text of.
pub(super) fn object_of(payload: &Json) -> Option<Cow<'_, Object>> {
    match payload {
        Json::Object(object) => Some(Cow::Borrowed(object)),
        Json::String(text) => serde_json::from_str(text).ok().map(Cow::Owned),
        _ => None,
    }
}

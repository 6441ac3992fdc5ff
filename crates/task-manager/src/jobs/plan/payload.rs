//! Puts together what a task receives.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::node::Step;

/// Fields of the tasks table that a job cannot set.
pub(super) const RESERVED: [&str; 4] = ["task_id", "created_at", "greenfield", "attempts"];

/// The payload at the end of `way`, with `dates` laid under everything. Of a field that several
/// levels have, the deepest counts.
pub(super) fn assemble(dates: Option<(&str, Value)>, way: &[Step]) -> Map<String, Value> {
    let mut taken: HashSet<&str> = RESERVED.into_iter().chain(["labourer_id"]).collect();
    let mut fields: Vec<(&str, Value)> = Vec::new();
    // From the bottom up, so that nothing is copied that a deeper level replaces.
    for step in way.iter().rev() {
        match step {
            Step::Fields(own) => {
                let new = own.iter().rev().filter(|(name, _)| taken.insert(name));
                fields.extend(new.map(|(name, value)| (name.as_str(), value.clone())));
            }
            Step::Batch(attribute, values) => {
                if taken.insert(attribute.plural()) {
                    fields.push((attribute.plural(), Value::from(*values)));
                }
                taken.insert(attribute.singular());
            }
            Step::Value(attribute, value) => {
                if taken.insert(attribute.plural()) {
                    fields.push((attribute.plural(), Value::from([*value].as_slice())));
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
fn unfolded(mut task: Map<String, Value>) -> Map<String, Value> {
    let object = match task.get("payload") {
        Some(Value::Object(object)) => object.clone(),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => object,
            _ => return task,
        },
        _ => return task,
    };
    task.shift_remove("payload");
    object.into_iter().chain(task).collect()
}

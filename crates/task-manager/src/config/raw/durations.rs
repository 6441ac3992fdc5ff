//! Fields that are durations. They are read as numbers of the unit that sosw gave them; the schema says which
//! unit that is, and by it the check turns a text like `1h30m` into the number.

use schemars::Schema;
use serde_json::{Value, json};

/// For a field in seconds.
pub(super) fn seconds(schema: &mut Schema) {
    is_duration(schema, "seconds");
}

/// For a field in days.
pub(super) fn days(schema: &mut Schema) {
    is_duration(schema, "days");
}

fn is_duration(schema: &mut Schema, unit: &str) {
    schema.insert("unit".into(), unit.into());
    match schema.get_mut("type") {
        Some(Value::Array(kinds)) => kinds.insert(1, "string".into()),
        // One that must be there.
        Some(kind) => *kind = json!([kind.take(), "string"]),
        None => {}
    }
    let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let about =
        format!("{about} A duration like \"90s\" or \"1h30m\"; a plain number means {unit}.");
    schema.insert("description".into(), json!(about));
}

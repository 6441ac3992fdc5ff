//! Keys of sosw that have no meaning here. They are accepted, and named in a warning that says
//! what is done instead: in the schema they are `deprecated`, and their description is the reason.

use schemars::Schema;
use serde_json::{Map, Value, json};

const AT_THE_TOP: [(&str, &str); 9] = [
    ("init_clients", "clients are made as they are needed"),
    ("default_simultaneous_invocations", "use task_config.max_simultaneous_invocations"),
    ("retry_tasks_limit", "every parked task that is due is requeued"),
    ("queue_bucket", "a job keeps its own cursor, there is no queue file"),
    ("queue_file", "a job keeps its own cursor, there is no queue file"),
    ("s3_prefix", "a job keeps its own cursor, there is no queue file"),
    ("rows_to_process", "tasks are created in transactions of up to 99"),
    ("task_operational_overhead_for_ddb", "the time of a write is measured, not guessed"),
    ("custom_period_patterns", "periods have a fixed language"),
];
const CLIENTS: &str = "settings of Python clients; endpoints and regions come from the environment";

const OF_TASKS: [(&str, &str); 2] =
    [("init_clients", "clients are made as they are needed"), ("lambda_config", CLIENTS)];

const OF_A_TABLE: [(&str, &str); 4] = [
    ("row_mapper", "the types of the fields are known"),
    ("required_fields", "the required fields are known"),
    ("hash_key", "the keys of the tables are known"),
    ("range_key", "the keys of the tables are known"),
];

const OF_A_LABOURER: [(&str, &str); 5] = [
    ("start", "computed, never configured"),
    ("invoked", "computed, never configured"),
    ("expired", "computed, never configured"),
    ("health", "computed from health_metrics"),
    ("average_duration", "computed from the latest closed tasks"),
];

pub(super) fn at_the_top(schema: &mut Schema) {
    accept(schema, &AT_THE_TOP);
    add(schema, "patternProperties", [("_config$".into(), without_meaning(CLIENTS))]);
}

pub(super) fn of_tasks(schema: &mut Schema) {
    accept(schema, &OF_TASKS);
}

pub(super) fn of_a_table(schema: &mut Schema) {
    accept(schema, &OF_A_TABLE);
}

pub(super) fn of_a_labourer(schema: &mut Schema) {
    accept(schema, &OF_A_LABOURER);
}

/// Turns the catch-all of a flattened map into a rule for the keys that start with `prefix`.
pub(super) fn only_with_prefix(schema: &mut Schema, prefix: &str) {
    let rest = schema.insert("additionalProperties".into(), Value::Bool(false));
    add(schema, "patternProperties", [(format!("^{prefix}"), rest.unwrap_or_default())]);
}

fn accept(schema: &mut Schema, keys: &[(&str, &str)]) {
    let keys = keys.iter().map(|(key, why)| ((*key).to_owned(), without_meaning(why)));
    add(schema, "properties", keys);
}

fn without_meaning(why: &str) -> Value {
    json!({ "deprecated": true, "description": why })
}

fn add(schema: &mut Schema, keyword: &str, rules: impl IntoIterator<Item = (String, Value)>) {
    let mut map = match schema.remove(keyword) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.extend(rules);
    schema.insert(keyword.into(), Value::Object(map));
}

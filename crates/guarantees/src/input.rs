//! Anything that may come in: JSON of the words that mean something, and good examples with
//! anything in any of their places, also what no [`Value`] holds ([`odd`]).

use std::time::Instant;

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::odd;

/// Tries `count` inputs, the same ones every time, and prints how many; at the first for which
/// `check` panics, the smallest such input. `check` writes it out with [`odd::text`].
pub fn try_all(
    what: &str,
    count: u32,
    inputs: impl Strategy<Value = Value>,
    check: impl Fn(Value),
) {
    let began = Instant::now();
    let config = Config { cases: count, failure_persistence: None, ..Config::default() };
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, seed);
    let tried = runner.run(&inputs, |input| {
        check(input);
        Ok(())
    });
    if let Err(TestError::Fail(why, input)) = &tried {
        println!("{what}: {why}\n    {:.2000}", odd::text(input));
    }
    println!(
        "fuzz: {what}: {count} cases, {} violations, in {:.0?}",
        usize::from(tried.is_err()),
        began.elapsed()
    );
    tried.unwrap();
}

/// `CASES` of the environment for the readers, or a few.
pub fn cases(few: u32) -> u32 {
    count("CASES", few)
}

/// `FUNCTION_CASES` of the environment for the functions, or a few.
pub fn function_cases(few: u32) -> u32 {
    count("FUNCTION_CASES", few)
}

fn count(variable: &str, few: u32) -> u32 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}

/// One of these examples with anything in one of its places, or anything else.
pub fn around(examples: Vec<Value>) -> impl Strategy<Value = Value> {
    around_with(examples, Vec::new())
}

/// The same, with further words that mean something.
pub fn around_with(
    examples: Vec<Value>,
    further: Vec<String>,
) -> impl Strategy<Value = Value> + Clone {
    let words = words(&examples).into_iter().chain(further).collect::<Vec<_>>();
    let broken = (select(examples), any::<Index>(), any_json(words.clone())).prop_map(
        |(mut example, place, value)| {
            let mut all = Vec::new();
            places(&example, "", &mut all);
            if let Some(hit) = example.pointer_mut(place.get(&all).as_str()) {
                *hit = value;
            }
            example
        },
    );
    prop_oneof![4 => broken, 1 => any_json(words)]
}

/// Any value, with these words in it.
pub fn any_json(words: Vec<String>) -> impl Strategy<Value = Value> + Clone {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => (-5..500i64).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => select(words.clone()).prop_map(Value::from),
        3 => odd::values(),
    ];
    leaf.prop_recursive(4, 30, 6, move |inner| {
        let key = prop_oneof![8 => select(words.clone()), 2 => any::<String>(), 1 => odd::keys()];
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::Array),
            3 => vec((key, inner), 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Every key and every text of these.
pub fn words(examples: &[Value]) -> Vec<String> {
    let mut words = Vec::new();
    let mut left: Vec<_> = examples.iter().collect();
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                words.extend(fields.keys().cloned());
                left.extend(fields.values());
            }
            Value::Array(items) => left.extend(items),
            Value::String(text) => words.push(text.clone()),
            _ => {}
        }
    }
    words.sort();
    words.dedup();
    words
}

/// Every place in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.into());
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Reports, as labourers send them.
pub fn reports() -> Vec<Value> {
    vec![
        json!({
            "action": "mark_task_as_completed", "task_id": "named-0", "labourer_id": "worker",
            "claim": "c", "result": { "a": [1] }, "stats": { "seconds": 1.5 },
        }),
        json!({
            "action": "mark_task_as_failed", "task_id": "named-0", "labourer_id": "worker",
            "claim": "c", "error": { "kind": "Oops", "message": "it broke", "trace": "here" },
            "retry_after": 30, "snooze": 60,
        }),
        json!({
            "action": "mark_task_as_completed", "task_id": "named-0", "labourer_id": "no name",
            "claim": 7, "result": [1, { "": [] }], "stats": "{\"a\": NaN, \"b\": \"\\ud83d\", \"c\": 1e999}",
        }),
        json!({
            "action": "mark_task_as_failed", "task_id": "named-0", "error": 404,
            "retry_after": "30", "snooze": 1e9, "result": { "large": "x".repeat(70_000) },
        }),
    ]
}

/// Does this report, or record of a destination, say how which task ended (and a failure of which
/// attempt)? Then it counts, whatever else it says: whether it is a success.
pub fn outcome_that_counts(event: &Value) -> Option<bool> {
    let (names, is_success) = match event.get("action").and_then(Value::as_str) {
        Some("mark_task_as_completed") => (event, true),
        Some("mark_task_as_failed") => (event, false),
        Some(_) => return None,
        None if event.get("action").is_some() => return None,
        None => {
            let condition = event["requestContext"]["condition"].as_str()?;
            if odd::is_odd(condition) {
                return None;
            }
            (&event["requestPayload"], condition == "Success")
        }
    };
    let attempt = if event.get("action").is_some() { names } else { &names["sosw"] };
    // Without `sosw`, it may be a record of an undelivered report.
    attempt.as_object()?;
    let has_claim = attempt["claim"].is_null() || is_name(&attempt["claim"]);
    (is_name(&names["task_id"]) && (is_success || has_claim)).then_some(is_success)
}

fn is_name(field: &Value) -> bool {
    field.as_str().is_some_and(|text| {
        let is_blank = |c: char| c.is_whitespace() || c.is_control();
        !text.is_empty() && text.len() <= 255 && !text.contains(is_blank) && !odd::is_odd(text)
    })
}

/// Records of destinations, as Lambda sends them.
pub fn records() -> Vec<Value> {
    let request = json!({
        "task_id": "named-0", "labourer_id": "worker", "payload": { "n": 0 },
        "sosw": { "claim": "c", "attempt": 1, "expires_at": 1_800_000_060 },
    });
    let record = |condition: &str, answer: Value| {
        json!({
            "version": "1.0", "timestamp": "2027-01-15T08:00:00.000Z",
            "requestContext": {
                "requestId": "r", "functionArn": "arn:aws:lambda:us-east-1:1:function:worker",
                "condition": condition, "approximateInvokeCount": 1,
            },
            "requestPayload": request, "responseContext": { "statusCode": 200 },
            "responsePayload": answer,
        })
    };
    let error =
        json!({ "errorType": "Busy; snooze=600", "errorMessage": "m", "stackTrace": ["f"] });
    vec![
        record("Success", json!({ "done": true, "stats": { "rows": 3 } })),
        record("RetriesExhausted", error),
        record("EventAgeExceeded", Value::Null),
    ]
}

/// Messages to the scheduler.
pub fn jobs() -> Vec<Value> {
    vec![
        json!({
            "job": {
                "lambda_name": "worker", "period": "last_2_days", "isolate_days": true,
                "sections": { "a": { "stores": { "x": null, "y": { "products": [1, 2] } } } },
                "isolate_sections": true, "max_stores_per_batch": 2, "note": "n",
            },
            "idempotency_key": "key", "start": "2027-01-15T08:00:00Z",
        }),
        json!({ "lambda_name": "worker", "ns": ["1", "2", "3"], "isolate_ns": true }),
        json!({ "job": "{\"lambda_name\": \"worker\"}" }),
        json!({ "job_id": "j" }),
    ]
}

/// Jobs of one task that carry anything.
pub fn carried() -> impl Strategy<Value = Value> {
    let words = ["note", "n", "30", "2027-01-15"].map(str::to_owned).to_vec();
    let key = prop_oneof![4 => any::<String>(), 1 => odd::keys()];
    let fields = vec((key, any_json(words)), 0..5);
    fields.prop_map(|fields| {
        let job = [("lambda_name".to_owned(), json!("worker"))];
        job.into_iter().chain(fields).collect()
    })
}

/// A config in which every field is set, and the same with every default written out.
pub fn configs() -> Vec<Value> {
    let everything = json!({
        "task_config": {
            "greenfield_invocation_delta": 3_000_000.0, "greenfield_task_step": 10.0,
            "max_closed_to_analyse_for_duration": 5, "keep_closed": 30.5, "history_days": 7,
            "dynamo_db_config": {
                "table_name": "tasks", "index_greenfield": "places",
                "field_names": {"greenfield": "place"}
            },
            "sosw_closed_tasks_table": "closed", "sosw_retry_tasks_table": "retry", "sosw_history_table": "history",
        },
        "labourers": {
            "resize": {
                "arn": "arn:aws:lambda:eu-west-1:000000000000:function:resize",
                "duration": 20, "event_age": 60, "after_expiry": {"base": 3}, "require_claim": true,
                "tasks_per_invocation": "auto", "block_seconds": 5.5, "event_format": "sqs",
                "uses": {"orders-db": 2, "stripe": 1},
                "health_metrics": {
                    "cpu": {
                        "details": {
                            "Name": "X", "Namespace": "Y", "Unit": "Percent",
                            "Dimensions": [{"Name": "a", "Value": "b"}]
                        },
                        "feelings": {"4": 1}
                    },
                    "math": {
                        "details": {
                            "Expression": "m",
                            "Metrics": {"m": {"Name": "X", "Namespace": "Y"}}
                        },
                        "feelings": {"4": 1}, "missing": {"hold": 3}
                    }
                },
                "breaker": {}, "adaptive": {},
            }
        },
        "resources": {
            "orders-db": {
                "permits": 50, "health_steps": {"rise": 2},
                "health_metrics": {
                    "cpu": {"details": {"Name": "X", "Namespace": "Y"}, "feelings": {"4": 1}}
                }
            },
            "stripe": {"rate": {"limit": 90, "per_seconds": 10, "burst": 4}},
        },
        "invocation_number_coefficient": {"1": 0.25},
        "sns_config": {
            "recipient": "arn:aws:sns:eu-west-1:000000000000:ops", "subject": "news"
        },
        "meta_handler_config": {"write_meta_to_ddb": true},
        "job_schema": {"chunkable_attrs": [["topic", {}], "word"]},
        "calendar": {"time_zone": "Europe/Berlin", "week_starts": "monday", "as": "range"},
        "shutdown_period": 30,
        "local": {
            "labourers": {
                "resize": {
                    "command": "python3 x.py", "directory": "work", "concurrency": 3,
                    "env": {"A": "b"}
                }
            }
        },
    });
    let (shown, _) = task_manager::config::Config::complete([everything.clone()]).unwrap();
    vec![everything, shown]
}

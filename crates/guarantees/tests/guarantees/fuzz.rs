//! Whatever comes in is taken or refused, and nothing panics. `make fuzz CASES=…` tries more.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use guarantees::{
    input::{self, around, around_with, cases, try_all},
    odd,
};
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json, value::RawValue};
use task_manager::{
    attributes,
    config::Config,
    ids::{LabourerId, TaskId},
    jobs::{message::Message, rules::Rules},
    json::Json,
    report::{self, Outcome, Report, ReportError},
    storage::item,
    task::payload,
    time::Timestamp,
};

/// Of each kind, without `CASES`.
const FEW: u32 = 1000;
/// A config takes ten times as long as anything else.
const SLOW: u32 = 10;

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(odd::text(value)).unwrap()
}

fn read(event: &Value) -> Vec<Result<Report, ReportError>> {
    report::read(&raw(event))
}

fn worker() -> LabourerId {
    LabourerId::new("worker").unwrap()
}

/// A report that says how which task ended is taken with that outcome.
fn assert_outcome_counts(event: &Value) {
    let reports = read(event);
    if let Some(is_success) = input::outcome_that_counts(event) {
        let [Ok(report)] = reports.as_slice() else { panic!("refused: {reports:?}") };
        assert_eq!(report.outcome == Outcome::Success, is_success);
    }
}

#[test]
fn any_report_is_taken_with_its_outcome_or_refused() {
    try_all("reports", cases(FEW), around(input::reports()), |event| assert_outcome_counts(&event));
}

#[test]
fn any_record_of_a_destination_is_taken_with_its_outcome_or_refused() {
    try_all("destination records", cases(FEW), around(input::records()), |event| {
        assert_outcome_counts(&event);
    });
}

#[test]
fn any_list_of_events_is_read_or_refused_element_by_element() {
    let list = json!([input::reports(), input::records(), [1]]);
    try_all("lists of events", cases(FEW), around(vec![list]), |event| {
        let elements = serde_json::from_str::<Vec<Box<RawValue>>>(raw(&event).get());
        let elements = elements.map_or(1, |elements| elements.len());
        assert_eq!(read(&event).len(), elements);
    });
}

#[test]
fn any_job_is_accepted_or_refused() {
    let rules = Rules::of([worker()]);
    let now = Timestamp::from_seconds(1_800_000_000.0);
    try_all("jobs", cases(FEW), around(input::jobs()), |event| {
        let event = Json::from(&*raw(&event));
        if let Ok(Message::Submit(submission)) = Message::read(&event, &rules, now) {
            let tasks = (0..submission.plan.len().min(3)).filter_map(|n| submission.plan.task(n));
            assert_eq!(tasks.count() as u64, submission.plan.len().min(3));
        }
    });
}

#[test]
fn a_job_is_carried_as_it_was_written() {
    let rules = Rules::of([worker()]);
    let now = Timestamp::from_seconds(1_800_000_000.0);
    try_all("jobs that carry anything", cases(FEW), input::carried(), |job| {
        let text = odd::text(&job);
        let message = match text.len() % 3 {
            0 => text,
            1 => format!(r#"{{"job":{text}}}"#),
            _ => format!(r#"{{"job":{}}}"#, Value::from(text)),
        };
        let message = Message::read(&Json::parse(&message).unwrap(), &rules, now);
        let Ok(Message::Submit(submission)) = message else { panic!("{message:?}") };
        let tasks: Vec<_> = submission.plan.iter_from(0).collect();
        let [task] = tasks.as_slice() else { panic!("{tasks:?}") };
        let written: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&odd::kept(&job)).unwrap();
        for (name, value) in written.iter().filter(|(name, _)| *name != "lambda_name") {
            let carried = Json::parse(&task[name].to_string()).unwrap();
            assert_eq!(carried, Json::from(&**value), "{name:.80}");
        }
        assert_eq!(task.len() + 1, written.len());
    });
}

/// Every key that means something in a config, every choice, and values that need a certain form.
fn config_words() -> Vec<String> {
    let forms = ["resize", "max_attempts_resize", "p99", "Average", "arn:aws:lambda:::"];
    let mut words: BTreeSet<String> = forms.map(str::to_owned).into();
    let mut rules = vec![Config::schema()];
    while let Some(rule) = rules.pop() {
        let known = rule.get("properties").and_then(Value::as_object);
        words.extend(known.into_iter().flat_map(Map::keys).cloned());
        let choices = rule.get("enum").and_then(Value::as_array).into_iter().flatten();
        let choices = choices.chain(rule.get("const")).filter_map(Value::as_str);
        words.extend(choices.map(str::to_owned));
        match rule {
            Value::Object(parts) => rules.extend(parts.values()),
            Value::Array(parts) => rules.extend(parts),
            _ => {}
        }
    }
    words.into_iter().collect()
}

/// What `config show` prints of `json` means the same, and is shown as it is. Nothing if refused.
fn shown(json: &Value) -> Option<Value> {
    let (config, _) = Config::from_json(json.clone()).ok()?;
    let (shown, _) = Config::complete([json.clone()]).unwrap();
    assert_eq!(Config::from_json(shown.clone()).unwrap().0, config);
    assert_eq!(Config::complete([shown.clone()]).unwrap().0, shown);
    Some(shown)
}

#[test]
fn a_config_in_which_every_field_is_set_is_shown_as_it_is_meant() {
    let [everything, complete] = <[Value; 2]>::try_from(input::configs()).unwrap();
    assert_eq!(shown(&everything), Some(complete));
}

#[test]
fn any_config_is_shown_as_it_is_meant_or_refused_line_by_line() {
    let configs = around_with(input::configs(), config_words());
    try_all("configs", cases(FEW).div_ceil(SLOW), configs, |json| {
        let text = odd::text(&json);
        let read = Config::from_text(&format!("\u{feff}{text}"));
        assert_eq!(read, Config::from_text(&text), "the byte-order mark means nothing");
        let is_accepted = Config::parse(&text).is_ok_and(|json| shown(&json).is_some());
        assert_eq!(read.is_ok(), is_accepted);
        if let Err(mistakes) = read {
            assert!(!mistakes.is_empty());
            assert_eq!(mistakes.to_string().lines().count(), mistakes.iter().len(), "{mistakes}");
        }
    });
}

#[test]
fn any_layers_of_configs_are_accepted_or_refused() {
    let layers = vec(around_with(input::configs(), config_words()), 0..4).prop_map(Value::Array);
    try_all("layers of configs", cases(FEW).div_ceil(SLOW), layers, |layers| {
        let layers = layers.as_array().unwrap().iter().map(odd::text);
        let _ = Config::from_layers(layers.filter_map(|text| Config::parse(&text).ok()));
    });
}

#[test]
fn any_text_is_accepted_as_a_config_or_refused() {
    try_all("texts", cases(FEW), any::<String>().prop_map(Value::from), |text| {
        let _ = Config::from_text(text.as_str().unwrap());
    });
}

#[test]
fn any_payload_is_taken_or_refused() {
    let task = TaskId::new("t").unwrap();
    try_all("payloads", cases(FEW), around(input::reports()), |json| {
        let json = Json::from(&*raw(&json));
        let extra = json.as_object().cloned().unwrap_or_default();
        let built = payload::construct(json, extra);
        let _ = payload::refuse_generated(&built, &worker());
        let _ = payload::to_text(built, &task, &worker());
    });
}

#[test]
fn any_item_is_read_as_a_task_or_refused() {
    let fields = Config::of([]).names.fields;
    let stored = json!({
        "task_id": "t", "labourer_id": "worker", "greenfield": 2000.5, "created_at": 1,
        "payload": "{}", "attempts": 1, "claim": "c", "past_claims": ["a"], "history": ["h"],
        "errors": [{ "attempt": 1, "kind": "k", "message": "m", "at": 1 }], "closed_at": 3,
        "completed_at": 2, "accepted_at": 2, "labourer_id_task_status": "worker_1",
        "desired_launch_time": 5, "job_id": "j", "result_x": [1, { "y": null }],
    });
    try_all("items", cases(FEW), around(vec![stored]), |json| {
        let AttributeValue::M(found) = attributes::from_raw(&odd::text(&json)) else { return };
        if let Ok(task) = item::to(found, "tasks", &fields) {
            let again = item::to(item::of(&task, &fields), "tasks", &fields).unwrap();
            // What could not be read is closed with the reason, under the fields that could.
            assert!(again == task || !task.defects.is_empty(), "{task:?}, then {again:?}");
        }
    });
}

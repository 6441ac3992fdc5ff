//! Whatever comes in is taken or refused, and nothing panics. `make fuzz CASES=…` tries more.

use std::collections::BTreeSet;

use guarantees::input::{self, around, around_with, cases, try_all};
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json, value::to_raw_value};
use task_manager::{
    attributes,
    config::Config,
    ids::{LabourerId, TaskId},
    jobs::{message::Message, rules::Rules},
    json::Json,
    report::{self, Report, ReportError},
    storage::item,
    task::payload,
    time::Timestamp,
};

/// Of each kind, without `CASES`.
const FEW: u32 = 1000;

fn read(event: &Value) -> Vec<Result<Report, ReportError>> {
    report::read(&to_raw_value(event).unwrap())
}

fn worker() -> LabourerId {
    LabourerId::new("worker").unwrap()
}

#[test]
fn any_report_is_read_or_refused() {
    try_all("reports", cases(FEW), around(input::reports()), |event| {
        let taken = read(&event).iter().all(Result::is_ok);
        assert!(taken || !input::must_be_taken(&event), "the outcome counts");
    });
}

#[test]
fn any_record_of_a_destination_is_read_or_refused() {
    try_all("destination records", cases(FEW), around(input::records()), |event| {
        drop(read(&event));
    });
}

#[test]
fn any_list_of_events_is_read_or_refused_element_by_element() {
    let list = json!([input::reports(), input::records(), [1]]);
    try_all("lists of events", cases(FEW), around(vec![list]), |event| {
        let elements = event.as_array().map_or(1, Vec::len);
        assert_eq!(read(&event).len(), elements);
    });
}

#[test]
fn any_job_is_accepted_or_refused() {
    let rules = Rules::of([worker()]);
    let now = Timestamp::from_seconds(1_800_000_000.0);
    try_all("jobs", cases(FEW), around(input::jobs()), |event| {
        if let Ok(Message::Submit(submission)) = Message::read(&event.into(), &rules, now) {
            let tasks = (0..submission.plan.len().min(3)).filter_map(|n| submission.plan.task(n));
            assert_eq!(tasks.count() as u64, submission.plan.len().min(3));
        }
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
    try_all("configs", cases(FEW), configs, |json| {
        if shown(&json).is_none() {
            let mistakes = Config::from_json(json).unwrap_err();
            assert!(!mistakes.is_empty());
            assert_eq!(mistakes.to_string().lines().count(), mistakes.iter().len(), "{mistakes}");
        }
    });
}

#[test]
fn any_layers_of_configs_are_accepted_or_refused() {
    let layers = vec(around_with(input::configs(), config_words()), 0..4).prop_map(Value::Array);
    try_all("layers of configs", cases(FEW), layers, |layers| {
        let _ = Config::from_layers(layers.as_array().cloned().unwrap());
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
        let json = Json::from(json);
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
        let fields_of = json.as_object().cloned().unwrap_or_default();
        let found = fields_of.iter().map(|(k, v)| (k.clone(), attributes::from_json(v))).collect();
        if let Ok(task) = item::to(found, "tasks", &fields) {
            let _ = item::of(&task, &fields);
        }
    });
}

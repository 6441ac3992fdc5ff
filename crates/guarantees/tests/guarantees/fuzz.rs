//! Whatever comes in is taken or refused, and nothing panics. `make fuzz CASES=…` tries more.

use guarantees::input::{self, around, cases, try_all};
use serde_json::{Map, Value, json, value::to_raw_value};
use task_manager::{
    attributes,
    config::Config,
    ids::{LabourerId, TaskId},
    jobs::{message::Message, rules::Rules},
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
        if let Ok(Message::Submit(submission)) = Message::read(&event, &rules, now) {
            let tasks = (0..submission.plan.len().min(3)).filter_map(|n| submission.plan.task(n));
            assert_eq!(tasks.count() as u64, submission.plan.len().min(3));
        }
    });
}

#[test]
fn any_config_is_accepted_or_refused() {
    let labourers = json!({"labourers": {worker().as_str(): {}}});
    let (config, _) = Config::complete([labourers]).unwrap();
    try_all("configs", cases(FEW), around(vec![config]), |json| {
        if let Err(mistakes) = Config::from_json(json) {
            assert!(!mistakes.to_string().is_empty());
        }
    });
}

#[test]
fn any_payload_is_taken_or_refused() {
    let task = TaskId::new("t").unwrap();
    try_all("payloads", cases(FEW), around(input::reports()), |json| {
        let extra = json.as_object().cloned().unwrap_or_default();
        let built: Map<String, Value> = payload::construct(json, extra);
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

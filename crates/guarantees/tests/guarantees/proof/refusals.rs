//! What is refused leaves nothing behind: any event at each of the functions, with tables in front
//! of it. `make fuzz FUNCTION_CASES=…` tries more.

use std::cell::Cell;

use futures::executor::block_on;
use guarantees::{
    input::{self, around, function_cases, try_all},
    odd,
    world::id,
};
use serde_json::{Value, json, value::RawValue};
use task_manager::{
    ids::TaskId,
    json::Json,
    manager::queue::create::{CreateError, NewTask},
};
use worker_assistant::{Element, Error, ReportAnswer};

use super::{
    parts::{Attempt, End, Part, worker},
    stage::Stage,
};

/// Of each kind, without `FUNCTION_CASES`.
const FEW: u32 = 100;

/// Two tasks at work, others in the queue.
fn busy() -> (Stage, Vec<Attempt>) {
    block_on(async {
        let stage = Stage::of([worker()], 1).await;
        for part in [Part::Create(0), Part::Submit, Part::Orchestrate] {
            part.work(&stage.manager).await;
        }
        let attempts = stage.aws.events().into_iter().map(Attempt::of).collect();
        (stage, attempts)
    })
}

/// Sends any event of this kind; whatever `send` refuses must have written nothing.
fn refusals(what: &str, examples: Vec<Value>, stage: &Stage, send: impl Fn(&Value) -> bool) {
    let refused = Cell::new(0);
    try_all(what, function_cases(FEW), around(examples), |event| {
        let before = stage.aws.writes();
        if send(&event) {
            refused.set(refused.get() + 1);
            assert_eq!(stage.aws.writes(), before, "a refusal wrote");
        }
    });
    println!("    {} refused, none of them wrote", refused.get());
}

#[test]
fn a_report_that_is_refused_writes_nothing() {
    let (stage, attempts) = busy();
    let ends = [End::Succeed, End::Fail, End::Snooze];
    let reports = attempts.iter().flat_map(|attempt| ends.map(|end| attempt.report(end)));
    let reports = reports.map(|part| match part {
        Some(Part::Assist(report)) => report,
        other => panic!("{other:?} is no report"),
    });
    let examples = reports.chain(input::reports()).chain(input::records()).collect();
    refusals("events to the worker assistant", examples, &stage, |event| {
        let sent = RawValue::from_string(odd::text(event)).unwrap();
        match block_on(worker_assistant::run(&stage.manager, &sent)) {
            Err(Error::Refused(why)) => {
                assert_eq!(input::outcome_that_counts(event), None, "the outcome counts: {why}");
                true
            }
            Err(error) => panic!("{error:?}"),
            Ok(ReportAnswer::Many(all)) => all.iter().all(|e| !matches!(e, Element::Received(_))),
            Ok(ReportAnswer::NotOurs(_)) => {
                assert_eq!(input::outcome_that_counts(event), None, "the outcome counts");
                true
            }
            Ok(ReportAnswer::One(_)) => false,
        }
    });
}

#[test]
fn a_job_that_is_refused_writes_nothing() {
    let (stage, _) = busy();
    refusals("messages to the scheduler", input::jobs(), &stage, |event| {
        // What is accepted is not made: it may have millions of tasks.
        let until = stage.now();
        let event = Json::parse(&odd::text(event)).unwrap();
        block_on(scheduler::run(&stage.manager, &event, None, until)).is_err()
    });
}

#[test]
fn a_task_that_is_refused_writes_nothing() {
    let (stage, _) = busy();
    let generated = json!({ "task_id": "x", "labourer_id": "worker", "payload": { "sosw": {} } });
    let examples = vec![json!({ "n": 0, "deep": [{ "a": null }] }), generated];
    refusals("payloads of new tasks", examples, &stage, |payload| {
        let task = Some(TaskId::new("named-0").unwrap());
        let payload = Json::parse(&odd::text(payload)).unwrap();
        let new = NewTask { id: task, ..NewTask::new(id("worker"), payload) };
        match block_on(stage.manager.queue().create_task(new)) {
            // Only the conditions of a transaction can decide this.
            Err(CreateError::Exists(_)) | Ok(_) => false,
            Err(_) => true,
        }
    });
}

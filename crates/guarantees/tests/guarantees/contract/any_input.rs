//! Whatever comes in, at the functions: an outcome counts, a job is carried, an item goes on, and
//! nothing holds up what is beside it. `make fuzz FUNCTION_CASES=…` tries more.

use std::{cell::RefCell, collections::BTreeMap};

use guarantees::{
    input::{self, any_json, around, function_cases, try_all},
    items::{In, queued_by_sosw},
    odd,
    world::{World, failure, success, task_id, with},
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json, value::RawValue};
use task_manager::{
    attributes::{self, s},
    ids::TaskId,
    json::Json,
    manager::attempts::receive::Effect,
};
use tokio::runtime::{Builder, Runtime};
use worker_assistant::ReportAnswer;

/// Of each kind, without `FUNCTION_CASES`.
const FEW: u32 = 40;
/// Eight ticks take ten times as long as a report.
const SLOW: u32 = 10;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A report, or the record of a destination, with anything beside its outcome.
#[derive(Clone, Copy)]
enum Form {
    Message,
    Record,
}

/// `{"is_success", "is_record", "fields", "returned"}`: what hangs on a report.
fn ornaments() -> impl Strategy<Value = Value> {
    let examples: Vec<_> = input::reports().into_iter().chain(input::records()).collect();
    let words = input::words(&examples);
    let named = ["stats", "result", "error", "retry_after", "snooze", "labourer_id", "claim"];
    let named = select(named.map(str::to_owned).to_vec());
    let key = prop_oneof![6 => named, 1 => select(words.clone()), 1 => odd::keys()];
    let fields = vec((key, any_json(words.clone())), 0..6);
    (any::<bool>(), any::<bool>(), fields, any_json(words)).prop_map(
        |(is_success, is_record, fields, returned)| {
            let fields: Value = fields.into_iter().collect();
            json!({
                "is_success": is_success, "is_record": is_record,
                "fields": fields, "returned": returned,
            })
        },
    )
}

/// The report of the attempt that `event` began, with these ornaments.
fn report(event: &Value, ornaments: &Value) -> (Value, bool) {
    let is_success = ornaments["is_success"] == true;
    let form = if ornaments["is_record"] == true { Form::Record } else { Form::Message };
    let decisive: &[&str] = match (form, is_success) {
        (Form::Record, _) => &["action", "requestContext", "requestPayload"],
        (Form::Message, true) => &["action", "task_id"],
        (Form::Message, false) => &["action", "task_id", "claim"],
    };
    let mut fields = ornaments["fields"].clone();
    // A text is the claim of another attempt: then the success is kept until this one ends.
    let is_claim = |name: &str, value: &Value| name == "claim" && value.is_string();
    fields
        .as_object_mut()
        .unwrap()
        .retain(|name, value| !decisive.contains(&name.as_str()) && !is_claim(name, value));
    let report = match form {
        Form::Message if is_success => success(event),
        Form::Message => failure(event),
        Form::Record => json!({
            "requestContext": { "condition": if is_success { "Success" } else { "RetriesExhausted" } },
            "requestPayload": event,
            "responsePayload": ornaments["returned"],
        }),
    };
    (with(report, fields), is_success)
}

/// Attempts at work, as many as anybody takes.
struct Attempts {
    world: World,
    running: Vec<Value>,
}

impl Attempts {
    const MOST: usize = 40;

    async fn next(&mut self) -> Value {
        if self.running.is_empty() {
            self.world.create_numbered(Self::MOST).await;
            self.world.orchestrate().await;
            self.running = self.world.events().await;
        }
        self.running.pop().unwrap()
    }
}

#[test]
fn an_outcome_counts_whatever_hangs_on_it() {
    let runtime = runtime();
    let world = runtime.block_on(World::of_slots(Attempts::MOST as u32));
    let attempts = RefCell::new(Attempts { world, running: Vec::new() });
    try_all("reports of running tasks", function_cases(FEW), ornaments(), |ornaments| {
        let attempts = &mut *attempts.borrow_mut();
        runtime.block_on(async {
            let event = attempts.next().await;
            let (report, is_success) = report(&event, &ornaments);
            let sent = RawValue::from_string(odd::text(&report)).unwrap();
            let world = &attempts.world;
            let answer = worker_assistant::run(&world.manager, &sent).await.unwrap();
            let ReportAnswer::One(receipt) = answer else { panic!("one report: {answer:?}") };
            let (effect, table) = match is_success {
                true => (Effect::Succeeded, In::Closed),
                false => (Effect::Parked, In::Retry),
            };
            assert_eq!(receipt.outcome, effect);
            assert_eq!(world.places(&task_id(&event)).await, [table]);
            assert_eq!(world.slots_in_use("worker").await as usize, attempts.running.len());
        });
    });
}

fn fields(json: &str) -> BTreeMap<String, Box<RawValue>> {
    serde_json::from_str(json).unwrap()
}

/// What a labourer reads of an event to report its end.
fn attempt(event: &RawValue) -> Value {
    let fields = fields(event.get());
    let names = ["task_id", "labourer_id", "sosw"].map(|name| (name, fields[name].get()));
    names
        .map(|(name, json)| (name, serde_json::from_str::<Value>(json).unwrap()))
        .into_iter()
        .collect()
}

/// A job with anything in any of its places, or one that carries anything.
fn jobs() -> impl Strategy<Value = Value> {
    let carried = input::carried().prop_map(|job| json!({ "carried": job }));
    prop_oneof![around(input::jobs()).prop_map(|message| json!({ "any": message })), carried]
}

#[test]
fn a_job_is_refused_without_a_trace_or_its_tasks_are_as_it_was_written() {
    let runtime = runtime();
    let world = runtime.block_on(World::of_slots(1000));
    let run = async |message: &Value, until| {
        let message = Json::parse(&odd::text(message)).unwrap();
        scheduler::run(&world.manager, &message, None, until).await
    };
    try_all("jobs at the scheduler", function_cases(FEW), jobs(), |job| {
        runtime.block_on(async {
            world.wire.calls();
            if let Some(message) = job.get("any") {
                // What is accepted is not made: it may have millions of tasks.
                if run(message, world.now()).await.is_err() {
                    assert!(!world.wire.calls().iter().any(|call| call.is_write()));
                }
                return;
            }
            let answer = run(&job["carried"], world.soon()).await.unwrap();
            assert_eq!((answer.made, &answer.trouble), (1, &None));
            let events = world.raw_events().await;
            let [event] = events.as_slice() else { panic!("one task: {events:?}") };
            let (got, written) = (fields(event.get()), odd::kept(&job["carried"]));
            for (name, value) in fields(&written).iter().filter(|(name, _)| *name != "lambda_name")
            {
                assert_eq!(Json::from(&*got[name]), Json::from(&**value), "{name:.80}");
            }
            assert_eq!(world.succeed(&attempt(event)).await.outcome, Effect::Succeeded);
        });
    });
}

/// Numbers that DynamoDB takes, though no writer of ours would write them.
const NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "1.5",
    "0.9999999999999999999999",
    "-0.5",
    "4294967295",
    "4294967296",
    "1E-130",
    "-1E-130",
    "9.9E+125",
    "-9.9E+125",
    "1800000000.00000049",
];

/// An item of any table, of which `task_id` and `labourer_id` are those of a task.
fn items() -> impl Strategy<Value = Value> {
    let waiting = queued_by_sosw("odd", json!(2000));
    let running = json!({
        "greenfield": 1_831_557_590, "attempts": 1, "claim": "c", "past_claims": ["a"],
        "history": ["h"], "errors": [{ "attempt": 1, "kind": "k", "message": "m", "at": 1 }],
    });
    let running = with(waiting.clone(), running);
    let parked = with(running.clone(), json!({ "desired_launch_time": 1_799_999_000 }));
    let more = json!({
        "completed_at": 1, "accepted_at": 2, "job_id": "j", "trace": "Root=1-0-0", "x": null,
        "closed_at": 3, "labourer_id_task_status": "worker_1",
    });
    let fields: Vec<String> =
        with(parked.clone(), more.clone()).as_object().unwrap().keys().cloned().collect();
    let fields: Vec<_> = fields.into_iter().filter(|name| !name.ends_with("_id")).collect();
    let words = ["worker", "a b", "c", "1"].map(str::to_owned).to_vec();
    let number = select(NUMBERS.to_vec()).prop_map(|digits| Value::from(format!("N:{digits}")));
    let value = prop_oneof![3 => number, 2 => any_json(words), 1 => Just(json!("missing"))];
    let changes = vec((select([fields, vec!["job_id".into()]].concat()), value), 0..4);
    let base = select(vec![("tasks", waiting), ("tasks", running), ("retry", parked)]);
    (base, changes).prop_map(|((table, item), changes)| {
        json!({ "table": table, "item": with(item, changes.into_iter().collect()) })
    })
}

/// Puts an item, unless the table's keys do not take it.
async fn put(world: &World, table: In, item: &Value) -> bool {
    let fields = item.as_object().unwrap().iter();
    let fields = fields.filter(|(_, value)| *value != "missing").map(|(name, value)| {
        let exact = value.as_str().and_then(|text| text.strip_prefix("N:"));
        let value = match exact {
            Some(digits) => attributes::n(digits),
            None => attributes::from_raw(&odd::text(value)),
        };
        (name.clone(), value)
    });
    let put = world.clients.dynamodb.put_item().table_name(world.table(table));
    put.set_item(Some(fields.collect())).send().await.is_ok()
}

async fn delete(world: &World, table: In, id: &TaskId) {
    let delete = world.clients.dynamodb.delete_item().table_name(world.table(table));
    let delete = delete.key("task_id", s(id.as_str()));
    let delete = if table == In::Retry { delete.key("labourer_id", s("worker")) } else { delete };
    delete.send().await.unwrap();
}

#[test]
fn an_item_stays_in_one_table_whatever_it_looks_like_and_holds_up_nothing_beside_it() {
    let runtime = runtime();
    // An item may say that its attempt was begun in a hundred years: it keeps its own slot.
    let world = runtime.block_on(World::of_slots(2));
    let id = TaskId::new("odd").unwrap();
    try_all("items beside sound tasks", function_cases(FEW).div_ceil(SLOW), items(), |input| {
        runtime.block_on(async {
            for table in [In::Tasks, In::Retry, In::Closed] {
                delete(&world, table, &id).await;
            }
            world.forget_row("worker").await;
            let table = if input["table"] == "retry" { In::Retry } else { In::Tasks };
            if !put(&world, table, &input["item"]).await {
                return;
            }
            let sound = world.create_numbered(1).await.remove(0);
            let mut is_started = false;
            for _ in 0..8 {
                world.orchestrate().await;
                for event in world.raw_events().await {
                    let event = attempt(&event);
                    is_started |= task_id(&event) == sound.id;
                    world.succeed(&event).await;
                }
                world.scavenge().await;
                assert_eq!(world.places(&id).await.len(), 1, "{:?}", world.places(&id).await);
                world.pass(120.0);
            }
            assert!(is_started, "the sound task waits");
            assert_eq!(world.places(&sound.id).await, [In::Closed]);
        });
    });
}

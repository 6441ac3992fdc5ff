//! What sosw 0.7 left in its own tables, and under names of its users' choice.

use guarantees::{
    engine::TableOrigin,
    items::{In, invoked_by_sosw, queued_by_sosw},
    world::{World, as_sosw, failure, labourer, success, task_id, with},
};
use serde_json::{Value, json};
use task_manager::{
    config::{Config, FieldNames, Names},
    ids::TaskId,
    labourer::Labourer,
    manager::attempts::receive::Effect,
    task::Status,
};

const ID: &str = "0123456789abcdef0123456789abcdef";

fn the_task() -> TaskId {
    TaskId::new(ID).unwrap()
}

/// A world of one labourer, `worker`, on tables that sosw made.
async fn migrated(slots: u32) -> World {
    let worker = Labourer { max_simultaneous_invocations: slots, ..labourer("worker") };
    World::on(TableOrigin::Sosw, Config::of([worker])).await
}

#[tokio::test]
async fn tasks_that_sosw_queued_are_run_and_closed() {
    let world = migrated(1).await;
    // As Python's Decimal writes them, down to more digits than a double has.
    let greenfields = ["2000", "3E+3", "4000.5000", "5000.12345678901234567890123456789"];
    for (n, greenfield) in greenfields.iter().enumerate() {
        let id = format!("{ID}{n}");
        world.put(In::Tasks, queued_by_sosw(&id, json!(format!("N:{greenfield}")))).await;
    }
    for n in 0..greenfields.len() {
        let event = if n == 0 { world.next_event().await } else { world.events().await.remove(0) };
        assert_eq!(event["task_id"], format!("{ID}{n}"));
        assert_eq!(event["attempts"], 0);
        assert_eq!(world.report(as_sosw(success(&event))).await.outcome, Effect::Succeeded);
    }
    world.assert_all_succeeded("worker", 4).await;
}

/// sosw 0.7's retries put tasks before the oldest, and so to 0 and below.
#[tokio::test]
async fn a_task_at_0_or_as_near_to_it_as_numbers_go_is_run_and_closed() {
    let world = migrated(6).await;
    let greenfields = ["-1E-130", "0", "1E-130", "3E-130", "1E-129", "1"];
    for (n, greenfield) in greenfields.iter().enumerate() {
        let id = format!("{ID}{n}");
        world.put(In::Tasks, queued_by_sosw(&id, json!(format!("N:{greenfield}")))).await;
    }
    world.orchestrate().await;
    let events = world.events().await;
    assert_eq!(events.len(), greenfields.len());
    for event in events {
        world.succeed(&event).await;
    }
    world.assert_all_succeeded("worker", 6).await;
}

#[tokio::test]
async fn a_task_without_attempts_or_creation_time_or_payload_is_run() {
    let world = migrated(10).await;
    for missing in ["attempts", "created_at", "payload", "arn"] {
        let mut fields = queued_by_sosw(&format!("without_{missing}"), json!(2000));
        fields.as_object_mut().unwrap().remove(missing);
        world.put(In::Tasks, fields).await;
    }
    world.orchestrate().await;
    let events = world.events().await;
    assert_eq!(events.len(), 4);
    for event in events {
        assert_eq!(event["sosw"]["attempt"], 1);
        if event["task_id"] == "without_payload" {
            assert_eq!(event.get("payload"), None, "{event}");
        }
        world.fail(&event).await;
    }
    // sosw 0.7's own orchestrator fails on a payload that is there but empty.
    let without = TaskId::new("without_payload").unwrap();
    assert_eq!(world.json(In::Retry, &without).await.get("payload"), None);
    world.pass(3600.0);
    world.scavenge().await;
    assert_eq!(world.json(In::Tasks, &without).await.get("payload"), None);
    world.orchestrate().await;
    for event in world.events().await {
        assert_eq!(event["attempts"], 1);
        world.succeed(&event).await;
    }
    world.assert_all_succeeded("worker", 4).await;
    assert_eq!(world.json(In::Closed, &without).await.get("payload"), None);
}

#[tokio::test]
async fn a_payload_that_is_a_python_repr_is_passed_on_as_it_is() {
    let world = migrated(1).await;
    let repr = "{'a': True, 'b': Decimal('1')}";
    let fields = with(queued_by_sosw(ID, json!(2000)), json!({ "payload": repr }));
    world.put(In::Tasks, fields).await;
    let event = world.next_event().await;
    assert_eq!(event["payload"], repr);
    world.succeed(&event).await;
    assert_eq!(world.json(In::Closed, &the_task()).await["payload"], repr);
}

#[tokio::test]
async fn attempts_that_sosws_orchestrator_started_hold_slots_and_end_as_any_other() {
    let world = migrated(3).await;
    for (id, ago) in [("fine", 5.0), ("broken", 5.0), ("silent", 50.0)] {
        world.put(In::Tasks, invoked_by_sosw(&world, id, ago)).await;
    }
    world.create_numbered(1).await;
    world.orchestrate().await;
    assert_eq!(world.slots_in_use("worker").await, 3);
    assert!(world.events().await.is_empty(), "no slot is left");
    world.pass(11.0);
    world.scavenge().await;
    let event_of = |id: &str| json!({ "task_id": id, "sosw": { "claim": null } });
    assert_eq!(world.report(as_sosw(success(&event_of("fine")))).await.outcome, Effect::Succeeded);
    assert_eq!(world.report(as_sosw(failure(&event_of("broken")))).await.outcome, Effect::Parked);
    for (id, place) in [("fine", In::Closed), ("broken", In::Retry), ("silent", In::Retry)] {
        assert_eq!(world.places(&TaskId::new(id).unwrap()).await, [place], "{id}");
    }
    world.orchestrate().await;
    assert_eq!(world.slots_in_use("worker").await, 1);
}

#[tokio::test]
async fn tasks_that_sosw_parked_come_back() {
    let world = migrated(1).await;
    let due = json!({ "desired_launch_time": "N:1799999999.1234567890123456789", "attempts": 2 });
    world.put(In::Retry, with(queued_by_sosw(ID, json!(2000)), due)).await;
    assert_eq!(world.scavenge().await["labourers"]["worker"]["requeued"], 1);
    assert_eq!(world.next_event().await["attempts"], 2);
}

#[tokio::test]
async fn of_a_task_that_sosw_left_in_two_tables_one_copy_goes_on() {
    let marked = json!({ "completed_at": 1_799_999_000 });
    let due = json!({ "desired_launch_time": 1_799_999_000, "attempts": 1 });
    let closed = json!({ "closed_at": 1_799_999_000, "labourer_id_task_status": "worker_1" });
    let queued = || queued_by_sosw(ID, json!(2000));

    // Closed, but not deleted from the queue: it is not run again, and its slot is free.
    let world = migrated(1).await;
    world.put(In::Closed, with(with(queued(), marked.clone()), closed)).await;
    world.put(In::Tasks, with(invoked_by_sosw(&world, ID, 5.0), marked)).await;
    world.orchestrate().await;
    world.scavenge().await;
    assert_eq!(world.places(&the_task()).await, [In::Closed]);
    world.assert_all_succeeded("worker", 1).await;

    // Requeued, but not deleted from the retry table: what stands beside it is not held up.
    let world = migrated(1).await;
    world.put(In::Tasks, queued()).await;
    world.put(In::Retry, with(queued(), due.clone())).await;
    world.put(In::Retry, with(queued_by_sosw("other", json!(2000)), due.clone())).await;
    world.scavenge().await;
    world.scavenge().await;
    assert_eq!(world.places(&the_task()).await, [In::Tasks]);
    assert_eq!(world.places(&TaskId::new("other").unwrap()).await, [In::Tasks]);

    // Parked, but not deleted from the tasks: it comes back once.
    let world = migrated(1).await;
    world.put(In::Tasks, invoked_by_sosw(&world, ID, 61.0)).await;
    world.put(In::Retry, with(queued(), with(due, json!({ "desired_launch_time": 1.9e9 })))).await;
    world.orchestrate().await;
    world.scavenge().await;
    assert_eq!(world.places(&the_task()).await, [In::Retry]);
    assert_eq!(world.slots_in_use("worker").await, 0);
}

#[tokio::test]
async fn of_two_copies_the_one_with_more_attempts_is_parked_and_attempts_never_fall() {
    let world = migrated(1).await;
    let stale = json!({ "desired_launch_time": 1.9e9, "attempts": 1, "stale": true });
    world.put(In::Retry, with(queued_by_sosw(ID, json!(2000)), stale.clone())).await;
    let queued = with(queued_by_sosw(ID, json!(2000)), json!({ "attempts": 1 }));
    world.put(In::Tasks, queued).await;
    let event = world.next_event().await;
    assert_eq!(world.fail(&event).await.outcome, Effect::Parked);
    assert_eq!(world.places(&the_task()).await, [In::Retry]);
    let parked = world.json(In::Retry, &the_task()).await;
    assert_eq!((&parked["attempts"], parked.get("stale")), (&json!(2), None));
    assert_eq!(parked["errors"].as_array().unwrap().len(), 1);

    // The other way round, the parked one is the newer.
    let world = migrated(1).await;
    let newer = with(stale, json!({ "attempts": 2 }));
    world.put(In::Retry, with(queued_by_sosw(ID, json!(2000)), newer)).await;
    world.put(In::Tasks, invoked_by_sosw(&world, ID, 61.0)).await;
    world.scavenge().await;
    assert_eq!(world.places(&the_task()).await, [In::Retry]);
    assert_eq!(world.json(In::Retry, &the_task()).await["attempts"], 2);
}

#[tokio::test]
async fn a_success_takes_the_place_of_an_older_failure_and_no_ending_that_of_a_success() {
    let older =
        |status: &str| json!({ "closed_at": 1_799_999_000, "labourer_id_task_status": status });
    let world = migrated(1).await;
    for status in ["worker_0", "worker_2"] {
        world.put(In::Closed, with(queued_by_sosw(ID, json!(2000)), older(status))).await;
        world.put(In::Tasks, queued_by_sosw(ID, json!(2000))).await;
        let event = world.next_event().await;
        let report = with(success(&event), json!({ "stats": { "rows": 3 } }));
        assert_eq!(world.report(report).await.outcome, Effect::Succeeded);
        assert_eq!(world.places(&the_task()).await, [In::Closed]);
        let closed = world.json(In::Closed, &the_task()).await;
        assert_eq!(
            (&closed["labourer_id_task_status"], &closed["stat_rows"]),
            (&json!("worker_1"), &json!(3))
        );
    }
    // Once it has succeeded, an exhausted copy changes nothing.
    world.put(In::Tasks, with(invoked_by_sosw(&world, ID, 61.0), json!({ "attempts": 9 }))).await;
    world.scavenge().await;
    assert_eq!(world.places(&the_task()).await, [In::Closed]);
    let closed = world.json(In::Closed, &the_task()).await;
    assert_eq!(
        (&closed["labourer_id_task_status"], &closed["stat_rows"]),
        (&json!("worker_1"), &json!(3))
    );
}

#[tokio::test]
async fn a_queued_task_that_is_marked_as_completed_is_closed_as_succeeded_and_not_run() {
    let world = migrated(1).await;
    let marked = json!({ "completed_at": 1_799_999_000, "attempts": 1 });
    world.put(In::Tasks, with(queued_by_sosw(ID, json!(2000)), marked)).await;
    world.create_numbered(1).await;
    assert_eq!(world.next_event().await["n"], 0);
    let closed = world.json(In::Closed, &the_task()).await;
    assert_eq!(closed["labourer_id_task_status"], "worker_1");
    assert_eq!(world.slots_in_use("worker").await, 1);
}

#[tokio::test]
async fn fields_may_have_other_names_in_every_table() {
    let renamed =
        FieldNames::RENAMABLE.iter().map(|field| (field.to_string(), format!("x-{field}")));
    let names = Names { fields: FieldNames::from_iter(renamed), ..Names::default() };
    let slots = Labourer { max_simultaneous_invocations: 2, ..labourer("worker") };
    let world = World::with(Config { names, write_meta: true, ..Config::of([slots]) }).await;
    world.create_numbered(4).await;
    world.orchestrate().await;
    let mut events = world.events().await;
    events.sort_by_key(|event| event["n"].as_u64());
    assert_eq!(events[0]["n"], 0);
    assert_eq!(world.succeed(&events[0]).await.outcome, Effect::Succeeded);
    assert_eq!(world.fail(&events[1]).await.outcome, Effect::Parked);
    let parked = world.json(In::Retry, &task_id(&events[1])).await;
    for field in ["task_id", "labourer_id", "created_at", "greenfield", "attempts", "payload"] {
        assert_eq!(parked.get(field), None, "{field}");
        assert_ne!(parked.get(format!("x-{field}")), None, "{field}");
    }
    // Two expire, the parked one comes back.
    world.pass(3600.0);
    world.requeue().await;
    let tally = world.requeue().await;
    assert_eq!(tally["labourers"]["worker"]["parked"], 0);
    world.pass(3600.0);
    world.requeue().await;
    let counts = world.counts("worker").await;
    assert_eq!((counts.queued, counts.succeeded), (3, 1));
    world.orchestrate().await;
    let marked = world.events().await.into_iter().next_back().unwrap();
    world.add(&task_id(&marked), json!({ "x-completed_at": world.now().seconds() })).await;
    assert_eq!(world.scavenge().await["labourers"]["worker"]["archived"], 1);
    let closed = world.find(&task_id(&marked)).await.closed.unwrap();
    assert_eq!(closed.status, Status::Succeeded);
}

#[tokio::test]
async fn poison_is_closed_with_the_reason_and_what_is_behind_it_runs() {
    let world = migrated(2).await;
    let poisons: [(&str, Value); 4] = [
        // One more than this has more digits than DynamoDB takes.
        ("attempts", json!("N:1E-130")),
        ("payload", json!({ "a": 1 })),
        ("created_at", json!("yesterday")),
        ("history", json!("text")),
    ];
    for (n, (field, poison)) in poisons.iter().enumerate() {
        let fields = queued_by_sosw(field, json!(1000 + n));
        world.put(In::Tasks, with(fields, json!({ *field: poison }))).await;
    }
    world.create_numbered(1).await;
    assert_eq!(world.next_event().await["n"], 0);
    for (field, _) in poisons {
        let task = world.find(&TaskId::new(field).unwrap()).await;
        assert_eq!(task.closed.unwrap().status, Status::Exhausted, "{field}");
        let error = task.errors.last().unwrap();
        assert_eq!(error.kind, "invalid_task");
        assert!(error.message.contains(&format!("`{field}`")), "{}", error.message);
    }
}

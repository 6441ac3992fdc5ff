//! Lambda refuses an attempt that was claimed: what was claimed is not lost, and not burnt.

use guarantees::{
    items::In,
    wire::WireFault,
    world::{World, labourer},
};
use serde_json::{Value, json};
use task_manager::{
    labourer::Labourer,
    task::{Status, Task},
};

/// A world in which Lambda answers the function's next invocations like this.
async fn refusing(times: usize, status: u16, error: &str) -> World {
    let world = World::of_slots(2).await;
    let error = json!({ "__type": error, "message": "raised by the test" });
    world
        .wire
        .cut(times, WireFault::Refused(status, error), |call| call.names("worker/invocations"));
    world
}

/// One task, and one tick that is refused. Answers the task then, and its tally.
async fn refused(world: &World) -> (Task, Value) {
    let tasks = world.create_numbered(1).await;
    let tally = world.orchestrate().await["labourers"]["worker"].clone();
    assert_eq!(world.events().await, Vec::<Value>::new());
    assert_eq!(world.slots_in_use("worker").await, 0);
    (world.find(&tasks[0].id).await, tally)
}

#[tokio::test]
async fn a_throttled_task_keeps_its_place_and_its_attempts() {
    // The SDK tries three times.
    let world = refusing(3, 429, "TooManyRequestsException").await;
    let (task, tally) = refused(&world).await;
    assert_eq!(tally["throttled"], 1);
    let created = world.manager.queue().oldest(&task.labourer_id).await.unwrap().unwrap();
    assert_eq!((task.greenfield, task.attempts, task.claim), (created, 0, None));
    let event = world.next_event().await;
    assert_eq!(event["sosw"]["attempt"], 1);
}

#[tokio::test]
async fn a_task_that_is_throttled_for_days_does_not_grow() {
    let world = refusing(usize::MAX, 429, "TooManyRequestsException").await;
    world.create_numbered(1).await;
    for _ in 0..40 {
        world.orchestrate().await;
    }
    world.wire.restore();
    let event = world.next_event().await;
    let task = world.find(&guarantees::world::task_id(&event)).await;
    assert!(task.history.len() <= Task::HISTORY + 1, "{}", task.history.len());
}

#[tokio::test]
async fn a_success_that_comes_while_lambda_refuses_the_next_attempt_is_kept() {
    let world = World::of_slots(1).await;
    let first = world.started().await;
    world.pass(61.0);
    world.scavenge().await;
    world.pass(3600.0);
    world.requeue().await;
    let throttled = json!({ "__type": "TooManyRequestsException" });
    let gate = world.wire.hold(|call| call.names("worker/invocations"));
    world.wire.cut(3, WireFault::Refused(429, throttled), |call| call.names("worker/invocations"));
    let work = async {
        gate.reached().await;
        world.succeed(&first).await;
        gate.open();
    };
    tokio::join!(world.orchestrate(), work);
    world.pass(61.0);
    world.scavenge().await;
    let task = world.find(&guarantees::world::task_id(&first)).await;
    assert_eq!(task.closed.unwrap().status, Status::Succeeded);
    assert_eq!(world.slots_in_use("worker").await, 0);
}

#[tokio::test]
async fn a_missing_function_parks_the_task_with_the_reason_and_burns_no_attempt() {
    let world = World::of_slots(2).await;
    world.lambda.remove("worker");
    let (task, tally) = refused(&world).await;
    assert_eq!(tally["refused"], 1);
    assert_eq!(world.places(&task.id).await, [In::Retry]);
    assert_eq!((task.attempts, task.errors[0].kind.as_str()), (0, "ResourceNotFoundException"));
    assert!(task.errors[0].message.contains("worker"), "{}", task.errors[0].message);
}

#[tokio::test]
async fn a_denied_invocation_parks_the_task_with_the_reason() {
    let world = refusing(1, 403, "AccessDeniedException").await;
    let (task, _) = refused(&world).await;
    assert_eq!(world.places(&task.id).await, [In::Retry]);
    assert_eq!((task.attempts, task.errors[0].kind.as_str()), (0, "AccessDeniedException"));
}

#[tokio::test]
async fn an_event_that_lambda_will_never_take_closes_the_task_with_the_reason() {
    let world = refusing(1, 413, "RequestTooLargeException").await;
    let (task, tally) = refused(&world).await;
    assert_eq!(tally["unusable"], 1);
    assert_eq!(task.closed.unwrap().status, Status::Exhausted);
    assert_eq!(task.errors[0].kind, "RequestTooLargeException");
}

#[tokio::test]
async fn an_inconclusive_answer_leaves_the_decision_to_the_lease() {
    let world = refusing(3, 500, "ServiceException").await;
    let tasks = world.create_numbered(1).await;
    let tally = world.orchestrate().await;
    assert_eq!(tally["labourers"]["worker"]["unknown"], 1);
    assert_eq!(world.slots_in_use("worker").await, 1, "it may be at work");
    world.pass(61.0);
    world.scavenge().await;
    assert_eq!(world.slots_in_use("worker").await, 0);
    assert_eq!(world.find(&tasks[0].id).await.attempts, 1);
}

#[tokio::test]
async fn an_orchestrator_that_slept_between_claim_and_invocation_takes_the_claim_back() {
    let world = World::of_slots(1).await;
    let tasks = world.create_numbered(1).await;
    let gate = world.wire.hold(|call| call.operation == "TransactWriteItems");
    let sleep = async {
        gate.reached().await;
        world.pass(30.0);
        gate.open();
    };
    tokio::join!(world.orchestrate(), sleep);
    assert_eq!(world.events().await, Vec::<Value>::new());
    let task = world.find(&tasks[0].id).await;
    assert_eq!((task.greenfield, task.attempts), (tasks[0].greenfield, 0));
    assert_eq!(world.slots_in_use("worker").await, 0);
}

#[tokio::test]
async fn one_labourers_trouble_leaves_the_others_unchanged() {
    let names = ["fine", "missing", "throttled", "poisoned", "denied"];
    let labourers =
        names.map(|name| Labourer { max_simultaneous_invocations: 3, ..labourer(name) });
    let world = World::of(labourers).await;
    world.lambda.remove("missing");
    let answers = [("throttled", 429, "TooManyRequestsException"), ("denied", 403, "AccessDenied")];
    for (name, status, error) in answers {
        let trouble = WireFault::Refused(status, json!({ "__type": error }));
        world.wire.cut(usize::MAX, trouble, move |call| call.names(&format!("{name}/invoc")));
    }
    for name in names {
        let tasks = world.create(name, (0..5).map(|n| json!({ "n": n }))).await;
        if name == "poisoned" {
            for task in &tasks {
                world.add(&task.id, json!({ "attempts": "many" })).await;
            }
        }
    }
    let tally = world.orchestrate().await;
    world.scavenge().await;
    let events = world.events().await;
    assert!(events.iter().all(|event| event["labourer_id"] == "fine"));
    assert_eq!(events.len(), 3);
    let count = |name: &str, what: &str| tally["labourers"][name][what].clone();
    assert_eq!(count("fine", "invoked"), 3);
    assert_eq!(count("missing", "refused"), 3);
    assert_eq!(count("throttled", "throttled"), 3);
    assert_eq!(count("denied", "refused"), 3);
    assert_eq!(count("poisoned", "unusable"), 5, "poison does not starve what is behind it");
    for name in ["missing", "throttled", "poisoned", "denied"] {
        assert_eq!(world.slots_in_use(name).await, 0, "{name}");
    }
}

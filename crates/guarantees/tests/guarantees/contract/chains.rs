//! A slot that is handed over looks like a loop to Lambda, which stops loops after sixteen rounds:
//! labourer, worker assistant, labourer, and so on. Every attempt starts a chain of its own.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_lambda::{primitives::Blob, types::InvocationType};
use guarantees::{
    labourers::{ASSISTANT, Observer, with_destinations},
    world::{World, assist, success},
};
use local::lambda::{Function, RecursiveLoop};
use serde_json::{Value, json};
use task_manager::task::trace::Trace;

const HANDOVERS: u64 = 100;
/// There are more. Where the claim of the only task that is left meets the note that the one before was accepted, it
/// waits for the next tick.
const TASKS: u64 = HANDOVERS + 10;

/// A world of one slot and a long queue, with Lambda's detection of loops at work.
async fn of_a_long_queue() -> (World, Observer) {
    let (world, watch) = (World::of_slots(1).await, Observer::default());
    world.create_numbered(TASKS as usize).await;
    world.deploy_assistant(&watch);
    (world, watch)
}

/// The one tick after which nothing but handovers starts tasks.
async fn run(world: &World, watch: &Observer) -> u64 {
    world.orchestrate().await;
    world.lambda.idle().await;
    assert!(watch.observed().most <= 1);
    world.counts("worker").await.succeeded
}

#[tokio::test]
async fn a_hundred_handovers_in_a_row_are_no_loop() {
    let (world, watch) = of_a_long_queue().await;
    world.deploy_worker(&watch, |_| async { Ok(Value::Null) });
    assert!(run(&world, &watch).await > HANDOVERS);
    run(&world, &watch).await;
    world.assert_all_succeeded("worker", TASKS).await;
}

#[tokio::test]
async fn a_hundred_handovers_in_a_row_are_no_loop_when_the_labourer_itself_calls() {
    let (world, watch) = of_a_long_queue().await;
    let lambda = world.clients.lambda.clone();
    world.deploy_worker(&watch, move |event| {
        let call = lambda.invoke().function_name(ASSISTANT).invocation_type(InvocationType::Event);
        let call = call.payload(Blob::new(success(&event).to_string()));
        async move {
            call.send().await.unwrap();
            Ok(Value::Null)
        }
    });
    assert!(run(&world, &watch).await > HANDOVERS);
    run(&world, &watch).await;
    world.assert_all_succeeded("worker", TASKS).await;
}

#[tokio::test]
async fn handovers_that_copied_the_trace_header_would_end_after_sixteen() {
    let (world, watch) = of_a_long_queue().await;
    world.wire.copy_every_trace();
    world.deploy_worker(&watch, |_| async { Ok(Value::Null) });
    assert_eq!(run(&world, &watch).await, 16);
}

#[tokio::test]
async fn the_trace_of_the_scheduler_reaches_every_attempt_and_report_but_its_lineage_does_not() {
    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
    let world = World::of_slots(1).await;
    let observed = Arc::new(Mutex::new(Vec::new()));
    let (attempts, reports) = (observed.clone(), observed.clone());
    let worker = Function::in_process("worker", move |_, context| {
        attempts.lock().unwrap().push(("attempt", context.trace_id));
        async { Ok(Value::Null) }
    });
    world.lambda.deploy(with_destinations(worker)).unwrap();
    let manager = world.manager.clone();
    let assistant = Function::in_process(ASSISTANT, move |event, context| {
        reports.lock().unwrap().push(("report", context.trace_id));
        let manager = manager.clone();
        async move {
            assist(&manager, event).await.unwrap();
            Ok(Value::Null)
        }
    });
    let assistant = assistant.timeout(Duration::from_secs(60));
    world.lambda.deploy(assistant.recursive_loop(RecursiveLoop::Allow)).unwrap();

    let header = format!("{ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:15");
    let manager = world.manager.clone().with_trace(Trace::of_header(&header));
    let job = json!({ "lambda_name": "worker", "period": "last_4_days", "isolate_days": true });
    let until = world.soon();
    scheduler::run(&manager, &job.into(), None, until).await.unwrap();
    world.lambda.idle().await;

    let observed = observed.lock().unwrap().clone();
    let kinds: Vec<_> = observed.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds[..4], ["attempt", "report", "attempt", "report"]);
    for (_, trace) in observed {
        assert!(trace.starts_with(ROOT) && trace.contains("Sampled=1"), "{trace}");
        assert!(!trace.contains("a87bd80c"), "{trace}");
    }
    // The last one may have to wait for a tick.
    world.orchestrate().await;
    world.lambda.idle().await;
    world.assert_all_succeeded("worker", 4).await;
}

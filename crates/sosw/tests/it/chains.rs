//! A slot that is handed over looks like a loop to Lambda, which stops loops after sixteen rounds:
//! labourer, worker assistant, labourer, and so on. Every attempt starts a chain of its own.

use aws_sdk_lambda::{primitives::Blob, types::InvocationType};
use serde_json::Value;

use crate::{
    labourers::{ASSISTANT, Watch},
    world::{World, success},
};

const HANDOVERS: u64 = 100;

/// A world of one slot and a long queue, with Lambda's detection of loops at work.
async fn of_a_long_queue() -> (World, Watch) {
    let (world, watch) = (World::of_slots(1).await, Watch::default());
    world.create_numbered(HANDOVERS as usize + 1).await;
    world.deploy_assistant(&watch);
    (world, watch)
}

/// The one tick after which nothing but handovers starts tasks.
async fn run(world: &World, watch: &Watch) -> u64 {
    world.orchestrate().await;
    world.lambda.idle().await;
    assert!(watch.seen().most <= 1);
    world.counts("worker").await.succeeded
}

#[tokio::test]
async fn a_hundred_handovers_in_a_row_are_no_loop() {
    let (world, watch) = of_a_long_queue().await;
    world.deploy_worker(&watch, |_| async { Ok(Value::Null) });
    assert_eq!(run(&world, &watch).await, HANDOVERS + 1);
    world.assert_all_succeeded("worker", HANDOVERS + 1).await;
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
    assert_eq!(run(&world, &watch).await, HANDOVERS + 1);
    world.assert_all_succeeded("worker", HANDOVERS + 1).await;
}

#[tokio::test]
async fn handovers_that_copied_the_trace_header_would_end_after_sixteen() {
    let (world, watch) = of_a_long_queue().await;
    world.wire.copy_every_trace();
    world.deploy_worker(&watch, |_| async { Ok(Value::Null) });
    assert_eq!(run(&world, &watch).await, 16);
}

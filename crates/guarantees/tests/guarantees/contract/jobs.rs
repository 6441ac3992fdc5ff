//! Jobs into the queue: accepted once, filled in order, started at once.

use std::time::Duration;

use guarantees::{
    jobs::{days, keyed},
    world::{World, with},
};
use serde_json::{Value, json};
use task_manager::ids::TaskId;

#[tokio::test]
async fn a_job_is_queued_in_the_order_in_which_it_is_written() {
    let world = World::of_slots(1).await;
    world.create_numbered(3).await;
    let answer = world.schedule(&days(1200)).await.unwrap();
    assert_eq!((answer.tasks, answer.made, answer.state), (1200, 1200, "queued"));
    let queue = world.manager.queue().heads(&guarantees::world::id("worker"), 2000).await.unwrap();
    let order: Vec<_> = queue.iter().skip(2).map(|candidate| candidate.id.clone()).collect();
    let expected: Vec<_> = (0..1200).map(|n| TaskId::of_job(&answer.job_id, n)).collect();
    assert_eq!(order, expected, "behind what waited before it, of which one was started");
    assert!(queue.last().unwrap().greenfield.0 < world.now().seconds());
}

#[tokio::test]
async fn tasks_start_while_the_job_is_filled_as_far_as_slots_are_free() {
    let world = World::of_slots(120).await;
    world.fill(&days(200)).await;
    let events = world.events().await;
    assert_eq!(events.len(), 120);
    assert_eq!(world.slots_in_use("worker").await, 120);
    assert!(events.iter().all(|event| event["sosw"]["job_id"].is_string()), "{events:?}");
}

#[tokio::test]
async fn the_same_job_with_the_same_key_is_one_job_however_it_is_written() {
    let world = World::of_slots(1).await;
    let first = world.schedule(&keyed(150)).await.unwrap();
    let written_otherwise = json!({
        "job": json!({
            "isolate_days": true, "period": "last_150_days", "lambda_name": "worker",
        }).to_string(),
        "idempotency_key": "the one",
    });
    assert_eq!(world.schedule(&written_otherwise).await.unwrap(), first);
    world.pass(86_400.0);
    assert_eq!(world.schedule(&keyed(150)).await.unwrap(), first, "its days are those of then");
    world.assert_made_once(&first.job_id, 150).await;
}

#[tokio::test]
async fn the_same_key_with_a_different_job_is_refused_and_nothing_is_written() {
    let world = World::of_slots(1).await;
    let first = world.fill(&keyed(5)).await;
    world.wire.calls();
    let others = [keyed(6), with(keyed(5), json!({ "max_failed_percent": 3 }))];
    for other in others {
        let error = world.schedule(&other).await.unwrap_err();
        assert_eq!(error.name(), "KeyReused");
        let text = error.to_string();
        assert!(text.contains("the one") && text.contains(first.as_str()), "{text}");
    }
    assert!(!world.wire.calls().iter().any(|call| call.is_write()));
}

#[tokio::test]
async fn a_message_that_is_delivered_twice_is_one_job_and_two_messages_are_two() {
    let world = World::of_slots(1).await;
    let until = world.soon();
    let deliver = async |id| {
        let answer = scheduler::run(&world.manager, &days(5).into(), Some(id), until).await;
        answer.unwrap().job_id
    };
    let [one, again, other] = [deliver("a").await, deliver("a").await, deliver("b").await];
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert_eq!(world.manager.jobs().list(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_message_out_of_the_dead_letter_queue_makes_nothing_that_its_delivery_made() {
    let world = World::of_slots(1).await;
    let until = world.soon();
    let deliver = async |event: &Value, id| {
        let answer = scheduler::run(&world.manager, &event.clone().into(), Some(id), until).await;
        answer.unwrap().job_id
    };
    let first = deliver(&days(5), "a").await;
    let of = |id| {
        json!({
            "requestContext": { "requestId": id, "condition": "RetriesExhausted" },
            "requestPayload": days(5),
        })
    };
    assert_eq!(deliver(&of("a"), "b").await, first);
    assert_ne!(deliver(&of("never accepted"), "c").await, first);
    assert_eq!(world.manager.jobs().list(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn jobs_that_a_tick_has_no_time_for_are_counted_and_left_to_the_next() {
    let world = World::of_slots(1).await;
    world.fill(&days(5)).await;
    let (none, nobody) = (scavenger::Scheduler::none(), scavenger::Notifier::disabled());
    let late = scavenger::jobs::advance(&world.manager, &none, &nobody, world.now()).await;
    assert_eq!(late.unwrap(), scavenger::JobsSummary { open: 1, skipped: 1, ..Default::default() });
}

#[tokio::test]
async fn a_scheduler_that_is_out_of_time_is_followed_by_another_at_the_next_tick() {
    let world = World::of_slots(1).await;
    let sent = world.deploy_scheduler();
    let mut batches = 3;
    // The time is up after three batches.
    let elsewhere = world.elsewhere(0.0);
    let gate = world.wire.hold(move |call| {
        batches -= usize::from(call.names("cursor"));
        batches == 0
    });
    let until = world.now() + Duration::from_secs(10);
    let job = days(2500);
    let event = job.into();
    let run = scheduler::run(&elsewhere, &event, None, until);
    let meanwhile = async {
        gate.reached().await;
        world.pass(11.0);
        gate.open();
    };
    let (answer, ()) = tokio::join!(run, meanwhile);
    let answer = answer.unwrap();
    assert_eq!(answer.state, "filling");
    assert!((99..2500).contains(&answer.made), "{answer:?}");

    assert_eq!(world.advance_jobs().await["resumed"], 0, "it may still be at work");
    world.pass(20.0);
    assert_eq!(world.advance_jobs().await["resumed"], 1);
    let message = sent.lock().unwrap().pop().unwrap();
    assert_eq!(message, json!({ "job_id": answer.job_id }));
    assert_eq!(world.schedule(&message).await.unwrap().state, "queued");
    world.assert_made_once(&answer.job_id, 2500).await;
}

#[tokio::test]
async fn a_job_waits_for_its_time_and_a_tick_starts_it_behind_what_came_until_then() {
    let world = World::of_slots(1).await;
    let sent = world.deploy_scheduler();
    let job = with(days(5), json!({ "delay": "1h" }));
    let answer = world.schedule(&job).await.unwrap();
    assert_eq!((answer.tasks, answer.made, answer.state), (5, 0, "waiting"));
    world.create_numbered(2).await;
    world.pass(3599.0);
    assert_eq!(world.advance_jobs().await["resumed"], 0);
    world.pass(1.0);
    assert_eq!(world.advance_jobs().await["resumed"], 1);
    let message = sent.lock().unwrap().pop().unwrap();
    assert_eq!(world.schedule(&message).await.unwrap().state, "queued");
    let events = world.events().await;
    assert_eq!(events[0]["n"], 0, "who waits without a place does not overtake: {events:?}");
}

#[tokio::test]
async fn one_job_that_cannot_be_read_does_not_stop_the_others() {
    let world = World::of_slots(1).await;
    let broken = world.fill(&days(1)).await;
    let event = world.events().await.remove(0);
    let whole = world.fill(&days(2)).await;
    let update = world.clients.dynamodb.update_item();
    let update = update.table_name(&world.manager.config().names.jobs);
    let update = update.key("job_id", task_manager::attributes::s(broken.as_str()));
    let update = update.key("part", task_manager::attributes::s("job"));
    update.update_expression("REMOVE basis").send().await.unwrap();
    world.succeed(&event).await;
    world.deploy_scheduler();
    let looked = world.advance_jobs().await;
    assert_eq!((&looked["open"], &looked["failed"]), (&json!(2), &json!(1)));
    assert_eq!(world.snapshot(&whole).await.progress.made, 2);
}

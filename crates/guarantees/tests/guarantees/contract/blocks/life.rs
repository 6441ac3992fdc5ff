//! The life of a block: made, claimed, invoked, closed as one item, and each of its tasks is what it
//! would be alone.

use std::{future::poll_fn, pin::pin};

use guarantees::{
    blocks::{blocks, members},
    items::In,
    jobs::days,
    world::{World, id, labourer, success, with},
};
use serde_json::{Value, json};
use task_manager::{
    ids::TaskId,
    jobs::job::JobState,
    labourer::{EventFormat, Labourer, TasksPerInvocation},
    task::Status,
};

#[tokio::test]
async fn a_job_in_blocks_has_the_tasks_that_it_has_without() {
    let alone = World::of_slots(100).await;
    let job = alone.fill(&days(10)).await;
    let single: Vec<_> = alone.events().await;
    let world = World::of_slots(100).await;
    let in_blocks = world.fill(&blocks(10, 4)).await;
    let mut events = world.events().await;
    events.sort_by_key(|event| event["greenfield"].as_f64().unwrap() as u64);
    assert_eq!(events.iter().map(|e| members(e).len()).collect::<Vec<_>>(), [4, 4, 2]);
    let tasks: Vec<&Value> = events.iter().flat_map(|e| e["tasks"].as_array().unwrap()).collect();
    for (n, task) in (0..).zip(tasks) {
        assert_eq!(task["task_id"], TaskId::of_job(&in_blocks, n).as_str(), "its id alone");
        let alone = TaskId::of_job(&job, n);
        let event = single.iter().find(|event| event["task_id"] == alone.as_str()).unwrap();
        assert_eq!(task["date_list"], event["date_list"]);
    }
    for event in &events {
        world.succeed(event).await;
    }
    world.deploy_scheduler();
    world.advance_jobs().await;
    let snapshot = world.snapshot(&in_blocks).await;
    assert_eq!((snapshot.job.state, snapshot.progress.succeeded), (JobState::Succeeded, 10));
    assert_eq!(world.all(In::Closed).await.len(), 3, "one item for each block");
    assert_eq!(world.slots_in_use("worker").await, 0);
    world.assert_partition(&in_blocks, 10).await;
}

#[tokio::test]
async fn the_size_of_blocks_is_fixed_when_a_job_is_accepted() {
    let mut world = World::of_slots(1).await;
    let sized = |world: &mut World, size| {
        world.configure(|config| {
            let worker = config.labourers.get_mut(&id("worker")).unwrap();
            worker.tasks_per_invocation = size;
        });
    };
    sized(&mut world, TasksPerInvocation::Fixed(3));
    let three = world.fill(&days(7)).await;
    sized(&mut world, TasksPerInvocation::Fixed(5));
    assert_eq!(world.snapshot(&three).await.job.block_size, 3);
    let five = world.fill(&days(7)).await;
    let two = world.fill(&blocks(7, 2)).await;
    assert_eq!(world.snapshot(&five).await.job.block_size, 5, "the labourer's");
    assert_eq!(world.snapshot(&two).await.job.block_size, 2, "the job's own");
    sized(&mut world, TasksPerInvocation::Auto);
    let unknown = world.fill(&days(7)).await;
    assert_eq!(world.snapshot(&unknown).await.job.block_size, 10, "nothing is known yet");
}

#[tokio::test]
async fn while_blocks_are_made_other_work_of_the_process_has_its_turn_after_each() {
    const BLOCKS: u32 = 90;
    let world = World::of_slots(1).await;
    let submission = operator::jobs::parse(&world.manager, &blocks(2 * BLOCKS, 2).to_string());
    let snapshot = world.manager.jobs().submit(&submission.unwrap(), None).await.unwrap();
    let mut fill = pin!(world.manager.jobs().fill(snapshot, || true, async || {}));
    let mut turns = 0;
    poll_fn(|context| {
        turns += 1;
        fill.as_mut().poll(context)
    })
    .await
    .unwrap();
    assert!(turns >= BLOCKS, "{turns} turns");
}

#[tokio::test]
async fn auto_makes_blocks_of_about_block_seconds_by_what_tasks_took_lately() {
    let auto = Labourer {
        tasks_per_invocation: TasksPerInvocation::Auto,
        max_simultaneous_invocations: 10,
        ..labourer("worker")
    };
    let world = World::of([auto]).await;
    let first = world.fill(&days(20)).await;
    let events = world.events().await;
    world.pass(20.0);
    for event in &events {
        world.succeed(event).await;
    }
    // Ten tasks took 20 s: fifteen take the 30 s that are the default.
    let second = world.fill(&days(20)).await;
    let sizes =
        (world.snapshot(&first).await.job.block_size, world.snapshot(&second).await.job.block_size);
    assert_eq!(sizes, (10, 15));
}

#[tokio::test]
async fn a_block_is_smaller_if_its_event_would_be_too_large() {
    let world = World::of_slots(10).await;
    let large = with(blocks(8, 8), json!({ "note": "x".repeat(30_000) }));
    let job = world.fill(&large).await;
    assert_eq!(world.snapshot(&job).await.job.block_size, 4);
    let events = world.raw_events().await;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.get().len() <= 128 * 1024));
    world.assert_partition(&job, 8).await;
}

#[tokio::test]
async fn results_and_stats_of_a_block_are_kept_with_it() {
    let world = World::of_slots(1).await;
    let job = world.fill(&blocks(3, 3)).await;
    let event = &world.events().await[0];
    let ids = members(event);
    let results: Value = ids.iter().map(|id| (id.clone(), json!({ "of": id }))).collect();
    let answer = json!({ "results": results, "stats": { "rows": 7 } });
    world.report(with(success(event), answer)).await;
    let closed = world.find(&TaskId::of_block(&job, 0)).await;
    assert_eq!(closed.stats()["rows"], 7);
    let block = closed.block.unwrap();
    for (n, id) in ids.iter().enumerate() {
        let result: Value = serde_json::from_str(&block.results[&(n as u64)]).unwrap();
        assert_eq!(result["of"], id.as_str());
    }
}

#[tokio::test]
async fn results_that_come_after_the_success_are_added_once() {
    let world = World::of_slots(1).await;
    let job = world.fill(&blocks(2, 2)).await;
    let event = &world.events().await[0];
    let with_result =
        |text: &str| with(success(event), json!({ "results": { &members(event)[1]: text } }));
    world.succeed(event).await;
    world.report(with_result("later")).await;
    world.report(with_result("latest")).await;
    let block = world.find(&TaskId::of_block(&job, 0)).await.block.unwrap();
    assert_eq!(block.results.into_iter().collect::<Vec<_>>(), [(1, "\"later\"".to_owned())]);
}

#[tokio::test]
async fn more_results_than_a_block_keeps_are_dropped_and_the_history_says_so() {
    let world = World::of_slots(1).await;
    let job = world.fill(&blocks(3, 3)).await;
    let event = &world.events().await[0];
    let ids = members(event);
    let results = json!({ &ids[0]: "x".repeat(40_000), &ids[1]: "x".repeat(40_000), &ids[2]: 1 });
    let answer = json!({ "results": results, "failures": [{ "task_id": ids[2] }] });
    world.report(with(success(event), answer)).await;
    let places = world.assert_partition(&job, 3).await;
    assert_eq!(places[&2], None, "the failure counts");
    let closed = world.find(&TaskId::of_block(&job, 0)).await;
    assert!(closed.history.iter().any(|entry| entry.contains("dropped")), "{:?}", closed.history);
}

#[tokio::test]
async fn a_labourer_written_for_sqs_gets_messages_and_answers_with_those_that_failed() {
    let sqs = Labourer {
        event_format: EventFormat::Sqs,
        max_simultaneous_invocations: 10,
        ..labourer("worker")
    };
    let world = World::of([sqs]).await;
    let job = world.fill(&blocks(3, 3)).await;
    let alone = world.create_numbered(2).await;
    world.orchestrate().await;
    for event in world.events().await {
        let records = event["Records"].as_array().unwrap();
        let failed = records.last().unwrap()["messageId"].clone();
        let is_block = records.len() == 3;
        let fails = is_block || failed == alone[0].id.as_str();
        let failures = if fails { json!([{ "itemIdentifier": failed }]) } else { json!([]) };
        let record = json!({
            "requestContext": { "condition": "Success" },
            "requestPayload": event,
            "responsePayload": { "batchItemFailures": failures },
        });
        world.report(record).await;
    }
    assert_eq!(world.find(&alone[0].id).await.closed, None, "the single task failed");
    let status = |task: &task_manager::task::Task| task.closed.unwrap().status;
    assert_eq!(status(&world.find(&alone[1].id).await), Status::Succeeded);
    let closed = world.find(&TaskId::of_block(&job, 0)).await;
    assert_eq!((status(&closed), closed.size()), (Status::Succeeded, 2));
}

#[tokio::test]
async fn a_block_whose_payloads_would_be_others_waits_for_an_hour_and_spends_no_attempt() {
    let world = World::of_slots(1).await;
    world.orchestrate().await;
    world.pause(true).await;
    let job = world.fill(&blocks(3, 3)).await;
    let block = TaskId::of_block(&job, 0);
    world.add(&block, json!({ "digest": "another" })).await;
    world.pause(false).await;
    world.orchestrate().await;
    assert_eq!(world.events().await.len(), 0, "nothing is invoked");
    let parked = world.find(&block).await;
    assert_eq!((parked.attempts, parked.size()), (0, 3));
    assert_eq!(parked.due_at.unwrap().since(world.now()).as_secs(), 3600);
    let error = parked.errors.last().unwrap();
    assert_eq!(error.kind, "other_tasks");
    assert!(error.message.contains("another version of the chunking"), "{}", error.message);
    assert_eq!(world.slots_in_use("worker").await, 0);
    world.assert_partition(&job, 3).await;
}

#[tokio::test]
async fn a_job_whose_tasks_would_be_others_is_not_filled() {
    let world = World::of_slots(1).await;
    for job in [days(3), blocks(3, 3)] {
        let later = world.now().seconds() + 60.0;
        let job = world.fill(&with(job, json!({ "run_at": later }))).await;
        let name = &world.manager.config().names.jobs;
        let update = world.clients.dynamodb.update_item().table_name(name);
        let text = |text: &str| task_manager::attributes::s(text);
        update
            .key("job_id", text(job.as_str()))
            .key("part", text("job"))
            .update_expression("SET digest = :other")
            .expression_attribute_values(":other", text("another"))
            .send()
            .await
            .unwrap();
        world.pass(61.0);
        let snapshot = world.snapshot(&job).await;
        let filled = world.manager.jobs().fill(snapshot, || true, async || {}).await;
        let error = filled.unwrap_err();
        assert_eq!(error.name(), "OtherTasks");
        assert!(error.to_string().contains("other tasks"), "{error}");
        assert_eq!(world.snapshot(&job).await.progress.made, 0);
    }
}

#[tokio::test]
async fn cancelling_a_job_ignores_every_member_that_waits_also_in_pieces() {
    let world = World::of_slots(2).await;
    let job = world.fill(&blocks(12, 4)).await;
    let events = world.events().await;
    // Of the first block two wait in pieces, the second one runs, the third one is queued.
    let ids = members(&events[0]);
    world.pause(true).await;
    world.report(guarantees::blocks::partly(&events[0], &[(&ids[0], "A"), (&ids[3], "B")])).await;
    assert_eq!(world.manager.jobs().cancel(&job).await.unwrap(), 6);
    world.succeed(&events[1]).await;
    let places = world.assert_partition(&job, 12).await;
    let count = |status| places.values().filter(|place| **place == Some(status)).count();
    assert_eq!((count(Status::Succeeded), count(Status::Ignored)), (6, 6));
    world.deploy_scheduler();
    world.advance_jobs().await;
    assert_eq!(world.snapshot(&job).await.job.state, JobState::Cancelled);
}

#[tokio::test]
async fn what_is_exhausted_in_blocks_and_pieces_returns_with_all_its_attempts() {
    let once = Labourer { max_attempts: 1, max_simultaneous_invocations: 10, ..labourer("worker") };
    let world = World::of([once]).await;
    let job = world.fill(&blocks(8, 4)).await;
    for event in world.events().await {
        let ids = members(&event);
        let failed = [(ids[0].as_str(), "A"), (ids[1].as_str(), "A"), (ids[2].as_str(), "B")];
        world.report(guarantees::blocks::partly(&event, &failed)).await;
    }
    assert_eq!(world.snapshot(&job).await.progress.exhausted, 6);
    assert_eq!(world.manager.jobs().retry_failed(&job, Some("B")).await.unwrap().tasks, 2);
    assert_eq!(world.manager.jobs().retry_failed(&job, None).await.unwrap().tasks, 4);
    world.assert_partition(&job, 8).await;
    world.orchestrate().await;
    let events = world.events().await;
    assert_eq!(events.iter().map(|event| members(event).len()).sum::<usize>(), 6);
    for event in events {
        assert_eq!(event["attempts"], 0);
        world.succeed(&event).await;
    }
    let places = world.assert_partition(&job, 8).await;
    assert!(places.values().all(|place| *place == Some(Status::Succeeded)));
}

//! Each cause is named, with the step that helps, and is gone when it is over.

use std::time::Duration;

use guarantees::{
    items::In,
    jobs::days,
    wire::WireFault,
    world::{World, failure, id, labourer, report, with},
};
use operator::{
    jobs,
    overview::{NextStep, Urgency},
    pause,
};
use serde_json::json;
use task_manager::{
    attributes::{n, s},
    config::Config,
    labourer::Labourer,
};

use super::{assert_says, minute, only, seen, watched};
use crate::contract::ecology::{Surrounded, less_is_better, worker};

#[tokio::test]
async fn where_all_is_well_nothing_is_said() {
    let world = World::of_slots(4).await;
    assert_eq!(seen(&world).await.incidents, []);
    world.create_numbered(20).await;
    for _ in 0..4 {
        minute(&world).await;
        for event in world.events().await {
            world.succeed(&event).await;
        }
    }
    assert_eq!(watched(&world).await.incidents, []);
    let line = &seen(&world).await.labourers[0];
    assert!(line.rate > 0.0 && line.urgency.is_none(), "{line:?}");
}

#[tokio::test]
async fn a_failure_among_many_successes_alarms_nobody() {
    let world = World::of_slots(8).await;
    world.deploy_scheduler();
    world.fill(&days(16)).await;
    minute(&world).await;
    for (place, event) in world.events().await.iter().enumerate() {
        match place {
            0 => world.fail(event).await,
            _ => world.succeed(event).await,
        };
    }
    assert_eq!(watched(&world).await.incidents, []);
}

#[tokio::test]
async fn health_that_a_metric_makes_bad_is_named_with_the_metric() {
    let metrics = json!({ "health_metrics": { "DbCpu": less_is_better("CPU") } });
    let nature = Surrounded::of(worker(metrics)).await;
    nature.world.create_numbered(20).await;
    nature.tick_and_record_with("CPU", 90.0).await;
    let incident = only(&nature.world).await;
    assert_says(
        &incident,
        "health",
        Urgency::Critical,
        "DbCpu 90 > 75",
        "relieve what it depends on",
    );
    assert!(incident.why.contains("none of its 8 slots") && incident.why.contains("20 tasks wait"));
    for _ in 0..4 {
        nature.tick_and_record_with("CPU", 10.0).await;
    }
    assert_eq!(seen(&nature.world).await.incidents, []);
}

#[tokio::test]
async fn a_breaker_that_is_open_is_named_with_how_many_failed() {
    let settings = json!({ "breaker": {}, "max_attempts": 100 });
    let nature = Surrounded::of(worker(settings)).await;
    nature.world.create_numbered(60).await;
    for _ in 0..3 {
        nature.tick_and_record().await;
        for event in nature.world.events().await {
            nature.world.report(failure(&event)).await;
        }
    }
    nature.tick_and_record().await;
    let incident = only(&nature.world).await;
    assert_says(
        &incident,
        "breaker",
        Urgency::Critical,
        "its breaker is open, 1 of 8 slots",
        "find out why its tasks fail",
    );
    assert!(incident.why.contains("attempts failed"), "{}", incident.why);
}

#[tokio::test]
async fn a_labourer_whose_config_has_a_mistake_is_named_with_the_mistake() {
    let config = json!({ "labourers": {
        "worker": { "max_simultaneous_invocations": "many" },
        "other": {},
    } });
    let world = World::with(Config::usable_from_layers([config]).unwrap().0).await;
    world.create("worker", [json!({}), json!({})]).await;
    minute(&world).await;
    let incident = only(&world).await;
    assert_says(
        &incident,
        "stopped",
        Urgency::Critical,
        "max_simultaneous_invocations",
        "correct its section of the config",
    );
    assert_eq!(incident.steps, [NextStep::Run { command: "sosw config check FILE".into() }]);
}

#[tokio::test]
async fn a_job_whose_tasks_fail_is_named_with_the_error_that_most_have() {
    let world = World::of([Labourer {
        max_simultaneous_invocations: 8,
        max_attempts: 1,
        ..labourer("worker")
    }])
    .await;
    world.deploy_scheduler();
    let job = world.fill(&days(16)).await;
    minute(&world).await;
    let error = json!({ "error": { "kind": "KeyError", "message": "'price'" } });
    for event in world.events().await {
        world.report(with(report("mark_task_as_failed", &event), error.clone())).await;
    }
    minute(&world).await;
    let incident = only(&world).await;
    assert_says(
        &incident,
        "failing",
        Urgency::Critical,
        "KeyError: 'price'",
        "fix the cause in worker",
    );
    assert_eq!(
        incident.steps,
        [
            NextStep::ShowJob { job_id: job.clone() },
            NextStep::Cancel { job_id: job.clone() },
            NextStep::RetryFailed { job_id: job.clone() },
        ]
    );
    jobs::cancel(&world.manager, &job).await.unwrap();
    assert_eq!(seen(&world).await.incidents, []);
}

#[tokio::test]
async fn a_job_that_has_failed_is_shown_at_once() {
    let world = World::of([Labourer {
        max_simultaneous_invocations: 8,
        max_attempts: 1,
        ..labourer("worker")
    }])
    .await;
    world.deploy_scheduler();
    let job = world.fill(&days(2)).await;
    minute(&world).await;
    for event in world.events().await {
        world.fail(&event).await;
    }
    minute(&world).await;
    let incident = only(&world).await;
    assert_says(
        &incident,
        "failed",
        Urgency::Warning,
        "it failed: 2 of 2 tasks",
        "retry its failed tasks",
    );
    assert_eq!(incident.about.job(), Some(&job));
}

#[tokio::test]
async fn a_function_that_is_missing_is_named() {
    let world = World::of_slots(2).await;
    world.lambda.remove("worker");
    world.create_numbered(3).await;
    minute(&world).await;
    let incident = only(&world).await;
    assert_says(
        &incident,
        "no_function",
        Urgency::Critical,
        "Lambda has no function worker",
        "tried again by themselves",
    );
}

#[tokio::test]
async fn a_lambda_that_throttles_is_named_with_how_often() {
    let world = World::of_slots(2).await;
    world.create_numbered(9).await;
    let throttled = json!({ "__type": "TooManyRequestsException" });
    world.wire.cut(usize::MAX, WireFault::Refused(429, throttled), |call| {
        call.names("worker/invocations")
    });
    for _ in 0..3 {
        minute(&world).await;
    }
    let incident = only(&world).await;
    assert_says(
        &incident,
        "throttled",
        Urgency::Critical,
        "Lambda had no room for",
        "raise the concurrency",
    );
    assert!(incident.why.ends_with("and none began"), "{}", incident.why);
}

#[tokio::test]
async fn a_pause_without_an_end_while_tasks_wait_is_named_with_its_reason() {
    let world = World::of_slots(2).await;
    let worker = world.manager.labourers().get(&id("worker")).unwrap().clone();
    pause::pause(&world.manager, &worker, None, Some("the provider asked for it")).await.unwrap();
    minute(&world).await;
    assert_eq!(seen(&world).await.incidents, [], "nobody waits for it");
    world.create_numbered(3).await;
    minute(&world).await;
    let incident = only(&world).await;
    assert_says(
        &incident,
        "paused",
        Urgency::Warning,
        "the provider asked for it; 3 tasks wait",
        "resume it",
    );
    assert_eq!(incident.steps, [NextStep::Resume { labourer_id: id("worker") }]);

    let end = world.now() + Duration::from_secs(3600);
    pause::pause(&world.manager, &worker, Some(end), None).await.unwrap();
    assert_eq!(only(&world).await.urgency, Urgency::Info, "it ends by itself, and soon");
    pause::resume(&world.manager, &worker).await.unwrap();
    assert_eq!(seen(&world).await.incidents, []);
}

#[tokio::test]
async fn ticks_that_stay_away_are_named_when_work_waits_for_them() {
    let world = World::of_slots(1).await;
    world.create_numbered(3).await;
    minute(&world).await;
    world.pass(120.0);
    assert_eq!(seen(&world).await.incidents, [], "one tick may be late");
    for _ in 0..10 {
        world.pass(60.0);
        world.scavenge().await;
    }
    let incident = only(&world).await;
    let why = "the orchestrator has not ticked since";
    assert_says(&incident, "no_ticks", Urgency::Critical, why, "schedule");
}

#[tokio::test]
async fn a_scavenger_that_stays_away_is_named_by_what_it_leaves_undone() {
    let world = World::of_slots(1).await;
    world.create_numbered(1).await;
    minute(&world).await;
    world.fail(&world.events().await[0]).await;
    for _ in 0..30 {
        world.pass(60.0);
        world.orchestrate_and_record().await;
    }
    let incident = only(&world).await;
    assert_says(
        &incident,
        "no_scavenger",
        Urgency::Critical,
        "tasks that are due again are not queued",
        "schedule",
    );
}

#[tokio::test]
async fn slots_that_somebody_took_by_hand_are_named_with_both_counts() {
    let world = World::of_slots(3).await;
    world.create_numbered(5).await;
    minute(&world).await;
    for event in world.events().await {
        world.succeed(&event).await;
    }
    minute(&world).await;
    for event in world.events().await {
        world.succeed(&event).await;
    }
    let table = &world.manager.config().names.labourers;
    let change =
        world.clients.dynamodb.update_item().table_name(table).key("labourer_id", s("worker"));
    let change =
        change.update_expression("SET running = :n").expression_attribute_values(":n", n(3));
    change.send().await.unwrap();
    world.create_numbered(2).await;
    for _ in 0..3 {
        minute(&world).await;
    }
    let incident = only(&world).await;
    assert_says(
        &incident,
        "slots",
        Urgency::Critical,
        "its row has 3 slots in use, but no attempt is at work",
        "sosw doctor --fix",
    );
}

#[tokio::test]
async fn a_job_that_waits_for_its_time_is_mentioned_calmly_with_the_time() {
    let world = World::of_slots(1).await;
    world.deploy_scheduler();
    let job = with(days(3), json!({ "delay": "3h" }));
    let job = world.fill(&job).await;
    minute(&world).await;
    let incident = only(&world).await;
    assert_says(
        &incident,
        "not_due",
        Urgency::Info,
        "it waits for its time, 2027-01-15 11:00:00Z",
        "none: its tasks are made then",
    );
    assert_eq!(incident.about.job(), Some(&job));
    assert!(seen(&world).await.jobs[0].start.is_some());
}

#[tokio::test]
async fn of_several_causes_each_is_named_the_worst_first() {
    let slow = Labourer { max_simultaneous_invocations: 2, ..labourer("slow") };
    let world = World::of([labourer("worker"), slow]).await;
    world.lambda.remove("worker");
    world.create_numbered(2).await;
    world.create("slow", [json!({}), json!({})]).await;
    let slow = world.manager.labourers().get(&id("slow")).unwrap().clone();
    pause::pause(&world.manager, &slow, None, None).await.unwrap();
    minute(&world).await;
    let worker = world.manager.labourers().get(&id("worker")).unwrap().clone();
    pause::pause(&world.manager, &worker, None, None).await.unwrap();
    world.create_numbered(1).await;
    minute(&world).await;
    let overview = watched(&world).await;
    let names: Vec<_> = overview.incidents.iter().map(|incident| incident.incident).collect();
    assert_eq!(names, ["no_function", "paused", "paused"], "{:#?}", overview.incidents);
    let order: Vec<_> = overview.labourers.iter().map(|line| line.labourer_id.as_str()).collect();
    assert_eq!(order, ["worker", "slow"]);
    assert_eq!(overview.of_labourer(&id("worker")).count(), 2);
}

#[tokio::test]
async fn reading_writes_nothing_whatever_is_wrong() {
    let world = World::of_slots(2).await;
    world.lambda.remove("worker");
    world.create_numbered(3).await;
    minute(&world).await;
    let before = world.all(In::Retry).await;
    world.wire.calls();
    watched(&world).await;
    let calls = world.wire.calls();
    assert!(!calls.is_empty() && calls.iter().all(|call| !call.is_write()));
    assert!(calls.iter().all(|call| call.operation != "Scan"));
    assert_eq!((before.len(), world.all(In::Retry).await), (2, before), "they wait as before");
}

//! The end of a job, and what follows it.

use guarantees::{
    jobs::days,
    wire::{Call, WireFault},
    world::{World, failure, labourer, with},
};
use local::sns::{Sns, Topics};
use serde_json::{Value, json};
use task_manager::{config, jobs::job::JobState, labourer::Labourer};

fn followed_by(on_complete: Value) -> Value {
    with(days(1), json!({ "on_complete": on_complete }))
}

/// A job that is worked off.
async fn done(world: &World, job: &Value) -> task_manager::ids::JobId {
    let id = world.fill(job).await;
    for event in world.events().await {
        world.succeed(&event).await;
    }
    id
}

#[tokio::test]
async fn a_job_that_is_done_says_so_within_a_tick_and_once() {
    let world = World::of_slots(5).await;
    world.deploy_scheduler();
    let id = done(&world, &days(5)).await;
    assert_eq!(world.advance_jobs().await["ended"], 1);
    assert_eq!(world.advance_jobs().await, json!({ "open": 0, "resumed": 0, "ended": 0 }));
    assert_eq!(world.snapshot(&id).await.job.state, JobState::Succeeded);
    let jobs = world.manager.jobs().list(10).await.unwrap();
    assert_eq!(jobs.len(), 1);
}

#[tokio::test]
async fn a_job_tolerates_the_failures_it_says_and_not_one_more() {
    for (tolerated, state) in [(40.0, JobState::Succeeded), (39.0, JobState::Failed)] {
        let world = World::of_slots(5).await;
        world.deploy_scheduler();
        let id = world.fill(&with(days(5), json!({ "max_failed_percent": tolerated }))).await;
        for _ in 0..3 {
            for (place, event) in world.events().await.iter().enumerate() {
                let is_bad = event["attempts"] != 0 || place < 2;
                let report =
                    if is_bad { failure(event) } else { guarantees::world::success(event) };
                world.report(report).await;
            }
            world.pass(3600.0);
            world.scavenge().await;
            world.orchestrate().await;
        }
        world.advance_jobs().await;
        let snapshot = world.snapshot(&id).await;
        assert_eq!((snapshot.job.state, snapshot.progress.exhausted), (state, 2));
    }
}

#[tokio::test]
async fn the_job_that_follows_is_sent_until_it_is_taken_and_is_one_job() {
    let world = World::of_slots(1).await;
    let sent = world.deploy_scheduler();
    let id = done(&world, &followed_by(json!({ "job": days(3) }))).await;
    // Lambda is out of order; then the job cannot be ended; then all is well.
    let broken = WireFault::error(500, "ServiceException");
    world.wire.cut(usize::MAX, broken, |call: &Call| call.names("sosw_scheduler/invocations"));
    assert_eq!(world.advance_jobs().await["ended"], 0);
    world.wire.restore();
    let refused = WireFault::error(400, "ValidationException");
    world.wire.cut(1, refused, |call: &Call| call.operation == "TransactWriteItems");
    assert_eq!(world.advance_jobs().await["failed"], 1);
    assert_eq!(world.advance_jobs().await["ended"], 1);
    let messages = std::mem::take(&mut *sent.lock().unwrap());
    assert_eq!(messages.len(), 2, "at least once");
    let mut ids = Vec::new();
    for message in &messages {
        ids.push(world.fill(message).await);
    }
    assert_eq!(ids[0], ids[1], "and once");
    assert_ne!(ids[0], id);
    assert_eq!(world.snapshot(&ids[0]).await.progress.total, 3);
}

#[tokio::test]
async fn the_job_that_follows_is_one_job_by_its_own_key_or_by_one_that_it_is_given() {
    let own = with(days(3), json!({ "idempotency_key": "own" }));
    let null = with(days(3), json!({ "idempotency_key": null }));
    let text = json!(own.to_string());
    for next in [own, text, days(3), null].map(|job| json!({ "job": job })) {
        let world = World::of_slots(1).await;
        let sent = world.deploy_scheduler();
        done(&world, &followed_by(next)).await;
        assert_eq!(world.advance_jobs().await["ended"], 1);
        let message = sent.lock().unwrap().remove(0);
        world.fill(&message).await;
        world.fill(&message).await;
        assert_eq!(world.manager.jobs().list(10).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_job_stays_open_while_the_config_does_not_know_whom_its_follower_is_for() {
    let mut world = World::of(["worker", "next"].map(labourer)).await;
    let sent = world.deploy_scheduler();
    let next = with(days(1), json!({ "lambda_name": "next" }));
    let id = done(&world, &followed_by(json!({ "job": next }))).await;
    let left = world.manager.config().labourers.clone();
    world.configure(|config| config.labourers.retain(|id, _| id.as_str() == "worker"));
    let tally = world.advance_jobs().await;
    assert_eq!((&tally["ended"], &tally["failed"]), (&json!(0), &json!(1)));
    assert!(sent.lock().unwrap().is_empty());
    assert_eq!(world.snapshot(&id).await.job.state, JobState::Open);

    world.configure(|config| config.labourers = left);
    assert_eq!(world.advance_jobs().await["ended"], 1);
    let message = sent.lock().unwrap().remove(0);
    assert_eq!(world.snapshot(&world.fill(&message).await).await.job.labourer_id.as_str(), "next");
}

#[tokio::test]
async fn a_job_that_failed_is_not_followed_by_another() {
    let world = World::of_slots(1).await;
    let sent = world.deploy_scheduler();
    let id = world.fill(&followed_by(json!({ "job": days(3) }))).await;
    for _ in 0..3 {
        for event in world.events().await {
            world.fail(&event).await;
        }
        world.pass(3600.0);
        world.scavenge().await;
        world.orchestrate().await;
    }
    world.advance_jobs().await;
    assert_eq!(world.snapshot(&id).await.job.state, JobState::Failed);
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_topic_is_notified_how_the_job_ended() {
    let world = World::of_slots(1).await;
    let sns = Sns::start(0, Topics::new(10, None)).await.unwrap();
    let shared = world.clients.shared.clone().into_builder().endpoint_url(sns.url()).build();
    let notifier = scavenger::Notifier::new(&shared);
    let topic = "arn:aws:sns:us-east-1:000000000000:done";
    let id = done(&world, &followed_by(json!({ "topic": topic }))).await;
    let scheduler = scavenger::Scheduler::none();
    let tally = scavenger::jobs::advance(&world.manager, &scheduler, &notifier, world.soon())
        .await
        .unwrap();
    assert_eq!(tally.ended, 1);
    let messages = sns.topics().messages();
    let body: Value = serde_json::from_str(&messages[0].body).unwrap();
    assert_eq!((messages.len(), messages[0].topic_arn.as_str()), (1, topic));
    assert_eq!((body["job_id"].as_str(), &body["state"]), (Some(id.as_str()), &json!("succeeded")));
    assert_eq!(body["progress"]["succeeded"], 1);
}

#[tokio::test]
async fn an_exhausted_task_is_notified_once_whoever_closed_it_and_whatever_row_there_is() {
    let once = Labourer { max_attempts: 1, max_simultaneous_invocations: 2, ..labourer("worker") };
    let mut world = World::of([once]).await;
    let sns = Sns::start(0, Topics::new(10, None)).await.unwrap();
    let shared = world.clients.shared.clone().into_builder().endpoint_url(sns.url()).build();
    let topic = "arn:aws:sns:us-east-1:000000000000:exhausted";
    let sns_config = config::SnsTopic { recipient: topic.to_owned(), subject: "sosw".to_owned() };
    world.configure(|config| config.sns = Some(sns_config));
    let notifier = scavenger::Notifier::new(&shared);
    let none = scavenger::Scheduler::none();
    let tick = async || {
        let tick =
            scavenger::run(&world.manager, &none, &notifier, &json!({}).into(), world.soon()).await;
        tick.unwrap();
    };
    world.create_numbered(2).await;
    world.orchestrate().await;
    let events = world.events().await;
    world.fail(&events[0]).await;
    world.pass(61.0);
    world.forget_row("worker").await;
    // One was closed by its report, the other now, by its silence.
    for _ in 0..3 {
        tick().await;
        world.pass(60.0);
    }
    let messages = sns.topics().messages();
    let reported = messages.iter().flat_map(|message| {
        let body: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(body["labourer_id"], "worker");
        body["exhausted"].as_array().unwrap().clone()
    });
    let mut reported: Vec<_> = reported.map(|task| task["task_id"].clone()).collect();
    reported.sort_by_key(Value::to_string);
    let mut expected: Vec<_> = events.iter().map(|event| event["task_id"].clone()).collect();
    expected.sort_by_key(Value::to_string);
    assert_eq!(reported, expected);
}

#[tokio::test]
async fn a_job_is_not_kept_open_by_a_topic_that_does_not_take_its_news() {
    let world = World::of_slots(1).await;
    let notifier = scavenger::Notifier::new(&world.clients.shared);
    done(&world, &followed_by(json!({ "topic": "arn:aws:sns:us-east-1:000000000000:gone" }))).await;
    let none = scavenger::Scheduler::none();
    let refused = WireFault::Refused(403, json!({ "__type": "AuthorizationError" }));
    world.wire.cut(1, refused, |call| call.operation == "Publish");
    let looked = scavenger::jobs::advance(&world.manager, &none, &notifier, world.soon()).await;
    assert_eq!(looked.unwrap().ended, 1);
}

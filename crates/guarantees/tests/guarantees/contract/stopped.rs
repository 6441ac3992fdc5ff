//! Labourers for which nothing is started: they left the config, or their section has a mistake. What was
//! started is looked after all the same, and nobody else is concerned.

use guarantees::{
    items::In,
    jobs::days,
    world::{World, failure, id, labourer, success, task_id},
};
use operator::{
    doctor::{self, DoctorOptions, Fault},
    explain::explain_task,
    jobs,
    status::{self, LabourerStatus},
};
use serde_json::{Value, json};
use task_manager::{config::Config, manager::attempts::receive::Effect, task::Status};

/// A world of `worker`, who has one task at work and two that wait, and `other`. A tick has passed.
async fn world() -> World {
    let world = World::of([labourer("worker"), labourer("other")]).await;
    world.create_numbered(3).await;
    world.orchestrate().await;
    world.scavenge().await;
    world
}

fn without_worker(world: &mut World) {
    world.configure(|config| drop(config.labourers.remove(&id("worker"))));
}

async fn status_of(world: &World, name: &str) -> Option<LabourerStatus> {
    let all = status::list(&world.manager).await.unwrap();
    all.into_iter().find(|status| status.labourer_id == id(name))
}

#[tokio::test]
async fn what_a_labourer_left_behind_is_expired_requeued_and_shown() {
    let mut world = world().await;
    let event = world.events().await.remove(0);
    without_worker(&mut world);
    let shown = status_of(&world, "worker").await.unwrap();
    assert_eq!((shown.counts.running, shown.counts.queued, shown.slots), (1, 2, 0));
    assert!(shown.remark.starts_with("it is not in the config"), "{}", shown.remark);

    // Its cooldown is not known any more: the default is waited for.
    world.pass(30.0 + 900.0 + 300.0);
    assert_eq!(world.scavenge().await["labourers"]["worker"]["parked"], 1);
    assert_eq!(world.places(&task_id(&event)).await, [In::Retry]);
    let parked = world.manager.queue().find(&task_id(&event)).await.unwrap().unwrap();
    world.pass(parked.due_at.unwrap().since(world.now()).as_secs_f64() + 1.0);
    assert_eq!(world.scavenge().await["labourers"]["worker"]["requeued"], 1);
    // Nobody starts it.
    world.orchestrate().await;
    assert!(world.events().await.is_empty());
    let why = explain_task(&world.manager, &task_id(&event).into()).await.unwrap();
    assert_eq!(why.reasons[0].change, "add worker to the config's labourers");
}

#[tokio::test]
async fn a_labourer_that_left_hands_no_slot_over() {
    let mut world = world().await;
    let event = world.events().await.remove(0);
    without_worker(&mut world);
    let receipt = world.succeed(&event).await;
    assert_eq!((receipt.outcome, receipt.handed_over_to), (Effect::Succeeded, None));
    assert_eq!(world.slots_in_use("worker").await, 0);
    assert!(world.events().await.is_empty());
}

#[tokio::test]
async fn a_task_that_sosws_assistant_marked_is_closed_though_its_labourer_left() {
    let mut world = world().await;
    let event = world.events().await.remove(0);
    let item = world.json(In::Tasks, &task_id(&event)).await;
    let mark = json!({ "completed_at": world.now().seconds() });
    world.put(In::Tasks, guarantees::world::with(item, mark)).await;
    without_worker(&mut world);
    assert_eq!(world.scavenge().await["labourers"]["worker"]["archived"], 1);
    let task = world.find(&task_id(&event)).await;
    assert_eq!(task.closed.unwrap().status, Status::Succeeded);
}

#[tokio::test]
async fn a_job_is_cancelled_though_its_labourer_left() {
    let mut world = World::of([labourer("worker"), labourer("other")]).await;
    let job = world.fill(&days(5)).await;
    let event = world.events().await.remove(0);
    world.scavenge().await;
    without_worker(&mut world);
    let cancelled = jobs::cancel(&world.manager, &job).await.unwrap();
    assert_eq!((cancelled.ignored, cancelled.open), (4, 1));
    assert_eq!(world.succeed(&event).await.outcome, Effect::Succeeded);
    world.scavenge().await;
    let ended = jobs::show(&world.manager, &job).await.unwrap();
    assert_eq!(ended.job.stage, "cancelled");
}

#[tokio::test]
async fn a_labourer_is_forgotten_once_nothing_is_left_of_it_and_known_again_when_it_comes_back() {
    let mut world = world().await;
    let events = world.events().await;
    let config = world.manager.config().clone();
    without_worker(&mut world);
    world.succeed(&events[0]).await;
    // Two tasks wait: it is not forgotten.
    world.scavenge().await;
    assert_eq!(world.manager.labourers().left().await.unwrap(), [id("worker")]);
    world.configure(|changed| *changed = config);
    for _ in 0..2 {
        let event = world.next_event().await;
        world.succeed(&event).await;
    }
    without_worker(&mut world);
    world.scavenge().await;
    assert!(world.manager.labourers().left().await.unwrap().is_empty());
    assert!(status_of(&world, "worker").await.is_none());
}

/// The config of `mistaken`, in whose section `mistake` stands, and `sound`; as functions read it.
fn config(mistake: Value) -> Config {
    let layer = json!({
        "labourers": { "mistaken": mistake, "sound": { "duration": 30, "cooldown": 30 } },
    });
    assert!(Config::from_json(layer.clone()).is_err(), "{layer} is refused by check and push");
    Config::usable_from_layers([layer]).unwrap().0
}

#[tokio::test]
async fn a_mistake_in_one_labourers_section_stops_that_labourer_alone_and_its_row_says_why() {
    let mistakes = [
        json!({ "max_atempts": 3 }),
        json!({ "duration": -1 }),
        json!({ "duration": 0.2, "cooldown": 0 }),
        json!({ "health_metrics": { "cpu": { "details": 5 } } }),
        json!({ "arn": "arn:aws:s3:::bucket" }),
        json!("text"),
    ];
    for mistake in mistakes {
        let mut world = World::of(["mistaken", "sound"].map(labourer)).await;
        for name in ["mistaken", "sound"] {
            world.create(name, (0..2).map(|n| json!({ "n": n }))).await;
        }
        // What ran before the mistake was pushed is looked after.
        world.orchestrate().await;
        let events = world.events().await;
        assert_eq!(events.len(), 2);
        let names = world.manager.config().names.clone();
        world.configure(|before| *before = Config { names, ..config(mistake.clone()) });

        let of = |name: &str| events.iter().find(|e| e["labourer_id"] == name).unwrap();
        let outcome = world.report(failure(of("mistaken"))).await;
        assert_eq!((outcome.outcome, outcome.handed_over_to), (Effect::Parked, None));
        world.report(success(of("sound"))).await;
        world.pass(200.0);
        world.orchestrate().await;
        let started = world.events().await;
        assert!(started.iter().all(|event| event["labourer_id"] == "sound"), "{started:?}");
        let requeued = world.scavenge().await["labourers"]["mistaken"]["requeued"].clone();
        assert_eq!(requeued, 1, "{mistake}");

        let row = world.manager.store().labourers().row(&id("mistaken")).await.unwrap().unwrap();
        let why = row.health.unwrap();
        assert!(why.starts_with("its config is wrong: labourers.mistaken"), "{why}");
        assert_eq!(row.slot_limit, 0);
        let shown = status_of(&world, "mistaken").await.unwrap();
        assert_eq!(shown.stopped.as_deref(), Some(shown.remark.as_str()));
        let waiting = world.manager.queue().heads(&id("mistaken"), 1).await.unwrap().remove(0);
        let reasons =
            explain_task(&world.manager, &waiting.id.clone().into()).await.unwrap().reasons;
        assert!(reasons[0].why.starts_with("mistaken is stopped: its config"), "{reasons:?}");
        let faults = doctor::examine(&world.manager, DoctorOptions::default()).await.unwrap();
        let is_named = |fault: &Fault| fault.to_string().starts_with("config: labourers.mistaken");
        assert!(faults.iter().any(is_named), "{faults:?}");

        // Corrected, it works as before.
        world.configure(|config| {
            config.labourers.insert(id("mistaken"), labourer("mistaken"));
        });
        world.orchestrate().await;
        assert!(world.events().await.iter().any(|event| event["labourer_id"] == "mistaken"));
    }
}

#[tokio::test]
async fn a_mistake_in_one_schema_stops_the_jobs_that_name_it_and_lets_others_go_on() {
    let layer = json!({
        "labourers": { "worker": { "duration": 30, "cooldown": 30 } },
        "job_schema_variants": {
            "wrong": { "chunkable_attrs": ["address"] }, "right": { "chunkable_attrs": ["section"] },
        },
    });
    let refusal = Config::from_json(layer.clone()).unwrap_err().to_string();
    assert!(refusal.contains("chunkable_attrs[0]: \"address\" ends with s"), "{refusal}");
    let config = Config::usable_from_layers([layer]).unwrap().0;
    let mut world = World::of_slots(1).await;
    let begun = world.fill(&days(3)).await;
    let names = world.manager.config().names.clone();
    world.configure(|before| *before = Config { names, ..config });
    let named = |schema: &str| json!({ "lambda_name": "worker", "job_schema_name": schema });
    let refused = world.schedule(&named("wrong")).await.unwrap_err().to_string();
    assert!(refused.starts_with("job_schema_name: names a schema that has a mistake"), "{refused}");
    assert_eq!(world.schedule(&named("right")).await.unwrap().made, 1);
    assert_eq!(world.schedule(&json!({ "job_id": begun })).await.unwrap().made, 3);
}

#[tokio::test]
async fn a_mistake_in_what_only_sosw_local_reads_stops_no_function() {
    let layer = json!({ "labourers": { "worker": {} }, "local": { "labourers": 5 } });
    assert!(Config::from_json(layer.clone()).is_err());
    let config = Config::usable_from_layers([layer]).unwrap().0;
    assert!(config.labourers[&id("worker")].stopped.is_none() && config.local.is_none());
}

#[tokio::test]
async fn a_mistake_that_concerns_everybody_stops_everybody() {
    let layer = json!({ "labourers": { "worker": { "duration": -1 } }, "shutdown_period": -1 });
    assert_eq!(Config::usable_from_layers([layer]).unwrap_err().iter().len(), 2);
}

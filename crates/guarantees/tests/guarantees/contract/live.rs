//! What changes from second to second is read in few calls, and forecasts are made of it.

use std::collections::BTreeSet;

use guarantees::{
    jobs::days,
    world::{World, id, with},
};
use operator::{
    forecast::{self, Bound, Forecast},
    live::{self, Live, MOST_JOBS, Wanted},
};
use serde_json::json;
use task_manager::ids::JobId;

/// A world in which two tasks of a job are closed, one waits to retry, two run, and all others wait.
async fn at_work(tasks: u32) -> (World, JobId) {
    let world = World::of_slots(2).await;
    world.deploy_scheduler();
    let job = world.fill(&days(tasks)).await;
    world.orchestrate().await;
    let events = world.events().await;
    world.succeed(&events[0]).await;
    world.fail(&events[1]).await;
    let events = world.events().await;
    world.succeed(&events[0]).await;
    (world, job)
}

fn wanted(job: &JobId) -> Wanted {
    Wanted { jobs: BTreeSet::from([job.clone()]), parked: BTreeSet::from([id("worker")]) }
}

async fn read(world: &World, wanted: &Wanted) -> Live {
    live::read(&world.manager, wanted).await.unwrap()
}

async fn forecast(world: &World, job: &JobId) -> Forecast {
    forecast::show_job(&world.manager, job).await.unwrap().forecast.unwrap()
}

#[tokio::test]
async fn reading_what_is_live_takes_few_calls_however_many_tasks_there_are() {
    for tasks in [5, 300] {
        let (world, job) = at_work(tasks).await;
        world.wire.calls();
        let live = read(&world, &wanted(&job)).await;
        let calls = world.wire.calls();
        // Rows, the list of open jobs, the job, and two for what waits to retry.
        assert_eq!(calls.len(), 5, "{calls:?}");
        assert!(calls.iter().all(|call| !call.is_write()));
        assert_eq!(live.jobs[0].progress.succeeded, 2);
        assert_eq!(live.labourers[0].capacity.running, 2);
        let parked = live.labourers[0].parked.unwrap();
        assert!(parked.count == 1 && parked.next.is_some_and(|due| due > world.now()));
    }
}

#[tokio::test]
async fn of_many_open_jobs_only_so_many_are_read() {
    let world = World::of_slots(1).await;
    world.deploy_scheduler();
    let mut last = None;
    for number in 0..MOST_JOBS + 3 {
        last = Some(world.fill(&with(days(1), json!({ "number": number }))).await);
    }
    let last = last.unwrap();
    world.wire.calls();
    let live = read(&world, &wanted(&last)).await;
    assert_eq!((live.jobs.len(), live.unread), (MOST_JOBS, 3));
    assert!(live.jobs.iter().any(|job| job.job_id == last));
    assert_eq!(world.wire.calls().len(), MOST_JOBS + 4);
}

#[tokio::test]
async fn a_wanted_job_that_has_ended_is_read_with_how_it_ended() {
    let (world, job) = at_work(3).await;
    world.manager.jobs().cancel(&job).await.unwrap();
    for event in world.events().await {
        world.succeed(&event).await;
    }
    world.advance_jobs().await;
    let live = read(&world, &wanted(&job)).await;
    assert_eq!((live.jobs[0].stage, live.unread), ("cancelled", 0));
    assert_eq!(forecast::show_job(&world.manager, &job).await.unwrap().forecast, None);
    assert!(read(&world, &Wanted::default()).await.jobs.is_empty());
}

#[tokio::test]
async fn a_forecast_names_what_bounds_a_job() {
    let (world, job) = at_work(9).await;
    let shown = forecast(&world, &job).await;
    assert_eq!((shown.left, shown.bound), (7, Bound::Slots { slots: 2 }));
    world.pause(true).await;
    assert!(matches!(forecast(&world, &job).await.bound, Bound::Paused { until: None, .. }));
    world.pause(false).await;
    world.pass(240.0);
    let silent = forecast(&world, &job).await;
    assert!(matches!(silent.bound, Bound::Silent { since: Some(_) }), "{silent:?}");
    assert_eq!(silent.at_limit, None);
}

#[tokio::test]
async fn a_job_that_waits_for_its_time_or_whose_rest_waits_to_retry_says_until_when() {
    let (world, job) = at_work(3).await;
    world.orchestrate().await;
    for event in world.events().await {
        world.succeed(&event).await;
    }
    let rest = forecast(&world, &job).await;
    assert_eq!(rest.left, 1, "{rest:?}");
    assert!(matches!(rest.bound, Bound::Retries { until: Some(_) }), "{rest:?}");
    let later = world.schedule(&with(days(2), json!({ "delay": "10m" }))).await.unwrap();
    let later = forecast(&world, &later.job_id).await;
    assert!(matches!(later.bound, Bound::Waiting { until } if until > world.now()), "{later:?}");
}

#[tokio::test]
async fn a_pace_comes_from_the_last_minutes() {
    let (world, job) = at_work(200).await;
    for _ in 0..3 {
        world.orchestrate_and_record().await;
        for _ in 0..10 {
            world.pass(6.0);
            for event in world.events().await {
                world.succeed(&event).await;
            }
        }
    }
    world.orchestrate_and_record().await;
    let of_job = forecast(&world, &job).await;
    // A task each six seconds.
    assert!((0.1..0.2).contains(&of_job.rate), "{of_job:?}");
    let at_present_rate = of_job.at_present_rate.unwrap();
    assert_eq!(at_present_rate.as_secs(), (of_job.left as f64 / of_job.rate) as u64);
    world.wire.calls();
    let of_labourer = forecast::of_labourer(&world.manager, &id("worker")).await.unwrap();
    assert_eq!((of_labourer.rate, of_labourer.left), (of_job.rate, of_job.left));
    let calls = world.wire.calls();
    assert!(calls.len() <= 10 && calls.iter().all(|call| !call.is_write()), "{calls:?}");
}

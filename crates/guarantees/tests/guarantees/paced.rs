//! Tasks that are created in large numbers leave room for the attempts of their labourer.

use std::{sync::Arc, time::Duration};

use guarantees::simulate::{cloud::Cloud, parameters::Parameters};
use serde_json::json;
use task_manager::{
    TaskManager,
    ids::{JobId, LabourerId},
    jobs::{job::JobSnapshot, message::Message},
    labourer::State,
};
use tokio::time::Instant;

use super::simulate::{cloud, simulated};

fn worker() -> LabourerId {
    LabourerId::new("worker").unwrap()
}

/// A job of so many tasks that is accepted, and not filled.
async fn accepted(manager: &TaskManager, count: u32) -> JobSnapshot {
    let job = json!({
        "lambda_name": "worker", "period": format!("last_{count}_days"), "isolate_days": true,
    });
    let Ok(Message::Submit(job)) = manager.jobs().read_message(&job.into()) else {
        panic!("it is a job");
    };
    manager.jobs().submit(&job, None).await.unwrap()
}

async fn filled(manager: &TaskManager, snapshot: JobSnapshot) -> JobSnapshot {
    manager.jobs().fill(snapshot, || true, async || ()).await.unwrap()
}

async fn made(manager: &TaskManager, id: &JobId) -> u64 {
    manager.jobs().get(id).await.unwrap().progress.made
}

/// A cloud where attempts of the worker are running.
async fn at_work(parameters: Parameters) -> (Arc<Cloud>, TaskManager) {
    let (cloud, manager) = cloud(parameters).await;
    manager.store().labourers().add(&State::new(worker(), 1, 1)).await.unwrap();
    (cloud, manager)
}

#[test]
fn a_job_of_a_thousand_tasks_is_filled_without_a_wait() {
    simulated(async {
        let (_, manager) = at_work(Parameters::default()).await;
        let (began, snapshot) = (Instant::now(), accepted(&manager, 1000).await);
        assert_eq!(filled(&manager, snapshot).await.progress.made, 1000);
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    });
}

#[test]
fn filling_waits_beside_attempts_and_less_without_them_and_not_at_all_on_an_engine() {
    simulated(async {
        let (cloud, manager) = at_work(Parameters::default()).await;
        let (began, snapshot) = (Instant::now(), accepted(&manager, 1900).await);
        filled(&manager, snapshot).await;
        let beside = began.elapsed();
        assert!((2.9..4.0).contains(&beside.as_secs_f64()), "{beside:?}");
        assert_eq!(cloud.tables.usage().throttled.len(), 0);
    });
    simulated(async {
        let (_, manager) = cloud(Parameters::default()).await;
        let (began, snapshot) = (Instant::now(), accepted(&manager, 1900).await);
        filled(&manager, snapshot).await;
        let alone = began.elapsed();
        assert!((0.9..2.5).contains(&alone.as_secs_f64()), "{alone:?}");
    });
    simulated(async {
        let parameters = Parameters { partition_writes: 100_000.0, ..Parameters::default() };
        let (_, manager) = cloud(parameters).await;
        let manager = manager.unpaced();
        let (began, snapshot) = (Instant::now(), accepted(&manager, 1900).await);
        filled(&manager, snapshot).await;
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    });
}

#[test]
fn the_pace_costs_one_reading_of_the_labourers_row_in_ten_seconds() {
    let calls = |is_paced: bool| {
        simulated(async move {
            let parameters = Parameters { partition_writes: 100_000.0, ..Parameters::default() };
            let (cloud, manager) = at_work(parameters).await;
            let manager = if is_paced { manager } else { manager.unpaced() };
            let snapshot = accepted(&manager, 1900).await;
            cloud.tables.usage();
            filled(&manager, snapshot).await;
            cloud.tables.usage().calls
        })
    };
    assert_eq!(calls(true), calls(false) + 1);
}

#[test]
fn a_scheduler_that_waits_stops_at_its_deadline_and_the_next_one_goes_on_from_there() {
    simulated(async {
        let (_, manager) = at_work(Parameters::default()).await;
        let (began, snapshot) = (Instant::now(), accepted(&manager, 2500).await);
        let until = manager.now() + Duration::from_secs(2);
        let id = snapshot.job.id.clone();
        let stopped = manager.jobs().fill(snapshot, || manager.now() < until, async || ()).await;
        assert!(began.elapsed() <= Duration::from_secs(4), "{:?}", began.elapsed());
        let stopped = stopped.unwrap();
        assert!((1000..2000).contains(&made(&manager, &id).await));
        filled(&manager, stopped).await;
        assert_eq!(made(&manager, &id).await, 2500);
    });
}

#[test]
fn two_processes_that_fill_one_job_create_each_task_once_and_share_the_pace() {
    simulated(async {
        let (cloud, one) = at_work(Parameters::default()).await;
        let other = cloud.manager(&Arc::new(one.config().clone()), "other");
        let (began, snapshot) = (Instant::now(), accepted(&one, 2500).await);
        let id = snapshot.job.id.clone();
        tokio::join!(filled(&one, snapshot.clone()), filled(&other, snapshot));
        assert_eq!(made(&one, &id).await, 2500);
        assert_eq!(one.queue().length(&worker()).await.unwrap(), 2500);
        // Each of them could create a thousand at once, and 300 a second beside the other.
        assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    });
}

#[test]
fn throttling_that_retries_hide_slows_the_filling_down() {
    simulated(async {
        // Far less than the pace.
        let parameters = Parameters { partition_writes: 200.0, ..Parameters::default() };
        let (cloud, manager) = at_work(parameters).await;
        let snapshot = accepted(&manager, 2500).await;
        cloud.tables.usage();
        assert_eq!(filled(&manager, snapshot).await.progress.made, 2500);
        let throttled: u64 = cloud.tables.usage().throttled.values().sum();
        // A batch that is tried again at once is throttled far more often than it is created.
        assert!(throttled > 0 && throttled < 3 * 2500 / 99, "{throttled}");
    });
}

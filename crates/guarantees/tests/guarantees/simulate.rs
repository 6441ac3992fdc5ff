//! The model of AWS's conditions: that it is one. What it shows of sosw in full, `make simulate` prints.

use std::time::Duration;

use guarantees::simulate::{
    cloud::Cloud,
    parameters::Parameters,
    scenario::{ALL, Finding, Size},
};
use serde_json::json;
use task_manager::{
    config::Config,
    ids::LabourerId,
    labourer::Labourer,
    manager::queue::create::NewTask,
    storage::{Store, StoreError},
};
use tokio::{task::LocalSet, time::Instant};

/// Runs in one thread and in virtual time.
pub(super) fn simulated<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, work)
}

fn findings(name: &str, seed: u64) -> Vec<Finding> {
    let scenario = ALL.into_iter().find(|scenario| scenario.name == name).unwrap();
    simulated(scenario.run(Parameters::default(), seed, Size::Bounded)).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let first = findings("frees", 1);
    assert_eq!(first, findings("frees", 1));
    assert_ne!(first, findings("frees", 2));
}

#[test]
fn two_hundred_slots_that_end_within_two_seconds_are_all_freed() {
    for finding in findings("frees", 3) {
        assert!(finding.is_met, "{finding}");
    }
}

#[test]
fn a_large_job_is_filled_while_its_labourer_and_another_one_go_on_working() {
    for finding in findings("fill", 1) {
        assert!(finding.is_met, "{finding}");
    }
}

/// A cloud with the tables of a labourer.
pub(super) async fn cloud(
    parameters: Parameters,
) -> (std::sync::Arc<Cloud>, task_manager::TaskManager) {
    let worker = Labourer::new(LabourerId::new("worker").unwrap());
    let (cloud, _) = Cloud::new(parameters, 1).unwrap();
    let manager = cloud.manager(&Config::of([worker]).into(), "test");
    manager.store().create_tables().await.unwrap();
    (cloud, manager)
}

#[test]
fn an_index_shows_a_task_later_than_the_table_has_it() {
    simulated(async {
        let (_, manager) = cloud(Parameters::default().lagging()).await;
        let worker = LabourerId::new("worker").unwrap();
        let task = NewTask::new(worker.clone(), json!({}));
        let task = manager.queue().create_task(task).await.unwrap();
        assert!(manager.queue().task(&task.id).await.unwrap().is_some());
        let made = Instant::now();
        while manager.queue().heads(&worker, 1).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(made.elapsed() > Duration::from_millis(10), "{:?}", made.elapsed());
        assert!(made.elapsed() < Duration::from_secs(5), "{:?}", made.elapsed());
    });
}

/// What `count` rows of one labourer, written at once, are answered.
async fn at_once(store: &Store, count: u32) -> (u32, Vec<StoreError>) {
    let row = |name: String| {
        let id = LabourerId::new(name).unwrap();
        task_manager::labourer::State::new(id, 0, 1)
    };
    let writes = (0..count).map(|n| {
        let row = row(format!("worker{n}"));
        async move { store.labourers().add(&row).await }
    });
    let answers = futures::future::join_all(writes).await;
    let errors: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    (count - errors.len() as u32, errors)
}

#[test]
fn partitions_are_full_one_by_one() {
    simulated(async {
        let (cloud, manager) = cloud(Parameters::default()).await;
        let manager = manager.unpaced();
        // Each row has a partition of its own: all of them fit, whatever one takes.
        assert_eq!(at_once(manager.store(), 1200).await.0, 1200);
        assert_eq!(cloud.tables.usage().throttled.values().sum::<u64>(), 0);
        // The entries of one labourer's tasks share a partition of the index.
        let worker = LabourerId::new("worker").unwrap();
        let tasks = (0..3000).map(|n| {
            manager.queue().build(NewTask::new(worker.clone(), json!({ "n": n }))).unwrap()
        });
        let began = Instant::now();
        let tasks: Vec<_> = tasks.collect();
        let made = futures::future::join_all(
            tasks.chunks(99).map(|some| manager.queue().create_tasks(&worker, some.to_vec())),
        );
        let made: usize = made.await.into_iter().map(|made| made.unwrap().len()).sum();
        assert_eq!(made, 3000);
        let throttled = cloud.tables.usage().throttled;
        assert!(throttled.keys().all(|partition| partition.ends_with("greenfield/worker")));
        assert!(!throttled.is_empty());
        assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    });
}

#[test]
fn permits_are_used_while_somebody_waits_and_nobody_waits_twice_as_long_as_is_fair() {
    for finding in findings("permits", 1) {
        assert!(finding.is_met, "{finding}");
    }
}

/// The second tick takes over from the first.
#[test]
fn a_rate_is_used_to_nine_tenths_and_no_window_has_more_than_it_allows() {
    for finding in findings("rate", 1) {
        assert!(finding.is_met, "{finding}");
    }
}

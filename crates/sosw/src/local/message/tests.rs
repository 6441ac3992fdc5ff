use std::time::Duration;

use operator::{
    LabourerId, Timestamp,
    forecast::{Bound, Forecast},
    jobs::{JobState, Progress},
    status::TaskCounts,
};

use super::*;
use crate::local::progress::tests::job;

#[test]
fn progress_names_only_what_there_is() {
    let mut progress = WorkProgress {
        stuck: 0,
        labourer: LabourerId::new("words").unwrap(),
        counts: TaskCounts { queued: 70, running: 4, ..TaskCounts::default() },
        slots: 4,
        to_come: 0,
        in_blocks: None,
        speed: 0.0,
        remark: String::new(),
    };
    assert_eq!(of_labourer(&progress), "70 queued, 4/4 running, 0 closed");
    progress.counts = TaskCounts { parked: 2, succeeded: 41, exhausted: 1, ..progress.counts };
    progress.speed = 12.5;
    assert_eq!(
        of_labourer(&progress),
        "70 queued, 4/4 running, 2 waiting to retry, 42 closed (1 failed), 12.5/s, ETA 6.1s"
    );
    progress.in_blocks = Some(JobTasks { closed: 42_000, total: 118_000 });
    progress.speed = 12_500.0;
    assert_eq!(
        of_labourer(&progress),
        "42000 of 118000 tasks closed, 12500.0/s, ETA 6.1s, \
         in blocks: 70 queued, 4/4 running, 2 waiting to retry, 42 closed (1 failed)"
    );
}

/// What is shown of a job with 732 of 2000 tasks closed.
fn shown(bound: Bound, stage: &'static str) -> String {
    let progress = Progress { total: 2000, made: 2000, succeeded: 732, ..Progress::default() };
    let forecast = Forecast {
        left: 1268,
        rate: 60.0,
        at_present_rate: Some(Duration::from_secs(21)),
        at_limit: None,
        bound,
    };
    let job = JobOverview { stage, progress, ..job("837f1231170556a7", 1) };
    of_job(&JobProgress { job, speed: 60.0, forecast })
}

#[test]
fn a_job_says_how_far_it_is_and_what_bounds_it() {
    let slots = shown(Bound::Slots { slots: 20 }, "queued");
    assert_eq!(slots, "open, 732 of 2000 closed, 60.0/s, ETA 21s");
    let health = Bound::Health { slots: 2, of: 16, reason: "2 Moderate: CPU 61.3 > 50".to_owned() };
    assert_eq!(
        shown(health, "filling"),
        "filling, 732 of 2000 closed, 60.0/s, ETA 21s, health allows 2 of 16 slots (2 Moderate: CPU 61.3 > 50)"
    );
}

#[test]
fn a_job_that_waits_says_until_when_and_one_whose_labourer_is_paused_says_why() {
    let until = Timestamp::from_seconds(1_800_000_000.0);
    let waiting = shown(Bound::Waiting { until }, "waiting");
    assert!(waiting.starts_with("waiting until 2027-01-15 08:00:00Z, 732 of"), "{waiting}");
    let paused = Bound::Paused { until: None, reason: Some("deploy\u{1b}".to_owned()) };
    let paused = shown(paused, "queued");
    assert!(paused.starts_with(r"paused until it is resumed: deploy\u{1b}, 732 of"), "{paused}");
}

#[test]
fn a_job_that_has_ended_says_how_and_nothing_of_its_pace() {
    let progress =
        Progress { total: 4, made: 4, succeeded: 3, exhausted: 1, ..Progress::default() };
    let forecast = Forecast {
        left: 0,
        rate: 2.0,
        at_present_rate: Some(Duration::ZERO),
        at_limit: None,
        bound: Bound::Nothing,
    };
    let open = JobOverview { progress, ..job("j1", 1) };
    let ended = JobOverview { stage: "failed", state: JobState::Failed, ..open.clone() };
    let shown = |job| of_job(&JobProgress { job, speed: 2.0, forecast: forecast.clone() });
    assert_eq!(shown(open), "the next tick ends the job, 4 of 4 closed (1 failed)");
    assert_eq!(shown(ended), "failed, 4 of 4 closed (1 failed)");
}

#[test]
fn a_job_is_named_by_the_beginning_of_its_id_and_its_labourer() {
    assert_eq!(name(&job("837f1231170556a7", 1)), "837f1231 worker");
    assert_eq!(name(&job("j1", 1)), "j1 worker");
}

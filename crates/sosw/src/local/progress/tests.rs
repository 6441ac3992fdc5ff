use operator::{
    Timestamp,
    forecast::Capacity,
    jobs::{JobState, Options},
    live::Parked,
};

use super::*;

/// An open job of `worker`.
pub fn job(id: &str, block_size: u64) -> JobOverview {
    JobOverview {
        job_id: JobId::new(id).unwrap(),
        labourer_id: LabourerId::new("worker").unwrap(),
        stage: "queued",
        created_at: Timestamp::from_seconds(5.0),
        ended_at: None,
        duration: Duration::from_secs(1),
        progress: Progress::default(),
        block_size,
        options: Options::default(),
        state: JobState::Open,
        eta: None,
    }
}

/// It with all its tasks created, and so many closed.
fn closed(job: JobOverview, succeeded: u64) -> JobOverview {
    let progress = Progress { total: 2000, made: 2000, succeeded, ..Progress::default() };
    JobOverview { progress, ..job }
}

fn counted(counts: TaskCounts, jobs: Vec<JobOverview>) -> Counted {
    let status = LabourerStatus {
        labourer_id: LabourerId::new("worker").unwrap(),
        counts,
        slots: 20,
        remark: String::new(),
        stopped: None,
    };
    let jobs = jobs.into_iter().map(|job| (job.job_id.clone(), job)).collect();
    Counted { labourers: vec![status], jobs, before: Default::default() }
}

fn live(running: u32, parked: u64, jobs: Vec<JobOverview>) -> Live {
    let row = LiveLabourer {
        labourer_id: LabourerId::new("worker").unwrap(),
        capacity: Capacity { running, slots: 20, most: 20, ..Capacity::default() },
        remark: "4 High".to_owned(),
        parked: Some(Parked { count: parked, next: None }),
    };
    Live { labourers: vec![row], jobs, unread: 0 }
}

/// Queued, running, parked, succeeded.
fn numbers(counted: &Counted, live: &Live) -> [u64; 4] {
    let [progress] = of_labourers(counted, live).try_into().unwrap();
    let TaskCounts { queued, running, parked, succeeded, .. } = progress.counts;
    [queued, running, parked, succeeded]
}

#[test]
fn what_jobs_count_is_as_new_as_they_are_however_old_the_count_is() {
    let counts = TaskCounts { queued: 1980, running: 20, ..TaskCounts::default() };
    let counted = counted(counts, vec![closed(job("j1", 1), 0)]);
    for done in [0, 500, 1900] {
        let live = live(20, 5, vec![closed(job("j1", 1), done)]);
        assert_eq!(numbers(&counted, &live), [2000 - done - 25, 20, 5, done]);
    }
    let ended = JobOverview { state: JobState::Succeeded, ..closed(job("j1", 1), 2000) };
    assert_eq!(numbers(&counted, &live(0, 0, vec![ended])), [0, 0, 0, 2000]);
}

#[test]
fn tasks_of_no_job_and_of_earlier_ones_are_as_they_were_counted() {
    let counts = TaskCounts { queued: 2007, succeeded: 300, ..TaskCounts::default() };
    let counted = counted(counts, vec![closed(job("j1", 1), 0)]);
    let live = live(20, 0, vec![closed(job("j1", 1), 50)]);
    assert_eq!(numbers(&counted, &live), [2007 - 50 - 20, 20, 0, 350]);
}

#[test]
fn what_moves_on_while_it_is_counted_is_not_shown_twice() {
    // Forty tasks were closed between the count of the queue and the reading of the job.
    let counts = TaskCounts { queued: 1980, running: 20, succeeded: 10, ..TaskCounts::default() };
    let mut counted = counted(counts, vec![closed(job("j1", 1), 50)]);
    counted.before.insert(JobId::new("j1").unwrap(), Progress::default());
    let live = live(20, 0, vec![closed(job("j1", 1), 60)]);
    assert_eq!(numbers(&counted, &live), [2000 - 60 - 20, 20, 0, 60]);
}

#[test]
fn a_job_that_came_since_the_count_and_one_that_had_ended_by_then_count_once() {
    let counted = counted(TaskCounts { succeeded: 2000, ..TaskCounts::default() }, vec![]);
    let ended = JobOverview { state: JobState::Succeeded, ..closed(job("j1", 1), 2000) };
    let new = closed(job("j2", 1), 7);
    assert_eq!(numbers(&counted, &live(3, 0, vec![ended, new])), [1990, 3, 0, 2007]);
}

#[test]
fn a_block_counts_as_one_and_its_tasks_each() {
    let counts = TaskCounts { queued: 20, ..TaskCounts::default() };
    let counted = counted(counts, vec![closed(job("j1", 100), 0)]);
    let live = live(4, 0, vec![closed(job("j1", 100), 500)]);
    assert_eq!(numbers(&counted, &live), [11, 4, 0, 5]);
    let [progress] = of_labourers(&counted, &live).try_into().unwrap();
    assert_eq!(progress.in_blocks, Some(JobTasks { closed: 500, total: 2000 }));
}

#[test]
fn of_a_labourer_that_was_not_read_all_is_as_it_was_counted() {
    let counts = TaskCounts { queued: 3, expired: 1, ..TaskCounts::default() };
    let counted = counted(counts, vec![]);
    let [progress] = of_labourers(&counted, &Live::default()).try_into().unwrap();
    assert_eq!((progress.counts, progress.slots), (counts, 20));
}

#[test]
fn nothing_seems_idle_while_a_job_is_open_or_an_attempt_runs() {
    let observation = |live: &Live| {
        let jobs = live.jobs.iter().map(|job| JobProgress {
            job: job.clone(),
            speed: 0.0,
            forecast: operator::forecast::forecast(
                &Default::default(),
                &Default::default(),
                &Default::default(),
                Timestamp::from_seconds(0.0),
            ),
        });
        let counted = counted(TaskCounts { running: 1, ..TaskCounts::default() }, vec![]);
        let labourers = of_labourers(&counted, live);
        Observation { labourers, jobs: jobs.collect(), more_jobs: live.unread }
    };
    assert!(observation(&live(0, 0, vec![])).seems_idle());
    assert!(!observation(&live(1, 0, vec![])).seems_idle());
    assert!(!observation(&Live { unread: 1, ..live(0, 0, vec![]) }).seems_idle());
    let done = observation(&live(0, 0, vec![closed(job("j1", 1), 2000)]));
    assert!(!done.seems_idle() && done.awaits_tick());
    let open = vec![closed(job("j1", 1), 2000), closed(job("j2", 1), 1999)];
    assert!(!observation(&live(0, 0, open)).awaits_tick());
}

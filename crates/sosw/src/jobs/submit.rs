//! `sosw jobs submit`.

use std::path::PathBuf;

use task_manager::{describe, manager::jobs::fill::Filled, time::Timestamp};

use super::{read, refused};
use crate::{
    connect::{Where, connect},
    error::Error,
    print,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON of the job
    file: PathBuf,
    #[command(flatten)]
    place: Where,
}

/// The tasks are queued from here: if that is cut short, the next tick goes on with them.
pub async fn run(args: Args) -> Result<(), Error> {
    let connected = connect(&args.place).await?;
    let manager = &connected.manager;
    let submission = read(&args.file, manager)?;
    let began = manager.now();
    let account = manager.submit(&submission, None).await.map_err(refused(args.file))?;
    // Told before the tasks are made: whoever loses patience must know that the job is there.
    print::err(format_args!("sosw jobs show {} --follow  tells how far it is", account.job.id));
    let is_known = account.job.created_at < began;
    let filled = manager.fill_accepted(account, || true, async || {}).await;
    print::out(told(&filled, is_known, manager.now()))?;
    connected.close().await;
    Ok(())
}

/// What became of a job that is accepted.
fn told(filled: &Filled, is_known: bool, now: Timestamp) -> String {
    let Filled { account, trouble } = filled;
    let (job, tasks) = (&account.job, print::count(account.progress.total, "task"));
    let known = match is_known {
        true => format!(", known already (accepted at {})", print::time(job.created_at)),
        false => String::new(),
    };
    let state = match (trouble, account.stage(now), job.options.start) {
        (Some(trouble), ..) => format!(
            ", accepted; not all of its tasks are made yet: {}; the next tick goes on",
            describe(trouble)
        ),
        (None, "waiting", Some(start)) => format!(", from {} on", print::time(start)),
        (None, stage, _) => format!(", {stage}"),
    };
    format!("job {}: {tasks}{known}{state}", job.id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use task_manager::{
        ids::{JobId, LabourerId},
        jobs::{
            options::Options,
            plan::Plan,
            record::{Account, Job, Range, State},
            rules::Rules,
        },
        manager::jobs::JobError,
        storage::StoreError,
    };

    use super::*;

    fn filled(trouble: Option<JobError>) -> Filled {
        let now = Timestamp::from_seconds(1_800_000_000.0);
        let (worker, job) = (LabourerId::new("worker").unwrap(), json!({"lambda_name": "worker"}));
        let plan = Plan::resolve(&job, &Rules::of([worker.clone()]), now).unwrap();
        let job = Job {
            id: JobId::new("j1").unwrap(),
            labourer_id: worker,
            text: job.to_string(),
            basis: plan.basis().clone(),
            options: Options::default(),
            total: 7,
            places: None,
            created_at: now,
            state: State::Open,
            ended_at: None,
            reopened: 0,
        };
        Filled { account: Account::new(job, Range::all(7)), trouble }
    }

    fn line(trouble: Option<JobError>, is_known: bool) -> String {
        told(&filled(trouble), is_known, Timestamp::from_seconds(1_800_000_100.0))
    }

    #[test]
    fn a_job_that_is_accepted_is_told_with_its_id_whatever_its_tasks_met() {
        let missing = StoreError::Missing { operation: "Query", resource: "sosw_tasks".to_owned() };
        let line = line(Some(missing.into()), false);
        let start = "job j1: 7 tasks, accepted; not all of its tasks are made yet: Query: ";
        assert!(line.starts_with(start) && line.ends_with("; the next tick goes on"), "{line}");
    }

    #[test]
    fn a_job_that_is_known_says_since_when() {
        assert_eq!(line(None, false), "job j1: 7 tasks, filling");
        assert_eq!(
            line(None, true),
            "job j1: 7 tasks, known already (accepted at 2027-01-15 08:00:00Z), filling"
        );
    }
}

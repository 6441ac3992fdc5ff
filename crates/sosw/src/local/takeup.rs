//! What an earlier run left unfinished: attempts that ended with its processes, and jobs.
//!
//! On AWS a silent attempt may still be at work, so its lease must pass. Here no process outlives
//! the run that started it for long, so attempts go back at once, without being counted as such.
//! A straggler's success is still accepted, as it always is.

use std::time::Duration;

use task_manager::{
    TaskManager,
    report::{Again, Failure, Outcome, Report},
    task::Task,
};

use super::{machine::Machine, screen::Screen};
use crate::{error::Error, function::Name, print};

/// More slots than any labourer can have.
const ALL: u32 = 1_000_000;

/// Gives every interrupted attempt back, and has a scheduler go on with every open job.
pub async fn take_up(machine: &Machine, screen: &Screen) -> Result<(), Error> {
    let manager = &machine.manager;
    // All are read before the first is given back, for its slot starts another task at once.
    let reads = manager.labourers().map(|labourer| manager.invoked(&labourer.id, ALL));
    let found = futures::future::try_join_all(reads).await?;
    let mut returned = 0;
    for task in found.iter().flatten().filter(|task| task.claim.is_some()) {
        manager.receive(&interrupted(task)).await?;
        returned += 1;
    }
    if returned > 0 {
        let attempts = print::count(returned, "attempt");
        screen.say(format_args!("{attempts} of the last run did not end: back in the queue"));
    }
    resume_jobs(machine, screen).await
}

/// The report of an attempt that ended with its process: at once again, and not counted.
fn interrupted(task: &Task) -> Report {
    Report {
        task_id: task.id.clone(),
        labourer_id: Some(task.labourer_id.clone()),
        claim: task.claim.clone(),
        outcome: Outcome::Failure(Failure {
            kind: "interrupted".to_owned(),
            message: "its process ended with the run that started it".to_owned(),
            trace: None,
            again: Again::Snooze(Duration::ZERO),
        }),
        stats: Default::default(),
        result: Default::default(),
    }
}

async fn resume_jobs(machine: &Machine, screen: &Screen) -> Result<(), Error> {
    for id in machine.manager.store().open_jobs().await? {
        screen.say(format_args!("going on with job {id}"));
        let message = TaskManager::resume_message(&id);
        if let Err(error) = machine.lambda().send(Name::Scheduler.function(), &message) {
            tracing::warn!(%error, job_id = %id, "the next tick goes on with the job");
        }
    }
    Ok(())
}

//! What an earlier run left unfinished: attempts that ended with its processes, and jobs.
//!
//! On AWS a silent attempt may still be at work, so its lease must pass. Here no process outlives
//! the run that started it for long, so attempts go back at once, without being counted as such.
//! A straggler's success is still accepted, as it always is.

use operator::{TaskManager, tasks::give_back_attempts};

use super::{machine::Machine, screen::Screen};
use crate::{error::Error, function::Name, print};

/// Gives every interrupted attempt back, and has a scheduler go on with every open job.
pub async fn recover(machine: &Machine, screen: &Screen) -> Result<(), Error> {
    let returned = give_back_attempts(&machine.manager).await?;
    if returned > 0 {
        let attempts = print::count(returned, "attempt");
        screen.say(format_args!("{attempts} of the last run did not end: back in the queue"));
    }
    resume_jobs(machine, screen).await
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

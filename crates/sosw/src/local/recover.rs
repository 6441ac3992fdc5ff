//! What an earlier run left unfinished: attempts that ended with its processes, and jobs.
//!
//! On AWS a silent attempt may still be running, so its lease must pass. Here processes do not outlive
//! the run that started them, so attempts go back to the queue at once and do not count. The success of
//! one that made itself a daemon is still accepted, however late.

use operator::{jobs::Message, tasks::give_back_attempts};

use super::{machine::Machine, screen::Screen};
use crate::{error::Error, function::SoswFunction, words};

/// Gives every interrupted attempt back to the queue, and resumes every open job.
pub async fn recover(machine: &Machine, screen: &Screen) -> Result<(), Error> {
    let returned = give_back_attempts(&machine.manager).await?;
    if returned > 0 {
        let attempts = words::count(returned, "attempt");
        screen.print(format_args!("{attempts} of the last run did not end: queued again"));
    }
    resume_jobs(machine, screen).await
}

async fn resume_jobs(machine: &Machine, screen: &Screen) -> Result<(), Error> {
    for id in machine.manager.store().jobs().open().await? {
        screen.print(format_args!("resuming job {id}"));
        let message = Message::resuming(&id);
        if let Err(error) = machine.lambda().send(SoswFunction::Scheduler.function(), &message) {
            tracing::warn!(%error, job_id = %id, "cannot resume the job now; the next tick does");
        }
    }
    Ok(())
}

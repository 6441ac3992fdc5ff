//! Once trouble ends: clients that ask again, ticks, and labourers that do their work.

use task_manager::jobs::job::JobState;

use super::{
    life::{Life, Step},
    parts::{ATTEMPTS, End, HALVINGS, LEASE, Part, job_id},
};

impl Life {
    /// Everything that was begun comes to its end, in time, and the books agree. `named` tasks
    /// were to be created beside the job.
    pub async fn recover(&mut self, named: u8) -> Result<(), String> {
        self.injector.arm(false);
        self.stage.wire.decide(|_| None);
        // Who got no answer asks again.
        let manager = self.stage.manager.clone();
        self.submission().work(&manager).await;
        for n in 0..named {
            Part::Create(n).work(&manager).await;
        }
        self.check().await?;
        let (there, wanted) = (self.books.created(), self.wanted().await? + usize::from(named));
        if there != wanted {
            return Err(format!("9: there are {there} tasks, not {wanted}"));
        }
        for _ in 0..2 * (ATTEMPTS + HALVINGS) + 4 {
            self.step(Step::Scavenge).await?;
            self.step(Step::Orchestrate).await?;
            while !self.attempts.is_empty() {
                self.step(Step::Finish(End::Succeed)).await?;
            }
            if self.books.open() == 0 {
                return self.books.check_job(&self.stage).await;
            }
            self.step(Step::Pass(LEASE)).await?;
        }
        Err(format!("14: {} tasks are still open", self.books.open()))
    }

    /// How many tasks of the job there must be: if it was cancelled while it was filled, those made by then.
    async fn wanted(&self) -> Result<usize, String> {
        let job = self.stage.manager.jobs().get(&job_id()).await;
        let job = job.map_err(|why| format!("9: {why}"))?;
        Ok(match job.job.state {
            JobState::Cancelling | JobState::Cancelled => job.progress.made as usize,
            _ => self.job_tasks(),
        })
    }
}

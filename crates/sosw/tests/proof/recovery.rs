//! Once trouble ends: ticks, labourers that do their work, and clients that ask again.

use crate::life::{self, ATTEMPTS, End, LEASE, Life, Step};

impl Life {
    /// Everything that was begun comes to its end, in time, and the books agree.
    pub async fn recover(&mut self) -> Result<(), String> {
        self.injector.arm(false);
        self.world.wire.decide(|_| None);
        // Who got no answer asks again.
        life::submit(&self.world).await;
        life::create(&self.world).await;
        self.check().await?;
        let (there, _) = self.books.count();
        if there != self.tasks() {
            return Err(format!("9: there are {there} tasks, not {}", self.tasks()));
        }
        for _ in 0..2 * ATTEMPTS + 4 {
            self.step(Step::Scavenge).await?;
            self.step(Step::Orchestrate).await?;
            while self.is_busy() {
                self.step(Step::Finish(End::Succeed)).await?;
            }
            if self.books.count().1 == 0 {
                return self.check_job().await;
            }
            self.step(Step::Pass(LEASE)).await?;
        }
        Err(format!("14: {} tasks are still open", self.books.count().1))
    }
}

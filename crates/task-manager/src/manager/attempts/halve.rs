//! Blocks that crashed in each of their attempts: they are halved when they are back in the queue, by the
//! scavenger that moved them there, or by whoever finds them at its head.

use tracing::warn;

use super::Attempts;
use crate::{
    attempt::closing::{self, Fate},
    ids::TaskId,
    labourer::Labourer,
    storage::StoreError,
    task::{Status, Task},
    time::Timestamp,
};

impl Attempts<'_> {
    /// Halves a queued block whose attempts are spent, lets it wait for a sign that its labourer works, or
    /// exhausts it as a whole. Returns whether something was done: not while nothing starts for its labourer, as the
    /// pieces of others cannot show then whether it works. The row is read for each: many may be spent at
    /// once, and the first few take all trials.
    pub(in crate::manager) async fn halve(
        self,
        task: Task,
        labourer: &Labourer,
    ) -> Result<bool, StoreError> {
        let row = self.manager.store.labourers().row_alone(&labourer.id).await?;
        let is_paused = row.as_ref().is_some_and(|row| row.is_paused(self.manager.now()));
        if is_paused || labourer.stopped.is_some() {
            return Ok(false);
        }
        let closed = self.manager.store.closed();
        let last_success = closed.last_closed(&labourer.id, Status::Succeeded).await?;
        let trials = row.as_ref().map_or(0, |row| row.trials);
        let ctx = self.manager.context(labourer, row.as_ref());
        let (id, is_first_look) =
            (task.id.clone(), task.block.as_ref().is_some_and(|b| b.looks == 0));
        let ending = closing::on_spent(task, last_success, trials, ctx);
        let is_done = self.end_and_free(&ending, labourer).await?;
        if let (true, true, Fate::Parked(until)) = (is_done, is_first_look, ending.fate()) {
            warn_of_wait(&id, labourer, until);
        }
        Ok(is_done)
    }
}

/// Once for each block: whoever waits for its job would see nothing else for hours.
fn warn_of_wait(id: &TaskId, labourer: &Labourer, until: Timestamp) {
    let (until, labourer_id) = (until.utc(), &labourer.id);
    warn!(
        %labourer_id, task_id = %id, until,
        "every attempt of this block ended without saying which of its tasks failed, and no task of its labourer has \
         succeeded since: it waits, a few times, for one that does; does its handler read `tasks`?"
    );
}

//! Blocks that crashed in each of their attempts: they are halved when they are back in the queue, by the
//! scavenger that moved them there, or by whoever finds them at its head.

use super::Attempts;
use crate::{
    attempt::closing,
    labourer::{self, Labourer},
    storage::StoreError,
    task::{Status, Task},
};

impl Attempts<'_> {
    /// Halves a queued block whose attempts are spent, lets it wait for a sign that its labourer works, or
    /// exhausts it as a whole. Returns whether it was still there.
    pub(in crate::manager) async fn halve(
        self,
        task: Task,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<bool, StoreError> {
        let closed = self.manager.store.closed();
        let last_success = closed.last_closed(&labourer.id, Status::Succeeded).await?;
        let trials = row.map_or(0, |row| row.trials);
        let ending =
            closing::on_spent(task, last_success, trials, self.manager.context(labourer, row));
        self.end_and_free(&ending, labourer).await
    }
}

//! Reading what [`crate::explain`] reasons about.

use super::TaskManager;
use crate::{
    closing::Found,
    explain::{Circumstances, Explanation, explain},
    ids::TaskId,
    storage::{StoreError, reads::Stretch},
    task::Task,
};

impl TaskManager {
    /// Why a task is not running, and what would have to change.
    pub async fn explain(&self, id: &TaskId) -> Result<Explanation, StoreError> {
        let found = self.find_task(id).await?.map(Box::new);
        let Some(task) = found else {
            return Ok(explain(&Found::Nowhere, self.nothing_known()));
        };
        let row = self.store.row(&task.labourer_id).await?;
        let about = Circumstances {
            labourer: self.config.labourers.get(&task.labourer_id),
            row: row.as_ref(),
            before: self.before(&task).await?,
            ..self.nothing_known()
        };
        let found = match (task.closed, task.due_at) {
            (Some(_), _) => Found::Closed(task),
            (None, Some(_)) => Found::Parked(task),
            (None, None) => Found::InTasks(task),
        };
        Ok(explain(&found, about))
    }

    fn nothing_known(&self) -> Circumstances<'_> {
        let (scale, now) = (self.config.scale, self.now());
        Circumstances { labourer: None, row: None, before: 0, scale, now }
    }

    /// How many tasks stand before this one, if it stands in the queue.
    async fn before(&self, task: &Task) -> Result<u64, StoreError> {
        let is_queued = task.closed.is_none() && task.due_at.is_none();
        match is_queued && task.greenfield.0 < self.now().seconds() {
            true => self.store.count(&task.labourer_id, Stretch::Below(task.greenfield.0)).await,
            false => Ok(0),
        }
    }
}

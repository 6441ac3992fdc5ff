//! The items of a job: its tasks, or its blocks as they were made, with all pieces that these went on as.

use std::collections::BTreeSet;

use super::Jobs;
use crate::{ids::TaskId, jobs::job::Job, storage::StoreError, task::Task};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Queued, running and parked ones.
    Open,
    Closed,
}

impl Jobs<'_> {
    /// Those of these items that are open or closed, and such pieces of them. The tables change while they
    /// are read: what moves meanwhile may be missing.
    pub async fn items(
        self,
        job: &Job,
        mut ids: Vec<TaskId>,
        which: Which,
    ) -> Result<Vec<Task>, StoreError> {
        let store = &self.manager.store;
        let (has_blocks, mut found) = (job.block_size > 1, Vec::new());
        let mut followed = BTreeSet::new();
        while !ids.is_empty() {
            let (mut open, mut closed) = (Vec::new(), Vec::new());
            if has_blocks || which == Which::Open {
                open = store.tasks().get_all(&ids).await?;
                open.extend(store.retry().get_all(&job.labourer_id, &ids).await?);
            }
            if has_blocks || which == Which::Closed {
                closed = store.closed().get_all(&ids).await?;
            }
            let blocks = open.iter().chain(&closed).filter_map(|task| task.block.as_ref());
            let pieces = blocks.flat_map(|block| block.pieces.keys());
            // A block that moves while it is read is found twice.
            ids = pieces.filter(|id| followed.insert((*id).clone())).cloned().collect();
            found.extend(if which == Which::Open { open } else { closed });
        }
        Ok(found)
    }
}

//! The jobs whose blocks this process invoked lately: a block has no payloads, they are computed from its
//! job.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::{JobError, Jobs};
use crate::{ids::JobId, jobs::plan::Plan};

/// So many jobs, each with the memory of its text some times over.
const MOST: usize = 8;

/// Shared by all copies of a manager: a job is read once, however many of its blocks are invoked together.
#[derive(Clone, Debug, Default)]
pub(in crate::manager) struct Plans(Arc<Mutex<VecDeque<(JobId, Kept)>>>);

type Kept = Arc<OnceCell<Arc<Plan>>>;

impl Plans {
    /// The place of a job, the oldest giving way to a new one.
    fn of(&self, id: &JobId) -> Kept {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, kept)) = all.iter().find(|(kept, _)| kept == id) {
            return Arc::clone(kept);
        }
        all.truncate(MOST - 1);
        let kept = Kept::default();
        all.push_front((id.clone(), Arc::clone(&kept)));
        kept
    }
}

impl Jobs<'_> {
    /// The tasks of a job. A job does not change, so it is read once.
    ///
    /// # Errors
    /// When the job is gone, cannot be read, or its text is not what it was.
    pub async fn plan(self, id: &JobId) -> Result<Arc<Plan>, JobError> {
        let kept = self.manager.plans.of(id);
        let read = async || {
            let job = self.manager.store.jobs().head(id).await?;
            Ok(Arc::new(job.ok_or_else(|| JobError::Unknown(id.clone()))?.plan()?))
        };
        kept.get_or_try_init(read).await.cloned()
    }
}

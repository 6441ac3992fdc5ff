//! Why tasks of a labourer fail: the kinds of their last errors, with counts.

use serde::Serialize;
use task_manager::{TaskManager, ids::LabourerId, storage::StoreError, task::Status};

use crate::jobs::{ErrorKind, kinds};

/// The most items, tasks or blocks, that are read of those that failed for good, and of those that wait to retry.
const FAILED: u32 = 500;
const WAITING: u32 = 300;

/// The last errors of the tasks of a labourer that failed or wait to retry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabourerErrors {
    /// The most frequent first.
    pub kinds: Vec<ErrorKind>,
    /// Were not all such tasks read? Then the counts are those of the latest.
    pub is_sample: bool,
}

/// Reads the tasks of a labourer that failed last, and those that wait longest to retry, as far as the limits of this
/// module go.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn errors(
    manager: &TaskManager,
    labourer: &LabourerId,
) -> Result<LabourerErrors, StoreError> {
    let (store, closed) = (manager.store(), manager.store().closed());
    let failed = async {
        let ids = closed.latest(labourer, Status::Exhausted, FAILED).await?;
        Ok::<_, StoreError>((ids.len(), closed.get_all(&ids).await?))
    };
    let waiting = store.retry().latest(labourer, WAITING);
    let ((listed, failed), waiting) = futures::try_join!(failed, waiting)?;
    let is_sample = listed >= FAILED as usize || waiting.len() >= WAITING as usize;
    Ok(LabourerErrors { kinds: kinds(failed.iter().chain(&waiting)), is_sample })
}

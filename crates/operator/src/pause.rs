//! Letting nothing of a labourer start for a while. What runs may end.

use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::LabourerId,
    labourer::{self, Labourer},
    storage::StoreError,
    time::Timestamp,
};

/// A labourer that was paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PausedLabourer {
    /// Which.
    pub labourer_id: LabourerId,
    /// Until when; nothing if until somebody resumes it.
    pub until: Option<Timestamp>,
    /// Its attempts that hold a slot, and may end.
    pub running: u32,
}

/// Lets nothing of a labourer start until then, or, without an end, until it is resumed. The latest
/// pause counts, with its end and its reason.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn pause(
    manager: &TaskManager,
    labourer: &Labourer,
    until: Option<Timestamp>,
    reason: Option<&str>,
) -> Result<PausedLabourer, StoreError> {
    manager.register(labourer).await?;
    let store = manager.store();
    let end = until.unwrap_or_else(labourer::State::until_resumed);
    store.pause(&labourer.id, Some(end), reason).await?;
    let row = store.row(&labourer.id).await?;
    Ok(PausedLabourer {
        labourer_id: labourer.id.clone(),
        until: Some(end).filter(|end| *end < labourer::State::until_resumed()),
        running: row.map_or(0, |row| row.running),
    })
}

/// Lets a paused labourer go on. Answers whether it was paused.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn resume(manager: &TaskManager, labourer: &Labourer) -> Result<bool, StoreError> {
    let row = manager.store().row(&labourer.id).await?;
    manager.store().pause(&labourer.id, None, None).await?;
    Ok(row.is_some_and(|row| row.is_paused(manager.now())))
}

//! Pausing a labourer: no task of it is started for a while; running attempts may end.

use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::LabourerId,
    labourer::{self, Labourer},
    storage::StoreError,
    time::Timestamp,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PausedLabourer {
    pub labourer_id: LabourerId,
    /// `None`: until it is resumed.
    pub until: Option<Timestamp>,
    /// Attempts that hold a slot; they may end.
    pub running: u32,
}

/// Pauses a labourer until then, or, without an end, until it is resumed. The latest pause replaces any
/// earlier one.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn pause(
    manager: &TaskManager,
    labourer: &Labourer,
    until: Option<Timestamp>,
    reason: Option<&str>,
) -> Result<PausedLabourer, StoreError> {
    manager.labourers().register(labourer).await?;
    let store = manager.store();
    let end = until.unwrap_or_else(labourer::State::until_resumed);
    store.labourers().pause(&labourer.id, Some(end), reason).await?;
    let row = store.labourers().row(&labourer.id).await?;
    Ok(PausedLabourer {
        labourer_id: labourer.id.clone(),
        until: Some(end).filter(|end| *end < labourer::State::until_resumed()),
        running: row.map_or(0, |row| row.running()),
    })
}

/// Resumes a labourer. Returns whether it was paused.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn resume(manager: &TaskManager, labourer: &Labourer) -> Result<bool, StoreError> {
    let row = manager.store().labourers().row(&labourer.id).await?;
    manager.store().labourers().pause(&labourer.id, None, None).await?;
    Ok(row.is_some_and(|row| row.is_paused(manager.now())))
}

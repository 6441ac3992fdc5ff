//! Pausing a labourer, or a resource with all who use it: nothing is started for a while; running attempts may end.

use serde::Serialize;
use task_manager::{
    TaskManager,
    ids::{LabourerId, ResourceId},
    labourer::{self, Labourer},
    manager::{labourers::UnknownLabourer, resources::live::LiveError},
    storage::StoreError,
    time::Timestamp,
};
use thiserror::Error;

use crate::resources::PREFIX;

/// What may be paused.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject<'a> {
    Labourer(&'a Labourer),
    Resource(ResourceId),
}

/// A text that names nothing that may be paused.
#[derive(Debug, Error)]
pub enum UnknownSubject {
    #[error(transparent)]
    Labourer(#[from] UnknownLabourer),
    #[error(transparent)]
    Resource(LiveError),
    #[error("{0} is a resource, and no labourer: name it {PREFIX}{0}")]
    IsResource(ResourceId),
}

/// The labourer of this name; with `resource:` before it, a resource, unless it is a labourer that is called so.
///
/// # Errors
/// When the config has none of that name: with those that it has.
pub fn subject<'a>(manager: &'a TaskManager, name: &str) -> Result<Subject<'a>, UnknownSubject> {
    let resources = &manager.config().resources;
    let labourer = manager.labourers().named(name);
    let resource = |name: &str| ResourceId::new(name).ok();
    if let Some(resource) = name.strip_prefix(PREFIX).and_then(resource) {
        return match (manager.resources().known(&resource), labourer) {
            (Ok(()), _) => Ok(Subject::Resource(resource)),
            (Err(_), Ok(labourer)) => Ok(Subject::Labourer(labourer)),
            (Err(unknown), Err(_)) => Err(UnknownSubject::Resource(unknown)),
        };
    }
    match labourer {
        Ok(labourer) => Ok(Subject::Labourer(labourer)),
        Err(unknown) => Err(match resource(name).filter(|id| resources.contains_key(id)) {
            Some(resource) => UnknownSubject::IsResource(resource),
            None => unknown.into(),
        }),
    }
}

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

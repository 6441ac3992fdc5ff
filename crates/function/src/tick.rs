//! One tick over all labourers: concurrently, in rotating order, each isolated from the others' errors,
//! until a deadline.

use std::{collections::BTreeMap, time::Instant};

use futures::{StreamExt, stream};
use serde::Serialize;
use task_manager::{
    TaskManager, describe,
    ids::LabourerId,
    json::Json,
    labourer::{self, Labourer},
    manager::{
        labourers::{UnknownLabourer, left::Visit},
        turns::take_turns,
    },
    metrics,
    storage::StoreError,
    time::Timestamp,
};
use thiserror::Error;
use tracing::{error, warn};

/// Labourers that are served concurrently.
const AT_ONCE: usize = 32;

/// What a tick did, by labourer.
#[derive(Debug, Serialize)]
pub struct Ticked<T> {
    pub labourers: BTreeMap<LabourerId, TurnResult<T>>,
    /// Not served: the time was up before their turn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<LabourerId>,
}

/// Why a tick did nothing at all.
#[derive(Debug, Error)]
pub enum TickError {
    #[error(transparent)]
    Labourer(#[from] UnknownLabourer),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TickError {
    /// A stable name, for logs and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Labourer(error) => error.name(),
            Self::Store(error) => error.name(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum TurnResult<T> {
    Done(T),
    /// Nothing was done, or only part of it.
    Failed {
        error: String,
    },
}

impl<T> TurnResult<T> {
    /// Logs an error, once, and turns it into a result.
    pub fn of(what: &str, result: Result<T, StoreError>) -> Self {
        match result {
            Ok(tally) => Self::Done(tally),
            Err(error) => {
                let error = describe(&error);
                error!(error, "{what}: failed; the next tick tries again");
                metrics::turn_failed();
                Self::Failed { error }
            }
        }
    }

    pub fn done(&self) -> Option<&T> {
        match self {
            Self::Done(tally) => Some(tally),
            Self::Failed { .. } => None,
        }
    }
}

/// The labourer that `event` names as `labourer_id`, or all of the config: with their rows, which are
/// read in one batch.
///
/// # Errors
/// When the named labourer is unknown, or the rows cannot be read.
pub async fn of_config(manager: &TaskManager, event: &Json) -> Result<Vec<Visit>, TickError> {
    let labourers = match named(event) {
        Some(name) => vec![manager.labourers().named(name)?],
        None => manager.labourers().all().collect(),
    };
    let mut rows =
        manager.store().labourers().rows(labourers.iter().map(|labourer| &labourer.id)).await?;
    let visit = |labourer: &Labourer| (labourer.clone(), rows.remove(&labourer.id));
    Ok(labourers.into_iter().map(visit).collect())
}

/// The same with the labourers that left the config. New names of the config are kept.
///
/// # Errors
/// When the named labourer is unknown, or the rows cannot be read.
pub async fn of_everybody(manager: &TaskManager, event: &Json) -> Result<Vec<Visit>, TickError> {
    let everybody = manager.labourers().everybody().await?;
    if let Err(error) = manager.labourers().remember(&everybody).await {
        warn!(
            error = describe(&error),
            "new labourers are not remembered; the next tick of this function tries again"
        );
    }
    let Some(name) = named(event) else { return Ok(everybody.visits) };
    let mut visits = everybody.visits;
    visits.retain(|(labourer, _)| labourer.id.as_str() == name);
    if visits.is_empty() {
        manager.labourers().named(name)?;
    }
    Ok(visits)
}

fn named(event: &Json) -> Option<&str> {
    event.get("labourer_id").and_then(Json::as_str)
}

/// Runs `work` for each of these labourers until the time is up; a missing row is `None`. An error of one
/// labourer does not affect the others.
pub async fn each_labourer<T, F, W>(
    manager: &TaskManager,
    mut visits: Vec<Visit>,
    until: Timestamp,
    work: W,
) -> Ticked<T>
where
    W: Fn(Labourer, Option<labourer::State>) -> F,
    F: Future<Output = Result<T, StoreError>>,
{
    take_turns(&mut visits, manager.now());
    let turns = visits.into_iter().map(|(labourer, row)| {
        let work = &work;
        async move {
            let id = labourer.id.clone();
            match manager.now() < until {
                // Boxed, or the types of all that a turn awaits would nest too deep.
                true => (id, Some(Box::pin(work(labourer, row)).await)),
                false => (id, None),
            }
        }
    });
    let mut results = stream::iter(turns.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    let mut ticked = Ticked { labourers: BTreeMap::new(), skipped: Vec::new() };
    while let Some((id, result)) = results.next().await {
        match result {
            None => ticked.skipped.push(id),
            Some(result) => {
                let result = TurnResult::of(id.as_str(), result);
                ticked.labourers.insert(id, result);
            }
        }
    }
    ticked
}

/// Records the duration of a tick of this function as a metric.
pub async fn timed<T>(function: &'static str, tick: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let done = Box::pin(tick).await;
    metrics::ticked(function, start.elapsed());
    done
}

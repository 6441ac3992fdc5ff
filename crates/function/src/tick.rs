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
    manager::{labourers::UnknownLabourer, turns::take_turns},
    metrics,
    storage::StoreError,
    time::Timestamp,
};
use thiserror::Error;
use tracing::error;

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

/// Runs `work` for every labourer, or for the one that `event` names as `labourer_id`, until the
/// time is up. All rows are read in one batch; a missing row is `None`. An error of one labourer does
/// not affect the others.
///
/// # Errors
/// When the named labourer is unknown, or the rows cannot be read.
pub async fn each_labourer<'m, T, F, W>(
    manager: &'m TaskManager,
    event: &Json,
    until: Timestamp,
    work: W,
) -> Result<Ticked<T>, TickError>
where
    W: Fn(&'m Labourer, Option<labourer::State>) -> F,
    F: Future<Output = Result<T, StoreError>>,
{
    let chosen = in_turn(manager, event)?;
    let mut rows =
        manager.store().labourers().rows(chosen.iter().map(|labourer| &labourer.id)).await?;
    let turns = chosen.into_iter().map(|labourer| {
        let row = rows.remove(&labourer.id);
        let work = &work;
        async move {
            match manager.now() < until {
                // Boxed, or the types of all that a turn awaits would nest too deep.
                true => (labourer, Some(Box::pin(work(labourer, row)).await)),
                false => (labourer, None),
            }
        }
    });
    let mut results = stream::iter(turns.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    let mut ticked = Ticked { labourers: BTreeMap::new(), skipped: Vec::new() };
    while let Some((labourer, result)) = results.next().await {
        let id = labourer.id.clone();
        match result {
            None => ticked.skipped.push(id),
            Some(result) => {
                let result = TurnResult::of(id.as_str(), result);
                ticked.labourers.insert(id, result);
            }
        }
    }
    Ok(ticked)
}

/// The labourers whose turn it is, in order.
fn in_turn<'m>(
    manager: &'m TaskManager,
    event: &Json,
) -> Result<Vec<&'m Labourer>, UnknownLabourer> {
    if let Some(Json::String(name)) = event.get("labourer_id") {
        return Ok(vec![manager.labourers().named(name)?]);
    }
    let mut labourers: Vec<_> = manager.labourers().all().collect();
    take_turns(&mut labourers, manager.now());
    Ok(labourers)
}

/// Records the duration of a tick of this function as a metric.
pub async fn timed<T>(function: &'static str, tick: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let done = Box::pin(tick).await;
    metrics::ticked(function, start.elapsed());
    done
}

//! Report to closed or parked: takes what labourers, and Lambda for them, tell of their attempts.
//!
//! In the transaction that ends an attempt its slot goes to the next task of the queue, which is
//! invoked at once.

use function::Invocation;
use futures::{StreamExt, stream};
use serde::Serialize;
use serde_json::value::RawValue;
use task_manager::{
    TaskManager,
    manager::receive::Receipt,
    report::{self, Report, ReportError},
    storage::StoreError,
};
use thiserror::Error;
use tracing::warn;

/// Reports that are worked on at once.
const AT_ONCE: usize = 16;

/// Why an event changed nothing, or not everything.
#[derive(Debug, Error)]
pub enum Error {
    /// It is no report. Nothing was written.
    #[error(transparent)]
    Refused(#[from] ReportError),
    /// The tables did not do it. To send the event again is harmless.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// A stable name, for logs and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused(_) => "ReportRefused",
            Self::Store(error) => error.name(),
        }
    }
}

/// What became of an event.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of a single report.
    One(Receipt),
    /// Of each of a list.
    Many(Vec<Element>),
}

/// What became of an element of a list.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Element {
    /// It was a report.
    Received(Receipt),
    /// It was none. Nothing was written.
    Refused {
        /// Why.
        refused: String,
    },
}

/// Takes one event: a report, a destination record, or a list of either.
///
/// # Errors
/// When a single report is refused, or the tables fail; then Lambda sends the event again.
pub async fn run(manager: &TaskManager, event: &RawValue) -> Result<Answer, Error> {
    let is_list = event.get().starts_with('[');
    let mut reports = report::read(event);
    // What was not delivered may be a list within a record.
    if !is_list
        && reports.len() == 1
        && let Some(report) = reports.pop()
    {
        return Ok(Answer::One(manager.receive(&report?).await?));
    }
    let elements = reports.into_iter().map(|report| receive(manager, report));
    let elements: Vec<_> = stream::iter(elements).buffered(AT_ONCE).collect().await;
    Ok(Answer::Many(elements.into_iter().collect::<Result<_, _>>()?))
}

async fn receive(
    manager: &TaskManager,
    report: Result<Report, ReportError>,
) -> Result<Element, StoreError> {
    match report {
        Ok(report) => manager.receive(&report).await.map(Element::Received),
        Err(error) => {
            warn!(%error, "an element of a list is no report");
            Ok(Element::Refused { refused: error.to_string() })
        }
    }
}

/// Serves Lambda until it ends the process.
///
/// # Errors
/// When the function cannot start, or the Runtime API fails.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    let (manager, _) = function::start("worker_assistant").await?;
    function::serve(async |invocation: Invocation<Box<RawValue>>| {
        let answer = run(&manager, &invocation.event).await;
        answer.map_err(|error| function::failed(error.name(), &error))
    })
    .await
}

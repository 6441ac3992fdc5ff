//! Report to closed or parked: handles the reports that labourers, or Lambda's destinations, send about
//! attempts.
//!
//! The transaction that ends an attempt also hands its slot to the next task of the queue, which is
//! invoked at once.

use function::Invocation;
use futures::{StreamExt, stream};
use serde::Serialize;
use serde_json::value::RawValue;
use task_manager::{
    TaskManager,
    manager::attempts::receive::Receipt,
    metrics,
    report::{self, Report, ReportError},
    storage::StoreError,
};
use thiserror::Error;
use tracing::{info, warn};

/// Reports that are handled concurrently.
const AT_ONCE: usize = 16;

/// Why an event changed nothing, or not everything.
#[derive(Debug, Error)]
pub enum Error {
    /// Not a report. Nothing was written.
    #[error(transparent)]
    Refused(#[from] ReportError),
    /// DynamoDB failed. Sending the event again is harmless.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// A stable name for logs and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused(_) => "ReportRefused",
            Self::Store(error) => error.name(),
        }
    }
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ReportAnswer {
    One(Receipt),
    NotOurs(NotOurs),
    Many(Vec<Element>),
}

/// The answer to a destination record of an invocation that sosw did not make. Nothing was written, and
/// nothing is wrong: an error would make Lambda send the record again, and keep it among dead reports.
#[derive(Debug, PartialEq, Serialize)]
pub struct NotOurs {
    /// Why.
    pub not_ours: String,
}

/// The outcome of one element of a list.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Element {
    Received(Receipt),
    NotOurs(NotOurs),
    /// Not a report. Nothing was written.
    Refused {
        refused: String,
    },
}

/// Handles one event: a report, a destination record, or a list of either. A record of an invocation that
/// sosw did not make is counted, and otherwise ignored.
///
/// # Errors
/// When a single report is refused or DynamoDB fails; Lambda then sends the event again.
pub async fn run(manager: &TaskManager, event: &RawValue) -> Result<ReportAnswer, Error> {
    let is_list = event.get().starts_with('[');
    let mut reports = report::read(event);
    // A record of an undelivered event may contain a list.
    if !is_list
        && reports.len() == 1
        && let Some(report) = reports.pop()
    {
        return Ok(match report {
            Err(error @ ReportError::NotOurs { .. }) => ReportAnswer::NotOurs(not_ours(&error)),
            report => ReportAnswer::One(manager.attempts().receive(&report?).await?),
        });
    }
    let elements = reports.into_iter().map(|report| receive(manager, report));
    let elements: Vec<_> = stream::iter(elements).buffered(AT_ONCE).collect().await;
    Ok(ReportAnswer::Many(elements.into_iter().collect::<Result<_, _>>()?))
}

async fn receive(
    manager: &TaskManager,
    report: Result<Report, ReportError>,
) -> Result<Element, StoreError> {
    match report {
        Ok(report) => manager.attempts().receive(&report).await.map(Element::Received),
        Err(error @ ReportError::NotOurs { .. }) => Ok(Element::NotOurs(not_ours(&error))),
        Err(error) => {
            warn!(%error, "an element of a list is not a report");
            Ok(Element::Refused { refused: error.to_string() })
        }
    }
}

/// Counts a record of an invocation that sosw did not make.
fn not_ours(error: &ReportError) -> NotOurs {
    info!(?error, "the record of an invocation that sosw did not make: ignored");
    metrics::foreign_record();
    NotOurs { not_ours: error.to_string() }
}

/// Serves Lambda until Lambda ends the process.
///
/// # Errors
/// When the function cannot start, or the Runtime API fails.
pub async fn serve() -> Result<(), function::Error> {
    let (follower, _) = function::start("worker_assistant").await?;
    function::serve(follower, async |manager, invocation: Invocation<Box<RawValue>>| {
        // A report that is given up is lost until Lambda sends it again, and its slot is not free.
        let manager = manager.patient_until(invocation.until);
        let answer = run(&manager, &invocation.event).await;
        answer.map_err(|error| function::failed(error.name(), &error))
    })
    .await
}

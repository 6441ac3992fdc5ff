//! What is late, why, and what to do: everything that a first screen shows, in few reads.
//!
//! [`read`] costs at most some twenty calls the first time and five from then on, whatever waits in the tables: nothing
//! here counts a queue. What is too costly to read each time is read in turns, and [`Watch`] remembers it between the
//! reads. What is made of it is decided by pure functions of what was read.

mod incident;
mod line;

mod watch;
mod facts;
mod read;
mod looks;
mod judge;

pub use incident::{About, Incident, NextStep, Urgency};
pub use line::{JobLine, LabourerLine};
pub use watch::Watch;

use serde::Serialize;
use task_manager::{TaskManager, ids::LabourerId, storage::StoreError, time::Timestamp};

use facts::Facts;

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
    /// The incidents of a labourer itself, of its jobs, and of what it waits for; the most urgent first.
    pub fn of_labourer(&self, labourer: &LabourerId) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(move |incident| incident.about.concerns(labourer))
    }
}

/// Reads how things stand, and judges it. It writes nothing.
///
/// # Errors
/// When DynamoDB does not answer. What was read is kept: the next read goes on from there.
pub async fn read(manager: &TaskManager, watch: &mut Watch) -> Result<Overview, StoreError> {
    let facts = read::facts(manager, watch).await?;
    Ok(Overview::of(&facts))
}

impl Overview {
    /// What these facts mean.
    fn of(facts: &Facts) -> Self {
        let (now, is_silent) = (facts.now, facts.silent_since().is_some());
        let incidents = judge::judge(facts);
        let shown = facts.labourers.iter().filter(|one| judge::is_shown(one, facts));
        let mut labourers: Vec<_> = shown
            .map(|one| {
                let id = &one.labourer.id;
                let own = incidents.iter().filter(|incident| incident.about.concerns(id));
                let waits = facts.waits(one, is_silent);
                LabourerLine::of(one, judge::worst(own), &waits, now, is_silent)
            })
            .collect();
        labourers.sort_by(|one, other| {
            let urgency = |line: &LabourerLine| (line.urgency.is_none(), line.urgency);
            let by_name = || one.labourer_id.cmp(&other.labourer_id);
            urgency(one).cmp(&urgency(other)).then_with(by_name)
        });
        let open = facts.jobs.iter().filter(|facts| facts.job.state.is_open());
        let jobs = open.map(|facts| {
            let id = Some(&facts.job.id);
            let own = incidents.iter().filter(|incident| incident.about.job() == id);
            JobLine::of(facts, judge::worst(own), now)
        });
        Self { at: now, jobs: jobs.collect(), labourers, incidents }
    }
}

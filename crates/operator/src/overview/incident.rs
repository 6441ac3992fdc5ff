//! One thing that is wrong, or good to know.

use serde::Serialize;
use task_manager::{
    ids::{JobId, LabourerId, ResourceId},
    time::Timestamp,
};

use crate::{resources::PREFIX, words::argument};

/// How much it matters. The worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Work stands still or is lost until somebody acts.
    Critical,
    /// Work is slower than it could be, or may be forgotten.
    Warning,
    /// All goes as somebody wanted it: good to know, nothing to do.
    Info,
}

/// Whom an incident is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum About {
    Stack,
    Labourer {
        labourer_id: LabourerId,
    },
    Job {
        job_id: JobId,
        /// Whose tasks it has.
        labourer_id: LabourerId,
    },
    Resource {
        resource: ResourceId,
        /// Those that wait for it.
        labourers: Vec<LabourerId>,
    },
}

impl About {
    /// The job it is about.
    pub fn job(&self) -> Option<&JobId> {
        match self {
            Self::Job { job_id, .. } => Some(job_id),
            _ => None,
        }
    }

    /// The labourer it is about, or whose job.
    pub fn labourer(&self) -> Option<&LabourerId> {
        match self {
            Self::Stack | Self::Resource { .. } => None,
            Self::Labourer { labourer_id } | Self::Job { labourer_id, .. } => Some(labourer_id),
        }
    }

    /// Is it about this labourer, a job of it, or something that it waits for?
    pub fn concerns(&self, labourer: &LabourerId) -> bool {
        match self {
            Self::Resource { labourers, .. } => labourers.contains(labourer),
            _ => self.labourer() == Some(labourer),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// Its stable name: `health`, `breaker`, `stopped`, …
    pub incident: &'static str,
    pub urgency: Urgency,
    pub about: About,
    /// For people: the cause, without the name of whom it is about.
    pub why: String,
    /// For people: what has to happen next, by whom.
    pub change: String,
    /// What helps with that, the best first: a page has a button or a line to copy for each.
    pub steps: Vec<NextStep>,
    /// Since when, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// Something that can be done about an incident. Each has a command; those that are one of [`crate`]'s actions can be
/// a button as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum NextStep {
    /// [`crate::pause::resume`].
    Resume { labourer_id: LabourerId },
    /// [`crate::resources::resume`].
    ResumeResource { resource: ResourceId },
    /// [`crate::pause::pause`].
    Pause { labourer_id: LabourerId },
    /// Sends the failed tasks of a job back to work.
    RetryFailed { job_id: JobId },
    /// Ends a job: those of its tasks that wait are closed.
    Cancel { job_id: JobId },
    /// Look closer: the job with the errors of its tasks.
    ShowJob { job_id: JobId },
    /// A command line to paste; nothing that a button could do.
    Run { command: String },
}

impl NextStep {
    /// The command line that does it.
    pub fn command(&self) -> String {
        match self {
            Self::Resume { labourer_id } => format!("sosw resume {}", argument(labourer_id)),
            Self::ResumeResource { resource } => {
                format!("sosw resume {PREFIX}{}", argument(resource))
            }
            Self::Pause { labourer_id } => format!("sosw pause {}", argument(labourer_id)),
            Self::RetryFailed { job_id } => format!("sosw jobs retry-failed {}", argument(job_id)),
            Self::Cancel { job_id } => format!("sosw jobs cancel {}", argument(job_id)),
            Self::ShowJob { job_id } => format!("sosw jobs show {}", argument(job_id)),
            Self::Run { command } => command.clone(),
        }
    }
}

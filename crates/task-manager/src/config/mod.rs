//! What the operator decides: labourers, limits, names of tables. Raw config becomes resolved
//! config once, at start.
//!
//! The way of a config: [`sources`](crate::sources) finds its texts, `layers` lays one over the other, `check`
//! holds the result against the schema of `raw`, `resolve` gives it its meaning. Every mistake on
//! the way is collected, none stops the search for the others.
//!
//! # Where it comes from
//!
//! Each of these is laid over the ones before it. Objects are merged key by key, everything else is
//! replaced, `null` brings back the default.
//!
//! 1. The defaults.
//! 2. Row `sosw_essential_config` of the table `config`, for all functions.
//! 3. Row `{function}_config`, for one: `sosw_orchestrator_config`.
//! 4. The environment variable `SOSW_CONFIG`: JSON. With it alone, no table is read; with
//!    `SOSW_CONFIG_TABLE` as well, both are. `SOSW_ENV` names the rows' environment, `production` by default.
//!
//! A table or a row that is missing is reported, never passed over. A function reads its config when an
//! instance of it starts; what must take effect at once, a pause, is in the labourer's row instead.
//!
//! # What it says
//!
//! The JSON of sosw 0.7, and more. Keys of sosw that have no meaning here are accepted and named in a
//! warning; unknown keys are mistakes. A duration may be a text like `90s`, `2h`, `1d` or `1h30m`, or a plain number
//! with the meaning that it has in sosw: of seconds, or (`keep_closed`) of days. `sosw config schema` prints the JSON Schema with a word
//! about every key, for editors too.
//!
//! ```
//! use task_manager::config::Config;
//!
//! let (config, warnings) = Config::from_text(r#"{
//!   "task_config": { "max_attempts": 5 },
//!   "labourers": { "resize": { "max_simultaneous_invocations": 4, "duration": 120 } },
//!   "retry_tasks_limit": 20
//! }"#)?;
//! assert_eq!(config.labourers.len(), 1);
//! let warning = warnings.first().map(ToString::to_string).unwrap_or_default();
//! assert!(warning.starts_with("retry_tasks_limit: has no meaning here: "));
//!
//! let mistakes = Config::from_text(r#"{"labourers": {"resize": {"max_atempts": 5, "duration": -1}}}"#);
//! assert_eq!(
//!     mistakes.map_err(|mistakes| mistakes.to_string()).err().as_deref(),
//!     Some("\
//! labourers.resize: unknown field max_atempts, did you mean max_attempts?
//! labourers.resize.duration: got -1, expected a duration from 1ms to 7d, like 90s or 1h30m, or a number of seconds")
//! );
//! # Ok::<(), task_manager::config::Mistakes>(())
//! ```
//!
//! What several labourers share, a database or an API, stands in `resources`, with the permits that their live
//! attempts hold together, or the rate at which their tasks start; `uses` of a labourer says how much it takes of
//! each ([`crate::resource`]).
//!
//! A mistake stops what it concerns ([`Concerns`]): functions that find one in the section of a labourer start
//! nothing for that labourer, one in the section of a resource nothing for the labourers that use it, one in a job
//! schema refuses the jobs that name it, any other keeps a function from starting. Functions that are running look at the table again at most once a minute; what they find there and
//! cannot use leaves the config in force that they had. The commands below refuse every mistake, so that none reaches the table.
//!
//! # Commands
//!
//! | | |
//! | --- | --- |
//! | `sosw config check FILE…` | every mistake and every warning; several files as layers |
//! | `sosw config show` | what results, every default written out; `--function NAME` for one function |
//! | `sosw config push FILE` | into a row, if it has no mistake (`--row NAME`, checked over the row for all) |
//! | `sosw config pull` | a row as it is |
//! | `sosw config schema` | the JSON Schema |

use std::{collections::BTreeMap, time::Duration};

pub use crate::mistakes::{Concerns, Mistakes, Remark};
use crate::{
    ecology::Coefficients,
    greenfield::Scale,
    ids::{LabourerId, ResourceId},
    jobs::{calendar::Calendar, rules::Rules, schema::JobSchemas},
    labourer::Labourer,
    resource::Resource,
};

mod check;
mod findings;
mod kinds;
mod layers;
pub mod local;
pub mod names;
mod raw;
mod read;
mod resolve;

pub use findings::Warnings;
pub use local::{Destinations, Local, LocalLabourer};
pub use names::{FieldNames, Names};

/// The whole config, resolved: every default filled in, every value checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub names: Names,
    pub scale: Scale,
    pub labourers: BTreeMap<LabourerId, Labourer>,
    /// What labourers share.
    pub resources: BTreeMap<ResourceId, Resource>,
    /// When the row for all functions was pushed, in milliseconds since the epoch, or that of this function, if it is
    /// newer and about resources. 0 if nobody knows: of one in a file or the environment, and of a row that was
    /// written by hand. What the environment adds to the rows makes no difference.
    pub pushed: u64,
    /// The part of its slots that a labourer may use in each health.
    pub coefficients: Coefficients,
    /// Closed tasks that the average duration of a labourer is taken from. Default 10.
    pub closed_to_analyse: u32,
    /// How long closed tasks, and ended jobs without an idempotency key, are kept; for ever, if not set.
    pub keep_closed: Option<Duration>,
    /// How long the numbers of each minute are kept. Default 30 days.
    pub keep_history: Duration,
    /// Is every step of a task written to the event log? Default no.
    pub write_meta: bool,
    /// The topic that exhausted tasks are reported to.
    pub sns: Option<SnsTopic>,
    pub job_schemas: JobSchemas,
    /// How the days of jobs are counted. Default in UTC, weeks from Sunday on.
    pub calendar: Calendar,
    /// The time before its time-out at which a function saves its work and stops. Default 60 s.
    pub shutdown_period: Duration,
    /// The labourers as processes, for `sosw local`.
    pub local: Option<Local>,
    /// Mistakes that stop only what they concern. There are none in a config that was read strictly.
    pub mistakes: Mistakes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnsTopic {
    pub recipient: String,
    pub subject: String,
}

impl SnsTopic {
    /// `subject` when the config does not set it.
    pub const SUBJECT: &str = "sosw";
}

impl Config {
    /// `shutdown_period` when the config does not set it.
    pub const SHUTDOWN_PERIOD: Duration = Duration::from_secs(60);

    /// `history_days` when the config does not set it.
    pub const HISTORY_DAYS: f64 = 30.0;

    /// A config of these labourers, everything else at its default.
    pub fn of(labourers: impl IntoIterator<Item = Labourer>) -> Self {
        Self {
            names: Names::default(),
            scale: Scale::default(),
            labourers: labourers.into_iter().map(|l| (l.id.clone(), l)).collect(),
            resources: BTreeMap::new(),
            pushed: 0,
            coefficients: Coefficients::SOSW,
            closed_to_analyse: 10,
            keep_closed: None,
            keep_history: Duration::from_secs(30 * 86_400),
            write_meta: false,
            sns: None,
            job_schemas: JobSchemas::default(),
            calendar: Calendar::default(),
            shutdown_period: Self::SHUTDOWN_PERIOD,
            local: None,
            mistakes: Mistakes::default(),
        }
    }

    pub fn job_rules(&self) -> Rules {
        let (schemas, calendar) = (self.job_schemas.clone(), self.calendar.clone());
        Rules { schemas, calendar, ..Rules::of(self.labourers.keys().cloned()) }
    }
}

#[cfg(test)]
mod tests;

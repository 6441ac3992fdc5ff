//! `task_config`: labourers, tables and the limits of tasks.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use super::{RawDetails, RawLabourer, durations, without_meaning};

/// Labourers, tables and the limits of tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = accepted_keys)]
#[schemars(rename = "TaskConfig")]
pub(in crate::config) struct RawTaskConfig {
    /// The labourers by name, which usually is the name of their function.
    pub labourers: Option<BTreeMap<String, RawLabourer>>,
    /// Attempts that a task may make before it is exhausted. Default 3.
    #[schemars(range(min = 1, max = 1000))]
    pub max_attempts: Option<u32>,
    /// Attempts of a labourer that may be live at once; with 0 nothing is started. Default 1.
    #[schemars(range(min = 0, max = 100_000))]
    pub max_simultaneous_invocations: Option<u32>,
    /// What a claim adds to its time: at least the longest lease and a day. Default 365d6h, a year.
    #[schemars(range(min = 86_400, max = 1_000_000_000), transform = durations::seconds)]
    pub greenfield_invocation_delta: Option<f64>,
    /// Distance of two new tasks in the queue. Default 1000.
    #[schemars(range(min = 0.001, max = 1_000_000))]
    pub greenfield_task_step: Option<f64>,
    /// Closed tasks that the average duration of a labourer is taken from. Default 10.
    #[schemars(range(min = 1, max = 1000))]
    pub max_closed_to_analyse_for_duration: Option<u32>,
    /// How long closed tasks, and ended jobs without an idempotency key, are kept. For ever, if not set.
    #[schemars(range(min = 1, max = 36_500), transform = durations::days)]
    pub keep_closed: Option<f64>,
    /// Days that the numbers of each minute are kept. Default 30.
    #[schemars(range(min = 1, max = 3650))]
    pub history_days: Option<f64>,
    /// The table of queued and invoked tasks.
    pub dynamo_db_config: Option<RawTasksTable>,
    /// The table of closed tasks. Default `sosw_closed_tasks`.
    #[schemars(length(min = 3, max = 255))]
    pub sosw_closed_tasks_table: Option<String>,
    /// Its index by labourer_id_task_status and closed_at. Default `labourer_task_status_with_time`.
    #[schemars(length(min = 3, max = 255))]
    pub sosw_closed_tasks_labourer_status_index: Option<String>,
    /// The table of parked tasks. Default `sosw_retry_tasks`.
    #[schemars(length(min = 3, max = 255))]
    pub sosw_retry_tasks_table: Option<String>,
    /// Its index by labourer_id and desired_launch_time. Default `labourer_id_greenfield`.
    #[schemars(length(min = 3, max = 255))]
    pub sosw_retry_tasks_greenfield_index: Option<String>,
    /// The table of the labourers' live state. Default `sosw_labourers`.
    #[schemars(length(min = 3, max = 255))]
    pub sosw_labourers_table: Option<String>,
    /// The table of jobs. Default `sosw_jobs`.
    #[schemars(length(min = 3, max = 255))]
    pub sosw_jobs_table: Option<String>,
    /// The table of what happened in each minute. Default `sosw_history`.
    #[schemars(length(min = 3, max = 255))]
    pub sosw_history_table: Option<String>,
    /// What all health metrics have in common.
    pub ecology_config: Option<RawEcologyConfig>,
    /// `max_attempts_NAME`: the same as `labourers.NAME.max_attempts`.
    #[serde(flatten)]
    pub max_attempts_of: BTreeMap<String, RawAttempts>,
}

/// Attempts that a task of this labourer may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[schemars(rename = "Attempts")]
pub(in crate::config) struct RawAttempts(#[schemars(range(min = 1, max = 1000))] pub u32);

/// What a key of [`RawTaskConfig::max_attempts_of`] starts with.
pub(in crate::config) const MAX_ATTEMPTS_OF: &str = "max_attempts_";

fn accepted_keys(schema: &mut Schema) {
    without_meaning::only_with_prefix(schema, MAX_ATTEMPTS_OF);
    without_meaning::of_tasks(schema);
}

/// The table of queued and invoked tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = without_meaning::of_a_table)]
#[schemars(rename = "TasksTable")]
pub(in crate::config) struct RawTasksTable {
    /// Its name. Default `sosw_tasks`.
    #[schemars(length(min = 3, max = 255))]
    pub table_name: Option<String>,
    /// Its index by labourer_id and greenfield. Default `sosw_tasks_greenfield`.
    #[schemars(length(min = 3, max = 255))]
    pub index_greenfield: Option<String>,
    /// The names in the tables of sosw's fields, where they differ.
    pub field_names: Option<BTreeMap<String, String>>,
}

/// What all health metrics have in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = without_meaning::of_tasks)]
#[schemars(rename = "EcologyConfig")]
pub(in crate::config) struct RawEcologyConfig {
    /// For the `details` that do not say it themselves.
    pub default_metric_values: Option<RawDetails>,
}

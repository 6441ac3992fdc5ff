//! The config as it is written: every key that is accepted, with its type, its bounds and a word
//! about it. The JSON Schema comes from these types, and the schema is what checks a config, so
//! that the three cannot disagree. What the values mean together is decided in `resolve`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ecology::ByHealth,
    jobs::{calendar::WeekStart, dates::Form},
};

mod durations;
mod labourer;
mod local;
mod metric;
mod resource;
mod tasks;
mod without_meaning;

pub(super) use labourer::{
    RawAdaptive, RawBackoff, RawBreaker, RawGrowth, RawHealthSteps, RawLabourer,
};
pub(super) use local::{RawCommand, RawDestination, RawDestinations, RawLocal, RawLocalLabourer};
pub(super) use metric::{
    RawComparison, RawDetails, RawDimension, RawHealthMetric, RawHold, RawMissing, RawMissingWord,
};
pub(super) use resource::{RawRate, RawResource, RawWeight};
pub(super) use tasks::{MAX_ATTEMPTS_OF, RawTaskConfig, RawTasksTable};

/// Configuration of sosw: one text for all functions, or rows of the `config` table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "sosw", transform = without_meaning::at_the_top)]
pub(super) struct RawConfig {
    /// Labourers, tables and the limits of tasks.
    pub task_config: Option<RawTaskConfig>,
    /// Short for `task_config.labourers`.
    pub labourers: Option<BTreeMap<String, RawLabourer>>,
    /// What labourers share, by a name of your choice: each has `permits`, a `rate`, or both.
    pub resources: Option<BTreeMap<String, RawResource>>,
    /// The part of its slots that a labourer may use in each health, from 0 to 1.
    pub invocation_number_coefficient: Option<ByHealth<Option<f64>>>,
    /// The topic that exhausted tasks are reported to.
    pub sns_config: Option<RawSns>,
    /// The event log of tasks.
    pub meta_handler_config: Option<RawMetaHandler>,
    /// The job schema of jobs that name none; short for `job_schema_variants.default`.
    pub job_schema: Option<RawJobSchema>,
    /// Job schemas by name.
    pub job_schema_variants: Option<BTreeMap<String, RawJobSchema>>,
    /// How the days of jobs are counted.
    pub calendar: Option<RawCalendar>,
    /// How long before its time-out a function saves its work and stops. Default 1m.
    #[schemars(range(min = 0, max = 840), transform = durations::seconds)]
    pub shutdown_period: Option<f64>,
    /// The tasks table, as sosw 0.7's scheduler and worker assistant name it; short for
    /// `task_config.dynamo_db_config`.
    pub dynamo_db_config: Option<RawTasksTable>,
    /// For `sosw local` only: the labourers as processes of this machine.
    pub local: Option<RawLocal>,
}

/// An SNS topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Sns")]
pub(super) struct RawSns {
    /// ARN of the topic.
    pub recipient: Option<String>,
    /// Subject of the messages. Default "sosw".
    #[schemars(length(min = 1, max = 100))]
    pub subject: Option<String>,
}

/// The event log of tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "MetaHandler")]
pub(super) struct RawMetaHandler {
    /// Is every step of a task written to the event log? Default false.
    pub write_meta_to_ddb: Option<bool>,
    /// The table of the event log.
    pub dynamo_db_config: Option<RawMetaTable>,
}

/// The table of the event log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = without_meaning::of_a_table)]
#[schemars(rename = "MetaTable")]
pub(super) struct RawMetaTable {
    /// Its name. Default `sosw_tasks_meta`.
    #[schemars(length(min = 3, max = 255))]
    pub table_name: Option<String>,
}

/// How the days of jobs are counted, unless a job's `period` says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Calendar")]
pub(super) struct RawCalendar {
    /// Where it is today: the IANA name of a time zone. Default "UTC".
    #[schemars(length(min = 1, max = 100))]
    pub time_zone: Option<String>,
    /// The first day of a week. Default "sunday".
    pub week_starts: Option<WeekStart>,
    /// How tasks receive their days. Default "list".
    #[serde(rename = "as")]
    pub form: Option<Form>,
}

/// How jobs are chunked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "JobSchema")]
pub(super) struct RawJobSchema {
    /// The attributes by which a job is chunked, from the outermost level to the innermost.
    pub chunkable_attrs: Option<Vec<RawAttribute>>,
}

/// An attribute by which a job is chunked: its name, or a list that starts with its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Attribute")]
pub(super) enum RawAttribute {
    /// The name alone.
    Name(String),
    /// sosw 0.7's way: `["section", {}]`.
    WithSettings(Vec<Value>),
}

//! The way back: a resolved config as JSON, every default written out.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{Config, Local, LocalLabourer, Names, layers::without_nulls, raw};
use crate::jobs::schema::{Attribute, JobSchemas, Schema};

mod labourer;
mod metric;

impl Config {
    /// The config in the form that [`Config::from_json`] reads, with all defaults written out.
    pub fn to_json(&self) -> Value {
        let mut json = serde_json::to_value(self.to_raw()).unwrap_or_default();
        without_nulls(&mut json);
        json
    }

    fn to_raw(&self) -> raw::Root {
        let labourers = self.labourers.iter();
        let labourers = labourers.map(|(id, labourer)| (id.to_string(), labourer.into())).collect();
        raw::Root {
            task_config: Some(raw::TaskConfig {
                labourers: Some(labourers),
                greenfield_invocation_delta: Some(self.scale.delta),
                greenfield_task_step: Some(self.scale.step),
                max_closed_to_analyse_for_duration: Some(self.closed_to_analyse),
                ..tables(&self.names)
            }),
            labourers: None,
            invocation_number_coefficient: Some(self.coefficients.map(Some)),
            sns_config: self.sns.as_ref().map(|sns| raw::Sns {
                recipient: Some(sns.recipient.clone()),
                subject: Some(sns.subject.clone()),
            }),
            meta_handler_config: Some(raw::MetaHandler {
                write_meta_to_ddb: Some(self.write_meta),
                dynamo_db_config: Some(raw::MetaTable {
                    table_name: Some(self.names.meta.clone()),
                }),
            }),
            job_schema: None,
            job_schema_variants: Some(job_schemas(&self.job_schemas)),
            calendar: Some(raw::Calendar {
                time_zone: Some(self.calendar.time_zone.clone()),
                week_starts: Some(self.calendar.week_starts),
                form: Some(self.calendar.form),
            }),
            shutdown_period: seconds(self.shutdown_period),
            dynamo_db_config: None,
            local: self.local.as_ref().map(local),
        }
    }
}

fn seconds(duration: Duration) -> Option<f64> {
    Some(duration.as_secs_f64())
}

fn tables(names: &Names) -> raw::TaskConfig {
    let fields = names.fields.iter().map(|(field, name)| (field.to_owned(), name.to_owned()));
    raw::TaskConfig {
        dynamo_db_config: Some(raw::TasksTable {
            table_name: Some(names.tasks.clone()),
            index_greenfield: Some(names.tasks_greenfield.clone()),
            field_names: Some(fields.collect()),
        }),
        sosw_closed_tasks_table: Some(names.closed.clone()),
        sosw_closed_tasks_labourer_status_index: Some(names.closed_status.clone()),
        sosw_retry_tasks_table: Some(names.retry.clone()),
        sosw_retry_tasks_greenfield_index: Some(names.retry_due.clone()),
        sosw_labourers_table: Some(names.labourers.clone()),
        sosw_jobs_table: Some(names.jobs.clone()),
        ..raw::TaskConfig::default()
    }
}

fn job_schemas(schemas: &JobSchemas) -> BTreeMap<String, raw::JobSchema> {
    let name = |attribute: &Attribute| raw::Attribute::Name(attribute.singular().to_owned());
    let schema = |schema: &Schema| raw::JobSchema {
        chunkable_attrs: Some(schema.attributes().iter().map(name).collect()),
    };
    schemas.iter().map(|(name, attributes)| (name.to_owned(), schema(attributes))).collect()
}

fn local(local: &Local) -> raw::Local {
    let labourers = local.labourers.iter().map(|(id, process)| (id.to_string(), process.into()));
    raw::Local { tick: seconds(local.tick), labourers: Some(labourers.collect()) }
}

impl From<&LocalLabourer> for raw::LocalLabourer {
    fn from(process: &LocalLabourer) -> Self {
        Self {
            command: raw::Command::Program(process.command.clone()),
            directory: process.directory.as_ref().map(|path| path.display().to_string()),
            timeout: seconds(process.timeout),
            concurrency: process.concurrency,
            env: Some(process.env.clone()),
            retries: Some(process.retries),
            destinations: Some(process.destinations),
        }
    }
}

//! From the config as it is written to the config as it is meant: values are held against each
//! other, and each default is written into the raw form as it is taken, so that this can be shown.

use std::time::Duration;

use super::{
    Config, SnsTopic,
    findings::Findings,
    raw::{RawConfig, RawSns, RawTaskConfig},
};
use crate::{
    ecology::{ByHealth, Coefficients},
    greenfield::Scale,
    mistakes::{Mistakes, Path},
};

mod arns;
mod jobs;
mod labourers;
mod lease;
mod local;
mod metrics;
pub(super) mod resources;
mod tables;

/// In seconds.
const DAY: f64 = 86_400.0;

/// The meaning of a config, which is completed. Where it is wrong, a default stands in its place.
pub(super) fn resolve(root: &mut RawConfig, findings: &mut Findings) -> Config {
    let top = Path::root();
    let task = root.task_config.get_or_insert_default();
    let section = top.key("task_config");
    let resources = root.resources.get_or_insert_default();
    let resources = resources::resources(resources, task, findings);
    let labourers = labourers::labourers(task, &resources, &section, findings);
    let local =
        root.local.as_mut().map(|raw| local::local(raw, &labourers, &top.key("local"), findings));
    lease::check(&labourers, local.as_ref(), &section.key("labourers"), findings);
    let scale = scale(task);
    lease::check_delta(&labourers, scale, &section, findings);
    let meta = root.meta_handler_config.get_or_insert_default();
    let (schema, variants) = (root.job_schema.take(), &mut root.job_schema_variants);
    Config {
        names: tables::names(task, root.dynamo_db_config.take(), meta, findings),
        scale,
        coefficients: coefficients(&mut root.invocation_number_coefficient, &top, findings),
        closed_to_analyse: *task.max_closed_to_analyse_for_duration.get_or_insert(10),
        keep_closed: task.keep_closed.map(|days| seconds(days * DAY)),
        keep_history: seconds(*task.history_days.get_or_insert(Config::HISTORY_DAYS) * DAY),
        labourers,
        resources,
        pushed: 0,
        write_meta: *meta.write_meta_to_ddb.get_or_insert(false),
        sns: sns(&mut root.sns_config, &top.key("sns_config"), findings),
        job_schemas: jobs::schemas(schema, variants, findings),
        calendar: jobs::calendar(root.calendar.get_or_insert_default(), findings),
        shutdown_period: seconds_or(&mut root.shutdown_period, Config::SHUTDOWN_PERIOD),
        local,
        mistakes: Mistakes::default(),
    }
}

/// Seconds of the config; the schema keeps them within bounds.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or_default()
}

/// Seconds of the config, or the default.
fn seconds_or(raw: &mut Option<f64>, default: Duration) -> Duration {
    seconds(*raw.get_or_insert(default.as_secs_f64()))
}

fn scale(task: &mut RawTaskConfig) -> Scale {
    let sosw = Scale::default();
    Scale {
        delta: *task.greenfield_invocation_delta.get_or_insert(sosw.delta),
        step: *task.greenfield_task_step.get_or_insert(sosw.step),
    }
}

fn coefficients(
    raw: &mut Option<ByHealth<Option<f64>>>,
    top: &Path,
    findings: &mut Findings,
) -> Coefficients {
    let given = raw.unwrap_or_default();
    let path = top.key("invocation_number_coefficient");
    for (health, coefficient) in given.iter() {
        if let Some(coefficient) = coefficient.filter(|number| !(0.0..=1.0).contains(number)) {
            let path = path.key(&health.status().to_string());
            findings
                .mistake(&path, format_args!("got {coefficient}, expected a number from 0 to 1"));
        }
    }
    let coefficients = given.or(Coefficients::SOSW);
    *raw = Some(coefficients.map(Some));
    coefficients
}

fn sns(section: &mut Option<RawSns>, path: &Path, findings: &mut Findings) -> Option<SnsTopic> {
    let raw = section.as_mut()?;
    let subject = raw.subject.get_or_insert_with(|| SnsTopic::SUBJECT.into()).clone();
    if subject.chars().any(char::is_control) {
        findings.mistake(&path.key("subject"), "contains line breaks or control characters");
    }
    let Some(recipient) = raw.recipient.clone() else {
        findings.warning(path, "without recipient, nothing is sent");
        *section = None;
        return None;
    };
    arns::check_topic(&recipient, &path.key("recipient"), findings);
    Some(SnsTopic { recipient, subject })
}

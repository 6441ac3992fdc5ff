//! From the config as it is written to the config as it is meant: defaults filled in, values held
//! against each other.

use std::time::Duration;

use super::{Config, Sns, findings::Findings, raw};
use crate::{
    ecology::{ByHealth, Coefficients},
    greenfield::Scale,
    mistakes::Path,
};

mod arns;
mod jobs;
mod labourers;
mod lease;
mod local;
mod metrics;
mod tables;

/// The meaning of a config. What is wrong with it is told, and a default stands in its place.
pub(super) fn resolve(root: raw::Root, findings: &mut Findings) -> Config {
    let top = Path::root();
    let task = root.task_config.unwrap_or_default();
    let section = top.key("task_config");
    let labourers = labourers::labourers(&task, &section, findings);
    let local = root.local.map(|raw| local::local(raw, &labourers, &top.key("local"), findings));
    lease::check(&labourers, local.as_ref(), &section.key("labourers"), findings);
    let meta = root.meta_handler_config.unwrap_or_default();
    Config {
        names: tables::names(&task, root.dynamo_db_config, meta.dynamo_db_config, findings),
        scale: scale(&task),
        coefficients: coefficients(root.invocation_number_coefficient, &top, findings),
        closed_to_analyse: task.max_closed_to_analyse_for_duration.unwrap_or(10),
        labourers,
        write_meta: meta.write_meta_to_ddb.unwrap_or(false),
        sns: root.sns_config.and_then(|raw| sns(raw, &top.key("sns_config"), findings)),
        job_schemas: jobs::schemas(root.job_schema, root.job_schema_variants, findings),
        calendar: jobs::calendar(root.calendar, findings),
        shutdown_period: root.shutdown_period.map_or(Config::SHUTDOWN_PERIOD, seconds),
        local,
    }
}

/// Seconds of the config; the schema keeps them within bounds.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or_default()
}

fn scale(task: &raw::TaskConfig) -> Scale {
    let sosw = Scale::default();
    Scale {
        delta: task.greenfield_invocation_delta.unwrap_or(sosw.delta),
        step: task.greenfield_task_step.unwrap_or(sosw.step),
    }
}

fn coefficients(
    raw: Option<ByHealth<Option<f64>>>,
    top: &Path,
    findings: &mut Findings,
) -> Coefficients {
    let raw = raw.unwrap_or_default();
    let path = top.key("invocation_number_coefficient");
    for (health, coefficient) in raw.iter() {
        if let Some(coefficient) = coefficient.filter(|number| !(0.0..=1.0).contains(number)) {
            let path = path.key(&health.status().to_string());
            findings
                .mistake(&path, format_args!("got {coefficient}, expected a number from 0 to 1"));
        }
    }
    raw.or(Coefficients::SOSW)
}

fn sns(raw: raw::Sns, path: &Path, findings: &mut Findings) -> Option<Sns> {
    let subject = raw.subject.unwrap_or_else(|| Sns::SUBJECT.into());
    if subject.chars().any(char::is_control) {
        findings.mistake(&path.key("subject"), "contains line breaks or control characters");
    }
    let Some(recipient) = raw.recipient else {
        findings.warning(path, "without recipient, nothing is sent");
        return None;
    };
    arns::check_topic(&recipient, &path.key("recipient"), findings);
    Some(Sns { recipient, subject })
}

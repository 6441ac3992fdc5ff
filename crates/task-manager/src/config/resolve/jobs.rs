//! `job_schema`, `job_schema_variants` and `calendar`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    config::{Config, findings::Findings, raw},
    jobs::calendar::Calendar,
    mistakes::Path,
};

/// How days are counted.
pub(super) fn calendar(raw: Option<raw::Calendar>, findings: &mut Findings) -> Calendar {
    let (raw, default) = (raw.unwrap_or_default(), Calendar::default());
    let path = Path::root().key("calendar").key("time_zone");
    let time_zone = raw.time_zone.map(|name| Calendar::time_zone(&name));
    let time_zone = time_zone.and_then(|name| findings.keep(&path, name));
    Calendar {
        time_zone: time_zone.unwrap_or(default.time_zone),
        week_starts: raw.week_starts.unwrap_or(default.week_starts),
        form: raw.form.unwrap_or(default.form),
    }
}

/// The chunkable attributes by name of the schema; there always is a default.
pub(super) fn schemas(
    default: Option<raw::JobSchema>,
    variants: Option<BTreeMap<String, raw::JobSchema>>,
    findings: &mut Findings,
) -> BTreeMap<String, Vec<String>> {
    let section = Path::root().key("job_schema_variants");
    let mut schemas: BTreeMap<String, Vec<String>> = variants
        .unwrap_or_default()
        .into_iter()
        .map(|(name, raw)| {
            let attributes = attributes(raw, &section.key(&name), findings);
            (name, attributes)
        })
        .collect();
    let short = attributes(default.unwrap_or_default(), &Path::root().key("job_schema"), findings);
    schemas.entry(Config::DEFAULT_JOB_SCHEMA.into()).or_insert(short);
    schemas
}

fn attributes(raw: raw::JobSchema, path: &Path, findings: &mut Findings) -> Vec<String> {
    let path = path.key("chunkable_attrs");
    let mut names: Vec<String> = Vec::new();
    for (index, attribute) in raw.chunkable_attrs.unwrap_or_default().into_iter().enumerate() {
        let path = path.item(index);
        match name(attribute) {
            None => {
                findings.mistake(&path, "expected the name of an attribute, or a list of it and {}")
            }
            Some(name) if names.contains(&name) => {
                findings.mistake(&path, "this attribute is chunked at a level above already");
            }
            Some(name) => names.push(name),
        }
    }
    names
}

fn name(attribute: raw::Attribute) -> Option<String> {
    let name = match attribute {
        raw::Attribute::Name(name) => Some(name),
        raw::Attribute::WithSettings(parts) => match parts.into_iter().next() {
            Some(Value::String(name)) => Some(name),
            _ => None,
        },
    };
    name.filter(|name| !name.trim().is_empty())
}

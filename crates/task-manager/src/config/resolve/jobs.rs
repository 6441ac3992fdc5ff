//! `job_schema`, `job_schema_variants` and `calendar`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    config::{findings::Findings, raw},
    jobs::{
        calendar::Calendar,
        schema::{Attribute, JobSchemas, Schema},
    },
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

/// The schemas by name; there always is a default.
pub(super) fn schemas(
    default: Option<raw::JobSchema>,
    variants: Option<BTreeMap<String, raw::JobSchema>>,
    findings: &mut Findings,
) -> JobSchemas {
    let section = Path::root().key("job_schema_variants");
    let variants: Vec<_> = variants
        .unwrap_or_default()
        .into_iter()
        .map(|(name, raw)| {
            let schema = schema(raw, &section.key(&name), findings);
            (name, schema)
        })
        .collect();
    let short = schema(default.unwrap_or_default(), &Path::root().key("job_schema"), findings);
    [(JobSchemas::DEFAULT.to_owned(), short)].into_iter().chain(variants).collect()
}

fn schema(raw: raw::JobSchema, path: &Path, findings: &mut Findings) -> Schema {
    let path = path.key("chunkable_attrs");
    let mut attributes: Vec<Attribute> = Vec::new();
    for (index, attribute) in raw.chunkable_attrs.unwrap_or_default().into_iter().enumerate() {
        let path = path.item(index);
        let Some(name) = name(attribute) else {
            findings.mistake(&path, "expected the name of an attribute, or a list of it and {}");
            continue;
        };
        match findings.keep(&path, Attribute::new(&name)) {
            Some(attribute) if attributes.contains(&attribute) => {
                findings.mistake(&path, "this attribute is chunked at a level above already");
            }
            attribute => attributes.extend(attribute),
        }
    }
    attributes.into_iter().collect()
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

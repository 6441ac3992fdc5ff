//! `job_schema`, `job_schema_variants` and `calendar`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    config::{
        findings::Findings,
        raw::{RawAttribute, RawCalendar, RawJobSchema},
    },
    jobs::{
        calendar::Calendar,
        schema::{Attribute, JobSchemas, Schema},
    },
    mistakes::Path,
};

/// How days are counted.
pub(super) fn calendar(raw: &mut RawCalendar, findings: &mut Findings) -> Calendar {
    let default = Calendar::default();
    let path = Path::root().key("calendar").key("time_zone");
    let time_zone = raw.time_zone.as_deref().map(Calendar::time_zone);
    let time_zone = time_zone.and_then(|name| findings.keep(&path, name));
    Calendar {
        time_zone: raw.time_zone.insert(time_zone.unwrap_or(default.time_zone)).clone(),
        week_starts: *raw.week_starts.get_or_insert(default.week_starts),
        form: *raw.form.get_or_insert(default.form),
    }
}

/// The schemas by name; there always is a default.
pub(super) fn schemas(
    default: Option<RawJobSchema>,
    variants: &mut Option<BTreeMap<String, RawJobSchema>>,
    findings: &mut Findings,
) -> JobSchemas {
    let variants = variants.get_or_insert_default();
    let in_variants = Path::root().key("job_schema_variants");
    let mut schemas: BTreeMap<_, _> = variants
        .iter_mut()
        .map(|(name, raw)| (name.clone(), schema(raw, &in_variants.key(name), findings)))
        .collect();
    let mut default = default.unwrap_or_default();
    let short = schema(&mut default, &Path::root().key("job_schema"), findings);
    variants.entry(JobSchemas::DEFAULT.to_owned()).or_insert(default);
    schemas.entry(JobSchemas::DEFAULT.to_owned()).or_insert(short);
    schemas.into_iter().collect()
}

fn schema(raw: &mut RawJobSchema, path: &Path, findings: &mut Findings) -> Schema {
    let path = path.key("chunkable_attrs");
    let mut attributes = Vec::new();
    for (index, entry) in raw.chunkable_attrs.get_or_insert_default().iter_mut().enumerate() {
        let path = path.item(index);
        let Some(name) = name(entry) else {
            findings.mistake(&path, "expected the name of an attribute, or a list of it and {}");
            continue;
        };
        match Attribute::new(&name) {
            Ok(attribute) if attributes.contains(&attribute) => {
                findings.mistake(&path, "this attribute is chunked at a level above already");
            }
            Ok(attribute) => attributes.push(attribute),
            Err(problem) => findings.mistake(&path, problem),
        }
        *entry = RawAttribute::Name(name);
    }
    attributes.into_iter().collect()
}

fn name(attribute: &RawAttribute) -> Option<String> {
    let name = match attribute {
        RawAttribute::Name(name) => Some(name),
        RawAttribute::WithSettings(parts) => match parts.first() {
            Some(Value::String(name)) => Some(name),
            _ => None,
        },
    };
    name.filter(|name| !name.trim().is_empty()).cloned()
}

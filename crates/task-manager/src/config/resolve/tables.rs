//! Names of tables, indexes and fields.

use std::collections::BTreeMap;

use crate::{
    config::{
        FieldNames, Names,
        findings::Findings,
        raw::{RawMetaHandler, RawTaskConfig, RawTasksTable},
    },
    mistakes::Path,
};

/// The names, sosw's where the config does not say otherwise.
pub(super) fn names(
    task: &mut RawTaskConfig,
    at_the_top: Option<RawTasksTable>,
    meta: &mut RawMetaHandler,
    findings: &mut Findings,
) -> Names {
    let section = Path::root().key("task_config").key("dynamo_db_config");
    let own = task.dynamo_db_config.get_or_insert_default();
    let other = at_the_top.unwrap_or_default();
    agree(own, &other, &section, findings);
    let sosw = Names::default();
    let or = |name: &mut Option<String>, default: String| name.get_or_insert(default).clone();
    let meta = meta.dynamo_db_config.get_or_insert_default();
    let renamed = own.field_names.get_or_insert(other.field_names.unwrap_or_default());
    let names = Names {
        fields: fields(renamed, &section.key("field_names"), findings),
        tasks: or(&mut own.table_name, other.table_name.unwrap_or(sosw.tasks)),
        tasks_greenfield: or(
            &mut own.index_greenfield,
            other.index_greenfield.unwrap_or(sosw.tasks_greenfield),
        ),
        retry: or(&mut task.sosw_retry_tasks_table, sosw.retry),
        retry_due: or(&mut task.sosw_retry_tasks_greenfield_index, sosw.retry_due),
        closed: or(&mut task.sosw_closed_tasks_table, sosw.closed),
        closed_status: or(&mut task.sosw_closed_tasks_labourer_status_index, sosw.closed_status),
        meta: or(&mut meta.table_name, sosw.meta),
        labourers: or(&mut task.sosw_labourers_table, sosw.labourers),
        jobs: or(&mut task.sosw_jobs_table, sosw.jobs),
        history: or(&mut task.sosw_history_table, sosw.history),
    };
    are_names(&names, findings);
    names
}

/// sosw 0.7's worker assistant has its own copy of the table's name; the two must not differ.
fn agree(own: &RawTasksTable, other: &RawTasksTable, path: &Path, findings: &mut Findings) {
    let differ = |own: &Option<String>, other: &Option<String>| matches!((own, other), (Some(own), Some(other)) if own != other);
    for (key, own, other) in [
        ("table_name", &own.table_name, &other.table_name),
        ("index_greenfield", &own.index_greenfield, &other.index_greenfield),
    ] {
        if differ(own, other) {
            let text = format_args!("differs from dynamo_db_config.{key}: keep one of them");
            findings.mistake(&path.key(key), text);
        }
    }
}

fn are_names(names: &Names, findings: &mut Findings) {
    let tables = names.tables();
    let indexes =
        [names.tasks_greenfield.as_str(), names.retry_due.as_str(), names.closed_status.as_str()];
    let path = Path::root().key("task_config");
    for name in tables.into_iter().chain(indexes) {
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')) {
            let text = format_args!("{name:?} is no name of a table: use a-z A-Z 0-9 _ - .");
            findings.mistake(&path, text);
        }
    }
    for (index, name) in tables.iter().enumerate() {
        if tables.iter().skip(index + 1).any(|other| other == name) {
            findings.mistake(&path, format_args!("two tables are called {name:?}"));
        }
    }
}

fn fields(renamed: &BTreeMap<String, String>, path: &Path, findings: &mut Findings) -> FieldNames {
    let fields: FieldNames = renamed.clone().into_iter().collect();
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    let own = FieldNames::RENAMABLE.into_iter().filter(|field| !renamed.contains_key(*field));
    for field in own.chain(renamed.keys().map(String::as_str)) {
        let name = fields.get(field);
        if name.is_empty() || name.len() > 255 {
            findings.mistake(&path.key(field), "expected a name of 1 to 255 bytes");
        } else if let Some(other) = taken.insert(name, field) {
            findings.mistake(&path.key(field), format_args!("{other} has the same name"));
        }
    }
    fields
}

//! Names of tables, indexes and fields. sosw's, unless the config says otherwise.

use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Queued and invoked tasks.
    pub tasks: String,
    /// Index of `tasks` by labourer_id and greenfield.
    pub tasks_greenfield: String,
    /// Parked tasks.
    pub retry: String,
    /// Local index of `retry` by labourer_id and desired_launch_time.
    pub retry_due: String,
    /// Closed tasks.
    pub closed: String,
    /// Index of `closed` by labourer_id_task_status and closed_at.
    pub closed_status: String,
    /// Event log.
    pub meta: String,
    /// Live state of labourers.
    pub labourers: String,
    /// Jobs, their cursors and counters.
    pub jobs: String,
    /// What happened in each minute.
    pub history: String,
    /// Fields of the task tables.
    pub fields: FieldNames,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            tasks: "sosw_tasks".into(),
            tasks_greenfield: "sosw_tasks_greenfield".into(),
            retry: "sosw_retry_tasks".into(),
            retry_due: "labourer_id_greenfield".into(),
            closed: "sosw_closed_tasks".into(),
            closed_status: "labourer_task_status_with_time".into(),
            meta: "sosw_tasks_meta".into(),
            labourers: "sosw_labourers".into(),
            jobs: "sosw_jobs".into(),
            history: "sosw_history".into(),
            fields: FieldNames::default(),
        }
    }
}

impl Names {
    /// The tables, each once.
    pub fn tables(&self) -> [&str; 7] {
        [
            &self.tasks,
            &self.retry,
            &self.closed,
            &self.meta,
            &self.labourers,
            &self.jobs,
            &self.history,
        ]
    }
}

/// Names of the fields that sosw lets its users rename (`field_names`); any other keeps its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldNames(BTreeMap<String, String>);

impl FieldNames {
    /// The fields of sosw 0.7's items that its users may rename.
    pub const RENAMABLE: [&str; 10] = [
        "task_id",
        "labourer_id",
        "created_at",
        "completed_at",
        "greenfield",
        "attempts",
        "closed_at",
        "desired_launch_time",
        "arn",
        "payload",
    ];

    /// The fields that are renamed, each with its name in the tables.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, name)| (field.as_str(), name.as_str()))
    }

    /// The name in the tables of `field`.
    #[doc(alias = "get_db_field_name")]
    pub fn get<'a>(&'a self, field: &'a str) -> &'a str {
        self.0.get(field).map_or(field, String::as_str)
    }
}

impl FromIterator<(String, String)> for FieldNames {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(renamed: I) -> Self {
        Self(renamed.into_iter().collect())
    }
}

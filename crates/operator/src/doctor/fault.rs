//! Everything that can be wrong, its text, and its remedy.

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeStruct};
use task_manager::ids::{JobId, LabourerId};

/// Does something not work, does it only cost more than it must, or could it be safer?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Fault,
    Cost,
    Hint,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    NoTable {
        table: String,
        /// Existing tables that may be meant by that name.
        similar: Vec<String>,
    },
    /// The config has a mistake, which stops what it concerns.
    ConfigMistake(String),
    /// The config cannot be used at all.
    ConfigRefused(String),
    /// A table has another key.
    TableKey {
        table: String,
        expected: String,
        found: String,
    },
    NoIndex {
        table: String,
        index: String,
    },
    /// An index has another key.
    IndexKey {
        table: String,
        index: String,
        expected: String,
        found: String,
    },
    /// A table has provisioned capacity: beyond it, writes are throttled.
    Provisioned {
        table: String,
        /// Write units a second.
        write_units: u64,
        /// What these and those of its index are enough for; of a table with writes for each task.
        tasks_per_second: Option<f64>,
    },
    /// An index projects every attribute.
    ProjectsAll {
        table: String,
        index: String,
        /// The attributes that it needs.
        needed: String,
    },
    /// A labourer has no function.
    NoFunction {
        labourer: LabourerId,
        function: String,
    },
    /// Lambda does not answer about a function.
    FunctionUnknown {
        labourer: LabourerId,
        about: &'static str,
        why: String,
    },
    /// A function may run for longer than the config allows.
    LongerThanDuration {
        labourer: LabourerId,
        timeout: Duration,
        duration: Duration,
    },
    /// A function has another time-out than its labourer's row, on which the leases rest.
    TimeoutChanged {
        labourer: LabourerId,
        timeout: Duration,
        /// What the row has.
        remembered: Duration,
        /// How long that counts before Lambda is asked again.
        good_for: Duration,
    },
    /// Lambda retries failed events by itself.
    RepeatedByLambda {
        labourer: LabourerId,
        retries: u32,
    },
    /// Events may wait in Lambda until their lease has passed.
    EventAge {
        labourer: LabourerId,
        /// How long they may wait.
        age: Duration,
        /// How long they may wait at most.
        most: Duration,
    },
    /// Lambda refuses a labourer's attempts.
    Refused {
        labourer: LabourerId,
        /// The function that was to be invoked.
        function: String,
        why: String,
    },
    /// The row's number of slots in use differs from the number of attempts.
    Slots {
        labourer: LabourerId,
        /// The number in the row.
        running: u32,
        /// The attempts that hold a slot.
        counted: u32,
        fixed: bool,
    },
    /// Tasks wait while slots are free.
    NobodyStarts {
        labourer: LabourerId,
        /// Since when the limit was not confirmed; `None` if it never was.
        silent: Option<Duration>,
    },
    /// Silent attempts are not ended.
    NobodyEnds {
        labourer: LabourerId,
        /// How long ago the oldest lease passed.
        overdue: Duration,
    },
    /// Parked tasks are not brought back.
    NobodyRequeues {
        labourer: LabourerId,
        /// How long the oldest of them is due.
        overdue: Duration,
    },
    /// A function that a schedule should invoke was not invoked.
    NoTicks(String),
    /// CloudWatch does not answer about ticks; its reason.
    TicksUnknown(String),
    /// A config row of one of sosw 0.7's functions that this stack, with another prefix, does not read.
    RowLeft {
        row: String,
        /// The name of the row that is read.
        wanted: String,
    },
    /// A job is neither filled nor ended.
    JobStands(JobId),
    /// An item of the tasks table is not a task.
    Phantom {
        id: String,
        lacks: &'static str,
    },
    /// Tasks under an id that nothing accepts: they are skipped whenever the queue is read.
    InvalidId {
        /// `tasks` or `retry`.
        table: &'static str,
        /// The id, and what is wrong with it.
        why: String,
        items: u64,
    },
    /// A task is in two tables.
    InTwoTables {
        id: String,
        tables: [&'static str; 2],
    },
    /// Tasks wait for a labourer that is not in the config.
    Orphans {
        /// The name in their items.
        labourer: String,
        tasks: u64,
    },
    /// Whoever may delete tables can delete these.
    Unprotected {
        tables: Vec<String>,
    },
    /// A labourer's reports carry the claim of their attempt, though it does not require that.
    MayRequireClaim {
        labourer: LabourerId,
        /// Its latest succeeded tasks that were looked at.
        tasks: usize,
    },
}

impl Fault {
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoTable { .. } => "no_table",
            Self::ConfigMistake(_) => "config_mistake",
            Self::ConfigRefused(_) => "config_refused",
            Self::TableKey { .. } => "table_key",
            Self::NoIndex { .. } => "no_index",
            Self::IndexKey { .. } => "index_key",
            Self::Provisioned { .. } => "provisioned",
            Self::ProjectsAll { .. } => "projects_all",
            Self::NoFunction { .. } => "no_function",
            Self::FunctionUnknown { .. } => "untold",
            Self::LongerThanDuration { .. } => "longer_than_duration",
            Self::TimeoutChanged { .. } => "timeout_changed",
            Self::RepeatedByLambda { .. } => "repeated_by_lambda",
            Self::EventAge { .. } => "event_age",
            Self::Refused { .. } => "refused",
            Self::Slots { .. } => "slots",
            Self::NobodyStarts { .. } => "nobody_starts",
            Self::NobodyEnds { .. } => "nobody_ends",
            Self::NobodyRequeues { .. } => "nobody_requeues",
            Self::NoTicks(_) => "no_ticks",
            Self::TicksUnknown(_) => "ticks_untold",
            Self::RowLeft { .. } => "row_left",
            Self::JobStands(_) => "job_stands",
            Self::Phantom { .. } => "phantom",
            Self::InvalidId { .. } => "invalid_id",
            Self::InTwoTables { .. } => "in_two_tables",
            Self::Orphans { .. } => "orphans",
            Self::Unprotected { .. } => "unprotected",
            Self::MayRequireClaim { .. } => "may_require_claim",
        }
    }

    pub fn severity(&self) -> Severity {
        match self {
            Self::Provisioned { .. } | Self::ProjectsAll { .. } => Severity::Cost,
            Self::Unprotected { .. } | Self::MayRequireClaim { .. } => Severity::Hint,
            // What is silent is only found later.
            Self::TimeoutChanged { timeout, remembered, .. } if remembered > timeout => {
                Severity::Hint
            }
            _ => Severity::Fault,
        }
    }

    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Slots { fixed: true, .. })
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoTable { .. } => "deploy the stack, or correct the name in the config",
            Self::ConfigMistake(_) => {
                "correct it: what it concerns, a labourer or the jobs of a schema, is stopped until then"
            }
            Self::ConfigRefused(_) => {
                "push a sound one: functions that are running go on with the config they had, new instances do \
                 not start"
            }
            Self::TableKey { .. } => {
                "a key cannot be changed: use another table, or create it again and move the items"
            }
            Self::NoIndex { .. } => {
                "add it to the table; a local index only comes with a new table"
            }
            Self::IndexKey { .. } => "delete the index and create it again",
            Self::Provisioned { .. } => {
                "let it grow with the load: \
                 `aws dynamodb update-table --table-name TABLE --billing-mode PAY_PER_REQUEST`"
            }
            Self::ProjectsAll { .. } => {
                "if tasks are large, delete the index while nothing runs, and create it again as \
                 template.yaml does; a local index only comes with a new table"
            }
            Self::NoFunction { .. } => "deploy it, or correct `arn` of the labourer",
            Self::FunctionUnknown { .. } => {
                "allow lambda:GetFunctionConfiguration and lambda:GetFunctionEventInvokeConfig on it"
            }
            Self::LongerThanDuration { .. } => {
                "raise `duration` of the labourer, or lower the time-out of the function"
            }
            Self::TimeoutChanged { .. } => {
                "none, if it was changed within the last hour; else allow orchestrator and scavenger \
                 lambda:GetFunctionConfiguration on the function, and read their logs"
            }
            Self::RepeatedByLambda { .. } => {
                "set MaximumRetryAttempts of its EventInvokeConfig to 0: sosw retries"
            }
            Self::EventAge { .. } => {
                "lower MaximumEventAgeInSeconds of its EventInvokeConfig, or raise `cooldown`"
            }
            Self::Refused { .. } => {
                "add the function's full ARN to the stack's parameter LabourerArns; \
                 deploy it, if it was deleted. Parked tasks are retried by themselves"
            }
            Self::Slots { fixed: true, .. } => "done",
            Self::Slots { .. } => {
                "run `sosw doctor --fix` to correct the row; if it stays, attempts began or ended between \
                 its two counts: `sosw pause` the labourer, wait for its attempts, and run it again"
            }
            Self::NobodyStarts { .. } => {
                "check that the orchestrator's schedule is on, and read its log"
            }
            Self::NobodyEnds { .. } | Self::NobodyRequeues { .. } => {
                "check that the scavenger's schedule is on, and read its log"
            }
            Self::NoTicks(_) => {
                "enable the rule that ends in _tick, as the stack does with Ticking=ENABLED"
            }
            Self::TicksUnknown(_) => {
                "allow cloudwatch:GetMetricData, or check the schedule rules by hand"
            }
            Self::RowLeft { .. } => {
                "copy it: `sosw config pull --row` of the one, `sosw config push --row` of the other"
            }
            Self::JobStands(_) => "check that the scavenger runs and may invoke the scheduler",
            Self::Phantom { .. } | Self::InTwoTables { .. } => {
                "run `sosw adopt` to see the proposed change"
            }
            Self::InvalidId { .. } => {
                "delete it from the table, and create the task again with a valid id: no white space \
                 or control characters, at most 255 bytes (140 for a labourer)"
            }
            Self::Orphans { .. } => "put the labourer back into the config, or cancel its tasks",
            Self::Unprotected { .. } => {
                "now that the stack stands, deploy it with the parameter DeletionProtection=yes, or protect \
                 adopted tables: `aws dynamodb update-table --table-name TABLE --deletion-protection-enabled`"
            }
            Self::MayRequireClaim { .. } => {
                "set `require_claim` of the labourer to true, if nothing else reports for it: reports \
                 without a claim, as of sosw 0.7's Worker, are refused from then on"
            }
        }
    }
}

/// The remedy is called `way_out` in JSON: scripts read that name.
impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Fault", 5)?;
        fields.serialize_field("fault", self.name())?;
        fields.serialize_field("text", &self.to_string())?;
        fields.serialize_field("way_out", self.remedy())?;
        fields.serialize_field("fixed", &self.is_fixed())?;
        fields.serialize_field("severity", &self.severity())?;
        fields.end()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable { table, similar } if similar.is_empty() => {
                write!(f, "there is no table {table}")
            }
            Self::NoTable { table, similar } => {
                write!(f, "there is no table {table}, did you mean {}?", similar.join(" or "))
            }
            Self::ConfigMistake(mistake) | Self::ConfigRefused(mistake) => {
                write!(f, "config: {mistake}")
            }
            Self::TableKey { table, expected, found } => {
                write!(f, "table {table} has the key {found}, it needs {expected}")
            }
            Self::NoIndex { table, index } => write!(f, "table {table} has no index {index}"),
            Self::IndexKey { table, index, expected, found } => {
                write!(f, "index {index} of {table} has the key {found}, it needs {expected}")
            }
            Self::Provisioned { table, write_units, tasks_per_second } => {
                write!(
                    f,
                    "table {table} has provisioned capacity, {write_units} write units a second"
                )?;
                match tasks_per_second {
                    Some(tasks) => write!(
                        f,
                        ": with its index, that carries {tasks:.1} tasks a second; beyond, \
                         DynamoDB throttles it"
                    ),
                    None => f.write_str(": beyond, DynamoDB throttles it"),
                }
            }
            Self::ProjectsAll { table, index, needed } => write!(
                f,
                "index {index} of {table} projects every attribute: what is written of an item \
                 beyond 1 KB costs its write units a second time; it needs only {needed}"
            ),
            Self::NoFunction { labourer, function } => {
                write!(f, "labourer {labourer}: Lambda has no function {function}")
            }
            Self::FunctionUnknown { labourer, about, why } => {
                write!(f, "labourer {labourer}: cannot read its {about} from Lambda: {why}")
            }
            Self::LongerThanDuration { labourer, timeout, duration } => write!(
                f,
                "labourer {labourer}: its function may run for {timeout:?}, longer than its \
                 duration of {duration:?}: a second attempt may start while the first still runs"
            ),
            Self::TimeoutChanged { labourer, timeout, remembered, good_for } => {
                write!(
                    f,
                    "labourer {labourer}: its function may run for {timeout:?}, but its leases rest on \
                     the {remembered:?} of its row"
                )?;
                if timeout > remembered {
                    f.write_str(": a second attempt may start while the first still runs")?;
                }
                match good_for.as_secs() {
                    0 => f.write_str("; the next tick asks Lambda again"),
                    seconds => write!(f, "; a tick asks Lambda again within {seconds}s"),
                }
            }
            Self::RepeatedByLambda { labourer, retries } => write!(
                f,
                "labourer {labourer}: Lambda retries failed events by itself, up to {retries} times"
            ),
            Self::EventAge { labourer, age, most } => write!(
                f,
                "labourer {labourer}: events may wait in Lambda for {age:?}, but its lease allows {most:?}"
            ),
            Self::Refused { labourer, function, why } => {
                write!(f, "labourer {labourer}: Lambda refuses to invoke {function}: {why}")
            }
            Self::Slots { labourer, running, counted, .. } if running == counted => write!(
                f,
                "labourer {labourer}: its row counts fewer slots taken than its counters count freed, so \
                 nothing is started for it"
            ),
            Self::Slots { labourer, running, counted, .. } => write!(
                f,
                "labourer {labourer}: its row has {running} slots in use, but {counted} attempts were counted"
            ),
            Self::NobodyStarts { labourer, silent: Some(silent) } => write!(
                f,
                "labourer {labourer}: tasks are queued and slots are free, but the orchestrator has not ticked for {silent:?}"
            ),
            Self::NobodyStarts { labourer, silent: None } => {
                write!(
                    f,
                    "labourer {labourer}: tasks are queued, but the orchestrator has never ticked"
                )
            }
            Self::NobodyEnds { labourer, overdue } => write!(
                f,
                "labourer {labourer}: expired attempts are not ended; the oldest lease passed \
                 {overdue:?} ago"
            ),
            Self::NobodyRequeues { labourer, overdue } => write!(
                f,
                "labourer {labourer}: tasks waiting to retry are not queued; the oldest has been due for {overdue:?}"
            ),
            Self::NoTicks(function) => write!(
                f,
                "no schedule has invoked {function} in the last {:?}",
                super::ticks::WINDOW
            ),
            Self::TicksUnknown(why) => {
                write!(f, "cannot read from CloudWatch whether ticks come: {why}")
            }
            Self::RowLeft { row, wanted } => {
                write!(
                    f,
                    "config row {row} is not read by this stack, which reads {wanted}, and there is none"
                )
            }
            Self::JobStands(id) => write!(f, "job {id} makes no progress"),
            Self::Phantom { id, lacks } => {
                write!(f, "item {id} of the tasks table is not a task: it has no {lacks}")
            }
            Self::InvalidId { table, why, items } => {
                let s = if *items == 1 { "" } else { "s" };
                write!(f, "{items} item{s} of the {table} table can never be started: {why}")
            }
            Self::InTwoTables { id, tables: [one, other] } => {
                write!(f, "task {id} is in two tables: {one} and {other}")
            }
            Self::Orphans { labourer, tasks } => {
                write!(f, "{tasks} open tasks belong to {labourer:?}, which is not in the config")
            }
            Self::Unprotected { tables } => {
                write!(f, "nothing keeps tables from being deleted by hand: {}", tables.join(", "))
            }
            Self::MayRequireClaim { labourer, tasks } => write!(
                f,
                "labourer {labourer}: of its latest {tasks} succeeded tasks, none shows a report \
                 without a claim"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scripts_find_every_field_of_a_fault_under_its_name_and_no_other() {
        let fault = Fault::NoTable { table: "sosw_tasks".to_owned(), similar: Vec::new() };
        let expected = json!({
            "fault": "no_table",
            "text": "there is no table sosw_tasks",
            "way_out": "deploy the stack, or correct the name in the config",
            "fixed": false,
            "severity": "fault",
        });
        assert_eq!(serde_json::to_string(&fault).unwrap(), expected.to_string());
    }
}

//! What can be wrong, in words, and what to do about it.

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeStruct};
use task_manager::ids::{JobId, LabourerId};

/// Something that is wrong with a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A table is missing.
    NoTable(String),
    /// A table has another key.
    TableKey {
        /// Which table.
        table: String,
        /// The key it needs.
        expected: String,
        /// The key it has.
        found: String,
    },
    /// An index is missing.
    NoIndex {
        /// Of this table.
        table: String,
        /// Its name.
        index: String,
    },
    /// An index has another key.
    IndexKey {
        /// Of this table.
        table: String,
        /// Its name.
        index: String,
        /// The key it needs.
        expected: String,
        /// The key it has.
        found: String,
    },
    /// A labourer has no function.
    NoFunction {
        /// Whose.
        labourer: LabourerId,
        /// The name that the config gives.
        function: String,
    },
    /// Lambda does not tell about a function.
    Untold {
        /// Whose.
        labourer: LabourerId,
        /// What was asked.
        about: &'static str,
        /// Lambda's reason.
        why: String,
    },
    /// A function may run for longer than the config says.
    LongerThanDuration {
        /// Whose.
        labourer: LabourerId,
        /// The function's time-out.
        timeout: Duration,
        /// What the config says.
        duration: Duration,
    },
    /// Lambda repeats failed events by itself.
    RepeatedByLambda {
        /// Whose.
        labourer: LabourerId,
        /// How often.
        retries: u32,
    },
    /// Events may wait in Lambda until their lease has passed.
    EventAge {
        /// Whose.
        labourer: LabourerId,
        /// How long they may wait.
        age: Duration,
        /// How long they should at most.
        most: Duration,
    },
    /// Lambda refuses a labourer's attempts.
    Refused {
        /// Whose.
        labourer: LabourerId,
        /// The function that was to be invoked.
        function: String,
        /// Lambda's reason.
        why: String,
    },
    /// The row counts other attempts than there are.
    Slots {
        /// Whose.
        labourer: LabourerId,
        /// What the row says.
        running: u32,
        /// What there is.
        counted: u32,
        /// Was the row set right?
        fixed: bool,
    },
    /// Tasks wait while slots are free.
    NobodyStarts {
        /// Whose.
        labourer: LabourerId,
        /// How long the limit was not confirmed; nothing if it never was.
        silent: Option<Duration>,
    },
    /// Silent attempts are not ended.
    NobodyEnds {
        /// Whose.
        labourer: LabourerId,
        /// How long ago the oldest lease passed.
        overdue: Duration,
    },
    /// Parked tasks are not brought back.
    NobodyRequeues {
        /// Whose.
        labourer: LabourerId,
        /// How long the oldest of them is due.
        overdue: Duration,
    },
    /// A function that a schedule should invoke was not invoked.
    NoTicks(String),
    /// CloudWatch does not tell about ticks, and why.
    TicksUntold(String),
    /// A function of sosw's has a config row that ours of another prefix does not read.
    RowLeft {
        /// Its name.
        row: String,
        /// The name of the row that is read.
        wanted: String,
    },
    /// A job is neither filled nor settled.
    JobStands(JobId),
    /// An item of the tasks table is no task.
    Phantom {
        /// Its id.
        id: String,
        /// What it lacks.
        lacks: &'static str,
    },
    /// A task is in two tables.
    InTwoTables {
        /// Its id.
        id: String,
        /// The tables.
        tables: [&'static str; 2],
    },
    /// Tasks wait for a labourer that the config does not know.
    Orphans {
        /// The name in their items.
        labourer: String,
        /// How many.
        tasks: u64,
    },
}

impl Fault {
    /// A stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoTable(_) => "no_table",
            Self::TableKey { .. } => "table_key",
            Self::NoIndex { .. } => "no_index",
            Self::IndexKey { .. } => "index_key",
            Self::NoFunction { .. } => "no_function",
            Self::Untold { .. } => "untold",
            Self::LongerThanDuration { .. } => "longer_than_duration",
            Self::RepeatedByLambda { .. } => "repeated_by_lambda",
            Self::EventAge { .. } => "event_age",
            Self::Refused { .. } => "refused",
            Self::Slots { .. } => "slots",
            Self::NobodyStarts { .. } => "nobody_starts",
            Self::NobodyEnds { .. } => "nobody_ends",
            Self::NobodyRequeues { .. } => "nobody_requeues",
            Self::NoTicks(_) => "no_ticks",
            Self::TicksUntold(_) => "ticks_untold",
            Self::RowLeft { .. } => "row_left",
            Self::JobStands(_) => "job_stands",
            Self::Phantom { .. } => "phantom",
            Self::InTwoTables { .. } => "in_two_tables",
            Self::Orphans { .. } => "orphans",
        }
    }

    /// Is it gone already?
    pub fn is_fixed(&self) -> bool {
        matches!(self, Self::Slots { fixed: true, .. })
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoTable(_) => "deploy the stack, or correct the name in the config",
            Self::TableKey { .. } => {
                "a key cannot be changed: name another table, or make it anew and move the items"
            }
            Self::NoIndex { .. } => {
                "add it to the table; a local index only comes with a new table"
            }
            Self::IndexKey { .. } => "delete the index and make it anew",
            Self::NoFunction { .. } => "deploy it, or correct `arn` of the labourer",
            Self::Untold { .. } => {
                "allow lambda:GetFunctionConfiguration and lambda:GetFunctionEventInvokeConfig on it"
            }
            Self::LongerThanDuration { .. } => {
                "raise `duration` of the labourer, or lower the time-out of the function"
            }
            Self::RepeatedByLambda { .. } => {
                "set MaximumRetryAttempts of its EventInvokeConfig to 0: sosw retries"
            }
            Self::EventAge { .. } => {
                "lower MaximumEventAgeInSeconds of its EventInvokeConfig, or raise `cooldown`"
            }
            Self::Refused { .. } => {
                "add the function's full ARN to the stack's parameter LabourerArns; \
                 deploy it, if it was deleted. Parked tasks return by themselves"
            }
            Self::Slots { fixed: true, .. } => "done",
            Self::Slots { .. } => "`sosw doctor --fix` sets the row right",
            Self::NobodyStarts { .. } => {
                "is the orchestrator's schedule on? Its log tells what it meets"
            }
            Self::NobodyEnds { .. } | Self::NobodyRequeues { .. } => {
                "is the scavenger's schedule on? Its log tells what it meets"
            }
            Self::NoTicks(_) => {
                "enable the rule that ends in _tick, as the stack does with Ticking=ENABLED"
            }
            Self::TicksUntold(_) => "allow cloudwatch:GetMetricData, or look at the rules yourself",
            Self::RowLeft { .. } => {
                "copy it: `sosw config pull --row` of the one, `sosw config push --row` of the other"
            }
            Self::JobStands(_) => "does the scavenger run, and may it invoke the scheduler?",
            Self::Phantom { .. } | Self::InTwoTables { .. } => {
                "`sosw adopt` shows what would become of it"
            }
            Self::Orphans { .. } => "put the labourer back into the config, or cancel its tasks",
        }
    }
}

/// Its name, its text, its remedy (as `way_out`), and whether it is gone already.
impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Fault", 4)?;
        fields.serialize_field("fault", self.name())?;
        fields.serialize_field("text", &self.to_string())?;
        fields.serialize_field("way_out", self.remedy())?;
        fields.serialize_field("fixed", &self.is_fixed())?;
        fields.end()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable(table) => write!(f, "there is no table {table}"),
            Self::TableKey { table, expected, found } => {
                write!(f, "table {table} has the key {found}, it needs {expected}")
            }
            Self::NoIndex { table, index } => write!(f, "table {table} has no index {index}"),
            Self::IndexKey { table, index, expected, found } => {
                write!(f, "index {index} of {table} has the key {found}, it needs {expected}")
            }
            Self::NoFunction { labourer, function } => {
                write!(f, "labourer {labourer}: Lambda has no function {function}")
            }
            Self::Untold { labourer, about, why } => {
                write!(f, "labourer {labourer}: Lambda does not tell its {about}: {why}")
            }
            Self::LongerThanDuration { labourer, timeout, duration } => write!(
                f,
                "labourer {labourer}: its function may run for {timeout:?}, longer than its \
                 duration of {duration:?}: a second attempt may start beside the first"
            ),
            Self::RepeatedByLambda { labourer, retries } => write!(
                f,
                "labourer {labourer}: Lambda repeats failed events by itself, up to {retries} times"
            ),
            Self::EventAge { labourer, age, most } => write!(
                f,
                "labourer {labourer}: events may wait in Lambda for {age:?}, its lease allows {most:?}"
            ),
            Self::Refused { labourer, function, why } => {
                write!(f, "labourer {labourer}: Lambda refuses to invoke {function}: {why}")
            }
            Self::Slots { labourer, running, counted, .. } => write!(
                f,
                "labourer {labourer}: its row counts {running} slots in use, there are {counted}"
            ),
            Self::NobodyStarts { labourer, silent: Some(silent) } => write!(
                f,
                "labourer {labourer}: tasks wait, slots are free, and no tick came for {silent:?}"
            ),
            Self::NobodyStarts { labourer, silent: None } => {
                write!(f, "labourer {labourer}: tasks wait, and no tick ever came")
            }
            Self::NobodyEnds { labourer, overdue } => write!(
                f,
                "labourer {labourer}: silent attempts are not ended, the oldest lease passed \
                 {overdue:?} ago"
            ),
            Self::NobodyRequeues { labourer, overdue } => write!(
                f,
                "labourer {labourer}: parked tasks do not return, the oldest is due for {overdue:?}"
            ),
            Self::NoTicks(function) => write!(
                f,
                "no schedule has invoked {function} in the last {:?}",
                super::ticks::WINDOW
            ),
            Self::TicksUntold(why) => {
                write!(f, "CloudWatch does not tell whether ticks come: {why}")
            }
            Self::RowLeft { row, wanted } => {
                write!(f, "config row {row} is not read by this stack, which has no {wanted}")
            }
            Self::JobStands(id) => write!(f, "job {id} stands still"),
            Self::Phantom { id, lacks } => {
                write!(f, "item {id} of the tasks table is no task: it has no {lacks}")
            }
            Self::InTwoTables { id, tables: [one, other] } => {
                write!(f, "task {id} is in two tables: {one} and {other}")
            }
            Self::Orphans { labourer, tasks } => {
                write!(
                    f,
                    "{tasks} open tasks belong to {labourer:?}, which the config does not know"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scripts_find_every_field_of_a_fault_under_its_name_and_no_other() {
        let fault = Fault::NoTable("sosw_tasks".to_owned());
        let expected = json!({
            "fault": "no_table",
            "text": "there is no table sosw_tasks",
            "way_out": "deploy the stack, or correct the name in the config",
            "fixed": false,
        });
        assert_eq!(serde_json::to_string(&fault).unwrap(), expected.to_string());
    }
}

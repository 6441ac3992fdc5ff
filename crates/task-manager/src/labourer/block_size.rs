//! How many tasks of a job are made, invoked and closed as one item: a block.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::MAX_MEMBERS;

/// How many tasks of a job one invocation is given at most. In JSON a whole number, or `"auto"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
pub enum TasksPerInvocation {
    /// So many, from 1 to [`MAX_MEMBERS`].
    Fixed(u32),
    /// As many as take about the labourer's `block_seconds`, by how long its tasks took lately.
    Auto,
}

impl TasksPerInvocation {
    /// What it may be, for people.
    pub const EXPECTED: &str = "a whole number from 1 to 1000, or \"auto\"";
    /// Tasks of an invocation under `auto`, while it is unknown how long a task takes.
    const WHILE_UNKNOWN: u64 = 10;

    /// So many, if they can be one block.
    pub fn fixed(tasks: u64) -> Option<Self> {
        let tasks = u32::try_from(tasks).ok()?;
        (1..=MAX_MEMBERS).contains(&tasks.into()).then_some(Self::Fixed(tasks))
    }

    /// The members that a block has at least, unless there are no more tasks.
    pub(crate) fn least(self) -> u32 {
        match self {
            Self::Fixed(tasks) => tasks,
            Self::Auto => 1,
        }
    }

    /// The size of a block that is to work for about `block`, if a task takes `seconds_per_task`.
    /// With `auto` it is from 1 to [`MAX_MEMBERS`].
    pub fn resolve(self, seconds_per_task: Option<f64>, block: Duration) -> u64 {
        match (self, seconds_per_task) {
            (Self::Fixed(tasks), _) => tasks.into(),
            (Self::Auto, None) => Self::WHILE_UNKNOWN,
            // The conversion rounds down, and takes what is beyond a number for the nearest one.
            (Self::Auto, Some(seconds)) => {
                ((block.as_secs_f64() / seconds) as u64).clamp(1, MAX_MEMBERS)
            }
        }
    }
}

impl Default for TasksPerInvocation {
    fn default() -> Self {
        Self::Fixed(1)
    }
}

/// A number, or the word.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "TasksPerInvocation")]
enum Written {
    /// So many.
    Number(#[schemars(range(min = 1, max = MAX_MEMBERS))] u64),
    /// By a rule.
    Word(Word),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "TasksPerInvocationWord")]
enum Word {
    /// As many as take about `block_seconds`.
    Auto,
}

impl TryFrom<Written> for TasksPerInvocation {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(tasks) => Self::fixed(tasks)
                .ok_or_else(|| format!("got {tasks}, expected {}", Self::EXPECTED)),
            Written::Word(Word::Auto) => Ok(Self::Auto),
        }
    }
}

impl From<TasksPerInvocation> for Written {
    fn from(tasks: TasksPerInvocation) -> Self {
        match tasks {
            TasksPerInvocation::Fixed(tasks) => Self::Number(tasks.into()),
            TasksPerInvocation::Auto => Self::Word(Word::Auto),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    const HALF_A_MINUTE: Duration = Duration::from_secs(30);

    #[rstest]
    #[case(None, 10)]
    #[case(Some(0.1), 300)]
    #[case(Some(0.7), 42)]
    #[case(Some(30.0), 1)]
    #[case(Some(31.0), 1)]
    #[case(Some(0.001), 1000)]
    #[case(Some(0.0), 1000)]
    #[case(Some(f64::NAN), 1)]
    fn auto_gives_an_invocation_what_it_can_do_in_the_time_of_a_block(
        #[case] seconds_per_task: Option<f64>,
        #[case] tasks: u64,
    ) {
        assert_eq!(TasksPerInvocation::Auto.resolve(seconds_per_task, HALF_A_MINUTE), tasks);
    }

    proptest! {
        #[test]
        fn a_block_has_from_one_task_to_the_most_whatever_they_take(
            fixed in 1..=MAX_MEMBERS, seconds in prop::option::of(any::<f64>()), block: Duration,
        ) {
            let auto = TasksPerInvocation::Auto.resolve(seconds, block);
            prop_assert!((1..=MAX_MEMBERS).contains(&auto));
            let fixed_size = TasksPerInvocation::fixed(fixed).unwrap().resolve(seconds, block);
            prop_assert_eq!(fixed_size, fixed);
        }
    }

    #[rstest]
    #[case(json!(1), TasksPerInvocation::default())]
    #[case(json!(MAX_MEMBERS), TasksPerInvocation::Fixed(1000))]
    #[case(json!("auto"), TasksPerInvocation::Auto)]
    fn it_is_written_as_a_number_or_a_word(#[case] json: Value, #[case] meant: TasksPerInvocation) {
        assert_eq!(serde_json::to_value(meant).unwrap(), json);
        assert_eq!(serde_json::from_value::<TasksPerInvocation>(json).unwrap(), meant);
    }

    #[rstest]
    fn anything_else_is_refused(
        #[values(json!(0), json!(-1), json!(MAX_MEMBERS + 1), json!(2.5), json!("Auto"), json!("5"),
            json!(null), json!([1]))]
        json: Value,
    ) {
        assert!(serde_json::from_value::<TasksPerInvocation>(json).is_err());
    }

    #[test]
    fn what_is_expected_names_the_limit() {
        assert!(TasksPerInvocation::EXPECTED.contains(&format!("1 to {MAX_MEMBERS},")));
    }
}

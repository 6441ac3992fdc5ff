//! Which tasks are wanted.

use task_manager::{task::Task, time::Timestamp};

use super::TaskState;

/// What tasks must have in common; nothing that is not set is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub state: Option<TaskState>,
    /// The kind of its last error.
    pub kind: Option<String>,
    /// Part of the kind or the message of one of its errors, in capitals or not.
    pub text: Option<String>,
    /// Closed since then; if it is open, created.
    pub since: Option<Timestamp>,
    /// Closed by then; if it is open, created.
    pub before: Option<Timestamp>,
}

impl Filter {
    /// Must tasks be read to know whether they match? An index knows the state, and when a task was closed.
    pub(super) fn is_selective(&self, state: TaskState) -> bool {
        let has_age = self.since.is_some() || self.before.is_some();
        self.kind.is_some() || self.text.is_some() || (has_age && !state.is_closed())
    }

    /// Does a task match, whatever its state?
    pub(super) fn matches(&self, task: &Task) -> bool {
        let kind = |kind: &String| task.errors.last().is_some_and(|error| error.kind == *kind);
        let at = task.closed.map(|closed| closed.at).or(task.created_at);
        self.kind.as_ref().is_none_or(kind)
            && self.since.is_none_or(|since| at.is_some_and(|at| at >= since))
            && self.before.is_none_or(|before| at.is_some_and(|at| at <= before))
            && self.text.as_deref().is_none_or(|text| has_text(task, text))
    }
}

fn has_text(task: &Task, text: &str) -> bool {
    let text = text.to_lowercase();
    let has = |field: &str| field.to_lowercase().contains(&text);
    task.errors.iter().any(|error| has(&error.kind) || has(&error.message))
}

#[cfg(test)]
mod tests {
    use task_manager::{
        greenfield::Greenfield,
        ids::{LabourerId, TaskId},
        task::{Closed, Status, TaskError},
    };

    use super::*;

    fn task(errors: &[(&str, &str)], created: f64, closed: Option<f64>) -> Task {
        let at = Timestamp::from_seconds;
        let (id, labourer) = (TaskId::new("t").unwrap(), LabourerId::new("worker").unwrap());
        let mut task = Task::new(id, labourer, at(created), Greenfield(2.0), "{}".into());
        for (kind, message) in errors {
            task.add_error(TaskError::new(1, kind, message, at(created)));
        }
        let status = Status::Exhausted;
        task.closed = closed.map(|seconds| Closed {
            at: at(seconds),
            status,
            expires_at: None,
            success: None,
        });
        task
    }

    #[test]
    fn a_task_matches_by_the_kind_of_its_last_error() {
        let of = |kind: &str| Filter { kind: Some(kind.into()), ..Filter::default() };
        let failed = task(&[("Early", ""), ("Late", "")], 5.0, None);
        assert!(of("Late").matches(&failed) && !of("Early").matches(&failed));
        assert!(!of("Late").matches(&task(&[], 5.0, None)));
    }

    #[test]
    fn a_task_matches_by_a_text_in_any_of_its_errors_in_capitals_or_not() {
        let of = |text: &str| Filter { text: Some(text.into()), ..Filter::default() };
        let failed = task(&[("DbError", "Deadlock found"), ("Late", "")], 5.0, None);
        assert!(of("deadLOCK").matches(&failed) && of("dberr").matches(&failed));
        assert!(!of("lock wait").matches(&failed));
    }

    #[test]
    fn the_age_of_a_task_is_that_of_its_end_or_of_its_creation() {
        let (at, created, closed) =
            (Timestamp::from_seconds, task(&[], 5.0, None), task(&[], 5.0, Some(9.0)));
        let since = |seconds| Filter { since: Some(at(seconds)), ..Filter::default() };
        let before = |seconds| Filter { before: Some(at(seconds)), ..Filter::default() };
        assert!(since(5.0).matches(&created) && !since(5.1).matches(&created));
        assert!(since(9.0).matches(&closed) && !before(8.9).matches(&closed));
        assert!(before(5.0).matches(&created) && before(9.0).matches(&closed));
    }

    #[test]
    fn only_what_no_index_knows_makes_it_necessary_to_read_tasks() {
        let aged = Filter { since: Some(Timestamp::from_seconds(1.0)), ..Filter::default() };
        assert!(!aged.is_selective(TaskState::Exhausted) && aged.is_selective(TaskState::Queued));
        assert!(!Filter::default().is_selective(TaskState::Parked));
    }
}

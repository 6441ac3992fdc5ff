//! Retries or cancels one task, or failed tasks of a labourer.

use axum::{extract::Path, response::Response};
use operator::{
    tasks::{
        Cursor, RetriedFailures, TaskChange, TaskName, TaskRefusal, cancel as cancel_task,
        retry as retry_task, retry_failed,
    },
    words,
};

use super::job::{Chosen, nothing_to_retry};
use crate::{
    guard::form::Form,
    look::{link, text},
    said::Said,
    screens,
    trouble::Trouble,
    visit::Visit,
};

pub async fn retry(visit: Visit, Path(task): Path<String>) -> Result<Response, Trouble> {
    let name: TaskName = task.parse()?;
    let said = said(retry_task(&visit.manager, &name).await, "queued again")?;
    Ok(visit.lead_to(&link::task_path(&name), said))
}

pub async fn cancel(visit: Visit, Path(task): Path<String>) -> Result<Response, Trouble> {
    let name: TaskName = task.parse()?;
    let said = said(cancel_task(&visit.manager, &name).await, "cancelled")?;
    Ok(visit.lead_to(&link::task_path(&name), said))
}

/// What came of it. Whoever wanted it sees the task as it is.
fn said(done: Result<TaskChange, TaskRefusal>, verb: &str) -> Result<Said, Trouble> {
    match done {
        Ok(TaskChange { is_new: true, tasks: 1, .. }) => {
            Ok(Said::Done(format!("The task was {verb}.")))
        }
        Ok(TaskChange { is_new: true, tasks, .. }) => {
            Ok(Said::Done(format!("{} of the block were {verb}.", text::things(tasks, "task"))))
        }
        Ok(TaskChange { state, .. }) => Ok(Said::Done(format!(
            "Nothing was done: it is {} already.",
            words::state(state.name())
        ))),
        Err(refusal @ (TaskRefusal::Lookup(_) | TaskRefusal::Store(_))) => Err(refusal.into()),
        Err(refusal) => Ok(Said::Refused(format!("Nothing was done: {refusal}."))),
    }
}

/// Failed tasks of a labourer, across its jobs: as many as one call takes.
pub async fn retry_of_labourer(
    visit: Visit,
    Path(name): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Trouble> {
    let labourer = screens::asked::labourer(&visit.manager, &name).await?.id;
    let kind = Some(chosen.kind.as_str()).filter(|kind| !kind.is_empty());
    let after = screens::fields::given(&chosen.after).map(str::parse::<Cursor>).transpose()?;
    let done = retry_failed(&visit.manager, &labourer, kind, after.as_ref()).await?;
    let address = match &done.next {
        Some(next) => {
            let next = next.to_string();
            screens::sure::retry_of_labourer_path(&labourer, &chosen.kind, &next)
        }
        None => format!("{}/failures", link::labourer_path(&labourer)),
    };
    Ok(visit.lead_to(&address, of_many(&done, kind)))
}

fn of_many(done: &RetriedFailures, kind: Option<&str>) -> Said {
    let mut lines = vec![match done.tasks {
        0 if done.next.is_none() => nothing_to_retry(kind),
        tasks => format!("{} queued again.", text::things(tasks, "task")),
    }];
    lines.extend(
        done.refused
            .iter()
            .map(|(why, many)| format!("{} stay: {why}.", text::things(*many, "task"))),
    );
    if done.next.is_some() {
        lines.push("There may be more: go on below.".to_owned());
    }
    let text = lines.join("\n");
    match done.tasks {
        0 => Said::Refused(text),
        _ => Said::Done(text),
    }
}

#[cfg(test)]
mod tests {
    use operator::{TaskId, tasks::TaskState};

    use super::*;

    fn change(tasks: u64, is_new: bool) -> Result<TaskChange, TaskRefusal> {
        let (task_id, state) = (TaskId::new("t1").unwrap(), TaskState::Queued);
        Ok(TaskChange { task_id, tasks, state, is_new })
    }

    #[test]
    fn whoever_clicks_twice_is_told_that_it_was_done_before() {
        let said = |tasks, is_new| said(change(tasks, is_new), "queued again").unwrap();
        assert_eq!(said(1, true), Said::Done("The task was queued again.".into()));
        assert_eq!(said(3, true), Said::Done("3 tasks of the block were queued again.".into()));
        assert_eq!(said(1, false), Said::Done("Nothing was done: it is queued already.".into()));
    }

    #[test]
    fn what_is_refused_is_said_with_the_reason() {
        let task = TaskId::new("t1").unwrap();
        let refusal = TaskRefusal::NotFailed { task, state: TaskState::Succeeded };
        let Said::Refused(why) = said(Err(refusal), "queued again").unwrap() else { panic!() };
        assert!(why.starts_with("Nothing was done: task t1 has succeeded"), "{why}");
    }

    #[test]
    fn of_many_tasks_it_is_said_what_stays_and_that_there_are_more() {
        let mut done = RetriedFailures { tasks: 1000, ..RetriedFailures::default() };
        assert_eq!(of_many(&done, None), Said::Done("1,000 tasks queued again.".into()));
        done.refused.insert("job j is cancelled".into(), 2);
        done.next = Some(Cursor::Behind(TaskState::Exhausted, None));
        let Said::Done(text) = of_many(&done, None) else { panic!() };
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[1..],
            ["2 tasks stay: job j is cancelled.", "There may be more: go on below."]
        );
        let none = of_many(&RetriedFailures::default(), Some("Odd"));
        assert_eq!(
            none,
            Said::Refused("Nothing was done: no failed task has Odd as its last error.".into())
        );
    }
}

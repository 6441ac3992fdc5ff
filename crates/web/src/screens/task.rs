//! A task: time line, errors, why it does not run, what it printed.

use axum::{extract::Path, response::Response};
use maud::{Markup, html};
use operator::{
    Timestamp,
    explain::{Explanation, explain_in_few_reads, explain_missing},
    tasks::{BlockDetails, LookupError, TaskDetails, TaskName, show as read},
    words,
};

use crate::{
    look::{Button, badge, empty, facts, form, link, raw, text, time},
    stack::{Attempt, Printed},
    trouble::Trouble,
    visit::Visit,
};

pub async fn show(visit: Visit, Path(task): Path<String>) -> Result<Response, Trouble> {
    let name: TaskName = task.parse()?;
    let title = format!("Task {}", words::printable(&name.to_string()));
    let task = match read(&visit.manager, &name).await {
        Ok(task) => task,
        Err(LookupError::Missing(missing)) => match explain_missing(&missing) {
            Some(explanation) => {
                let body = why(&visit, &explanation);
                return Ok(visit.page(&title, &body));
            }
            None => return Err(missing.into()),
        },
        Err(error) => return Err(error.into()),
    };
    let explanation = explain_in_few_reads(&visit.manager, &name).await?;
    let printed = visit.stack().printed(&task).await;
    let body = html! {
        (what_it_is(&visit, &name, &task))
        (why(&visit, &explanation))
        (buttons(&visit, &name, &task))
        (errors(&task, visit.now))
        (time_line(&task, visit.now))
        (output(printed, visit.now))
    };
    Ok(visit.page(&title, &body))
}

fn what_it_is(visit: &Visit, name: &TaskName, task: &TaskDetails) -> Markup {
    let state = match &task.member {
        Some(member) if member.is_accepted => {
            html! { (badge("succeeded")) " its block is still running" }
        }
        _ => html! { (badge(task.state.name())) " " (super::tasks::when(task, visit.now)) },
    };
    let mut list = vec![("State", state), ("Labourer", link::labourer(&task.labourer_id))];
    list.extend(task.job_id.as_ref().map(|job| ("Job", link::job(job))));
    list.extend(task.member.as_ref().map(|member| {
        ("Id", html! { code { (raw(&member.task_id)) } ", number " (member.number) " of its job" })
    }));
    list.extend(match (&task.member, name) {
        (Some(_), _) => Some(("Block", link::task(&task.task_id))),
        (None, TaskName::OfJob(..)) => Some(("Id", html! { code { (raw(&task.task_id)) } })),
        (None, TaskName::Id(_)) => None,
    });
    list.extend(task.block.iter().flat_map(block));
    list.push(("Attempts", html! { (task.attempts) }));
    list.extend(task.created_at.map(|at| ("Created", time(at, visit.now))));
    let payload = format!("{}/payload", link::task_path(name));
    list.push((
        "Payload",
        html! { span.message { (raw(words::short(&task.gist, GIST))) } " " a href=(payload) { "Payload and result" } },
    ));
    if !task.stats.is_empty() {
        let stats = task.stats.iter().map(|(name, value)| format!("{name} {value}"));
        list.push(("Stats", html! { (raw(stats.collect::<Vec<_>>().join(", "))) }));
    }
    list.extend(task.requests.iter().map(|request| {
        let attempt = request.attempt.map(|attempt| format!("attempt {attempt}: "));
        ("Request", html! { (attempt.unwrap_or_default()) code { (raw(&request.id)) } })
    }));
    list.extend(task.defects.iter().map(|defect| ("Defect", raw(defect))));
    facts(&list)
}

/// The most characters of what distinguishes a task.
const GIST: usize = 400;

fn block(block: &BlockDetails) -> Vec<(&'static str, Markup)> {
    let BlockDetails { members, created_as, accepted, .. } = block;
    let mut list = vec![(
        "Tasks",
        html! {
            (text::things(block.tasks, "task")) ": " (members)
            @if members != created_as { ", of the block " (created_as) }
        },
    )];
    list.extend((!accepted.is_empty()).then(|| ("Accepted", html! { (accepted) })));
    let halved = text::things(block.halved.into(), "time");
    list.extend((block.halved > 0).then(|| ("Halved", html! { (halved) })));
    let left = block.left.iter();
    list.extend(
        left.map(|left| ("Left it", html! { (left.members) " as " (link::task(&left.task_id)) })),
    );
    list
}

/// What keeps it from running, and what has to happen next.
fn why(visit: &Visit, explanation: &Explanation) -> Markup {
    html! {
        section {
            h2 { "Why" }
            @if let Some(before) = explanation.before {
                p { (super::job::found(before)) " before it in its queue" }
            }
            @for reason in &explanation.reasons {
                div.reason {
                    p { (raw(&reason.why)) }
                    p.change { "Next step: " (raw(visit.as_typed(&reason.change))) }
                }
            }
        }
    }
}

fn buttons(visit: &Visit, name: &TaskName, task: &TaskDetails) -> Markup {
    let (path, tasks) = (segment(name), task.size());
    if task.member.is_some() && tasks > 1 {
        let others = text::things(tasks - 1, "other task");
        return html! { p { "It is in one block with " (others) ", and retried or cancelled with it: " (link::task(&task.task_id)) } };
    }
    html! {
        @if task.state.can_be_retried() {
            div.actions { (form(visit.frame(), &format!("/do/tasks/{path}/retry"), &html! {}, Button::Plain("Retry"))) }
        }
        @if task.state.can_be_cancelled() && !visit.is_read_only() {
            p.actions { a.button.danger href={ "/tasks/" (path) "/cancel" } { "Cancel…" } }
        }
    }
}

/// A name as a part of an address.
pub fn segment(name: &TaskName) -> String {
    link::segment(&name.to_string())
}

fn errors(task: &TaskDetails, now: Timestamp) -> Markup {
    html! {
        section {
            h2 { "Errors" }
            @if task.errors.is_empty() { (empty("none")) }
            @for error in task.errors.iter().rev() {
                article.error {
                    p { b { (raw(&error.kind)) } " in attempt " (error.attempt) ", " (time(error.at, now)) }
                    @if !error.message.is_empty() { pre { (raw(&error.message)) } }
                    @if let Some(trace) = &error.trace {
                        details { summary { "Trace" } pre { code { (raw(trace)) } } }
                    }
                }
            }
        }
    }
}

fn time_line(task: &TaskDetails, now: Timestamp) -> Markup {
    html! {
        section {
            h2 { "What happened" }
            @if task.history.is_empty() { (empty("nothing is recorded")) }
            ol.events {
                @for (at, what) in task.events() {
                    li { @if let Some(at) = at { (time(at, now)) " " } (raw(what)) }
                }
            }
        }
    }
}

/// What its labourer printed.
fn output(printed: Result<Printed, String>, now: Timestamp) -> Markup {
    html! {
        section {
            h2 { "What it printed" }
            @match printed {
                Err(why) => p { (raw(why)) },
                Ok(Printed::Elsewhere { command }) => p { "It is read by " (command_line(&command)) },
                Ok(Printed::Attempts(attempts)) => {
                    @if attempts.is_empty() { (empty("nothing")) }
                    @for attempt in attempts { (of_attempt(&attempt, now)) }
                }
            }
        }
    }
}

fn command_line(command: &str) -> Markup {
    crate::look::notice::command(command)
}

fn of_attempt(attempt: &Attempt, now: Timestamp) -> Markup {
    html! {
        details {
            summary {
                "Attempt " (attempt.attempt) ", " (text::things(attempt.lines.len() as u64, "line"))
                @if let Some(first) = attempt.lines.first() { ", " (time(first.at, now)) }
            }
            p { "Request " code { (raw(&attempt.request_id)) } }
            @if attempt.is_cut { p { "Lines are left out: `sosw logs` prints all." } }
            pre {
                @for line in &attempt.lines {
                    @if line.is_error { span.bad { (raw(&line.text)) } } @else { (raw(&line.text)) }
                    "\n"
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Line;

    #[test]
    fn what_a_labourer_printed_is_a_text_whatever_it_is() {
        let at = Timestamp::from_seconds(5.0);
        let line = |text: &str, is_error| Line { at, is_error, text: text.to_owned() };
        let lines = vec![line("<script>", false), line("\u{1b}[2J", true)];
        let attempt = Attempt { attempt: 1, request_id: "r1".to_owned(), lines, is_cut: true };
        let shown = output(Ok(Printed::Attempts(vec![attempt])), at).into_string();
        assert!(shown.contains("&lt;script&gt;\n"), "{shown}");
        assert!(shown.contains(r"\u{1b}[2J") && shown.contains("Lines are left out"), "{shown}");
    }

    #[test]
    fn output_that_is_kept_elsewhere_is_found_by_a_command() {
        let command = "aws logs filter-log-events".to_owned();
        let shown = output(Ok(Printed::Elsewhere { command }), Timestamp::from_seconds(5.0));
        assert!(shown.into_string().contains("aws logs filter-log-events"));
    }
}

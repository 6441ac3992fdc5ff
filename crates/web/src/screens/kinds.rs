//! Failures by kind, of a job or of a labourer: how many, an example, the tasks themselves, and the way to retry them.

use maud::{Markup, html};
use operator::{TaskId, jobs::ErrorKind, words};

use crate::look::{Column, count, empty, link, raw, table};

/// The most characters of a message in a table.
pub const MESSAGE: usize = 200;

const COLUMNS: [Column; 4] = [
    Column::Text("Error"),
    Column::Number("Failed"),
    Column::Number("Waiting to retry"),
    Column::Text("For example"),
];

/// Whose failures they are.
pub struct Of<'a> {
    /// The filter that chooses its tasks: `("job", ID)`.
    pub filter: (&'static str, &'a str),
    /// The address at which it has to be confirmed that failed tasks are retried; nothing if that is not possible.
    pub retry: Option<String>,
    /// What a task is called.
    pub name: &'a dyn Fn(&TaskId) -> String,
}

/// The most frequent first.
pub fn by_kind(kinds: &[ErrorKind], is_sample: bool, of: &Of<'_>) -> Markup {
    let rows = html! { @for kind in kinds { (row(kind, of)) } };
    html! {
        @if kinds.is_empty() {
            (empty("no task of it failed or waits to retry"))
        } @else {
            (table("Failures by kind", &COLUMNS, &rows))
        }
        @if is_sample { p { "Of a sample: there were too many to read all." } }
    }
}

fn row(kind: &ErrorKind, of: &Of<'_>) -> Markup {
    let ErrorKind { kind, failed, waiting, task_id, message } = kind;
    let number = |number: u64, state| {
        let filters = [of.filter, ("state", state), ("kind", kind)];
        let path = link::tasks_path(filters.into_iter().filter(|(_, value)| !value.is_empty()));
        html! { @if number > 0 { a href=(path) { (count(number)) } } @else { "0" } }
    };
    let retry = of.retry.as_ref().filter(|_| *failed > 0 && !kind.is_empty());
    let retry = retry.map(|path| link::with_query(path, [("kind", kind.as_str())]));
    html! {
        tr {
            td {
                @if kind.is_empty() { "no error is recorded" } @else { b { (raw(kind)) } }
                @if !message.is_empty() { p.message { (raw(words::short(message, MESSAGE))) } }
                @if let Some(retry) = retry { a.button href=(retry) { "Retry these…" } }
            }
            td.n { (number(*failed, "exhausted")) }
            td.n { (number(*waiting, "parked")) }
            td { (link::task((of.name)(task_id))) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(kind: &str, failed: u64, waiting: u64) -> ErrorKind {
        let (task_id, message) = (TaskId::new("t1").unwrap(), "<b>it broke</b>".to_owned());
        ErrorKind { kind: kind.to_owned(), failed, waiting, task_id, message }
    }

    fn drawn(kinds: &[ErrorKind], retry: Option<&str>) -> String {
        let name = |id: &TaskId| id.to_string();
        let of = Of { filter: ("job", "j1"), retry: retry.map(str::to_owned), name: &name };
        by_kind(kinds, false, &of).into_string()
    }

    #[test]
    fn each_kind_leads_to_its_tasks_and_to_the_way_to_retry_them() {
        let shown = drawn(&[kind("A&B", 2, 1)], Some("/jobs/j1/retry"));
        assert!(shown.contains("/tasks?job=j1&amp;state=exhausted&amp;kind=A%26B"), "{shown}");
        assert!(shown.contains("/tasks?job=j1&amp;state=parked&amp;kind=A%26B"), "{shown}");
        assert!(shown.contains("/jobs/j1/retry?kind=A%26B"), "{shown}");
        assert!(shown.contains("&lt;b&gt;it broke"), "{shown}");
    }

    #[test]
    fn what_only_waits_or_has_no_kind_is_not_retried() {
        for kinds in [[kind("A", 0, 1)], [kind("", 1, 0)]] {
            assert!(!drawn(&kinds, Some("/jobs/j1/retry")).contains("/retry?"));
        }
        assert!(!drawn(&[kind("A", 1, 0)], None).contains("Retry"));
    }
}

//! Tasks of a labourer or a job, by state, error kind and age.
//!
//! What is chosen stands in the address, so that a link leads to the same list; a text of errors, which may hold
//! anything, is sent by a form.

use axum::{extract::Query, response::Response};
use maud::{Markup, html};
use operator::{
    Timestamp,
    tasks::{Cursor, TaskDetails, TaskPage, TaskState, search},
    words,
};

use super::{
    asked::Asked,
    fields::{self, given},
    kinds::MESSAGE,
};
use crate::{
    guard::form::Form,
    look::{Column, badge, count, empty, link, raw, table, text, time},
    trouble::Trouble,
    visit::Visit,
};

/// Where lists of tasks are; a search for a text is sent there, and does nothing.
/// Tasks of a page: as many as are read together.
const SHOWN: usize = 50;
const AGES: [(&str, &str); 5] = [
    ("10m", "10 minutes"),
    ("1h", "an hour"),
    ("6h", "6 hours"),
    ("1d", "a day"),
    ("7d", "a week"),
];
const COLUMNS: [Column; 5] = [
    Column::Text("Task"),
    Column::Text("State"),
    Column::Text("When"),
    Column::Number("Attempts"),
    Column::Wide("Last error"),
];

pub async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    // A text stands in no address, also if somebody wrote it there.
    list(visit, Asked { text: String::new(), ..asked }).await
}

/// The same for those whose errors have a text.
pub async fn with_text(visit: Visit, Form(asked): Form<Asked>) -> Result<Response, Trouble> {
    list(visit, asked).await
}

async fn list(visit: Visit, asked: Asked) -> Result<Response, Trouble> {
    let body = match asked.whose(&visit.manager).await? {
        Some(whose) => {
            let filter = asked.filter(visit.now)?;
            let after = asked.cursor()?;
            let page = search(&visit.manager, &whose, &filter, after.as_ref(), SHOWN).await?;
            html! { (filters(&visit, &asked)) (by_text(&visit, &asked)) (found(&visit, &asked, &page)) }
        }
        None => html! {
            (filters(&visit, &asked))
            (empty("choose a labourer, or a job by its id or the beginning of it"))
        },
    };
    Ok(visit.still_page("Tasks", &body))
}

fn filters(visit: &Visit, asked: &Asked) -> Markup {
    let states = TaskState::ALL.map(|state| (state.name(), words::state(state.name())));
    let fields = html! {
        (fields::select_labourer(visit, &asked.labourer))
        (fields::text("job", "Job", "id, or its beginning", &asked.job))
        (fields::select("state", "State", "all", &states, &asked.state))
        (fields::text("kind", "Kind of the last error", "", &asked.kind))
        (fields::select("since", "At most so old", "any", &AGES, &asked.since))
        (fields::select("before", "At least so old", "any", &AGES, &asked.before))
    };
    fields::filters(link::TASKS, &fields)
}

/// The form that searches in errors, among what is chosen above.
fn by_text(visit: &Visit, asked: &Asked) -> Markup {
    let fields = html! {
        @for (name, value) in asked.pairs() { input type="hidden" name=(name) value=(value); }
        (fields::text("text", "Text in an error", "Deadlock found", &asked.text))
    };
    search_form(visit, &fields, "Search in errors")
}

fn found(visit: &Visit, asked: &Asked, page: &TaskPage) -> Markup {
    let rows = html! { @for task in &page.tasks { (row(task, visit.now)) } };
    html! {
        @if page.tasks.is_empty() {
            (empty(if page.next.is_some() { "none was found so far" } else { "none was found" }))
        } @else {
            (table("Tasks", &COLUMNS, &rows))
        }
        @if let Some(next) = &page.next {
            @if page.tasks.len() < SHOWN {
                p { (text::things(page.read as u64, "task")) " were read, and there are more." }
            }
            (go_on(visit, asked, next))
        }
        p.note {
            "The age of a task is the time since it was closed or, while it is open, created. A block is one line."
        }
    }
}

/// The next page: a link, or a form, if a text is searched.
fn go_on(visit: &Visit, asked: &Asked, next: &Cursor) -> Markup {
    let next = next.to_string();
    if given(&asked.text).is_none() {
        let path = link::tasks_path(asked.pairs().chain([("after", next.as_str())]));
        return html! { p { a rel="next" href=(path) { "More" } } };
    }
    let fields = html! {
        @for (name, value) in asked.pairs() { input type="hidden" name=(name) value=(value); }
        input type="hidden" name="text" value=(asked.text);
        input type="hidden" name="after" value=(next);
    };
    search_form(visit, &fields, "Go on")
}

/// A form that asks for something which may stand in no address. It does nothing, so that whoever may only look can
/// send it.
fn search_form(visit: &Visit, fields: &Markup, button: &str) -> Markup {
    html! {
        form.filters method="post" action=(link::TASKS) {
            input type="hidden" name="token" value=(visit.form_token);
            (fields)
            button type="submit" { (button) }
        }
    }
}

fn row(task: &TaskDetails, now: Timestamp) -> Markup {
    let error = task.errors.last();
    html! {
        tr {
            td { (link::task(task.name())) p.message { (raw(words::short(&task.gist, GIST))) } }
            td { (badge(task.state.name())) }
            td { (when(task, now)) }
            td.n { (count(task.attempts.into())) }
            td.wide {
                @if let Some(error) = error {
                    (raw(words::short(&words::error(&error.kind, &error.message), MESSAGE)))
                }
            }
        }
    }
}

/// The most characters of what distinguishes a task.
const GIST: usize = 120;

/// The time that matters in its state.
pub fn when(task: &TaskDetails, now: Timestamp) -> Markup {
    html! {
        @match task.when() {
            ("due", at) if at.is_none_or(|at| at <= now) => "due",
            (what, Some(at)) => { (what) " " (time(at, now)) },
            (what, None) => { (what) " at an unknown time" },
        }
    }
}

//! Addresses of screens, and links to them.

use std::fmt::Display;

use maud::{Markup, html};
use operator::{JobId, LabourerId, ResourceId};

use super::text::raw;

/// `/labourers/resize`.
pub fn labourer_path(id: &LabourerId) -> String {
    format!("/labourers/{}", segment(id.as_str()))
}

/// `/resources/orders-db`.
pub fn resource_path(id: &ResourceId) -> String {
    format!("/resources/{}", segment(id.as_str()))
}

/// `/jobs/ID`.
pub fn job_path(id: &JobId) -> String {
    format!("/jobs/{}", segment(id.as_str()))
}

/// `/tasks/JOB%237`, or of a task by its id.
pub fn task_path(name: impl Display) -> String {
    format!("/tasks/{}", segment(&name.to_string()))
}

/// Lists of tasks, and searches in them.
pub const TASKS: &str = "/tasks";

/// `/tasks?labourer=resize&state=running`: a list with these filters.
pub fn tasks_path<'a>(filters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    with_query(TASKS, filters)
}

/// A path with a query, if there is any.
pub fn with_query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

pub fn labourer(id: &LabourerId) -> Markup {
    named(&labourer_path(id), id)
}

pub fn resource(id: &ResourceId) -> Markup {
    named(&resource_path(id), id)
}

pub fn job(id: &JobId) -> Markup {
    named(&job_path(id), id)
}

pub fn task(name: impl Display) -> Markup {
    named(&task_path(&name), name)
}

fn named(path: &str, name: impl Display) -> Markup {
    html! { a.name href=(path) { (raw(name)) } }
}

/// A text as one part of a path. A part that is `.` or `..`, also if its dots are encoded, would be read as a step.
pub fn segment(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_is_made_of_its_link_leads_to_it() {
        assert_eq!(task_path("JOB#7"), "/tasks/JOB%237");
        assert_eq!(task_path("a/../b?c=d&e%f"), "/tasks/a%2F..%2Fb%3Fc%3Dd%26e%25f");
        assert_eq!(job_path(&JobId::new("ärger").unwrap()), "/jobs/%C3%A4rger");
        let filters = [("labourer", "a&b"), ("state", "running")];
        assert_eq!(tasks_path(filters), "/tasks?labourer=a%26b&state=running");
        assert_eq!(tasks_path([]), "/tasks");
    }

    #[test]
    fn a_name_that_looks_like_a_script_is_a_name() {
        let id = LabourerId::new("\"><script>alert(1)</script>").unwrap();
        let link = labourer(&id).into_string();
        assert!(!link.contains("<script"), "{link}");
        assert!(
            link.contains("/labourers/%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E"),
            "{link}"
        );
        assert!(link.contains("&lt;script&gt;"), "{link}");
    }
}

//! What is wrong, or was done.

use maud::{Markup, html};
use operator::overview::Urgency;

use super::{badge::Tone, text::raw};

/// A message: how much it matters, whom it is about, the cause, what has to happen next, and what helps with that:
/// forms and commands. What is empty is left out.
pub fn notice(urgency: Urgency, about: &Markup, why: &str, change: &str, steps: &Markup) -> Markup {
    html! {
        article class={ "notice " (Tone::from(urgency).class()) } {
            p { span.urgency { (urgency_in_words(urgency)) } " " (about) " " (raw(why)) }
            @if !change.is_empty() { p.change { (raw(change)) } }
            @if !steps.0.is_empty() { div.steps { (steps) } }
        }
    }
}

fn urgency_in_words(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Critical => "critical",
        Urgency::Warning => "warning",
        Urgency::Info => "note",
    }
}

/// What an action did, on the screen that it leads to.
pub fn done(what: &str) -> Markup {
    html! { p.notice.good role="status" { (raw(what)) } }
}

/// What stands where nothing is: `nothing failed`.
pub fn empty(what: &str) -> Markup {
    html! { p.empty { (what) } }
}

/// A command line to copy.
pub fn command(line: &str) -> Markup {
    html! { code.command { (raw(line)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_says_what_is_wrong_and_escapes_it() {
        let about = html! { "resize" };
        let notice = notice(Urgency::Critical, &about, "<b>down</b>", "", &html! {}).into_string();
        assert!(notice.contains("critical") && notice.contains("&lt;b&gt;down"), "{notice}");
        assert!(!notice.contains("change") && !notice.contains("steps"), "{notice}");
    }
}

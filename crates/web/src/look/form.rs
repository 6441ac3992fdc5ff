//! Buttons that do something.

use maud::{Markup, html};

use crate::frame::Frame;

/// What is on a button, and how much is at stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button<'a> {
    Plain(&'a str),
    /// What it does cannot be undone.
    Danger(&'a str),
}

/// A form that is sent to this address; where nobody may do anything, it is shown and cannot be used.
pub fn form(frame: &Frame, action: &str, fields: &Markup, button: Button) -> Markup {
    drawn(&frame.form_token, frame.is_read_only, action, fields, button)
}

fn drawn(token: &str, is_read_only: bool, action: &str, fields: &Markup, button: Button) -> Markup {
    html! {
        form method="post" action=(action) {
            fieldset disabled[is_read_only] title=[is_read_only.then_some("this page is read-only")] {
                input type="hidden" name="token" value=(token);
                (fields)
                @match button {
                    Button::Plain(word) => { button type="submit" { (word) } }
                    Button::Danger(word) => { button.danger type="submit" { (word) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_the_token_of_its_session() {
        let form = drawn("abc", false, "/do/jobs/j1/cancel", &html! {}, Button::Danger("Cancel"));
        let form = form.into_string();
        assert!(form.contains(r#"<input type="hidden" name="token" value="abc">"#), "{form}");
        assert!(!form.contains("disabled"), "{form}");
    }

    #[test]
    fn where_nobody_may_do_anything_forms_are_disabled() {
        let form = drawn("", true, "/labourers/a/pause", &html! {}, Button::Plain("Pause"));
        assert!(form.into_string().contains("<fieldset disabled"));
    }
}

//! The forms that pause and resume what a screen is about.

use maud::{Markup, html};

use crate::{
    look::{Button, form},
    visit::Visit,
};

/// A pause takes the place of the one there is. `note` says what it does.
pub fn pause(visit: &Visit, path: &str, is_paused: bool, note: &str) -> Markup {
    let fields = html! {
        label { span { "For" } input type="text" name="for" placeholder="2h; empty: until it is resumed" size="28" maxlength="255"; }
        label { span { "Reason" } input type="text" name="reason" placeholder="upgrade of the database" maxlength="255"; }
    };
    html! {
        section #pause {
            h2 { "Pause" }
            p.note { (note) }
            (form(visit.frame(), &format!("{path}/pause"), &fields, Button::Plain("Pause")))
            @if is_paused { (form(visit.frame(), &format!("{path}/resume"), &html! {}, Button::Plain("Resume"))) }
        }
    }
}

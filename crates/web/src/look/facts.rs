//! What is known of one thing: names and values.

use maud::{Markup, html};

/// A definition list.
pub fn facts(list: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in list { div { dt { (name) } dd { (value) } } }
        }
    }
}

//! Fields of the forms that choose what a screen shows, and what they send.

use maud::{Markup, html};
use operator::{LabourerId, TaskManager};

use crate::{trouble::Trouble, visit::Visit};

/// What was typed into a field; one that is left empty asks for nothing.
pub fn given(field: &str) -> Option<&str> {
    Some(field.trim()).filter(|text| !text.is_empty())
}

/// The labourer of a field.
pub fn labourer(field: &str) -> Result<Option<LabourerId>, Trouble> {
    Ok(given(field).map(LabourerId::new).transpose()?)
}

/// A form that is sent as an address.
pub fn filters(action: &str, fields: &Markup) -> Markup {
    html! {
        form.filters method="get" action=(action) {
            (fields)
            button type="submit" { "Show" }
        }
    }
}

/// A choice among values, each with its word; the empty value is called `all`. One that was given and is none of them
/// is among them.
pub fn select(
    name: &str,
    label: &str,
    all: &str,
    options: &[(&str, &str)],
    chosen: &str,
) -> Markup {
    let chosen = given(chosen).unwrap_or_default();
    let is_other = !chosen.is_empty() && !options.iter().any(|(value, _)| *value == chosen);
    html! {
        label {
            span { (label) }
            select name=(name) {
                option value="" selected[chosen.is_empty()] { (all) }
                @for (value, word) in options {
                    option value=(value) selected[*value == chosen] { (word) }
                }
                @if is_other { option value=(chosen) selected { (chosen) } }
            }
        }
    }
}

/// A text.
pub fn text(name: &str, label: &str, hint: &str, value: &str) -> Markup {
    html! {
        label {
            span { (label) }
            input type="text" name=(name) value=(value) placeholder=[given(hint)] maxlength="255";
        }
    }
}

/// A choice among the labourers of the config.
pub fn select_labourer(visit: &Visit, chosen: &str) -> Markup {
    let names = names(&visit.manager);
    let options: Vec<_> = names.iter().map(|name| (*name, *name)).collect();
    select("labourer", "Labourer", "all", &options, chosen)
}

fn names(manager: &TaskManager) -> Vec<&str> {
    manager.config().labourers.keys().map(LabourerId::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_is_selected_also_if_it_is_none_of_the_options() {
        let states = [("parked", "waiting to retry"), ("running", "running")];
        let drawn = |chosen: &str| select("state", "State", "all", &states, chosen).into_string();
        assert!(drawn("running").contains(r#"<option value="running" selected>running</option>"#));
        assert!(drawn("").contains(r#"<option value="" selected>all</option>"#));
        assert!(drawn("<b>").contains(r#"<option value="&lt;b&gt;" selected>&lt;b&gt;</option>"#));
    }

    #[test]
    fn a_field_that_is_left_empty_asks_for_nothing() {
        assert_eq!((given("  "), given(" a ")), (None, Some("a")));
        assert!(matches!(labourer("two words"), Err(Trouble::Unknown(_))));
        assert_eq!(labourer("").unwrap(), None);
    }
}

//! What the author of an unknown name may have meant.

use std::fmt;

/// What was probably meant by an unknown name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The known name that is closest.
    Near(String),
    /// All known names: none is close.
    Known(Vec<String>),
}

impl Hint {
    /// What `given` probably means, of the `known` names.
    pub fn among<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(given, known.iter().copied()) {
            Some(name) => Self::Near(name.to_owned()),
            None => Self::Known(known.into_iter().map(str::to_owned).collect()),
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Near(name) => write!(f, ", did you mean `{name}`?"),
            Self::Known(names) if names.is_empty() => f.write_str(": none is configured"),
            Self::Known(names) => write!(f, ", known are `{}`", names.join("`, `")),
        }
    }
}

/// The known name of which `given` is a slip of the fingers, but not a longer form.
pub(crate) fn slip_of<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known.into_iter().find(|name| given != *name && slips(given, name).is_some())
}

/// `, did you mean …?`, or nothing.
pub(crate) fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(given, known).map_or(String::new(), |meant| format!(", did you mean {meant}?"))
}

/// The known name nearest to `given`, if it is near enough to be a slip; else the one that it is a
/// longer form of.
fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    let known: Vec<&str> = known.into_iter().collect();
    known
        .iter()
        .filter_map(|name| Some((slips(&given, name)?, *name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
        .or_else(|| {
            let is_longer = |name: &&str| {
                given.strip_prefix(&name.to_lowercase()).is_some_and(|rest| rest.starts_with('_'))
            };
            known.iter().copied().filter(is_longer).max_by_key(|name| name.len())
        })
}

/// How many slips of the fingers make `given` of `name`, if they are few.
fn slips(given: &str, name: &str) -> Option<usize> {
    let most = (1 + given.chars().count() / 5).min(3);
    let slips = strsim::damerau_levenshtein(&given.to_lowercase(), &name.to_lowercase());
    (slips <= most && slips < name.len()).then_some(slips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_names_listed() {
        let known = ["resize", "report"];
        let hint = |given| Hint::among(given, known).to_string();
        assert_eq!(hint("Resise"), ", did you mean `resize`?");
        assert_eq!(hint("mail"), ", known are `resize`, `report`");
        assert_eq!(Hint::among("mail", []).to_string(), ": none is configured");
        assert_eq!(did_you_mean("resise", known), ", did you mean resize?");
        assert_eq!(did_you_mean("mail", known), "");
    }

    #[test]
    fn a_name_may_be_cut_short_or_prolonged_but_short_ones_are_not_taken_for_each_other() {
        assert_eq!(did_you_mean("a", ["b"]), "");
        assert_eq!(did_you_mean("ab", ["abc"]), ", did you mean abc?");
        assert_eq!(
            did_you_mean("last_week_or_so", ["last", "last_week"]),
            ", did you mean last_week?"
        );
    }
}

//! Names within metric math.

/// `expression` with `prefix_` before every word that `is_name` knows, so that the names of
/// several expressions in one call do not clash. Quoted text stays as it is.
pub(super) fn with_prefix(
    expression: &str,
    prefix: &str,
    is_name: impl Fn(&str) -> bool,
) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut renamed = String::with_capacity(expression.len() + 16);
    let mut quote = None;
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let word: &str = match rest.find(|c| !is_part(c)) {
            Some(0) => "",
            Some(end) => rest.get(..end).unwrap_or(rest),
            None => rest,
        };
        if word.is_empty() {
            quote = match quote {
                Some(open) => (open != first).then_some(open),
                None => matches!(first, '\'' | '"').then_some(first),
            };
            renamed.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        if quote.is_none() && is_name(word) {
            renamed.push_str(prefix);
            renamed.push('_');
        }
        renamed.push_str(word);
        rest = rest.get(word.len()..).unwrap_or_default();
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("100 * errors / calls", "100 * q7_errors / q7_calls")]
    #[case("MAX([errors, calls])", "MAX([q7_errors, q7_calls])")]
    #[case("errors2 + my_errors", "errors2 + my_errors")]
    #[case(
        "SEARCH('errors \"calls\"', 'Sum') + calls",
        "SEARCH('errors \"calls\"', 'Sum') + q7_calls"
    )]
    #[case("errors/errors", "q7_errors/q7_errors")]
    #[case("größe + errors", "größe + q7_errors")]
    #[case("", "")]
    fn only_the_names_of_the_expression_are_renamed(#[case] written: &str, #[case] sent: &str) {
        let known = |word: &str| matches!(word, "errors" | "calls");
        assert_eq!(with_prefix(written, "q7", known), sent);
    }
}

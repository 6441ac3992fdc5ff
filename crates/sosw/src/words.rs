//! Words for people.

use std::borrow::Cow;

/// `1 task`, `2 tasks`.
pub fn count(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// A text of labourers or of a job as a terminal may show it: what would move its cursor, colour it, name its window or
/// turn the direction of writing is written as an escape (`\u{1b}`). Line breaks and tabs stay, and a carriage return
/// is a line break: AWS's runtime for Python separates the lines of a trace by it.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return text.into();
    }
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let escaped = lines.chars().map(|c| match is_control(c) {
        true => c.escape_unicode().to_string(),
        false => c.to_string(),
    });
    escaped.collect::<String>().into()
}

fn is_control(c: char) -> bool {
    let turns_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns_direction || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed_raw() {
        assert_eq!(printable("plain – ünï\n\tcode"), "plain – ünï\n\tcode");
        assert_eq!(printable("\x1b[2J\x07\u{9b}"), r"\u{1b}[2J\u{7}\u{9b}");
        assert_eq!(printable("Traceback:\r  a\r\nb"), "Traceback:\n  a\nb");
        assert_eq!(printable("a\u{202e}b"), r"a\u{202e}b");
    }
}

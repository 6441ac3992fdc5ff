//! Words for people, the same wherever they read them.

use std::{borrow::Cow, fmt};

/// `1 task`, `2 tasks`.
pub fn count(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// A name in a command that is pasted into a shell: names may contain anything but white space.
pub fn argument(name: impl fmt::Display) -> String {
    let name = name.to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@+,=%#".contains(c);
    match name.chars().all(is_plain) && !name.starts_with('#') {
        true => name,
        // It contains no NUL, which is all that cannot be quoted.
        false => shlex::try_quote(&name).map_or_else(|_| name.clone(), Cow::into_owned),
    }
}

/// The word for the stable name of a task's state, or of the end of a job.
pub fn state(name: &str) -> &str {
    match name {
        "parked" => "waiting to retry",
        "exhausted" => "failed",
        "ignored" => "cancelled",
        other => other,
    }
}

/// The word for the stage of a job. `queued` is the stable name of one whose tasks are all created, wherever they are
/// since: to people that would say that none of them runs.
pub fn job_stage(stage: &str) -> &str {
    match stage {
        "queued" => "open",
        other => state(other),
    }
}

/// An error for a line that is cut: without the id of the invocation, which Lambda writes in front of some messages
/// (`RequestId: … Error: exit status 3`, `2026-11-22T05:01:07.123Z … Task timed out after 4.00 seconds`).
pub fn error(kind: &str, message: &str) -> String {
    let is_word = |text: &&str| !text.contains(char::is_whitespace);
    let crashed = message.strip_prefix("RequestId: ").and_then(|rest| {
        let (request, cause) = rest.split_once(" Error: ")?;
        Some(request).filter(is_word).map(|_| cause)
    });
    let timed_out = || {
        let cause = message.splitn(3, ' ').nth(2);
        cause.filter(|cause| cause.starts_with("Task timed out after "))
    };
    format!("{kind}: {}", crashed.or_else(timed_out).unwrap_or(message))
}

/// A text of labourers or of a job as a terminal or a page may show it: what would move a cursor, colour the text, name
/// a window or turn the direction of writing is written as an escape (`\u{1b}`). Line breaks and tabs stay, and a carriage return
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

/// The first `most` characters of one line of a labourer's or a user's text, fit for a terminal or a page.
pub fn short(text: &str, most: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    let printed = printable(line);
    match printed.chars().count() > most || line.len() < text.trim_end().len() {
        true => printed.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        false => printed.into(),
    }
}

fn is_control(c: char) -> bool {
    let turns_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns_direction || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::{jobs::JobState, tasks::TaskState};

    #[test]
    fn a_name_means_itself_in_a_shell_whatever_it_is() {
        for plain in ["resize", "resource:orders-db", "0428606a#7", "größe"] {
            assert_eq!(argument(plain), plain);
        }
        for name in ["$(reboot)", "a;b", "it's", "#1", "a`b`", "~", "*"] {
            let words = shlex::split(&argument(name)).unwrap();
            assert_eq!(
                (words.as_slice(), argument(name) == name),
                ([name.to_owned()].as_slice(), false)
            );
        }
    }

    #[test]
    fn a_job_whose_tasks_are_all_created_is_open_wherever_it_is_shown() {
        assert_eq!(job_stage("queued"), job_stage(JobState::Open.name()));
        assert_eq!(job_stage("filling"), "filling");
        assert_eq!(state(TaskState::Queued.name()), "queued");
    }

    #[test]
    fn the_useful_half_of_an_error_of_lambda_comes_first() {
        let request = "1fdeee84-2619-48a4-930c-6e493c4bff83";
        let crashed =
            format!("RequestId: {request} Error: Runtime exited with error: exit status 3");
        let cause = "Runtime.ExitError: Runtime exited with error: exit status 3";
        assert_eq!(error("Runtime.ExitError", &crashed), cause);
        let timed_out =
            format!("2026-11-22T05:01:07.123Z {request} Task timed out after 4.00 seconds");
        let cause = "Sandbox.Timedout: Task timed out after 4.00 seconds";
        assert_eq!(error("Sandbox.Timedout", &timed_out), cause);
        for own in
            ["RequestId: of whom? Error: none", "RequestId: x", "the other Task timed out", ""]
        {
            assert_eq!(error("Own", own), format!("Own: {own}"));
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed_raw() {
        assert_eq!(printable("plain – ünï\n\tcode"), "plain – ünï\n\tcode");
        assert_eq!(printable("\x1b[2J\x07\u{9b}"), r"\u{1b}[2J\u{7}\u{9b}");
        assert_eq!(printable("Traceback:\r  a\r\nb"), "Traceback:\n  a\nb");
        assert_eq!(printable("a\u{202e}b"), r"a\u{202e}b");
    }

    #[test]
    fn a_text_is_cut_to_one_line_and_says_so() {
        assert_eq!(short("abc", 3), "abc");
        assert_eq!(short("abcd", 3), "ab…");
        assert_eq!(short("ab\ncd", 10), "ab…");
        assert_eq!(short("ab\n", 10), "ab");
    }
}

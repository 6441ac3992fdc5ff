//! Printing lines, tables and times. A reader may close the pipe early; that is not an error.

use std::{
    fmt::Display,
    io::{self, Write},
    time::Duration,
};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use operator::Timestamp;
use serde::Serialize;

use crate::{error::Error, words};

/// A line (or several) on standard output.
pub fn out(text: impl Display) -> Result<(), Error> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(()),
    }
}

/// An answer on standard output, as JSON.
pub fn json(answer: &impl Serialize) -> Result<(), Error> {
    out(serde_json::to_string(answer).map_err(|error| Error::Output(error.into()))?)
}

/// A line on standard error.
pub fn err(text: impl Display) {
    // If standard error cannot be written, there is no other place to report that.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// This program, as it was called: what to type to call it again.
pub fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "sosw".to_owned())
}

/// A table with these columns; those from `numbers` on are aligned to the right.
pub fn table(columns: &[&str], numbers: impl IntoIterator<Item = usize>) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().copied());
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// `2026-11-22 05:01:07Z`.
pub fn time(at: Timestamp) -> String {
    at.utc()
}

/// `0.8 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        120..7200 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// The same, but below a second `40 ms`.
pub fn fine_duration(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        _ => duration(time),
    }
}

/// `1 min`, `3 h`, `1 day`: a length in its largest unit.
pub fn length(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    match minutes {
        minutes if minutes % 1440 == 0 => words::count(minutes / 1440, "day"),
        minutes if minutes % 60 == 0 => format!("{} h", minutes / 60),
        minutes => format!("{minutes} min"),
    }
}

/// The word that people read for the stable name of a task's state.
pub fn state(name: &str) -> &str {
    match name {
        "parked" => "waiting to retry",
        "exhausted" => "failed",
        "ignored" => "cancelled",
        other => other,
    }
}

/// The first `most` characters of one line.
pub fn short(text: &str, most: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.chars().count() > most || line.len() < text.trim_end().len() {
        true => line.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        false => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_printed_in_its_two_largest_units() {
        let text = |seconds| duration(Duration::from_secs_f64(seconds));
        assert_eq!(text(0.84), "0.8 s");
        assert_eq!(text(42.9), "42 s");
        assert_eq!(text(200.0), "3 min 20 s");
        assert_eq!(text(7500.0), "2 h 5 min");
        assert_eq!(fine_duration(Duration::from_millis(40)), "40 ms");
        assert_eq!(fine_duration(Duration::from_secs(3)), "3.0 s");
        let lengths = [60, 900, 10_800, 86_400].map(|s| length(Duration::from_secs(s)));
        assert_eq!(lengths, ["1 min", "15 min", "3 h", "1 day"]);
    }

    #[test]
    fn a_text_is_cut_to_one_line_and_says_so() {
        assert_eq!(short("abc", 3), "abc");
        assert_eq!(short("abcd", 3), "ab…");
        assert_eq!(short("ab\ncd", 10), "ab…");
        assert_eq!(short("ab\n", 10), "ab");
    }
}

//! Printing lines, tables and times. A reader may close the pipe early; that is not an error.

use std::{
    fmt::Display,
    io::{self, Write},
    time::Duration,
};

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle,
};
use operator::Timestamp;
use serde::Serialize;

use crate::{error::Error, words};

/// The most columns of a line that no terminal shows.
const UNSEEN_WIDTH: usize = 200;
/// A terminal that says that it has fewer columns does not know its size.
const NARROWEST: u16 = 20;

/// A line (or several) on standard output. Colours go to a terminal only, and not if NO_COLOR is set.
pub fn out(text: impl Display) -> Result<(), Error> {
    match writeln!(anstream::stdout().lock(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(()),
    }
}

/// An answer on standard output, as JSON.
pub fn json(answer: &impl Serialize) -> Result<(), Error> {
    out(serde_json::to_string(answer).map_err(|error| Error::Output(error.into()))?)
}

/// What a list left out: a line below it, or, if the list is JSON, on standard error.
pub fn rest(json: bool, text: impl Display) -> Result<(), Error> {
    match json {
        true => err(text),
        false => out(text)?,
    }
    Ok(())
}

/// A line on standard error, whatever a labourer or a file wrote into it.
pub fn err(text: impl Display) {
    let text = text.to_string();
    // If standard error cannot be written, there is no other place to report that.
    let _ = writeln!(io::stderr().lock(), "{}", words::printable(&text));
}

/// A table with these columns; those in `numbers` are aligned to the right. The first column, which names what the
/// row is about, and the numbers are never wrapped: the others give way.
pub fn table(columns: &[&str], numbers: impl IntoIterator<Item = usize>) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().copied());
    for column in table.column_iter_mut() {
        column.set_padding((0, 1));
    }
    if let Some(last) = columns.len().checked_sub(1).and_then(|last| table.column_mut(last)) {
        last.set_padding((0, 0));
    }
    for number in numbers {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    if let Some(name) = table.column_mut(0) {
        name.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

/// One of a list: a line that begins with its id, which thus is never wrapped, and indented lines about it, each cut
/// to the width of the terminal.
pub fn entry(head: impl Display, details: impl IntoIterator<Item = String>) -> Result<(), Error> {
    let width = Table::new().width().filter(|width| *width >= NARROWEST);
    let width = width.map_or(UNSEEN_WIDTH, usize::from);
    let details = details.into_iter().filter(|detail| !detail.is_empty());
    let details =
        details.map(|detail| format!("\n    {}", words::short(&detail, width.saturating_sub(4))));
    out(format_args!("{head}{}", details.collect::<String>()))
}

/// `2026-11-22 05:01:07Z`.
pub fn time(at: Timestamp) -> String {
    at.utc()
}

/// `0.8s`, `12s`, `3m20s`, `2h5m`, `3d4h`: in the two largest units.
pub fn duration(time: Duration) -> String {
    operator::duration::brief(time)
}

/// The same, but below a second `40ms`.
pub fn fine_duration(time: Duration) -> String {
    operator::duration::fine(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_table_that_is_too_wide_only_texts_are_wrapped() {
        let mut table = table(&["name", "count", "reason"], [1]);
        table.add_row(["a_long_name_of_a_labourer", "1000000", "many words that give way"]);
        table.set_width(50);
        let text = table.to_string();
        assert!(text.contains("\na_long_name_of_a_labourer  1000000  many words"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{text}");
    }
}

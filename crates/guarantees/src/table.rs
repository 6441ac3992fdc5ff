//! Small tables of text.

use std::fmt::Display;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

/// A table with a title above it. All columns but the first hold numbers.
pub fn print<const N: usize>(title: &str, header: [&str; N], rows: Vec<[String; N]>) {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line)).set_header(header).add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("\n{title}\n{table}");
}

/// A number with one decimal.
pub fn one(number: f64) -> String {
    format!("{number:.1}")
}

/// A number as it is, or any text.
pub fn any(value: impl Display) -> String {
    value.to_string()
}

//! Tables. One that is wider than the screen moves within its own frame.

use maud::{Markup, html};

/// What a column has, and what becomes of it on a narrow screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Text(&'static str),
    /// Aligned to the right, as its cells are by the class `n`.
    Number(&'static str),
    /// Left out on a narrow screen, as its cells are by the class `wide`.
    Wide(&'static str),
}

/// A table with this name, which is read out and not shown, these columns and these rows.
pub fn table(name: &str, columns: &[Column], rows: &Markup) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label=(name) {
            table {
                thead { tr {
                    @for column in columns {
                        @match column {
                            Column::Text(title) => { th scope="col" { (title) } }
                            Column::Number(title) => { th.n scope="col" { (title) } }
                            Column::Wide(title) => { th.wide scope="col" { (title) } }
                        }
                    }
                } }
                tbody { (rows) }
            }
        }
    }
}

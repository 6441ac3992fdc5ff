//! Prints how the source of a workspace is divided: of this one, or of the checkout at the
//! directory that is its argument, so that before and after can be compared.

use std::{
    error::Error,
    fmt::Display,
    io::{self, ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use guarantees::house::{
    survey::{self, Survey},
    workspace::{self, Section},
};

const LARGEST: usize = 10;

fn main() -> ExitCode {
    match report().and_then(|report| print(&report)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<String, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let directory = arguments.next().map_or_else(|| workspace::HERE.into(), PathBuf::from);
    if arguments.next().is_some() {
        return Err("one argument at most: the directory of a checkout".into());
    }
    let crates = workspace::read(&directory)?;
    let surveys: Vec<Survey> = crates.iter().map(survey::measure).collect::<Result<_, _>>()?;
    let parts = [
        crates_part(&surveys),
        types_part(&surveys),
        names_part(&surveys),
        circles_part(&surveys),
        arrows_part(&surveys),
        totals_part(&surveys),
    ];
    Ok(parts.join("\n\n"))
}

/// Whoever closes the pipe has read enough.
fn print(text: &str) -> Result<(), Box<dyn Error>> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn crates_part(surveys: &[Survey]) -> String {
    let header = [
        "crate",
        "files",
        "lines",
        "test lines",
        "public",
        "arrows up",
        "depends on",
        "and for its tests on",
    ];
    let rows = surveys.iter().map(|survey| {
        let (normal, build) =
            (survey.depends_on(Section::Normal), survey.depends_on(Section::Build));
        [
            survey.name.clone(),
            survey.files.to_string(),
            survey.lines.code.to_string(),
            survey.lines.tests.to_string(),
            survey.public.to_string(),
            survey.upward.len().to_string(),
            or_none([normal, build].concat()),
            or_none(survey.depends_on(Section::Dev)),
        ]
    });
    format!(
        "CRATES\nWhat lies under src. Lines are all lines, with comments and blank ones; those of \
         `cfg(test)` are\ntest lines, and nothing else here counts them or files of nothing else. \
         Public are `pub` (not\n`pub(crate)`, `pub(super)`) functions, structs, enums, unions, \
         traits, constants, statics, type\naliases and modules, exported macros, and functions and \
         constants in inherent `impl`s; not fields,\nre-exports, and what macros make. Dependencies \
         are those on crates of the workspace.\n\n{}",
        table(header, 1..6, rows)
    )
}

fn types_part(surveys: &[Survey]) -> String {
    let rows = survey::largest(surveys, LARGEST);
    let rows = rows.into_iter().map(|(name, path, methods)| {
        let path = format!("{}::{path}", name.replace('-', "_"));
        [path, methods.count.to_string(), methods.files.len().to_string()]
    });
    format!(
        "LARGEST TYPES\nBy the functions in their inherent `impl`s, in all files of the crate.\n\n{}",
        table(["type", "methods", "files"], 1..3, rows)
    )
}

fn names_part(surveys: &[Survey]) -> String {
    let within = surveys.iter().flat_map(|survey| {
        let repeated = survey.repeated().into_iter();
        repeated.map(|(name, files)| [survey.name.clone(), name.to_owned(), files.join(", ")])
    });
    let across = survey::shared(surveys).into_iter();
    let across = across.map(|(name, crates)| [name.to_owned(), join(crates)]);
    format!(
        "TYPE NAMES THAT OCCUR MORE THAN ONCE\nStructs, enums, unions, traits and type aliases of \
         modules.\n\nWithin a crate:\n\n{}\n\nIn more than one crate:\n\n{}",
        table(["crate", "name", "files"], 0..0, within),
        table(["name", "crates"], 0..0, across)
    )
}

fn circles_part(surveys: &[Survey]) -> String {
    let rows = surveys.iter().flat_map(|survey| {
        let circles = survey.circles.iter();
        circles.map(|modules| [survey.name.clone(), count(modules), modules.join(", ")])
    });
    format!(
        "IMPORT CIRCLES\nTop-level modules of a crate that reach each other by `use` or by paths in \
         the code.\n\n{}",
        table(["crate", "modules", "circle"], 1..2, rows)
    )
}

fn arrows_part(surveys: &[Survey]) -> String {
    let rows = surveys.iter().flat_map(|survey| {
        survey.upward.iter().map(|(arrow, files)| {
            [survey.name.clone(), format!("{} -> {}", arrow.from, arrow.to), join(files)]
        })
    });
    format!(
        "ARROWS BACK UP\n`lib.rs` (or `main.rs`) is a reading order from bottom to top: a module \
         should import none that\nis declared after it.\n\n{}",
        table(["crate", "arrow", "drawn in"], 0..0, rows)
    )
}

fn totals_part(surveys: &[Survey]) -> String {
    let sum = |of: fn(&Survey) -> usize| surveys.iter().map(of).sum::<usize>().to_string();
    let undeclared = surveys
        .iter()
        .flat_map(|survey| survey.undeclared.iter().map(|file| format!("{}/{file}", survey.name)));
    let undeclared: Vec<String> = undeclared.collect();
    let rows = [
        ["crates", &surveys.len().to_string()],
        ["files", &sum(|survey| survey.files)],
        ["files of tests alone", &sum(|survey| survey.test_files)],
        ["lines", &sum(|survey| survey.lines.code)],
        ["test lines", &sum(|survey| survey.lines.tests)],
        ["public items", &sum(|survey| survey.public)],
        ["types", &sum(|survey| survey.types.len())],
        ["dependencies among crates", &sum(|survey| survey.dependencies.len())],
        ["names repeated within a crate", &sum(|survey| survey.repeated().len())],
        ["names in more than one crate", &count(survey::shared(surveys))],
        ["import circles", &sum(|survey| survey.circles.len())],
        ["modules in circles", &sum(|survey| survey.circles.iter().map(Vec::len).sum())],
        ["arrows back up", &sum(|survey| survey.upward.len())],
    ];
    let rows = rows.map(|row| row.map(str::to_owned));
    let undeclared = or_none(undeclared);
    format!(
        "TOTALS\n\n{}\n\nFiles that no module declares: {undeclared}",
        table(["measure", "total"], 1..2, rows)
    )
}

/// The rows below a header, the columns `numbers` to the right; or `none`.
fn table<const N: usize>(
    header: [&str; N],
    numbers: std::ops::Range<usize>,
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line)).set_header(header).add_rows(rows);
    // Lines are broken only where there is a terminal.
    table.set_content_arrangement(ContentArrangement::Dynamic);
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    match table.is_empty() {
        true => "none".to_owned(),
        false => table.trim_fmt(),
    }
}

fn count(things: impl IntoIterator) -> String {
    things.into_iter().count().to_string()
}

fn join(names: impl IntoIterator<Item = impl Display>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}

fn or_none(names: Vec<impl Display>) -> String {
    if names.is_empty() { "none".to_owned() } else { join(names) }
}

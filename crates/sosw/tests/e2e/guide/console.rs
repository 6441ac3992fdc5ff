//! Runs a page: its files are saved, and its commands are given, in the order in which they stand there. `trycmd`
//! compares what is printed.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use regex_lite::Regex;

use super::document::{Block, Document};
use crate::world::{example, python};

/// Saves and runs everything, in a directory of its own. What a page needs and this machine does not have is
/// said, and the page is not run.
pub fn run(page: &Document) {
    let blocks = page.blocks();
    if !blocks.iter().any(is_console) {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("directory");
    fs::create_dir(&directory).unwrap();
    if !provide(&directory, page) {
        return;
    }
    for block in &blocks {
        if let Some(file) = &block.file {
            let file = directory.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, &block.text).unwrap();
        } else if is_console(block) {
            // The name is what a failure shows.
            let case = place.path().join(format!("{}:{}.md", page.name, block.line));
            fs::write(&case, as_case(&block.text)).unwrap();
            symlink(&directory, case.with_extension("in")).unwrap();
            trycmd::TestCases::new()
                .register_bin("sosw", PathBuf::from(env!("CARGO_BIN_EXE_sosw")))
                .timeout(Duration::from_secs(120))
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .env("PYTHONDONTWRITEBYTECODE", "1")
                .case(&case)
                .run();
        }
    }
}

fn is_console(block: &Block) -> bool {
    block.language == "console"
}

/// What the page says to install or build before.
fn provide(directory: &Path, page: &Document) -> bool {
    if page.text.contains(".venv/bin/python") {
        let Some(python) = python(&page.name) else { return false };
        // Beside the interpreter is what it finds its packages by.
        let environment = Path::new(&python).parent().and_then(Path::parent).unwrap();
        symlink(environment, directory.join(".venv")).unwrap();
    }
    if page.text.contains(r#""node""#) && Command::new("node").arg("--version").output().is_err() {
        eprintln!("{}: skipped, for node is missing: install Node.js 18 or newer", page.name);
        return false;
    }
    if page.text.contains("target/debug/sales") {
        fs::create_dir_all(directory.join("target/debug")).unwrap();
        symlink(example("sales"), directory.join("target/debug/sales")).unwrap();
    }
    true
}

/// The block in the notation of `trycmd`: what differs from run to run is elided, and so are the width of columns and the
/// directory of `sosw` in commands that it names.
fn as_case(console: &str) -> String {
    let varying = Regex::new(concat!(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", // a time
        r"|\b\d+(\.\d+)?(ms|s|m|h|d)(\d+(s|m|h))?\b|\d+(\.\d+)?/s", // a duration, a speed
        r"|\b[0-9a-f]{8}-[0-9a-f-]{27}\b",  // an invocation
    ));
    let (varying, columns) = (varying.unwrap(), Regex::new(r" {2,}|─+").unwrap());
    let mut case = "```console\n".to_owned();
    for (number, line) in console.lines().enumerate() {
        let is_command = line.starts_with("$ ");
        if is_command && number > 0 {
            case.push('\n');
        }
        let is_exit_code = line.strip_prefix("? ").is_some_and(|code| code.parse::<u8>().is_ok());
        match is_command || is_exit_code || line == "..." || line.is_empty() {
            true => case.push_str(line),
            false => {
                // Tables end their lines with blanks.
                let end = if columns.is_match(line) { "[..]" } else { "" };
                let line = line.replace("`sosw ", "`[..]sosw ");
                let line = varying.replace_all(&line, "[..]") + end;
                case.push_str(&columns.replace_all(&line, "[..]").replace("[..][..]", "[..]"));
            }
        }
        case.push('\n');
    }
    case + "\n```\n"
}

#[test]
fn times_and_widths_are_elided_and_nothing_else_is() {
    let case =
        as_case("$ sosw a 10s\n? 3\n3 of 4 closed in 0.4s (1.2/s)\n\n...\n a   b\n$ sosw b\nc\n");
    assert_eq!(
        case,
        "```console\n$ sosw a 10s\n? 3\n3 of 4 closed in [..] ([..])\n\n...\n a[..]b[..]\n\n$ sosw b\nc\n\n```\n"
    );
}

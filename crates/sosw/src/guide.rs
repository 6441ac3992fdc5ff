//! `sosw guide`: the pages of the guide, which are part of the program: what it prints is of its own version.

use operator::Hint;
use serde::Serialize;

use crate::{error::Error, print};

/// A page of the guide. Its first line is its title, which says what it is about.
#[derive(Debug)]
struct Page {
    name: &'static str,
    text: &'static str,
}

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        &[$(Page { name: $name, text: include_str!(concat!("../guide/", $name, ".md")) }),*]
    };
}

/// In the order to read.
const PAGES: &[Page] = pages![
    "first-labourer",
    "labourer-in-node",
    "labourer-in-rust",
    "jobs",
    "results",
    "blocks",
    "health",
    "limits",
    "operating",
    "page",
    "troubleshooting",
    "deploying",
    "security",
    "settings",
    "sosw-0.7",
];

const EXAMPLES: &str = "\
Examples:
  sosw guide                           the pages
  sosw guide first-labourer | less     one of them";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Page to print; without it, all pages are listed
    page: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<(), Error> {
    match (&args.page, args.json) {
        (None, false) => print::out(listed()),
        (None, true) => print::json(&PAGES.iter().map(ListedPage::of).collect::<Vec<_>>()),
        (Some(name), false) => print::out(find(name)?.text.trim_end()),
        (Some(name), true) => {
            let page = find(name)?;
            print::json(&PrintedPage { listed: ListedPage::of(page), text: page.text })
        }
    }
}

#[derive(Serialize)]
struct ListedPage {
    page: &'static str,
    title: &'static str,
}

#[derive(Serialize)]
struct PrintedPage {
    #[serde(flatten)]
    listed: ListedPage,
    text: &'static str,
}

impl ListedPage {
    fn of(page: &Page) -> Self {
        Self { page: page.name, title: page.title() }
    }
}

impl Page {
    fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}

fn find(name: &str) -> Result<&'static Page, Error> {
    // What a link between pages says is as good.
    let wanted = name.strip_suffix(".md").unwrap_or(name);
    let found = PAGES.iter().find(|page| page.name == wanted);
    found.ok_or_else(|| {
        let hint = Hint::among(wanted, PAGES.iter().map(|page| page.name));
        Error::NoPage { name: name.to_owned(), hint }
    })
}

fn listed() -> String {
    let width = PAGES.iter().map(|page| page.name.len()).max().unwrap_or_default();
    let lines = PAGES.iter().map(|page| format!("{:width$}  {}", page.name, page.title()));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use clap::{CommandFactory, error::ErrorKind};

    use super::*;
    use crate::cli::Cli;

    fn directory() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/guide"))
    }

    #[test]
    fn every_page_that_is_written_is_printed() {
        let files = fs::read_dir(directory()).unwrap().map(|file| file.unwrap().path());
        let pages = files.filter(|file| file.extension().is_some_and(|kind| kind == "md"));
        let written: BTreeSet<_> =
            pages.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        let printed: BTreeSet<_> = PAGES.iter().map(|page| page.name.to_owned()).collect();
        assert_eq!(written, printed);
    }

    #[test]
    fn every_page_begins_with_a_title_that_fits_a_line_of_the_list() {
        for page in PAGES {
            assert!(page.text.starts_with("# "), "{}", page.name);
        }
        assert!(listed().lines().all(|line| line.chars().count() <= 100), "{}", listed());
    }

    #[test]
    fn a_misspelt_page_is_answered_with_the_one_that_was_meant() {
        let error = |name| find(name).unwrap_err().to_string();
        assert_eq!(error("bloks"), "there is no page `bloks` in the guide, did you mean `blocks`?");
        assert!(
            error("nothing").contains(", known are `first-labourer`, "),
            "{}",
            error("nothing")
        );
        assert_eq!(find("blocks.md").unwrap().name, "blocks");
    }

    #[test]
    fn every_command_that_readme_and_guide_name_is_one_and_has_these_flags() {
        let readme = fs::read_to_string(directory().join("../../../README.md")).unwrap();
        let texts = PAGES.iter().map(|page| page.text).chain([readme.as_str()]);
        let mut checked = 0;
        for command in texts.flat_map(commands) {
            let words = shlex::split(command).unwrap();
            let read = Cli::command().try_get_matches_from(words).map_err(|error| error.kind());
            // A sentence may name a command without all that it needs.
            let is_short = |kind| {
                matches!(
                    kind,
                    ErrorKind::MissingRequiredArgument
                        | ErrorKind::MissingSubcommand
                        | ErrorKind::DisplayHelp
                        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                )
            };
            assert!(read.as_ref().err().is_none_or(|kind| is_short(*kind)), "{command}: {read:?}");
            checked += 1;
        }
        assert!(checked > 100, "only {checked} were found");
    }

    /// What follows `sosw`, with it: in lines of shells, and between backticks.
    fn commands(text: &str) -> impl Iterator<Item = &str> {
        let lines = text.lines().map(|line| line.strip_prefix("$ ").unwrap_or(line));
        let lines =
            lines.filter(|line| line.starts_with("sosw ") && !line.starts_with("sosw local, "));
        let inline = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
        let inline = inline.filter(|code| code.starts_with("sosw "));
        // A comment, or several commands that differ in a word.
        lines.chain(inline).map(|command| command.split(" # ").next().unwrap_or(command))
    }
}

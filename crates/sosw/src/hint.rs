//! Commands that a text names in backticks, completed so that they can be pasted: with the name by which this
//! program was called, and with the `--config` and `--data` that it was given.

use std::{borrow::Cow, path::PathBuf, sync::OnceLock};

use clap::{ArgMatches, CommandFactory};
use operator::words::argument;

use crate::cli::Cli;

/// Set once, when the command line is read.
static CALL: OnceLock<Call> = OnceLock::new();

/// How this program was called, as far as another command must repeat it.
#[derive(Debug, Default)]
struct Call {
    program: String,
    config: Option<PathBuf>,
    data: Option<PathBuf>,
}

/// Keeps what the commands of later hints must repeat.
pub fn remember(matches: &ArgMatches) {
    // There is one command line.
    let _ = CALL.set(Call::of(matches));
}

/// The text with all commands in it completed.
pub fn complete(text: &str) -> String {
    CALL.get().map_or(text.to_owned(), |call| call.complete(text))
}

/// A command of sosw (`jobs list`) as it is typed.
pub fn command(arguments: &str) -> String {
    CALL.get().map_or(format!("sosw {arguments}"), |call| call.command(arguments))
}

impl Call {
    fn of(matches: &ArgMatches) -> Self {
        let program = std::env::args().next().unwrap_or_else(|| "sosw".to_owned());
        let (mut leaf, mut name) = (matches, "");
        while let Some((next, within)) = leaf.subcommand() {
            (leaf, name) = (within, next);
        }
        let path = |argument| leaf.try_get_one::<PathBuf>(argument).ok().flatten().cloned();
        // A `sosw local` keeps its config in the tables.
        let config = path("config").filter(|_| name != "local");
        Self { program: argument(program), config, data: path("data") }
    }

    fn complete(&self, text: &str) -> String {
        // Every second piece stands between backticks.
        let pieces = text.split('`').enumerate().map(|(place, piece)| {
            let arguments = piece.strip_prefix("sosw ").filter(|_| place % 2 == 1);
            // A `sosw local` is what runs, and not what is to be typed: it needs more than a directory.
            let arguments = arguments.filter(|arguments| !arguments.starts_with("local"));
            arguments.map_or(piece.into(), |arguments| Cow::from(self.command(arguments)))
        });
        pieces.collect::<Vec<_>>().join("`")
    }

    fn command(&self, arguments: &str) -> String {
        let mut words = format!("{} {arguments}", self.program);
        for (name, path) in [("config", &self.config), ("data", &self.data)] {
            let flag = format!(" --{name}");
            let path = path.as_ref().filter(|_| takes(arguments, name) && !words.contains(&flag));
            if let Some(path) = path {
                words.extend([&flag, " ", &argument(path.display())]);
            }
        }
        words
    }
}

/// Does the command that begins with these words find its tables by this argument?
fn takes(arguments: &str, name: &str) -> bool {
    let mut command = Cli::command();
    for word in arguments.split_whitespace() {
        match command.find_subcommand(word) {
            Some(next) => command = next.clone(),
            None => break,
        }
    }
    command.get_arguments().any(|argument| argument.get_id() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(arguments: &[&str]) -> Call {
        let program = "sosw".to_owned();
        Call { program, ..Call::of(&Cli::command().get_matches_from(arguments)) }
    }

    #[test]
    fn commands_in_backticks_are_completed_and_nothing_else_is() {
        let call = call(&["sosw", "status", "--data", "my data"]);
        assert_eq!(
            call.complete("a `sosw local` ran, `sosw jobs list` or `x`; sosw jobs list, `sosw"),
            "a `sosw local` ran, `sosw jobs list --data 'my data'` or `x`; sosw jobs list, `sosw"
        );
    }

    #[test]
    fn each_command_gets_the_arguments_that_it_takes() {
        let call = call(&["sosw", "explain", "t1", "--data", "d", "--config", "c.json"]);
        assert_eq!(call.command("jobs show j1"), "sosw jobs show j1 --config c.json --data d");
        assert_eq!(call.command("config push FILE"), "sosw config push FILE --data d");
        assert_eq!(call.command("config check FILE"), "sosw config check FILE");
        assert_eq!(call.command("dead-letters list"), "sosw dead-letters list");
        assert_eq!(call.command("doctor --data e"), "sosw doctor --data e --config c.json");
    }

    #[test]
    fn what_a_local_run_kept_is_found_by_its_directory_alone() {
        let call = call(&["sosw", "local", "--config", "c.json", "--data", "d"]);
        assert_eq!(call.command("jobs list"), "sosw jobs list --data d");
    }
}

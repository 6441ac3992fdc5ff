//! Attempts in their order, each under a heading; or JSON.

use std::collections::{BTreeMap, BTreeSet};

use operator::{Timestamp, tasks::TaskDetails};
use serde::Serialize;

use crate::{
    error::Error,
    output::{
        MOST_OF_TASK,
        read::{Invocation, Line, Reader, Wanted},
    },
    print, words,
};

/// Everything that is kept of a task.
#[derive(Debug, Serialize)]
pub struct TaskOutput {
    /// The last line of any task that was removed to make room is of this time.
    removed_until: Option<Timestamp>,
    attempts: Vec<Attempt>,
}

#[derive(Debug, Serialize)]
struct Attempt {
    #[serde(flatten)]
    invocation: Invocation,
    lines: Vec<Line>,
}

pub fn all(reader: &Reader, task: &TaskDetails) -> Result<TaskOutput, Error> {
    let attempts = reader.invocations(&Wanted::from(task))?.into_iter().map(|invocation| {
        let lines = reader.lines(invocation.id, 0)?;
        Ok(Attempt { invocation, lines })
    });
    let attempts = attempts.collect::<Result<_, Error>>()?;
    Ok(TaskOutput { removed_until: reader.removed_until()?, attempts })
}

/// A line by itself, as `--follow --json` prints it.
#[derive(Serialize)]
struct LineOf<'a> {
    attempt: u32,
    request_id: &'a str,
    #[serde(flatten)]
    line: &'a Line,
}

/// Prints what is new.
pub struct Printer {
    json: bool,
    /// The last line that was printed of each invocation.
    last: BTreeMap<i64, i64>,
    /// The invocation whose heading was printed last.
    heading: Option<i64>,
    /// Invocations of which it was said that lines were left out.
    cut: BTreeSet<i64>,
}

impl Printer {
    pub fn new(json: bool) -> Self {
        Self { json, last: BTreeMap::new(), heading: None, cut: BTreeSet::new() }
    }

    pub fn has_printed(&self) -> bool {
        self.heading.is_some()
    }

    /// Prints everything, or why there is nothing.
    pub fn print(&mut self, reader: &Reader, task: &TaskDetails) -> Result<(), Error> {
        self.print_new(reader, task)?;
        match reader.removed_until()? {
            Some(until) if !self.has_printed() => {
                let until = print::time(until);
                print::out(format_args!(
                    "Nothing is kept of what it printed: lines until {until} made room for others"
                ))
            }
            _ => self.finish(task),
        }
    }

    /// Prints what came since the last time.
    pub fn print_new(&mut self, reader: &Reader, task: &TaskDetails) -> Result<(), Error> {
        for invocation in reader.invocations(&Wanted::from(task))? {
            let last = self.last.get(&invocation.id).copied().unwrap_or_default();
            let lines = reader.lines(invocation.id, last)?;
            if let Some(line) = lines.last() {
                self.last.insert(invocation.id, line.id);
                self.print_lines(&invocation, &lines)?;
            }
            if invocation.too_many > 0 && !self.json && self.cut.insert(invocation.id) {
                self.head(&invocation, None)?;
                let most = MOST_OF_TASK / 1024 / 1024;
                print::out(format_args!("[more was printed: of a task, {most} MB is kept]"))?;
            }
        }
        Ok(())
    }

    /// Says so if there was nothing to print.
    pub fn finish(&self, task: &TaskDetails) -> Result<(), Error> {
        match (self.has_printed() || self.json, task.attempts) {
            (true, _) => Ok(()),
            (false, 0) => print::out("It has not run yet"),
            (false, _) => print::out("It has printed nothing"),
        }
    }

    fn print_lines(&mut self, invocation: &Invocation, lines: &[Line]) -> Result<(), Error> {
        if self.json {
            self.heading = Some(invocation.id);
            let Invocation { attempt, request_id, .. } = invocation;
            let mut lines = lines.iter();
            return lines
                .try_for_each(|line| print::json(&LineOf { attempt: *attempt, request_id, line }));
        }
        self.head(invocation, lines.first())?;
        lines.iter().try_for_each(|line| print::out(words::printable(&line.text)))
    }

    /// Prints a heading, if the last one was of another invocation.
    fn head(&mut self, invocation: &Invocation, first: Option<&Line>) -> Result<(), Error> {
        if self.heading.replace(invocation.id) == Some(invocation.id) {
            return Ok(());
        }
        let Invocation { attempt, request_id, members, is_beheaded, .. } = invocation;
        let at = first.map(|line| format!(" at {}", print::time(line.at))).unwrap_or_default();
        let of = members.as_ref().filter(|members| members.len() > 1);
        let of = of.map(|members| format!(" with the tasks {members}")).unwrap_or_default();
        print::out(format_args!("--- attempt {attempt}{of}{at}, request {request_id} ---"))?;
        match is_beheaded {
            true => print::out("[its first lines made room for others]"),
            false => Ok(()),
        }
    }
}

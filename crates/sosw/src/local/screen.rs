//! Prints lines and progress: a terminal shows a bar for each labourer and open job below the lines, anything else
//! gets a line whenever something has changed.

use std::{
    fmt::Display,
    io::IsTerminal,
    sync::{Arc, Mutex, PoisonError},
};

use indicatif::{MultiProgress, ProgressDrawTarget};

use super::{bars::Bars, lines::LastLines, message, progress::Observation};
use crate::print;

/// Clones are the same screen.
#[derive(Clone)]
pub struct Screen(Arc<Inner>);

struct Inner {
    output: Output,
    kind: ScreenKind,
}

/// Where lines and progress go: not where the result of the run goes as JSON.
#[derive(Clone, Copy)]
enum Output {
    Stdout,
    Stderr,
}

enum ScreenKind {
    Terminal { all: MultiProgress, bars: Mutex<Bars> },
    Lines(Mutex<LastLines>),
}

impl Screen {
    /// With `json`, standard output is left to the result.
    pub fn new(json: bool) -> Self {
        let output = if json { Output::Stderr } else { Output::Stdout };
        let (is_terminal, target) = match output {
            Output::Stdout => (std::io::stdout().is_terminal(), ProgressDrawTarget::stdout()),
            Output::Stderr => (std::io::stderr().is_terminal(), ProgressDrawTarget::stderr()),
        };
        let kind = match is_terminal {
            true => {
                let all = MultiProgress::with_draw_target(target);
                ScreenKind::Terminal { bars: Mutex::new(Bars::new(all.clone())), all }
            }
            false => ScreenKind::Lines(Mutex::default()),
        };
        Self(Arc::new(Inner { output, kind }))
    }

    /// Prints a line about what is done.
    pub fn print(&self, line: impl Display) {
        let output = self.0.output;
        match &self.0.kind {
            ScreenKind::Terminal { all, .. } => all.suspend(|| output.print(line)),
            ScreenKind::Lines(_) => output.print(line),
        }
    }

    /// Prints a warning.
    pub fn warn(&self, line: impl Display) {
        self.log(format_args!("warning: {line}"));
    }

    /// Prints a log line.
    pub fn log(&self, line: impl Display) {
        match &self.0.kind {
            ScreenKind::Terminal { all, .. } => all.suspend(|| print::err(line)),
            ScreenKind::Lines(_) => print::err(line),
        }
    }

    /// Shows progress. A job that has ended gets a line of its own.
    pub fn progress(&self, seen: &Observation) {
        for job in seen.jobs.iter().filter(|progress| !progress.is_open()) {
            self.print(format_args!("{}: {}", message::name(&job.job), message::of_job(job)));
        }
        match &self.0.kind {
            ScreenKind::Terminal { bars, .. } => {
                bars.lock().unwrap_or_else(PoisonError::into_inner).show(seen);
            }
            ScreenKind::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                last.print(seen, |line| self.0.output.print(line));
            }
        }
    }

    /// Takes the bars away.
    pub fn finish(&self) {
        if let ScreenKind::Terminal { bars, .. } = &self.0.kind {
            bars.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

impl Output {
    fn print(self, line: impl Display) {
        match self {
            // A standard output that cannot be written fails when the summary is.
            Self::Stdout => drop(print::out(line)),
            Self::Stderr => print::err(line),
        }
    }
}

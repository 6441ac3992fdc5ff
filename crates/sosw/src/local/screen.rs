//! Prints lines and progress: a terminal shows a bar for each labourer below the lines, anything else
//! gets a line whenever something has changed.

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::IsTerminal,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use operator::LabourerId;

use super::watch::{JobTasks, Observation, WorkProgress};
use crate::{print, words};

/// The shortest time between two lines about progress.
const PACE: Duration = Duration::from_secs(2);

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
    Terminal { all: MultiProgress, bars: Mutex<BTreeMap<LabourerId, ProgressBar>> },
    Lines(Mutex<LastLines>),
}

/// What was printed last.
#[derive(Default)]
struct LastLines {
    at: Option<Instant>,
    last: BTreeMap<LabourerId, WorkProgress>,
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
            true => ScreenKind::Terminal {
                all: MultiProgress::with_draw_target(target),
                bars: Mutex::default(),
            },
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

    /// Shows progress.
    pub fn progress(&self, snapshot: &Observation) {
        match &self.0.kind {
            ScreenKind::Terminal { all, bars } => {
                let mut bars = bars.lock().unwrap_or_else(PoisonError::into_inner);
                let names = snapshot.labourers.iter().map(|progress| progress.labourer.as_str());
                let width = names.map(str::len).max().unwrap_or_default();
                for progress in &snapshot.labourers {
                    let id = &progress.labourer;
                    let bar = bars.entry(id.clone()).or_insert_with(|| bar(all, id, width));
                    let (closed, all) = closed_of(progress);
                    // A bar of length 0 would look full.
                    bar.set_length(all.max(1));
                    bar.set_position(closed);
                    bar.set_message(message(progress));
                }
            }
            ScreenKind::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                last.print(snapshot, self.0.output);
            }
        }
    }

    /// Takes the bars away.
    pub fn finish(&self) {
        if let ScreenKind::Terminal { all, bars } = &self.0.kind {
            bars.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .values()
                .for_each(ProgressBar::finish_and_clear);
            // A terminal that cannot be cleared keeps its last bars.
            let _ = all.clear();
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

impl LastLines {
    fn print(&mut self, snapshot: &Observation, output: Output) {
        if self.at.is_some_and(|at| at.elapsed() < PACE) {
            return;
        }
        for progress in &snapshot.labourers {
            let known = self.last.get(&progress.labourer).map(|last| last.counts);
            let has_changed =
                known.map_or(progress.counts.open() > 0, |known| known != progress.counts);
            if has_changed {
                output.print(format_args!("{}: {}", progress.labourer, message(progress)));
                self.at = Some(Instant::now());
                self.last.insert(progress.labourer.clone(), progress.clone());
            }
        }
    }
}

fn bar(all: &MultiProgress, labourer: &LabourerId, width: usize) -> ProgressBar {
    let template = "{prefix} {bar:8.green/dim} {wide_msg}";
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─");
    let name = format!("{:<width$}", labourer.as_str());
    all.add(ProgressBar::new(1).with_style(style).with_prefix(name))
}

/// How many tasks are closed, of how many.
fn closed_of(progress: &WorkProgress) -> (u64, u64) {
    let WorkProgress { counts, to_come, in_blocks, .. } = progress;
    let items = (counts.closed(), counts.open() + counts.closed() + to_come);
    in_blocks.map_or(items, |tasks| (tasks.closed, tasks.total))
}

/// `70 queued, 4/4 running, 2 waiting to retry, 42 closed (1 failed), 12.3/s, ETA 8s`. If jobs are in
/// blocks: `42000 of 118000 tasks closed, 12300.0/s, ETA 6.2s, in blocks: 70 queued, …`.
fn message(progress: &WorkProgress) -> String {
    let (states, pace) = (states(progress), pace(progress));
    let mut parts = match progress.in_blocks {
        None => [states, pace].concat(),
        Some(JobTasks { closed, total }) => {
            let tasks = format!("{closed} of {total} tasks closed");
            let blocks = format!("in blocks: {}", states.join(", "));
            [vec![tasks], pace, vec![blocks]].concat()
        }
    };
    parts.extend((!progress.remark.is_empty()).then(|| words::printable(&progress.remark).into()));
    parts.join(", ")
}

/// How many are in each state; a block counts as one.
fn states(progress: &WorkProgress) -> Vec<String> {
    let counts = &progress.counts;
    let mut parts = vec![
        format!("{} queued", counts.queued + progress.to_come),
        format!("{}/{} running", counts.running, progress.slots),
    ];
    let some = |number: u64, what: &str| (number > 0).then(|| format!("{number} {what}"));
    parts.extend(some(counts.expired, "expired"));
    parts.extend(some(counts.parked, "waiting to retry"));
    let failed = some(counts.exhausted, "failed").map(|text| format!(" ({text})"));
    parts.push(format!("{} closed{}", counts.closed(), failed.unwrap_or_default()));
    parts
}

/// Speed and estimated end.
fn pace(progress: &WorkProgress) -> Vec<String> {
    let speed = (progress.speed > 0.0).then(|| format!("{:.1}/s", progress.speed));
    let eta = progress.eta().map(|eta| format!("ETA {}", print::duration(eta)));
    speed.into_iter().chain(eta).collect()
}

#[cfg(test)]
mod tests {
    use operator::status::TaskCounts;

    use super::*;

    #[test]
    fn progress_names_only_what_there_is() {
        let mut progress = WorkProgress {
            stuck: 0,
            labourer: LabourerId::new("words").unwrap(),
            counts: TaskCounts { queued: 70, running: 4, ..TaskCounts::default() },
            slots: 4,
            to_come: 0,
            in_blocks: None,
            speed: 0.0,
            remark: String::new(),
        };
        assert_eq!(message(&progress), "70 queued, 4/4 running, 0 closed");
        progress.counts = TaskCounts { parked: 2, succeeded: 41, exhausted: 1, ..progress.counts };
        progress.speed = 12.5;
        assert_eq!(
            message(&progress),
            "70 queued, 4/4 running, 2 waiting to retry, 42 closed (1 failed), 12.5/s, ETA 6.1s"
        );
        progress.in_blocks = Some(JobTasks { closed: 42_000, total: 118_000 });
        progress.speed = 12_500.0;
        assert_eq!(
            message(&progress),
            "42000 of 118000 tasks closed, 12500.0/s, ETA 6.1s, \
             in blocks: 70 queued, 4/4 running, 2 waiting to retry, 42 closed (1 failed)"
        );
    }
}

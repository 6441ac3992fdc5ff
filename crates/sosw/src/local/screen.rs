//! Prints lines and progress: a terminal shows a bar for each labourer and open job below the lines, anything else
//! gets a line whenever something has changed.

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::IsTerminal,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use operator::{JobId, LabourerId, status::TaskCounts};

use super::{
    message,
    progress::{JobProgress, Observation, WorkProgress},
};
use crate::{print, words};

/// The shortest time between two lines about the progress of one.
const PACE: Duration = Duration::from_secs(2);
/// The most open jobs to show.
const SHOWN: usize = 8;

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
    Terminal { all: MultiProgress, bars: Mutex<BTreeMap<Row, ProgressBar>> },
    Lines(Mutex<LastLines>),
}

/// What a bar or a line is about, in the order in which they stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Labourer(LabourerId),
    Job(JobId),
    /// Open jobs for which there is no room.
    More,
}

/// What was printed last.
#[derive(Default)]
struct LastLines {
    at: Option<Instant>,
    labourers: BTreeMap<LabourerId, TaskCounts>,
    jobs: BTreeMap<JobId, String>,
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

    /// Shows progress. A job that has ended gets a line of its own.
    pub fn progress(&self, seen: &Observation) {
        for job in seen.jobs.iter().filter(|progress| !is_open(progress)) {
            self.print(format_args!("{}: {}", message::name(&job.job), message::of_job(job)));
        }
        match &self.0.kind {
            ScreenKind::Terminal { all, bars } => {
                let mut bars = bars.lock().unwrap_or_else(PoisonError::into_inner);
                show(all, &mut bars, &rows(seen));
            }
            ScreenKind::Lines(last) => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                last.print(seen, self.0.output);
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
    fn print(&mut self, seen: &Observation, output: Output) {
        if self.at.is_some_and(|at| at.elapsed() < PACE) {
            return;
        }
        let labourers: Vec<_> = seen.labourers.iter().filter(|of| self.is_new(of)).collect();
        for progress in labourers {
            output.print(format_args!("{}: {}", progress.labourer, message::of_labourer(progress)));
            self.at = Some(Instant::now());
        }
        let counts = seen.labourers.iter().map(|of| (of.labourer.clone(), of.counts));
        self.labourers = counts.collect();
        let mut jobs = BTreeMap::new();
        for progress in shown(seen) {
            let (id, now) = (&progress.job.job_id, state(progress));
            if self.jobs.get(id) != Some(&now) {
                let (name, text) = (message::name(&progress.job), message::of_job(progress));
                output.print(format_args!("{name}: {text}"));
                self.at = Some(Instant::now());
            }
            jobs.insert(id.clone(), now);
        }
        self.jobs = jobs;
    }

    fn is_new(&self, progress: &WorkProgress) -> bool {
        let known = self.labourers.get(&progress.labourer);
        known.map_or(progress.counts.open() > 0, |known| *known != progress.counts)
    }
}

fn is_open(progress: &JobProgress) -> bool {
    progress.job.state.is_open()
}

/// The open jobs for which there is room.
fn shown(seen: &Observation) -> impl Iterator<Item = &JobProgress> {
    seen.jobs.iter().filter(|progress| is_open(progress)).take(SHOWN)
}

/// What a job has to change for a new line: neither its speed nor its estimated end.
fn state(progress: &JobProgress) -> String {
    let quiet = JobProgress { speed: 0.0, ..progress.clone() };
    message::of_job(&quiet)
}

/// A bar.
struct Line {
    row: Row,
    name: String,
    /// Tasks that are closed, of so many.
    closed: (u64, u64),
    message: String,
}

/// The bars that are to be shown.
fn rows(seen: &Observation) -> Vec<Line> {
    let labourers = seen.labourers.iter().map(|progress| Line {
        row: Row::Labourer(progress.labourer.clone()),
        name: progress.labourer.to_string(),
        closed: closed_of(progress),
        message: message::of_labourer(progress),
    });
    let jobs = shown(seen).map(|progress| Line {
        row: Row::Job(progress.job.job_id.clone()),
        name: message::name(&progress.job),
        closed: (progress.job.progress.closed(), progress.job.progress.total),
        message: message::of_job(progress),
    });
    let open = seen.jobs.iter().filter(|progress| is_open(progress)).count() + seen.more_jobs;
    let more = match open.saturating_sub(SHOWN) {
        0 => None,
        more => Some(Line {
            row: Row::More,
            name: String::new(),
            closed: (0, 1),
            message: format!("and {}", words::count(more as u64, "more open job")),
        }),
    };
    labourers.chain(jobs).chain(more).collect()
}

fn show(all: &MultiProgress, bars: &mut BTreeMap<Row, ProgressBar>, lines: &[Line]) {
    bars.retain(|row, bar| {
        let stays = lines.iter().any(|line| line.row == *row);
        if !stays {
            all.remove(bar);
        }
        stays
    });
    let width = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or_default();
    for (place, line) in lines.iter().enumerate() {
        let bar = bars.entry(line.row.clone()).or_insert_with(|| all.insert(place, bar()));
        let (closed, of) = line.closed;
        bar.set_prefix(format!("{:<width$}", line.name));
        // A bar of length 0 would look full.
        bar.set_length(of.max(1));
        bar.set_position(closed);
        bar.set_message(line.message.clone());
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {bar:8.green/dim} {wide_msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─");
    ProgressBar::new(1).with_style(style)
}

/// How many tasks are closed, of how many.
fn closed_of(progress: &WorkProgress) -> (u64, u64) {
    let WorkProgress { counts, to_come, in_blocks, .. } = progress;
    let items = (counts.closed(), counts.open() + counts.closed() + to_come);
    in_blocks.map_or(items, |tasks| (tasks.closed, tasks.total))
}

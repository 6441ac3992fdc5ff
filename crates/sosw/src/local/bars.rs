//! Progress on a terminal: a bar for each labourer and for each open job.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use operator::{JobId, LabourerId};

use super::{
    message,
    progress::{Observation, WorkProgress},
};
use crate::words;

/// The bars that are shown.
pub struct Bars {
    all: MultiProgress,
    bars: BTreeMap<Row, ProgressBar>,
}

/// What a bar is about, in the order in which they stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Labourer(LabourerId),
    Job(JobId),
    /// Open jobs for which there is no room.
    More,
}

impl Bars {
    pub fn new(all: MultiProgress) -> Self {
        Self { all, bars: BTreeMap::new() }
    }

    /// Shows how far everything is.
    pub fn show(&mut self, seen: &Observation) {
        show(&self.all, &mut self.bars, &rows(seen));
    }

    /// Takes the bars away.
    pub fn clear(&self) {
        self.bars.values().for_each(ProgressBar::finish_and_clear);
        // A terminal that cannot be cleared keeps its last bars.
        let _ = self.all.clear();
    }
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
    let jobs = seen.shown().map(|progress| Line {
        row: Row::Job(progress.job.job_id.clone()),
        name: message::name(&progress.job),
        closed: (progress.job.progress.closed(), progress.job.progress.total),
        message: message::of_job(progress),
    });
    let more = match seen.not_shown() {
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

/// Shows these, and takes all others away.
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

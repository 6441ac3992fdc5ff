//! `sosw jobs show --follow`: progress until the job has ended, which is a tick after its last task has.

use std::{
    cell::Cell,
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use operator::jobs::{JobDetails, JobOverview, read, show};

use super::named;
use crate::{
    connect::{Connected, Where},
    error::Error,
    print, words,
};

/// Interval between two reads of the job.
const PAUSE: Duration = Duration::from_secs(1);
/// The shortest time between two lines about progress.
const PACE: Duration = Duration::from_secs(2);

/// The job, once it has ended. A `sosw local` that ends with it is no error: its tables stay where they are.
pub async fn follow(place: &Where, name: &str, json: bool) -> Result<JobDetails, Error> {
    let (screen, was_read) = (Screen::new(json), Cell::new(false));
    let followed = loop {
        let watched = place.with(async |sosw| watch(sosw, place, name, &screen, &was_read).await);
        match watched.await {
            Err(error) if place.data().is_some() && error.is_unanswered() && was_read.take() => {}
            outcome => break outcome,
        }
    };
    screen.finish();
    followed
}

async fn watch(
    sosw: &Connected<'_>,
    place: &Where,
    name: &str,
    screen: &Screen,
    was_read: &Cell<bool>,
) -> Result<JobDetails, Error> {
    let id = named(&sosw.manager, name).await?;
    loop {
        let job = read(&sosw.manager, &id).await?;
        was_read.set(true);
        if !job.state.is_open() {
            return Ok(show(&sosw.manager, &id).await?);
        }
        screen.show(&job)?;
        // Nothing would ever change in tables that only this command has open.
        if let Some(data) = place.data().filter(|_| !sosw.has_lambda()) {
            return Err(Error::NobodyWorks { id, data: data.to_owned() });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Where progress is shown.
enum Screen {
    /// An object a line, on standard output.
    Json(Cell<Option<String>>),
    Bar(ProgressBar),
    /// On a standard error that is no terminal.
    Lines(Cell<Option<(Instant, String)>>),
}

impl Screen {
    fn new(json: bool) -> Self {
        match (json, std::io::stderr().is_terminal()) {
            (true, _) => Self::Json(Cell::default()),
            (false, false) => Self::Lines(Cell::default()),
            (false, true) => {
                let bar = ProgressBar::new(1);
                let style = ProgressStyle::with_template("{bar:20} {pos} of {len} closed, {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                Self::Bar(bar)
            }
        }
    }

    fn show(&self, job: &JobOverview) -> Result<(), Error> {
        match self {
            Self::Json(last) => {
                let seen = format!("{} {:?}", job.stage, job.progress);
                let is_new = last.take().is_none_or(|last| last != seen);
                last.set(Some(seen));
                if is_new { print::json(job) } else { Ok(()) }
            }
            Self::Bar(bar) => {
                bar.set_length(job.progress.total);
                bar.set_position(job.progress.closed());
                bar.set_message(in_a_line(job));
                Ok(())
            }
            Self::Lines(last) => {
                let (closed, total) = (job.progress.closed(), job.progress.total);
                let line = format!("{closed} of {total} closed, {}", in_a_line(job));
                match last.take() {
                    Some((at, shown)) if shown == line || at.elapsed() < PACE => {
                        last.set(Some((at, shown)));
                    }
                    _ => {
                        print::err(&line);
                        last.set(Some((Instant::now(), line)));
                    }
                }
                Ok(())
            }
        }
    }

    fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn in_a_line(job: &JobOverview) -> String {
    let exhausted = job.progress.exhausted;
    let mut parts = vec![match job.progress.is_done() {
        true => "the next tick ends the job".to_owned(),
        false => words::job_stage(job.stage).to_owned(),
    }];
    parts.extend((exhausted > 0).then(|| format!("{exhausted} failed")));
    parts.extend(job.eta.map(|eta| format!("ETA {}", print::duration(eta))));
    parts.join(", ")
}

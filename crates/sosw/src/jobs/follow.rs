//! `sosw jobs show --follow`: progress until the job has ended, which is a tick after its last task has.

use std::{
    cell::Cell,
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use operator::{
    TaskManager,
    forecast::{self, Forecast, ShownJob, show_job},
    jobs::{JobOverview, read},
};
use serde::Serialize;

use super::{
    named,
    stage::{reason, stage},
};
use crate::{
    connect::{Answered, Connected, Where},
    error::Error,
    print, words,
};

/// Interval between two reads of the job.
const PAUSE: Duration = Duration::from_secs(1);
/// The shortest time between two lines about progress.
const PACE: Duration = Duration::from_secs(2);
/// How old a forecast may grow: it costs several times what the job does.
const FRESH: Duration = Duration::from_secs(5);

/// A job that has not ended.
#[derive(Serialize)]
struct Followed {
    #[serde(flatten)]
    job: JobOverview,
    forecast: Forecast,
}

/// The job, once it has ended. A `sosw local` that ends with it is no error: its tables stay where they are.
pub async fn follow(place: &Where, name: &str, json: bool) -> Result<ShownJob, Error> {
    let screen = Screen::new(json);
    let followed = place
        .follow(async |sosw, answered| watch(sosw, place, name, &screen, answered).await)
        .await;
    screen.finish();
    followed
}

async fn watch(
    sosw: &Connected<'_>,
    place: &Where,
    name: &str,
    screen: &Screen,
    answered: &Answered,
) -> Result<ShownJob, Error> {
    let id = named(&sosw.manager, name).await?;
    let mut latest = None;
    loop {
        let job = read(&sosw.manager, &id).await?;
        answered.note();
        if !job.state.is_open() {
            return Ok(show_job(&sosw.manager, &id).await?);
        }
        let forecast = forecast(&sosw.manager, &job, &mut latest).await?;
        screen.show(&Followed { job, forecast })?;
        // Nothing would ever change in tables that only this command has open.
        if let Some(data) = place.data().filter(|_| !sosw.has_lambda()) {
            return Err(Error::NobodyWorks { id, data: data.to_owned() });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The latest forecast, made anew once it is old.
async fn forecast(
    manager: &TaskManager,
    job: &JobOverview,
    latest: &mut Option<(Instant, Forecast)>,
) -> Result<Forecast, Error> {
    if let Some((at, forecast)) = latest.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
        let past = at.elapsed();
        let left = |time: Option<Duration>| time.map(|time| time.saturating_sub(past));
        return Ok(Forecast {
            at_present_rate: left(forecast.at_present_rate),
            at_limit: left(forecast.at_limit),
            ..forecast.clone()
        });
    }
    let forecast = forecast::of_job(manager, job, None).await?;
    *latest = Some((Instant::now(), forecast.clone()));
    Ok(forecast)
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

    fn show(&self, followed: &Followed) -> Result<(), Error> {
        let job = &followed.job;
        match self {
            Self::Json(last) => {
                let seen = format!("{} {:?}", job.stage, job.progress);
                let is_new = last.take().is_none_or(|last| last != seen);
                last.set(Some(seen));
                if is_new { print::json(followed) } else { Ok(()) }
            }
            Self::Bar(bar) => {
                bar.set_length(job.progress.total);
                bar.set_position(job.progress.closed());
                bar.set_message(in_a_line(followed));
                Ok(())
            }
            Self::Lines(last) => {
                let (closed, total) = (job.progress.closed(), job.progress.total);
                let line = format!("{closed} of {total} closed, {}", in_a_line(followed));
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

fn in_a_line(followed: &Followed) -> String {
    let Followed { job, forecast } = followed;
    let exhausted = job.progress.exhausted;
    let mut parts = vec![stage(job, Some(&forecast.bound))];
    parts.extend((exhausted > 0).then(|| format!("{exhausted} failed")));
    if !job.progress.is_done() {
        let eta = forecast.at_present_rate;
        parts.extend(eta.map(|eta| format!("ETA {}", print::duration(eta))));
    }
    parts.extend(reason(job, &forecast.bound));
    words::printable(&parts.join(", ")).into()
}

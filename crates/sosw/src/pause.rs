//! `sosw pause` and `sosw resume`.

use std::time::Duration;

use operator::{
    LabourerId, ResourceId, Timestamp,
    pause::{PausedLabourer, Subject, subject},
    resources::{self, PREFIX, PausedResource},
    words::argument,
};
use serde::Serialize;

use crate::{
    connect::{Connected, Where},
    error::Error,
    hint, print, words,
};

const AHEAD: &str = "the end must be in the future";

#[derive(Debug, clap::Args)]
pub struct Pause {
    /// The labourer to pause; or resource:NAME, a resource and with it all who use it
    #[arg(value_name = "LABOURER")]
    subject: String,
    /// For how long: 90s, 2h, 1d, 1h30m. Without --for and --until: until it is resumed
    #[arg(long = "for", value_name = "TIME", value_parser = duration, conflicts_with = "until", allow_hyphen_values = true)]
    time: Option<Duration>,
    /// Until when: 2026-11-22T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<Timestamp>,
    /// Shown wherever the pause is shown
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Resume {
    /// The labourer to resume; or resource:NAME
    #[arg(value_name = "LABOURER")]
    subject: String,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was paused. In JSON, as it is.
#[derive(Serialize)]
#[serde(untagged)]
enum Paused {
    Labourer(PausedLabourer),
    Resource(PausedResource),
}

/// What was resumed.
#[derive(Serialize)]
#[serde(untagged)]
enum Resumed {
    Labourer { labourer_id: LabourerId, was_paused: bool },
    Resource { resource: ResourceId, was_paused: bool },
}

pub async fn pause(args: Pause) -> Result<(), Error> {
    let paused = args.place.with(async |Connected { manager, .. }| {
        let until = args.until.or(args.time.map(|time| manager.now() + time));
        let reason = args.reason.as_deref();
        Ok(match subject(manager, &args.subject)? {
            Subject::Labourer(labourer) => {
                Paused::Labourer(operator::pause::pause(manager, labourer, until, reason).await?)
            }
            Subject::Resource(resource) => {
                Paused::Resource(resources::pause(manager, &resource, until, reason).await?)
            }
        })
    });
    let paused = paused.await?;
    match args.json {
        true => print::json(&paused),
        false => print::out(paused.in_words()),
    }
}

impl Paused {
    fn in_words(&self) -> String {
        let (name, typed, until, running) = match self {
            Self::Labourer(PausedLabourer { labourer_id: id, until, running }) => {
                (id.as_str(), id.to_string(), until, *running)
            }
            Self::Resource(PausedResource { resource, until, running }) => {
                (resource.as_str(), format!("{PREFIX}{resource}"), until, *running)
            }
        };
        let end = match until {
            None => format!("`{}`", hint::command(&format!("resume {}", argument(typed)))),
            Some(end) => end.utc(),
        };
        let whose = match self {
            Self::Labourer(_) => "none of its tasks are running",
            Self::Resource(_) => "no task that uses it is running",
        };
        let live = match running {
            0 => whose.to_owned(),
            some => format!("{} may end", words::count(some.into(), "running attempt")),
        };
        format!("{name} is paused until {end}; {live}")
    }
}

pub async fn resume(args: Resume) -> Result<(), Error> {
    let resumed = args.place.with(async |sosw| {
        let manager = &sosw.manager;
        let resumed = match subject(manager, &args.subject)? {
            Subject::Labourer(labourer) => Resumed::Labourer {
                labourer_id: labourer.id.clone(),
                was_paused: operator::pause::resume(manager, labourer).await?,
            },
            Subject::Resource(resource) => Resumed::Resource {
                was_paused: resources::resume(manager, &resource).await?,
                resource,
            },
        };
        args.place.note_if_idle(sosw);
        Ok(resumed)
    });
    let resumed = resumed.await?;
    match args.json {
        true => print::json(&resumed),
        false => print::out(resumed.in_words()),
    }
}

impl Resumed {
    fn in_words(&self) -> String {
        let (name, was_paused) = match self {
            Self::Labourer { labourer_id, was_paused } => (labourer_id.as_str(), was_paused),
            Self::Resource { resource, was_paused } => (resource.as_str(), was_paused),
        };
        let text = match (was_paused, self) {
            (false, _) => "was not paused",
            (true, Self::Labourer { .. }) => {
                "is resumed: the next tick of the orchestrator fills its slots"
            }
            (true, Self::Resource { .. }) => {
                "is resumed: the next tick of the orchestrator starts what waits for it"
            }
        };
        format!("{name} {text}")
    }
}

/// A length of time of the command line.
pub fn duration(text: &str) -> Result<Duration, String> {
    let time = operator::duration::parse(text);
    time.ok_or_else(|| format!("expected {}", operator::duration::EXPECTED))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let time: Option<jiff::Timestamp> = text.parse().ok();
    let time =
        time.ok_or("expected a time like 2026-11-22T18:00:00Z, or with an offset like +01:00")?;
    if time <= jiff::Timestamp::now() {
        return Err(AHEAD.into());
    }
    Ok(Timestamp::from_seconds(time.as_duration().as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let seconds = |text| duration(text).map(|time| time.as_secs()).ok();
        assert_eq!(seconds("2h"), Some(7200));
        assert_eq!(seconds("90min"), Some(5400));
        assert_eq!(seconds("1h 30m"), Some(5400));
        assert_eq!(seconds("1d"), Some(86_400));
        assert_eq!(seconds("-2h"), None);
        assert_eq!(seconds("90"), None, "of what?");
        assert_eq!(seconds("soon"), None);
        assert_eq!(
            instant("2999-11-22T05:01:07Z").map(Timestamp::utc),
            Ok("2999-11-22 05:01:07Z".into())
        );
        assert_eq!(instant("2020-01-01T00:00:00Z"), Err(AHEAD.into()));
    }
}

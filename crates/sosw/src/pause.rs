//! `sosw pause` and `sosw resume`.

use std::time::Duration;

use operator::Timestamp;
use serde::Serialize;

use crate::{
    connect::{Connected, Where},
    error::Error,
    hint, print, words,
};

const AHEAD: &str = "the end must be in the future";

#[derive(Debug, clap::Args)]
pub struct Pause {
    /// The labourer to pause
    labourer: String,
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
    /// The labourer to resume
    labourer: String,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Resumed<'a> {
    labourer_id: &'a str,
    was_paused: bool,
}

pub async fn pause(args: Pause) -> Result<(), Error> {
    let paused = args.place.with(async |Connected { manager, .. }| {
        let labourer = manager.labourers().named(&args.labourer)?;
        let until = args.until.or(args.time.map(|time| manager.now() + time));
        let reason = args.reason.as_deref();
        Ok(operator::pause::pause(manager, labourer, until, reason).await?)
    });
    let paused = paused.await?;
    if args.json {
        return print::json(&paused);
    }
    let labourer = paused.labourer_id;
    let end = match paused.until {
        None => format!("`{}`", hint::command(&format!("resume {labourer}"))),
        Some(end) => end.utc(),
    };
    let live = match paused.running {
        0 => "none of its tasks are running".to_owned(),
        some => format!("{} may end", words::count(some.into(), "running attempt")),
    };
    print::out(format_args!("{labourer} is paused until {end}; {live}"))
}

pub async fn resume(args: Resume) -> Result<(), Error> {
    let resumed = args.place.with(async |sosw| {
        let labourer = sosw.manager.labourers().named(&args.labourer)?;
        let was_paused = operator::pause::resume(&sosw.manager, labourer).await?;
        args.place.note_if_idle(sosw);
        Ok(was_paused)
    });
    let was_paused = resumed.await?;
    if args.json {
        return print::json(&Resumed { labourer_id: &args.labourer, was_paused });
    }
    let text = match was_paused {
        true => "is resumed: the next tick of the orchestrator fills its slots",
        false => "was not paused",
    };
    print::out(format_args!("{} {text}", args.labourer))
}

fn duration(text: &str) -> Result<Duration, String> {
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

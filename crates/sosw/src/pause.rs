//! `sosw pause` and `sosw resume`.

use std::time::Duration;

use operator::Timestamp;

use crate::{
    connect::{Connected, Where},
    error::Error,
    print, words,
};

const AHEAD: &str = "the end must be in the future";

#[derive(Debug, clap::Args)]
pub struct Pause {
    /// The labourer to pause
    labourer: String,
    /// For how long: 2h, 90min, 1h 30m. Without --for and --until: until it is resumed
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
}

#[derive(Debug, clap::Args)]
pub struct Resume {
    /// The labourer to resume
    labourer: String,
    #[command(flatten)]
    place: Where,
}

pub async fn pause(args: Pause) -> Result<(), Error> {
    let paused = args.place.with(async |Connected { manager, .. }| {
        let labourer = manager.labourers().named(&args.labourer)?;
        let until = args.until.or(args.time.map(|time| manager.now() + time));
        let reason = args.reason.as_deref();
        Ok(operator::pause::pause(manager, labourer, until, reason).await?)
    });
    let paused = paused.await?;
    let labourer = paused.labourer_id;
    let end = match paused.until {
        None => format!("`sosw resume {labourer}`"),
        Some(end) => end.utc(),
    };
    let live = match paused.running {
        0 => "none of its tasks are running".to_owned(),
        some => format!("{} may end", words::count(some.into(), "running attempt")),
    };
    print::out(format_args!("{labourer} is paused until {end}; {live}"))
}

pub async fn resume(args: Resume) -> Result<(), Error> {
    let resumed = args.place.with(async |Connected { manager, .. }| {
        let labourer = manager.labourers().named(&args.labourer)?;
        Ok(operator::pause::resume(manager, labourer).await?)
    });
    let text = match resumed.await? {
        true => "is resumed: the next tick of the orchestrator fills its slots",
        false => "was not paused",
    };
    print::out(format_args!("{} {text}", args.labourer))
}

fn duration(text: &str) -> Result<Duration, String> {
    let time: jiff::SignedDuration =
        text.parse().map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(time).map_err(|_| AHEAD.into())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let time: jiff::Timestamp = text.parse().map_err(|error: jiff::Error| error.to_string())?;
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
        assert_eq!(seconds("-2h"), None);
        assert_eq!(seconds("soon"), None);
        assert_eq!(
            instant("2999-11-22T05:01:07Z").map(Timestamp::utc),
            Ok("2999-11-22 05:01:07Z".into())
        );
        assert_eq!(instant("2020-01-01T00:00:00Z"), Err(AHEAD.into()));
    }
}

//! `sosw history`: what happened, minute by minute.

use std::time::Duration;

use operator::{
    duration,
    history::{self, History, Moment, Point, Range, Series, health_in_words},
};

use crate::{
    connect::{Connected, Where},
    error::Error,
    print,
};

/// What is shown without --from.
const TWO_HOURS: Duration = Duration::from_secs(7200);
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A labourer, also one that left the config; `stack`: all of them together; or `resource:NAME`: held permits are
    /// running, those in force slots, tokens started
    series: String,
    /// Since when: 2h, 3 days, 2026-11-22T18:00:00Z. Default 2h
    #[arg(long, value_name = "TIME", value_parser = str::parse::<Moment>)]
    from: Option<Moment>,
    /// Until when. Default now
    #[arg(long, value_name = "TIME", value_parser = str::parse::<Moment>)]
    to: Option<Moment>,
    /// The length of a line: 1m, 5m, 1h. Default: so that there are at most 120
    #[arg(long, value_name = "TIME", value_parser = step)]
    every: Option<Duration>,
    #[command(flatten)]
    place: Where,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: Args) -> Result<(), Error> {
    let series = history::series(&args.series)?;
    let read = args.place.with(async |Connected { manager, .. }| {
        let now = manager.now();
        let from = args.from.unwrap_or(Moment::Ago(TWO_HOURS)).before(now);
        let to = args.to.map_or(now, |to| to.before(now));
        if to < from {
            return Err(Error::EmptyRange { from, to });
        }
        let read = history::read(manager, &series, &Range { from, to, every: args.every }).await?;
        // One that left the config has a history all the same.
        if let (true, Series::Labourer(id)) = (read.points.is_empty(), &series) {
            manager.labourers().get(id)?;
        }
        Ok(read)
    });
    let history = read.await?;
    if args.json {
        return print::json(&history);
    }
    if let Some(before) = history.cut_before {
        print::err(format_args!(
            "what is before {} is left out: `--to {}` shows it",
            before.utc(),
            before.utc().replace(' ', "T")
        ));
    }
    match history.points.is_empty() {
        true => print::out(nothing(&args.series, &history)),
        false => print::out(as_table(&history)),
    }
}

fn nothing(name: &str, history: &History) -> String {
    format!(
        "no activity of {name} is recorded from {} to {}; records are made once a minute while there is something to \
         do, and kept for {} days (history_days)",
        history.from.utc(),
        history.to.utc(),
        history.kept / 86_400
    )
}

fn as_table(history: &History) -> comfy_table::Table {
    let length = duration::text(Duration::from_secs(history.every));
    let time = format!("{length} from");
    let columns = [
        &time,
        "queued",
        "oldest",
        "running",
        "slots",
        "started",
        "succeeded",
        "failed",
        "expired",
        "exhausted",
        "retried",
        "median",
        "95 %",
        "health",
    ];
    let mut table = print::table(&columns, 1..13);
    for point in &history.points {
        table.add_row(row(point));
    }
    table
}

fn row(point: &Point) -> Vec<String> {
    let seconds = |time: Option<f64>| match time.map(Duration::try_from_secs_f64) {
        Some(Ok(time)) => print::fine_duration(time),
        _ => String::new(),
    };
    let oldest = match point.oldest {
        0 => String::new(),
        seconds => print::duration(Duration::from_secs(seconds)),
    };
    let health = match point.reason.as_str() {
        "" => health_in_words(point.health),
        reason => reason.to_owned(),
    };
    let counts = [
        point.started,
        point.succeeded,
        point.failed,
        point.expired,
        point.exhausted,
        point.retried,
    ];
    let stood =
        [point.queued.to_string(), oldest, point.running.to_string(), point.slots.to_string()];
    let mut row = vec![print::time(point.at)];
    row.extend(stood);
    row.extend(counts.map(|count| count.to_string()));
    row.extend([seconds(point.median), seconds(point.p95), health]);
    row
}

fn step(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(Moment::Ago(time)) if time >= MINUTE => {
            Ok(Duration::from_secs(time.as_secs() / 60 * 60))
        }
        Ok(_) => Err("expected at least a minute: there is one record a minute".to_owned()),
        Err(_) => Err("expected a length, as 5m, 1h or 1 day".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_long_as_some_whole_minutes() {
        assert_eq!(step("5m"), Ok(Duration::from_secs(300)));
        assert!(step("5s").is_err() && step("1970-01-01T00:01:00Z").is_err() && step("x").is_err());
    }
}

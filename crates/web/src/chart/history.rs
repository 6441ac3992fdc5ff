//! The charts of a labourer, a resource or the stack.

use maud::{Markup, html};
use operator::history::{History, Point};

use super::axes::{Chart, Ink, Line, Unit};

/// How much of something a point has; nothing if that is not known.
type Value = fn(&Point) -> Option<f64>;

/// A name, what it is drawn in, whether it is filled, and how much.
type Of = (&'static str, Ink, bool, Value);

/// What happened: queue, slots, attempts, and how long they took.
pub fn of_history(history: &History) -> Markup {
    let chart = |title, unit, lines: &[Of]| drawn(history, title, unit, lines);
    html! {
        div.charts {
            (chart("Queue", Unit::Tasks, &[("waiting", Ink::Busy, true, |at| Some(at.queued_most as f64))]))
            (chart("Slots", Unit::Slots, &[
                ("allowed", Ink::Calm, false, |at| Some(at.slots.into())),
                ("in use", Ink::Busy, true, |at| Some(at.running.into())),
            ]))
            (chart("Attempts", Unit::PerMinute, &[
                ("started", Ink::Calm, false, |at| Some(at.started as f64)),
                ("succeeded", Ink::Good, false, |at| Some(at.succeeded as f64)),
                ("failed", Ink::Bad, false, |at| Some((at.failed + at.expired) as f64)),
            ]))
            (chart("Failed tasks", Unit::PerMinute, &[
                ("for good", Ink::Bad, true, |at| Some(at.exhausted as f64)),
                ("tried again", Ink::Calm, false, |at| Some(at.retried as f64)),
            ]))
            (chart("Age of the oldest", Unit::Seconds, &[("waits", Ink::Busy, true, |at| Some(at.oldest as f64))]))
            (chart("Duration of attempts", Unit::Seconds, &[
                ("95 %", Ink::Calm, false, |at| at.p95),
                ("median", Ink::Busy, false, |at| at.median),
            ]))
        }
    }
}

/// What happened to a resource: its permits if it has some, who waited for them, and tokens if it has a rate.
pub fn of_resource(history: &History, has_permits: bool, has_rate: bool) -> Markup {
    let chart = |title, unit, lines: &[Of]| drawn(history, title, unit, lines);
    html! {
        div.charts {
            @if has_permits {
                (chart("Permits", Unit::Permits, &[
                    ("allowed", Ink::Calm, false, |at| Some(at.slots.into())),
                    ("in use", Ink::Busy, true, |at| Some(at.running.into())),
                ]))
                (chart("Waiting", Unit::Labourers, &[("waiting", Ink::Busy, true, |at| Some(at.queued_most as f64))]))
            }
            @if has_rate {
                (chart("Tokens", Unit::PerMinute, &[("taken", Ink::Busy, true, |at| Some(at.started as f64))]))
            }
        }
    }
}

fn drawn(history: &History, title: &'static str, unit: Unit, lines: &[Of]) -> Markup {
    let line = |&(name, ink, is_filled, value): &Of| {
        let pieces = match unit {
            Unit::PerMinute => {
                pieces(history, |point| Some(value(point)? / minutes(history, point)))
            }
            Unit::Slots | Unit::Permits | Unit::Labourers => steps(history, pieces(history, value)),
            Unit::Tasks | Unit::Seconds => pieces(history, value),
        };
        Line { name, ink, is_filled, pieces }
    };
    let (from, to) = (history.from.seconds(), history.to.seconds());
    Chart { title, unit, from, to, lines: lines.iter().map(line).collect() }.drawn()
}

/// How much of a point's time is in the history: the last one has often only begun.
fn minutes(history: &History, point: &Point) -> f64 {
    let begin = point.at.seconds().max(history.from.seconds());
    let end = (point.at.seconds() + history.every as f64).min(history.to.seconds());
    ((end - begin) / 60.0).max(1.0)
}

/// What is recorded stays so until the next record.
fn steps(history: &History, pieces: Vec<Vec<(f64, f64)>>) -> Vec<Vec<(f64, f64)>> {
    let every = history.every.max(1) as f64;
    let end = |at: f64| (((at / every).floor() + 1.0) * every).min(history.to.seconds());
    let step = |(at, value)| [(at, value), (end(at), value)];
    pieces.into_iter().map(|piece| piece.into_iter().flat_map(step).collect()).collect()
}

/// In pieces without a gap: a point that is missing, or has no value, ends one.
fn pieces(history: &History, value: impl Fn(&Point) -> Option<f64>) -> Vec<Vec<(f64, f64)>> {
    let longest = history.every as f64 * 1.5;
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut is_open = false;
    for point in &history.points {
        let at = point.at.seconds().max(history.from.seconds());
        let Some(value) = value(point).filter(|value| value.is_finite()) else {
            is_open = false;
            continue;
        };
        match pieces
            .last_mut()
            .filter(|piece| is_open && piece.last().is_some_and(|last| at - last.0 <= longest))
        {
            Some(piece) => piece.push((at, value)),
            None => pieces.push(vec![(at, value)]),
        }
        is_open = true;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use operator::Timestamp;

    use super::*;

    fn point(at: f64, median: Option<f64>) -> Point {
        Point {
            at: Timestamp::from_seconds(at),
            queued: 1,
            queued_most: 2,
            oldest: 60,
            running: 1,
            slots: 4,
            health: 4,
            reason: String::new(),
            started: 5,
            succeeded: 4,
            failed: 1,
            expired: 0,
            exhausted: 0,
            retried: 1,
            median,
            p95: median,
        }
    }

    fn history(points: Vec<Point>) -> History {
        let (from, to) = (Timestamp::from_seconds(0.0), Timestamp::from_seconds(7200.0));
        History {
            series: "stack".into(),
            from,
            to,
            every: 60,
            points,
            cut_before: None,
            kept: 86_400,
        }
    }

    #[test]
    fn a_minute_without_a_record_or_a_value_is_a_gap() {
        let history = history(vec![
            point(60.0, Some(1.0)),
            point(120.0, Some(2.0)),
            point(300.0, Some(3.0)),
            point(360.0, None),
            point(420.0, Some(f64::NAN)),
            point(480.0, Some(4.0)),
        ]);
        let lengths =
            |value: Value| pieces(&history, value).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(|at| at.median), [2, 1, 1]);
        assert_eq!(lengths(|at| Some(at.queued as f64)), [2, 4]);
    }

    #[test]
    fn a_point_that_has_only_begun_is_measured_by_the_minutes_it_has_had() {
        let hours = History { every: 3_600, ..history(vec![]) };
        let minutes = |at: f64| minutes(&hours, &point(at, None));
        assert_eq!((minutes(0.0), minutes(3_600.0)), (60.0, 60.0));
        let begun = History { to: Timestamp::from_seconds(4_200.0), ..hours.clone() };
        assert_eq!(super::minutes(&begun, &point(3_600.0, None)), 10.0);
        let cut = History { from: Timestamp::from_seconds(1_800.0), ..hours.clone() };
        assert_eq!(super::minutes(&cut, &point(0.0, None)), 30.0);
        let just_begun = History { to: Timestamp::from_seconds(3_601.0), ..hours };
        assert_eq!(super::minutes(&just_begun, &point(3_600.0, None)), 1.0);
    }

    #[test]
    fn slots_are_as_they_are_until_the_next_record() {
        let history = history(vec![]);
        let pieces = vec![vec![(60.0, 4.0), (120.0, 1.0)], vec![(7_190.0, 2.0)]];
        let expected = [
            vec![(60.0, 4.0), (120.0, 4.0), (120.0, 1.0), (180.0, 1.0)],
            vec![(7_190.0, 2.0), (7_200.0, 2.0)],
        ];
        assert_eq!(steps(&history, pieces), expected);
    }

    #[test]
    fn every_chart_is_drawn_from_one_point_and_says_so_of_none() {
        let drawn = of_history(&history(vec![point(60.0, Some(1.0))])).into_string();
        assert_eq!(
            (drawn.matches("<svg").count(), drawn.matches("nothing is recorded").count()),
            (6, 0)
        );
        let resource = of_resource(&history(vec![point(60.0, None)]), true, true).into_string();
        assert_eq!(resource.matches("<svg").count(), 3);
        let none = of_history(&history(vec![])).into_string();
        assert_eq!(none.matches("nothing is recorded").count(), 6);
    }
}

//! Texts, times and numbers as people read them.

use std::{fmt::Display, time::Duration};

use maud::{Markup, html};
use operator::{Timestamp, duration as length, words};

/// A text of a labourer or a job: what would turn the direction of writing is written as an escape.
pub fn raw(text: impl Display) -> Markup {
    html! { (words::printable(&text.to_string())) }
}

/// How long ago, or how soon; the exact time is on hover, and for whoever reads the page by program.
pub fn time(at: Timestamp, now: Timestamp) -> Markup {
    let exact = at.utc();
    html! { time datetime=(exact.replace(' ', "T")) title=(exact) { (relative(at, now)) } }
}

/// `now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 days ago`, `in 3 min`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    const NOW: f64 = 2.0;
    let apart = now.seconds() - at.seconds();
    match apart {
        // Also what is no number.
        _ if apart.is_nan() || apart.abs() < NOW => "now".to_owned(),
        _ if apart > 0.0 => format!("{} ago", rounded(now.since(at))),
        _ => format!("in {}", rounded(at.since(now))),
    }
}

/// In its largest unit: `12 s`, `3 min`, `5 h`, `2 days`.
fn rounded(time: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match time.as_secs() {
        seconds @ 0..MINUTE => format!("{seconds} s"),
        seconds @ MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        seconds if seconds < 2 * DAY => format!("{} h", seconds / HOUR),
        seconds => format!("{} days", seconds / DAY),
    }
}

/// `0.8s`, `12s`, `3m20s`, `2h5m`, `3d4h`, as everywhere in sosw.
pub fn duration(time: Duration) -> Markup {
    html! { (length::brief(time)) }
}

/// `1,234`; from a million on `1.2 M`, with the exact number on hover.
pub fn count(number: u64) -> Markup {
    let exact = grouped(number);
    match short(number) {
        None => html! { (exact) },
        Some(short) => html! { data value=(number) title=(exact) { (short) } },
    }
}

/// `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.2 M`, if it is that much: cut, not rounded, so that it never says that all is done before it is.
fn short(number: u64) -> Option<String> {
    const UNITS: [(&str, u64); 4] = [
        ("E", 1_000_000_000_000_000_000),
        ("T", 1_000_000_000_000),
        ("G", 1_000_000_000),
        ("M", 1_000_000),
    ];
    let (unit, size) = UNITS.into_iter().find(|(_, size)| number >= *size)?;
    let tenths = number / (size / 10);
    Some(format!("{}.{} {unit}", tenths / 10, tenths % 10))
}

/// A number a second, as `3.1` or `0.02`; nothing says that there is none.
pub fn rate(per_second: f64) -> String {
    match per_second {
        rate if !rate.is_finite() || rate <= 0.0 => "0".to_owned(),
        rate if rate < 0.01 => "< 0.01".to_owned(),
        rate if rate < 1.0 => format!("{rate:.2}"),
        rate if rate < 100.0 => format!("{rate:.1}"),
        rate => grouped(rate as u64),
    }
}

/// `1 task`, `1,234 tasks`.
pub fn things(number: u64, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{} {thing}s", grouped(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_says_how_long_ago_and_exactly_when() {
        let now = Timestamp::from_seconds(1_795_323_667.0);
        let relative = |ago: f64| relative(Timestamp::from_seconds(now.seconds() - ago), now);
        assert_eq!(relative(1.0), "now");
        assert_eq!(relative(59.0), "59 s ago");
        assert_eq!(relative(200.0), "3 min ago");
        assert_eq!(relative(90_000.0), "25 h ago");
        assert_eq!(relative(200_000.0), "2 days ago");
        assert_eq!(relative(-200.0), "in 3 min");
        assert_eq!(
            time(Timestamp::from_seconds(1_795_323_600.0), now).into_string(),
            r#"<time datetime="2026-11-22T05:00:00Z" title="2026-11-22 05:00:00Z">1 min ago</time>"#
        );
    }

    #[test]
    fn a_time_that_none_is_breaks_nothing() {
        let (now, never) = (Timestamp::from_seconds(0.0), Timestamp::from_seconds(f64::NAN));
        assert_eq!(relative(never, now), "now");
        assert!(time(Timestamp::from_seconds(1e10), now).into_string().contains(" days"));
    }

    #[test]
    fn a_count_is_grouped_and_from_a_million_on_short_with_the_exact_one_beside_it() {
        assert_eq!(count(0).into_string(), "0");
        assert_eq!(count(999).into_string(), "999");
        assert_eq!(count(1_234).into_string(), "1,234");
        assert_eq!(count(999_999).into_string(), "999,999");
        let million = count(1_999_999).into_string();
        assert_eq!(million, r#"<data value="1999999" title="1,999,999">1.9 M</data>"#);
        assert!(count(u64::MAX).into_string().contains(">18.4 E<"));
    }

    #[test]
    fn a_rate_is_never_shown_as_none_while_there_is_one() {
        let shown = [0.0, 0.001, 0.25, 3.12, 1234.5, f64::NAN, f64::INFINITY].map(rate);
        assert_eq!(shown, ["0", "< 0.01", "0.25", "3.1", "1,234", "0", "0"]);
    }

    #[test]
    fn a_text_of_a_labourer_is_escaped_and_cannot_turn_the_line() {
        let text = raw("<b>\u{202e}x&\"").into_string();
        assert_eq!(text, r"&lt;b&gt;\u{202e}x&amp;&quot;");
    }
}

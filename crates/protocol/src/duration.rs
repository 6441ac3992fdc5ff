//! Lengths of time as people write and read them: `90s`, `2h`, `1d`, `1h30m`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// What is expected where a duration is.
pub const EXPECTED: &str = "a duration like 90s, 2h, 1d or 1h30m";

const UNITS: [(&str, u128); 6] = [
    ("d", 24 * 3600 * 1_000_000),
    ("h", 3600 * 1_000_000),
    ("m", 60 * 1_000_000),
    ("s", 1_000_000),
    ("ms", 1000),
    ("us", 1),
];

/// The duration that this text says. A day has 24 hours; months and years have no fixed length, and a number
/// without a unit says nothing.
pub fn parse(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?.try_into().ok()
}

/// The shortest text that says this duration, to the microsecond.
pub fn text(time: Duration) -> String {
    let (mut rest, mut text) = (time.as_micros(), String::new());
    for (unit, micros) in UNITS {
        if rest >= micros {
            text += &format!("{}{unit}", rest / micros);
            rest %= micros;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// For people, in the two largest units: `0.8s`, `12s`, `3m20s`, `2h5m`, `3d4h`.
pub fn brief(time: Duration) -> String {
    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;
    let seconds = time.as_secs();
    let smallest = match seconds {
        0..10 => return format!("{:.1}s", time.as_secs_f64()),
        10..HOUR => 1,
        HOUR..DAY => 60,
        _ => HOUR,
    };
    text(Duration::from_secs(seconds - seconds % smallest))
}

/// The same, but below a second `40ms`.
pub fn fine(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{}ms", time.as_millis()),
        _ => brief(time),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let seconds = |text| parse(text).map(|time| time.as_secs_f64());
        for (text, expected) in [
            ("90s", 90.0),
            ("2h", 7200.0),
            ("1d", 86_400.0),
            ("1h30m", 5400.0),
            (" 1h 30min ", 5400.0),
            ("2 hours", 7200.0),
            ("1.5h", 5400.0),
            ("250ms", 0.25),
            ("1w", 604_800.0),
            ("0s", 0.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "90", "-2h", "2h ago", "soon", "1mo", "1y", "s", "1h30", "99999999999999d"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_written_without_parts_that_are_zero() {
        let written = |seconds| text(Duration::from_secs_f64(seconds));
        assert_eq!(written(0.0), "0s");
        assert_eq!(written(0.2), "200ms");
        assert_eq!(written(90.0), "1m30s");
        assert_eq!(written(7200.0), "2h");
        assert_eq!(written(604_800.0), "7d");
    }

    #[test]
    fn people_read_a_duration_in_its_two_largest_units() {
        let text = |seconds| brief(Duration::from_secs_f64(seconds));
        assert_eq!(text(0.84), "0.8s");
        assert_eq!(text(42.9), "42s");
        assert_eq!(text(200.0), "3m20s");
        assert_eq!(text(3600.0), "1h");
        assert_eq!(text(7501.0), "2h5m");
        assert_eq!(text(275_000.0), "3d4h");
        assert_eq!(fine(Duration::from_millis(40)), "40ms");
        assert_eq!(fine(Duration::from_secs(3)), "3.0s");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in 0..400 * 86_400 * 1_000_000_u64) {
            let time = Duration::from_micros(micros);
            prop_assert_eq!(parse(&text(time)), Some(time));
        }
    }
}

//! Where an axis is marked, and what stands there.

use operator::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const STEPS: [u64; 15] = [
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
];
/// The most marks of an axis.
const MOST_TIMES: u64 = 6;
const MOST_VALUES: f64 = 4.0;

/// Full hours, days or parts of them, in seconds.
pub fn times(from: f64, to: f64) -> Vec<f64> {
    let span = (to - from).max(0.0);
    let fits = |step: &&u64| span / **step as f64 <= MOST_TIMES as f64;
    let step = STEPS.iter().find(fits).copied().unwrap_or(365 * DAY) as f64;
    let first = (from / step).ceil();
    let marks = (0..=MOST_TIMES).map(|n| (first + n as f64) * step);
    marks.take_while(|mark| *mark <= to).collect()
}

/// `14:30`; where a day begins, `11-22`.
pub fn time(at: f64) -> String {
    let text = Timestamp::from_seconds(at).utc();
    let part = if at % DAY as f64 == 0.0 { text.get(5..10) } else { text.get(11..16) };
    part.unwrap_or_default().to_owned()
}

/// From no time to at least `most` seconds, at full seconds, minutes, hours or days; what is shorter, at parts of a
/// second, but no less than milliseconds.
pub fn durations(most: f64) -> Vec<f64> {
    const SHORT: [u64; 8] = [1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE];
    let fits = |step: &&u64| most / **step as f64 <= MOST_VALUES;
    match SHORT.iter().chain(&STEPS).find(fits) {
        Some(step) if most > 1.0 => multiples(*step as f64, most),
        _ => values(most.max(MOST_VALUES * 0.001)),
    }
}

/// From 0 to at least `most`, at 1, 2 or 5 of a power of ten.
pub fn values(most: f64) -> Vec<f64> {
    let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
    let power = 10_f64.powf((most / MOST_VALUES).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|part| part * power);
    let step = step.into_iter().find(|step| most / step <= MOST_VALUES).unwrap_or(most);
    multiples(step, most)
}

fn multiples(step: f64, most: f64) -> Vec<f64> {
    (0..=(most / step).ceil() as u64).map(|n| n as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_marked_at_full_parts_of_an_hour_or_a_day() {
        assert_eq!(times(7_100.0, 7_100.0 + 7_200.0), [7_200.0, 9_000.0, 10_800.0, 12_600.0]);
        let week = times(1.0, 7.0 * DAY as f64);
        assert_eq!(week, [2.0, 4.0, 6.0].map(|day| day * DAY as f64));
        assert_eq!((times(5.0, 5.0), times(9.0, 1.0)), (vec![], vec![]));
        assert_eq!(time(1_795_323_600.0), "05:00");
        assert_eq!(time(1_795_305_600.0), "11-22", "a day begins");
        let days = times(1_795_305_600.0, 1_795_305_600.0 + 3.0 * DAY as f64);
        let texts: Vec<_> = days.into_iter().take(4).map(time).collect();
        assert_eq!(texts, ["11-22", "12:00", "11-23", "12:00"]);
        assert_eq!(times(0.0, 300.0).len(), 6, "a short time has marks, too");
    }

    #[test]
    fn durations_are_marked_as_clocks_are() {
        assert_eq!(durations(60.0), [0.0, 15.0, 30.0, 45.0, 60.0]);
        assert_eq!(durations(2_500.0), [0.0, 900.0, 1_800.0, 2_700.0]);
        assert_eq!(durations(0.3), [0.0, 0.1, 0.2, 0.30000000000000004]);
        assert!(durations(1e12).len() <= 6 && durations(f64::NAN).len() <= 6);
    }

    #[test]
    fn values_are_marked_from_zero_to_above_the_highest() {
        assert_eq!(values(3.0), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(values(130.0), [0.0, 50.0, 100.0, 150.0]);
        for most in [0.0, f64::NAN, -3.0, 1e-9, 0.7, 1.0, 999.0, 1e15, 1.8e19] {
            let marks = values(most);
            assert!((2..=6).contains(&marks.len()), "{most}: {marks:?}");
            assert!(
                !most.is_finite() || marks.last().unwrap() * (1.0 + 1e-9) >= most,
                "{most}: {marks:?}"
            );
        }
    }
}

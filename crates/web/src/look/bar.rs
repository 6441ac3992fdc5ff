//! Parts of a whole, as one line.

use maud::{Markup, html};
use operator::words;

use super::{badge::Tone, text::grouped};

/// The length of a bar in its own units.
const WHOLE: f64 = 100.0;

/// A part of a whole: `3 of 16 slots used`.
pub fn bar(part: u64, whole: u64, thing: &str) -> Markup {
    let label = format!("{} of {} {thing}", grouped(part), grouped(whole));
    drawn(&[(Tone::Busy, part)], whole, &label)
}

/// How far a job is, by the stable names of what its tasks ended as.
pub fn progress(parts: &[(&str, u64)], whole: u64) -> Markup {
    let told: Vec<_> = parts
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(state, number)| format!("{} {}", grouped(*number), words::state(state)))
        .collect();
    let label = match told.is_empty() {
        true => format!("none of {} closed", grouped(whole)),
        false => format!("of {}: {}", grouped(whole), told.join(", ")),
    };
    let parts: Vec<_> =
        parts.iter().map(|(state, number)| (Tone::of_state(state), *number)).collect();
    drawn(&parts, whole, &label)
}

fn drawn(parts: &[(Tone, u64)], whole: u64, label: &str) -> Markup {
    let mut begin = 0.0;
    html! {
        svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=(label) {
            title { (label) }
            rect.whole width="100" height="8" {}
            @for (tone, number) in parts.iter().filter(|(_, number)| *number > 0) {
                @let width = length(*number, whole).min(WHOLE - begin);
                rect class=(tone.class()) x=(short(begin)) width=(short(width)) height="8" {}
                @let () = begin += width;
            }
        }
    }
}

/// What is there is seen, however little it is.
fn length(part: u64, whole: u64) -> f64 {
    const LEAST: f64 = 1.0;
    (part as f64 / whole.max(part).max(1) as f64 * WHOLE).max(LEAST)
}

fn short(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_says_in_words_what_it_shows() {
        let bar = bar(3, 16, "slots used").into_string();
        assert!(bar.contains(r#"aria-label="3 of 16 slots used""#), "{bar}");
        assert!(bar.contains(r#"width="18.8""#), "{bar}");
        let progress = progress(&[("succeeded", 1_000), ("exhausted", 2), ("ignored", 0)], 4_000);
        let progress = progress.into_string();
        assert!(progress.contains("of 4,000: 1,000 succeeded, 2 failed"), "{progress}");
        assert!(progress.contains(r#"class="bad" x="25.0" width="1.0""#), "{progress}");
    }

    #[test]
    fn no_number_makes_a_bar_longer_than_its_whole() {
        for (part, whole) in [(0, 0), (5, 0), (u64::MAX, 1), (u64::MAX, u64::MAX), (1, u64::MAX)] {
            let bar = bar(part, whole, "slots").into_string();
            assert!(!bar.contains("NaN") && !bar.contains("inf"), "{bar}");
            let parts = [("succeeded", part), ("exhausted", part)];
            let drawn = progress(&parts, whole).into_string();
            let widths = drawn.split("width=\"").skip(2).filter_map(|rest| rest.split('"').next());
            let sum: f64 = widths.map(|width| width.parse::<f64>().unwrap()).sum();
            assert!(sum <= WHOLE, "{drawn}");
        }
    }
}

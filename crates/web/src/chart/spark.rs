//! A line as high as a line of text: how something went, without axes.

use maud::{Markup, html};

use crate::look::text::grouped;

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 24.0;
/// What keeps the line within its frame at its highest and lowest.
const MARGIN: f64 = 2.0;

/// These values from left to right, in words for whoever does not see it. What is no number is left out.
pub fn spark(values: &[f64], label: &str) -> Markup {
    let values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let Some(last) = values.last() else { return html! {} };
    let most = values.iter().copied().fold(0.0, f64::max);
    let words =
        format!("{label}: at most {}, {} last", grouped(most as u64), grouped(*last as u64));
    let points: Vec<_> =
        values.iter().enumerate().map(|place| point(place, values.len(), most)).collect();
    let line = points.join(" ");
    let ground = format!("0,{HEIGHT} {line} {WIDTH},{HEIGHT}");
    html! {
        svg.spark viewBox="0 0 120 24" role="img" aria-label=(words) {
            title { (words) }
            polygon.area points=(ground) {}
            polyline.line points=(line) {}
        }
    }
}

fn point((place, value): (usize, &f64), count: usize, most: f64) -> String {
    let x = match count {
        1 => WIDTH,
        _ => WIDTH * place as f64 / (count - 1) as f64,
    };
    let part = if most > 0.0 { value.max(0.0) / most } else { 0.0 };
    let y = HEIGHT - MARGIN - part * (HEIGHT - 2.0 * MARGIN);
    format!("{x:.1},{y:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_at_the_right_and_never_leaves_its_frame() {
        for values in
            [&[5.0][..], &[0.0, 0.0], &[1.0, 9.0, 3.0], &[f64::MAX, 0.0], &[-3.0, f64::NAN, 2.0]]
        {
            let drawn = spark(values, "tasks").into_string();
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
            let line = drawn.rsplit("points=\"").next().unwrap().split('"').next().unwrap();
            let points: Vec<Vec<f64>> = line
                .split(' ')
                .map(|point| point.split(',').map(|number| number.parse().unwrap()).collect())
                .collect();
            assert!(
                points
                    .iter()
                    .all(|at| (0.0..=WIDTH).contains(&at[0]) && (0.0..=HEIGHT).contains(&at[1]))
            );
            assert_eq!(points.last().unwrap()[0], WIDTH, "{drawn}");
        }
    }

    #[test]
    fn whoever_does_not_see_it_reads_it_and_nothing_is_drawn_of_nothing() {
        let drawn = spark(&[1.0, 1_500.0, 3.0], "succeeded <a minute>").into_string();
        assert!(drawn.contains("succeeded &lt;a minute&gt;: at most 1,500, 3 last"), "{drawn}");
        assert_eq!(spark(&[f64::NAN], "x").into_string(), "");
    }
}

//! Lines over time with axes.
//!
//! plotters draws them. It knows colours as numbers only, so that each ink has a number which nothing else has, and the
//! style gives it the colour that it has in light and in dark. Letters are the browser's.

use std::time::Duration;

use maud::{Markup, PreEscaped, html};
use operator::duration;
use plotters::{
    coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter},
    prelude::*,
};

use super::ticks;
use crate::look::text::grouped;

/// Of a chart in its own units: about as large as it is shown, so that letters are.
const SIZE: (u32, u32) = (400, 150);
const LETTERS: u32 = 11;

/// What a line is drawn in. The style names each by its number: `[stroke="#010000"]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Busy,
    Good,
    Bad,
    Calm,
}

impl Ink {
    const fn color(self) -> RGBColor {
        match self {
            Self::Busy => RGBColor(1, 0, 0),
            Self::Good => RGBColor(2, 0, 0),
            Self::Bad => RGBColor(3, 0, 0),
            Self::Calm => RGBColor(4, 0, 0),
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Calm => "calm",
        }
    }
}

const GRID: RGBColor = RGBColor(5, 0, 0);
const WORDS: RGBColor = RGBColor(6, 0, 0);

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Tasks,
    Slots,
    Permits,
    Labourers,
    PerMinute,
    Seconds,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Slots => "slots",
            Self::Permits => "permits",
            Self::Labourers => "labourers",
            Self::PerMinute => "a minute",
            Self::Seconds => "time",
        }
    }

    fn marks(self, most: f64) -> Vec<f64> {
        match self {
            Self::Seconds => ticks::durations(most),
            Self::PerMinute => ticks::values(most),
            // There is no half of a task.
            Self::Tasks | Self::Slots | Self::Permits | Self::Labourers => {
                ticks::values(most).into_iter().filter(|mark| mark.fract() == 0.0).collect()
            }
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Seconds if value == 0.0 => "0s".to_owned(),
            Self::Seconds => Duration::try_from_secs_f64(value)
                .map_or(String::new(), |time| duration::fine(time).replace(".0s", "s")),
            _ => number(value),
        }
    }
}

/// To two digits that say something, if it is less than 10: `1,234`, `2.5`, `0.025`.
fn number(value: f64) -> String {
    /// What is less is as good as nothing.
    const LEAST: f64 = 1e-6;
    if !(LEAST..10.0).contains(&value) {
        return grouped(value as u64);
    }
    let digits = (1.0 - value.log10().floor()) as usize;
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An axis with marks of its own.
struct Axis<'f> {
    range: std::ops::Range<f64>,
    marks: Vec<f64>,
    text: &'f dyn Fn(f64) -> String,
}

impl Ranged for Axis<'_> {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (low, high): (i32, i32)) -> i32 {
        let part = (value - self.range.start) / (self.range.end - self.range.start);
        low + (part.clamp(0.0, 1.0) * f64::from(high - low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.marks.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis<'_> {
    fn format_ext(&self, value: &f64) -> String {
        (self.text)(*value)
    }
}

/// One thing over time.
pub struct Line {
    pub name: &'static str,
    pub ink: Ink,
    /// Is the ground below it filled?
    pub is_filled: bool,
    /// When, in seconds since 1970, and how much, oldest first, in pieces: between two of them nothing is known.
    pub pieces: Vec<Vec<(f64, f64)>>,
}

pub struct Chart {
    pub title: &'static str,
    pub unit: Unit,
    pub from: f64,
    pub to: f64,
    pub lines: Vec<Line>,
}

impl Line {
    fn values(&self) -> impl Iterator<Item = f64> {
        self.pieces.iter().flatten().map(|(_, value)| *value)
    }

    fn most(&self) -> f64 {
        self.values().fold(0.0, f64::max)
    }
}

impl Chart {
    /// With its names, and in words for whoever does not see it.
    pub fn drawn(&self) -> Markup {
        html! {
            figure {
                figcaption {
                    strong { (self.title) } span.unit { (self.unit.name()) }
                    @for line in &self.lines { span class={ "key " (line.ink.class()) } { (line.name) } }
                }
                @match self.svg().filter(|_| self.lines.iter().any(|line| line.values().next().is_some())) {
                    Some(svg) => div role="img" aria-label=(self.words()) { (PreEscaped(svg)) },
                    None => p.empty { "nothing is recorded" },
                }
            }
        }
    }

    fn words(&self) -> String {
        let lines = self.lines.iter().filter_map(|line| {
            let last = self.unit.text(line.values().last()?);
            Some(format!("{}: at most {}, {last} last", line.name, self.unit.text(line.most())))
        });
        format!("{}, {}. {}", self.title, self.unit.name(), lines.collect::<Vec<_>>().join("; "))
    }

    /// Nothing if it cannot be drawn: a number is none.
    fn svg(&self) -> Option<String> {
        let mut svg = String::new();
        self.draw(&mut svg).ok()?;
        Some(svg)
    }

    fn draw(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let most = self.lines.iter().map(Line::most).fold(0.0, f64::max);
        let marks = self.unit.marks(most);
        let top = marks.last().copied().unwrap_or(1.0);
        let (time, value) = (ticks::time, |value| self.unit.text(value));
        let times = Axis {
            range: self.from..self.to,
            marks: ticks::times(self.from, self.to),
            text: &time,
        };
        let values = Axis { range: 0.0..top, marks, text: &value };
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(6)
            .margin_right(14)
            .x_label_area_size(16)
            .y_label_area_size(44)
            .build_cartesian_2d(times, values)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .label_style(("sans-serif", LETTERS).into_font().color(&WORDS))
            .draw()?;
        for line in &self.lines {
            let color = line.ink.color();
            for piece in &line.pieces {
                let points = || piece.iter().copied();
                if line.is_filled {
                    chart.draw_series(AreaSeries::new(points(), 0.0, color.mix(0.14)))?;
                }
                match piece.as_slice() {
                    [alone] => {
                        chart.draw_series([Circle::new(*alone, 2, color.filled())])?;
                    }
                    _ => {
                        chart.draw_series(LineSeries::new(points(), color.stroke_width(1)))?;
                    }
                }
            }
        }
        area.present()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(pieces: Vec<Vec<(f64, f64)>>, unit: Unit) -> String {
        let lines = vec![Line { name: "waiting", ink: Ink::Busy, is_filled: true, pieces }];
        Chart { title: "Queue", unit, from: 0.0, to: 7_200.0, lines }.drawn().into_string()
    }

    #[test]
    fn a_chart_has_no_style_of_its_own_and_says_in_words_what_it_shows() {
        let drawn = chart(vec![vec![(0.0, 5.0), (60.0, 1_250.0)], vec![(600.0, 3.0)]], Unit::Tasks);
        assert!(!drawn.contains("style="), "{drawn}");
        assert!(drawn.contains("Queue, tasks. waiting: at most 1,250, 3 last"), "{drawn}");
        assert!(drawn.contains(r##"stroke="#010000""##) && drawn.contains("<circle"), "{drawn}");
        let lines = drawn.split("<polyline").skip(1);
        let of_values = lines.filter(|line| line.contains(r##"stroke="#010000""##)).count();
        assert_eq!(of_values, 1, "one piece is a line, the other a point: {drawn}");
    }

    #[test]
    fn no_two_marks_of_an_axis_say_the_same() {
        for most in [2e-5, 0.008, 0.03, 0.3, 1.0, 2.5, 8.0, 60.0, 130.0, 2_500.0, 1e6] {
            for unit in [Unit::Tasks, Unit::PerMinute, Unit::Seconds] {
                let mut texts: Vec<_> =
                    unit.marks(most).into_iter().map(|mark| unit.text(mark)).collect();
                texts.dedup();
                assert_eq!(texts.len(), unit.marks(most).len(), "{most}: {texts:?}");
            }
        }
        let texts = |unit: Unit, most| {
            let texts: Vec<_> = unit.marks(most).into_iter().map(|mark| unit.text(mark)).collect();
            texts.join(" ")
        };
        assert_eq!(texts(Unit::Seconds, 0.03), "0s 10ms 20ms 30ms");
        assert_eq!(texts(Unit::Seconds, 8.0), "0s 2s 4s 6s 8s");
        assert_eq!(texts(Unit::PerMinute, 0.008), "0 0.002 0.004 0.006 0.008");
        assert_eq!(texts(Unit::Slots, 2.0), "0 1 2", "there is no half of a slot");
    }

    #[test]
    fn where_nothing_is_known_it_says_so() {
        assert!(chart(vec![], Unit::Seconds).contains("nothing is recorded"));
        assert!(chart(vec![vec![]], Unit::Slots).contains("nothing is recorded"));
    }

    #[test]
    fn no_number_breaks_a_chart() {
        for value in [0.0, 1e-12, 0.5, 1.8e19, f64::MAX, f64::NAN] {
            for unit in [Unit::Tasks, Unit::PerMinute, Unit::Seconds] {
                let drawn = chart(vec![vec![(0.0, value), (60.0, 1.0)]], unit);
                assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{value}: {drawn}");
            }
        }
    }
}

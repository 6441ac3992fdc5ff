//! The days or hours of a job: its first dimension, kept as an interval and never as a list.

use jiff::{RoundMode, Span, Unit, Zoned, ZonedRound, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How a task receives its days or hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// `date_list` or `hour_list`: each of them.
    #[default]
    List,
    /// `date_range` or `hour_range`: `{"first", "last"}`, both included.
    Range,
}

/// The start of the hour of the local clock that is `n` hours after the one that starts at `from`.
///
/// Time that passes is what counts, so that a change of the clocks neither skips nor doubles an hour.
/// Where clocks change by half an hour, the hours after the change start half an hour earlier or
/// later than whole hours of time would tell: one hour is shorter, or longer, than the others.
pub(super) fn hour(from: &Zoned, n: i64) -> Result<Zoned, jiff::Error> {
    let moved = from.checked_add(Span::new().try_hours(n)?)?;
    let starts_an_hour = |time: &Zoned| (time.minute(), time.second()) == (0, 0);
    if starts_an_hour(&moved) {
        return Ok(moved);
    }
    let mode = match moved.offset() > from.offset() || !starts_an_hour(from) {
        true => RoundMode::Floor,
        false => RoundMode::Ceil,
    };
    moved.round(ZonedRound::new().smallest(Unit::Hour).mode(mode))
}

/// Days or hours in a row, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Dates {
    first: First,
    len: u64,
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum First {
    Day(Date),
    Hour(Zoned),
}

impl Dates {
    /// The days from `first` to `last`, both included; just `first` if `last` is not later.
    pub(super) fn days(first: Date, last: Date) -> Result<Self, jiff::Error> {
        let between = first.until(last)?.get_days();
        let len = u64::try_from(between).unwrap_or(0).saturating_add(1);
        Ok(Self { first: First::Day(first), len, form: Form::default() })
    }

    /// `len` hours from `first` on.
    pub(super) fn hours(first: Zoned, len: u32) -> Result<Self, jiff::Error> {
        hour(&first, i64::from(len))?;
        Ok(Self { first: First::Hour(first), len: u64::from(len), form: Form::default() })
    }

    /// The same dates in another form.
    #[must_use]
    pub(super) fn shown_as(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// Do all of them lie in years that are written with four digits?
    pub(super) fn are_common(&self) -> bool {
        let year = match &self.first {
            First::Day(first) => first.year(),
            First::Hour(first) => first.year(),
        };
        year >= 1
    }

    /// Are these hours, and not days?
    pub fn is_hours(&self) -> bool {
        matches!(self.first, First::Hour(_))
    }

    /// How many days or hours.
    // There is always one: without dates a job has no `Dates`.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The field of a task that these dates are in.
    pub fn field(&self) -> &'static str {
        match (&self.first, self.form) {
            (First::Day(_), Form::List) => "date_list",
            (First::Day(_), Form::Range) => "date_range",
            (First::Hour(_), Form::List) => "hour_list",
            (First::Hour(_), Form::Range) => "hour_range",
        }
    }

    /// The value of that field for a task with all of them.
    pub fn all(&self) -> Value {
        self.value(0, self.len)
    }

    /// The value of that field for a task with the `n`-th alone.
    pub fn only(&self, n: u64) -> Value {
        self.value(n, n.saturating_add(1))
    }

    fn value(&self, start: u64, end: u64) -> Value {
        match self.form {
            Form::List => (start..end).map(|n| self.label(n)).collect(),
            Form::Range => json!({
                "first": self.label(start),
                "last": self.label(end.saturating_sub(1)),
            }),
        }
    }

    /// The `n`-th as text: `2026-03-17`, or the start of the hour, `2026-03-17T05:00:00+01:00`.
    fn label(&self, n: u64) -> String {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        match &self.first {
            First::Day(first) => {
                first.saturating_add(Span::new().try_days(n).unwrap_or_default()).to_string()
            }
            First::Hour(first) => {
                let hour = hour(first, n).unwrap_or_else(|_| first.clone());
                hour.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
            }
        }
    }

    /// Bytes of the largest value that [`Self::all`] or [`Self::only`] can have, as JSON text.
    pub(super) fn bytes(&self, isolated: bool) -> usize {
        let label = self.label(0).len().saturating_add(r#""","#.len());
        let labels = match (self.form, isolated) {
            (Form::Range, _) => return label.saturating_mul(2) + r#"{"first":,"last":}"#.len(),
            (Form::List, true) => 1,
            (Form::List, false) => usize::try_from(self.len).unwrap_or(usize::MAX),
        };
        label.saturating_mul(labels).saturating_add(2)
    }
}

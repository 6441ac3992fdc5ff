//! Turns the period of a job into its days or hours, at a stated time.

use crate::json::{Json, Object};
use jiff::{Span, ToSpan, Unit as Round, Zoned, ZonedRound, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    dates::{Dates, Form, hour},
    period::{Period, PeriodUnit},
    problem::Problem,
    values::is_falsy,
};
use crate::{
    mistakes::{Mistakes, Path},
    time::Timestamp,
};

/// How a scheduler counts days: for all jobs, unless a job's `period` says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendar {
    /// Where it is today: the IANA name of a time zone. Default UTC.
    pub time_zone: String,
    /// The first day of a week. Default Sunday.
    pub week_starts: WeekStart,
    /// How tasks receive their days. Default as a list.
    #[serde(rename = "as")]
    pub form: Form,
}

impl Default for Calendar {
    fn default() -> Self {
        let (week_starts, form) = (WeekStart::default(), Form::default());
        Self { time_zone: "UTC".to_owned(), week_starts, form }
    }
}

/// The first day of a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WeekStart {
    /// Weeks are Monday to Sunday.
    Monday,
    /// Weeks are Sunday to Saturday.
    #[default]
    Sunday,
}

const TIME_ZONE: &str = "the IANA name of a time zone, like \"Europe/Berlin\"";
const OF: &str = "of";
const FIELDS: [&str; 4] = [OF, "time_zone", "week_starts", "as"];

impl Calendar {
    /// `name`, if there is such a time zone.
    pub(crate) fn time_zone(name: &str) -> Result<String, Problem> {
        zone(name).map(|_| name.to_owned())
    }

    /// The days or hours of a job's `period`: text as sosw's, or an object with the period under
    /// `of` and what is different from this calendar. Nothing for what Python takes for false.
    pub(super) fn read(
        &self,
        period: &Json,
        now: Timestamp,
        path: &Path,
        mistakes: &mut Mistakes,
    ) -> Option<Dates> {
        match period {
            absent if is_falsy(absent) => None,
            Json::String(text) => mistakes.check(path, self.dates(text, now)),
            Json::Object(fields) => {
                let calendar = self.adapted(fields, path, mistakes);
                let of = fields.get(OF).unwrap_or(&Json::Null);
                let expected = "a period, like \"last_2_days\"";
                let text = of.as_str().ok_or_else(|| Problem::expected(expected, of));
                // What is wrong with the calendar does not hide what is wrong with the period.
                let counts = calendar.as_ref().unwrap_or(self);
                let dates = text.and_then(|text| counts.dates(text, now));
                mistakes.check(&path.key(OF), dates).filter(|_| calendar.is_some())
            }
            other => {
                let expected = "a period, like \"last_2_days\" or {\"of\": \"last_2_days\"}";
                mistakes.push(path, Problem::expected(expected, other));
                None
            }
        }
    }

    /// This calendar with the settings in `fields`.
    fn adapted(&self, fields: &Object, path: &Path, mistakes: &mut Mistakes) -> Option<Self> {
        let mut calendar = Some(self.clone());
        for (name, value) in fields.iter().filter(|(name, _)| *name != OF) {
            let result = match name.as_str() {
                "time_zone" => zone_name(value).map(|time_zone| {
                    calendar.iter_mut().for_each(|c| c.time_zone.clone_from(&time_zone));
                }),
                "week_starts" => one_of(value, "\"monday\" or \"sunday\"").map(|day| {
                    calendar.iter_mut().for_each(|c| c.week_starts = day);
                }),
                "as" => one_of(value, "\"list\" or \"range\"").map(|form| {
                    calendar.iter_mut().for_each(|c| c.form = form);
                }),
                unknown => Err(Problem::unknown("field", unknown, FIELDS)),
            };
            if mistakes.check(&path.key(name), result).is_none() {
                calendar = None;
            }
        }
        calendar
    }

    /// The days or hours of a period, seen from `now`.
    pub fn dates(&self, period: &str, now: Timestamp) -> Result<Dates, Problem> {
        let parsed: Period = period.parse()?;
        let zone = zone(&self.time_zone)?;
        let beyond = |_| Problem::BeyondCalendar(period.to_owned());
        let now = at(now).map_err(beyond)?.to_zoned(zone);
        match parsed.unit() {
            PeriodUnit::Day => self.days(parsed, now.date()),
            PeriodUnit::Hour => hours(parsed, &now),
        }
        .ok()
        .filter(Dates::are_common)
        .map(|dates| dates.shown_as(self.form))
        .ok_or_else(|| Problem::BeyondCalendar(period.to_owned()))
    }

    fn days(&self, period: Period, today: Date) -> Result<Dates, jiff::Error> {
        let ago = |n: u32| today.checked_sub(Span::new().try_days(n)?);
        match period {
            Period::Last(n, _) => Dates::days(ago(n)?, ago(1)?),
            Period::Previous(n, _) => {
                let end = ago(n)?;
                Dates::days(end.checked_sub(Span::new().try_days(n)?)?, end.yesterday()?)
            }
            Period::Back(n, _) => Dates::days(ago(n)?, ago(n)?),
            Period::LastWeek => {
                let week = today.checked_sub(self.days_into_week(today).days())?;
                Dates::days(week.checked_sub(7.days())?, week.yesterday()?)
            }
            Period::ThisMonth => Dates::days(today.first_of_month(), today),
            Period::LastMonth => {
                let last = today.first_of_month().yesterday()?;
                Dates::days(last.first_of_month(), last)
            }
            Period::Days(first, last) => Dates::days(first, last),
        }
    }

    fn days_into_week(&self, today: Date) -> i8 {
        match self.week_starts {
            WeekStart::Monday => today.weekday().to_monday_zero_offset(),
            WeekStart::Sunday => today.weekday().to_sunday_zero_offset(),
        }
    }
}

fn hours(period: Period, now: &Zoned) -> Result<Dates, jiff::Error> {
    let floor = ZonedRound::new().smallest(Round::Hour).mode(jiff::RoundMode::Floor);
    let current = now.round(floor)?;
    let ago = |n: u32| hour(&current, -i64::from(n));
    match period {
        Period::Previous(n, _) => Dates::hours(hour(&ago(n)?, -i64::from(n))?, n),
        Period::Back(n, _) => Dates::hours(ago(n)?, 1),
        Period::Last(n, _) => Dates::hours(ago(n)?, n),
        _ => Dates::hours(current, 1),
    }
}

fn at(now: Timestamp) -> Result<jiff::Timestamp, jiff::Error> {
    jiff::Timestamp::from_duration(jiff::SignedDuration::try_from_secs_f64(now.seconds())?)
}

fn zone(name: &str) -> Result<TimeZone, Problem> {
    TimeZone::get(name).map_err(|_| Problem::expected(TIME_ZONE, &Json::from(name)))
}

fn zone_name(value: &Json) -> Result<String, Problem> {
    let name = value.as_str().map(Calendar::time_zone);
    name.unwrap_or_else(|| Err(Problem::expected(TIME_ZONE, value)))
}

fn one_of<T: serde::de::DeserializeOwned>(
    value: &Json,
    expected: &'static str,
) -> Result<T, Problem> {
    serde_json::from_str(&value.to_string()).map_err(|_| Problem::expected(expected, value))
}

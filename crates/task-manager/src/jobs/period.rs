//! The periods a job may name, as words. [`super::calendar`] turns them into days and hours.
//!
//! | period | days or hours, oldest first |
//! | --- | --- |
//! | `last_N_days`, `last_N_hours` | the N before the current one |
//! | `previous_N_days`, `previous_N_hours` | the N before those |
//! | `N_days_back`, `N_hours_back` | the one that was N ago; 0 is the current one |
//! | `today`, `yesterday` | that day |
//! | `last_week` | the seven days before the current week |
//! | `this_month`, `last_month` | from the first of the month up to today; the whole month before |
//! | `2026-03-01` | that day |
//! | `2026-03-01..2026-03-17` | these days, both ends included |

use std::str::FromStr;

use jiff::civil::Date;

use super::problem::Problem;
use crate::mistakes::Hint;

/// What a period counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodUnit {
    /// Calendar days.
    Day,
    /// Full hours.
    Hour,
}

/// A range of time, mostly relative to the current day or hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The `n` units before the current one.
    Last(u32, PeriodUnit),
    /// The `n` units before the last `n`.
    Previous(u32, PeriodUnit),
    /// The one unit that was `n` ago.
    Back(u32, PeriodUnit),
    /// The seven days before the current week.
    LastWeek,
    /// The current month up to today.
    ThisMonth,
    /// The month before the current one.
    LastMonth,
    /// From the first day to the second, both included.
    Days(Date, Date),
}

/// Every form of a period, for messages. `N` stands for a number.
const FORMS: [&str; 12] = [
    "last_N_days",
    "last_N_hours",
    "previous_N_days",
    "previous_N_hours",
    "N_days_back",
    "N_hours_back",
    "yesterday",
    "today",
    "last_week",
    "this_month",
    "last_month",
    "YYYY-MM-DD..YYYY-MM-DD",
];

impl Period {
    /// What the period counts.
    pub fn unit(self) -> PeriodUnit {
        match self {
            Self::Last(_, unit) | Self::Previous(_, unit) | Self::Back(_, unit) => unit,
            _ => PeriodUnit::Day,
        }
    }

    fn named(text: &str) -> Result<Option<Self>, Problem> {
        let number = |digits: &str| match digits.parse::<u32>() {
            _ if !is_number(digits) => Ok(None),
            Ok(n) => Ok(Some(n)),
            Err(_) => Err(Problem::BeyondCalendar(text.to_owned())),
        };
        let words: Vec<&str> = text.split('_').collect();
        Ok(match words.as_slice() {
            ["today"] => Some(Self::Back(0, PeriodUnit::Day)),
            ["yesterday"] => Some(Self::Back(1, PeriodUnit::Day)),
            ["last", "week"] => Some(Self::LastWeek),
            ["this", "month"] => Some(Self::ThisMonth),
            ["last", "month"] => Some(Self::LastMonth),
            ["last", n, unit] => number(n)?.zip(unit_of(unit)).map(|(n, u)| Self::Last(n, u)),
            ["previous", n, unit] => {
                number(n)?.zip(unit_of(unit)).map(|(n, u)| Self::Previous(n, u))
            }
            [n, unit, "back"] => number(n)?.zip(unit_of(unit)).map(|(n, u)| Self::Back(n, u)),
            _ => None,
        })
    }

    fn dates(text: &str) -> Result<Option<Self>, Problem> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let (Some(first), Some(last)) = (date(first)?, date(last)?) else { return Ok(None) };
        if last < first {
            return Err(Problem::Backwards(text.to_owned()));
        }
        Ok(Some(Self::Days(first, last)))
    }

    /// The number of the text stays in the suggestion: `last_3_day` means `last_3_days`.
    fn unknown(text: &str) -> Problem {
        let number = text.split('_').find(|word| is_number(word));
        let form = |word| if is_number(word) { "N" } else { word };
        let given = text.split('_').map(form).collect::<Vec<_>>().join("_");
        let hint = match (Hint::among(&given, FORMS), number) {
            (Hint::Near(form), Some(number)) => Hint::Near(form.replacen('N', number, 1)),
            (hint, _) => hint,
        };
        Problem::Unknown { what: "period", given: text.to_owned(), hint }
    }
}

impl FromStr for Period {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let period = match Self::named(text)? {
            Some(period) => period,
            None => Self::dates(text)?.ok_or_else(|| Self::unknown(text))?,
        };
        match period {
            Self::Last(0, _) | Self::Previous(0, _) => Err(Problem::NoTime(text.to_owned())),
            period => Ok(period),
        }
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

fn unit_of(word: &str) -> Option<PeriodUnit> {
    match word {
        "days" => Some(PeriodUnit::Day),
        "hours" => Some(PeriodUnit::Hour),
        _ => None,
    }
}

/// `None` for what does not have the form `YYYY-MM-DD` at all.
fn date(text: &str) -> Result<Option<Date>, Problem> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return Ok(None) };
    let shape = [(year, 4), (month, 2), (day, 2)];
    if !shape.iter().all(|(digits, length)| is_number(digits) && digits.len() == *length) {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Problem::NoSuchDate(text.to_owned()))
}

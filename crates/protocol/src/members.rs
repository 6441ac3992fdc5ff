//! Which tasks of a job a block holds: their numbers, written as ranges.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::MAX_MEMBERS;

/// Numbers of tasks of one job, in ascending order, written like `1203,1240-1241`. The same numbers are
/// always written the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Members {
    /// First number and the one after the last; ascending, with gaps in between.
    ranges: Vec<Range<u64>>,
}

/// Why a text names no members.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} names no tasks of a block: it must be ascending numbers and ranges like 3,7-9, at most \
     {MAX_MEMBERS} of them"
)]
pub struct InvalidMembers(String);

impl Members {
    /// How many there are.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The lowest number.
    pub fn first(&self) -> Option<u64> {
        self.iter().next()
    }

    /// Is this one of them?
    pub fn contains(&self, number: u64) -> bool {
        self.ranges.iter().any(|range| range.contains(&number))
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.ranges.iter().cloned().flatten()
    }

    /// Those that are among `others`, too.
    pub fn both(&self, others: &Self) -> Self {
        self.iter().filter(|number| others.contains(*number)).collect()
    }

    /// Those that are not among `others`.
    pub fn without(&self, others: &Self) -> Self {
        self.iter().filter(|number| !others.contains(*number)).collect()
    }

    /// These and `others`.
    pub fn and(&self, others: &Self) -> Self {
        self.iter().chain(others.iter()).collect()
    }

    /// The lower and the upper half; of an odd number the lower one has one more.
    pub fn halves(&self) -> (Self, Self) {
        let lower = self.len().div_ceil(2) as usize;
        (self.iter().take(lower).collect(), self.iter().skip(lower).collect())
    }
}

impl From<Range<u64>> for Members {
    fn from(range: Range<u64>) -> Self {
        Self { ranges: if range.is_empty() { Vec::new() } else { vec![range] } }
    }
}

impl FromIterator<u64> for Members {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut numbers: Vec<_> = numbers.into_iter().collect();
        numbers.sort_unstable();
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some(last) if number < last.end => {}
                Some(last) if number == last.end => last.end += 1,
                _ => ranges.push(number..number + 1),
            }
        }
        Self { ranges }
    }
}

impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, range) in self.ranges.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            match range.end - 1 {
                last if last == range.start => write!(f, "{comma}{last}")?,
                last => write!(f, "{comma}{}-{last}", range.start)?,
            }
        }
        Ok(())
    }
}

impl FromStr for Members {
    type Err = InvalidMembers;

    fn from_str(text: &str) -> Result<Self, InvalidMembers> {
        let invalid = || InvalidMembers(crate::limits::cut(text, 100));
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for part in text.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let number = |digits: &str| {
                let is_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                digits.parse::<u64>().ok().filter(|_| is_digits).ok_or_else(invalid)
            };
            let range = number(from)?..number(to)?.checked_add(1).ok_or_else(invalid)?;
            match ranges.last_mut() {
                _ if range.is_empty() => return Err(invalid()),
                Some(last) if range.start < last.end => return Err(invalid()),
                Some(last) if range.start == last.end => last.end = range.end,
                _ => ranges.push(range),
            }
        }
        let count = ranges.iter().map(|range| range.end - range.start);
        let count = count.fold(0u64, u64::saturating_add);
        if count > MAX_MEMBERS { Err(invalid()) } else { Ok(Self { ranges }) }
    }
}

impl TryFrom<String> for Members {
    type Error = InvalidMembers;

    fn try_from(text: String) -> Result<Self, InvalidMembers> {
        text.parse()
    }
}

impl From<Members> for String {
    fn from(members: Members) -> Self {
        members.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn members(text: &str) -> Members {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_written_as_ranges_and_read_again() {
        let numbers = [1203, 1240, 1241, 1204, 1203];
        assert_eq!(Members::from_iter(numbers).to_string(), "1203-1204,1240-1241");
        assert_eq!(Members::from(1200..1300).to_string(), "1200-1299");
        assert_eq!(members("7").iter().collect::<Vec<_>>(), [7]);
        assert_eq!(members("1-2,3"), members("1-3"), "the same numbers are equal");
        assert_eq!(Members::from(5..5), Members::default());
    }

    #[test]
    fn what_names_no_members_is_refused() {
        let much = format!("0-{MAX_MEMBERS}");
        let largest = format!("0-{}", u64::MAX);
        for text in ["", "a", "-1", "+1", "1-", "3-2", "2,1", "1,1", "1,,2", " 1", &much, &largest]
        {
            assert!(text.parse::<Members>().is_err(), "{text:?}");
        }
        let most = format!("1-{MAX_MEMBERS}");
        assert_eq!(members(&most).len(), MAX_MEMBERS);
    }

    proptest! {
        #[test]
        fn they_are_sets_of_numbers(a: BTreeSet<u8>, b: BTreeSet<u8>) {
            let of = |set: &BTreeSet<u8>| set.iter().map(|n| u64::from(*n)).collect::<Members>();
            let (x, y) = (of(&a), of(&b));
            prop_assert_eq!(x.len(), a.len() as u64);
            prop_assert_eq!(x.both(&y), of(&(&a & &b)));
            prop_assert_eq!(x.without(&y), of(&(&a - &b)));
            prop_assert_eq!(x.and(&y), of(&(&a | &b)));
            let (lower, upper) = x.halves();
            prop_assert_eq!(lower.and(&upper), x.clone());
            prop_assert!(lower.len() - upper.len() <= 1);
            if !x.is_empty() {
                prop_assert_eq!(x.to_string().parse::<Members>(), Ok(x));
            }
        }
    }
}

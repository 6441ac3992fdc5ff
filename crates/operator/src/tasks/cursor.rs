//! Where a list of tasks goes on: a text, so that a link can hold it.

use std::{fmt, str::FromStr};

use task_manager::storage::listing::Position;
use thiserror::Error;

use super::TaskState;

/// Where a page of a list ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Cursor {
    /// Among those in a state, behind this one, or at the first.
    Behind(TaskState, Option<Position>),
    /// At the task with this number of its job.
    Number(u64),
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no place in a list of tasks: begin at its first page")]
pub struct InvalidCursor(String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Behind(state, None) => f.write_str(state.name()),
            Self::Behind(state, Some(position)) => write!(f, "{}~{position}", state.name()),
        }
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let invalid = || InvalidCursor(text.to_owned());
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let (state, position) = match text.split_once('~') {
            Some((state, position)) => (state, Some(position)),
            None => (text, None),
        };
        let state = TaskState::of_name(state).ok_or_else(invalid)?;
        let position = position.map(str::parse).transpose().map_err(|_| invalid())?;
        Ok(Self::Behind(state, position))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    fn a_cursor_is_read_as_it_is_written(
        #[values("0", "17", "parked", "exhausted~1800000000.5~a~b")] text: &str,
    ) {
        assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
    }

    #[rstest]
    fn what_is_no_cursor_is_refused(
        #[values("", "-1", "failed", "parked~", "parked~x~a")] text: &str,
    ) {
        assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor(text.to_owned())));
    }
}

//! Lists of tasks that are read page by page: each page goes on where the one before it ended.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::AttributeValue};

use super::{Store, StoreError};
use crate::{
    attributes::{Item, s, text},
    ids::TaskId,
};

/// Where a task stands in an index: by the number that sorts it, as DynamoDB writes it, and its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    number: String,
    pub id: TaskId,
}

impl Position {
    /// The number as others read it.
    pub fn number(&self) -> f64 {
        // It was read once, or it would not be here.
        self.number.parse().unwrap_or_default()
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.number, self.id)
    }
}

/// A text that is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let (number, id) = text.split_once('~').ok_or(NoPosition)?;
        let is_number = number.len() <= 40
            && number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
            && number.parse::<f64>().is_ok_and(f64::is_finite);
        match TaskId::new(id) {
            Ok(id) if is_number => Ok(Self { number: number.to_owned(), id }),
            _ => Err(NoPosition),
        }
    }
}

/// Tasks as an index lists them, and whether that is all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    pub places: Vec<Position>,
    pub is_all: bool,
}

/// What an index sorts tasks by: the fields of its key, and the value of the first of them.
pub(super) struct Sorted<'a> {
    pub partition: (&'a str, String),
    pub by: &'a str,
}

impl Store {
    /// One page of a query of an index, behind `after`.
    pub(super) async fn listed(
        &self,
        query: QueryFluentBuilder,
        Sorted { partition: (partition, value), by }: Sorted<'_>,
        after: Option<&Position>,
        limit: u32,
    ) -> Result<Listed, StoreError> {
        let id = self.names.fields.get("task_id");
        let start = after.map(|Position { number, id: task }| {
            Item::from([
                (partition.to_owned(), s(value.clone())),
                (by.to_owned(), AttributeValue::N(number.clone())),
                (id.to_owned(), s(task.as_str())),
            ])
        });
        let (items, end) = self.engine.page(query, start, limit).await?;
        let places = items.iter().filter_map(|item| {
            let number = item.get(by)?.as_n().ok()?.clone();
            Some(Position { number, id: TaskId::new(text(item.get(id)?)?).ok()? })
        });
        Ok(Listed { places: places.collect(), is_all: end.is_none() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        let position: Position = "1800000000.000001~a~b".parse().unwrap();
        assert_eq!((position.number(), position.id.as_str()), (1_800_000_000.000_001, "a~b"));
        assert_eq!(position.to_string(), "1800000000.000001~a~b");
    }

    #[rstest]
    fn what_is_no_position_is_refused(
        #[values("", "1", "~a", "x~a", "inf~a", "NaN~a", "1e999~a", "1~", "1~a b")] text: &str,
    ) {
        assert_eq!(text.parse::<Position>(), Err(NoPosition));
    }
}

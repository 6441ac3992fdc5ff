//! Invocations in which attempts ran, by which their logs are found.

use std::fmt;

use serde::Serialize;

use crate::ids::RequestId;

/// An invocation of the labourer's function. It comes with the report of the attempt, in the write that ends it:
/// of an attempt that nobody reported, and of one that a labourer of sosw 0.7 did, it is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Which attempt ran in it; unknown if a newer one was live when it was reported.
    pub attempt: Option<u32>,
    pub id: RequestId,
}

/// As items have it: `2 8f3c…`, or the id alone.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attempt {
            Some(attempt) => write!(f, "{attempt} {}", self.id),
            None => self.id.fmt(f),
        }
    }
}

impl Request {
    /// What an item has.
    pub fn of_text(text: &str) -> Option<Self> {
        let (attempt, id) = match text.split_once(' ') {
            Some((attempt, id)) => (Some(attempt.parse().ok()?), id),
            None => (None, text),
        };
        Some(Self { attempt, id: RequestId::new(id).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("2 8f3c-1", Some(2))]
    #[case("8f3c-1", None)]
    fn a_request_is_read_as_it_was_written(#[case] text: &str, #[case] attempt: Option<u32>) {
        let request = Request::of_text(text).unwrap();
        assert_eq!(request, Request { attempt, id: RequestId::new("8f3c-1").unwrap() });
        assert_eq!(request.to_string(), text);
    }

    #[rstest]
    fn what_could_be_a_command_is_no_request(
        #[values("", "1 ", "x 8f3c", "8f3c;ls", "1 8f3c 2", "$(ls)")] text: &str,
    ) {
        assert_eq!(Request::of_text(text), None);
    }
}

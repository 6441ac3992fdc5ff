//! `closed_at`, the sort key of the index of closed tasks: the time, and of a success what the history counts of it
//! ([`Success`]), below the microseconds. Of `1800000000.000000 00 0100 0001 085 1` (without the blanks): a hundred
//! tasks succeeded, one got the slot, and the attempt took as long as bucket 84 says (0 is unknown). The last digit
//! is there because DynamoDB drops zeros at the end, and nobody else writes that many. The two zeros keep those who read it
//! as a double, versions before this one and sosw 0.7, at the same microsecond.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    attributes::n,
    history::{Bucket, Success},
    time::Timestamp,
};

/// Digits behind the point: six of the time, two zeros, four and four of tasks, three of the bucket, and the last.
const DIGITS: usize = 20;
const OF_TIME: usize = 6;
const MOST_TASKS: u32 = 9999;
const LAST: &str = "1";

pub fn of(at: Timestamp, success: Option<Success>) -> AttributeValue {
    let Some(Success { tasks, followed_by, took }) = success else { return n(at) };
    let (tasks, followed_by) = (tasks.min(MOST_TASKS), followed_by.min(MOST_TASKS));
    let took = took.map_or(0, |bucket| u32::from(bucket.number()) + 1);
    AttributeValue::N(format!("{:.6}00{tasks:04}{followed_by:04}{took:03}{LAST}", at.seconds()))
}

/// The highest number that this time may have in the index.
pub fn last_at(at: Timestamp) -> AttributeValue {
    AttributeValue::N(format!("{:.6}{}", at.seconds(), "9".repeat(DIGITS - OF_TIME)))
}

/// The time.
pub fn time(value: &AttributeValue) -> Option<Timestamp> {
    let text = value.as_n().ok()?;
    let digits = success(value).map_or(0, |_| DIGITS - OF_TIME);
    let time = text.get(..text.len().checked_sub(digits)?)?;
    time.parse().ok().map(Timestamp::from_seconds)
}

/// What the number says beside the time.
pub fn success(value: &AttributeValue) -> Option<Success> {
    let (_, digits) = value.as_n().ok()?.split_once('.')?;
    if digits.len() != DIGITS || !digits.ends_with(LAST) {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let took = number(16, 19)?.checked_sub(1).and_then(|n| u8::try_from(n).ok());
    Some(Success {
        tasks: number(8, 12)?,
        followed_by: number(12, 16)?,
        took: took.and_then(Bucket::from_number),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::attributes::number;

    proptest! {
        #[test]
        fn what_a_success_says_is_read_again_and_changes_no_time(
            micros in 1_000_000_000_000_000_u64..4_000_000_000_000_000,
            tasks in 1_u32..=1000,
            followed_by in 0_u32..=1000,
            seconds in proptest::option::of(0.0_f64..1e6),
        ) {
            let at = Timestamp::from_seconds(micros as f64 / 1e6);
            let took = seconds.map(|seconds| Bucket::of(Duration::from_secs_f64(seconds)));
            let said = Success { tasks, followed_by, took };
            let value = of(at, Some(said));
            prop_assert_eq!(success(&value), Some(said));
            prop_assert_eq!(time(&value), Some(at));
            // As others read it; until 2038 they have digits enough.
            let as_double = number(&value).map(Timestamp::from_seconds);
            prop_assert!(as_double == Some(at) || at.seconds() > 2_147_483_648.0);
            prop_assert!(value.as_n().unwrap() <= last_at(at).as_n().unwrap());
        }
    }

    #[test]
    fn times_that_others_wrote_say_nothing_else() {
        for time in ["1799990000.1234567", "1799990000", "1.8e9", "1799990000.1234567890123456789"]
        {
            let value = AttributeValue::N(time.into());
            assert_eq!(success(&value), None, "{time}");
            assert_eq!(super::time(&value), number(&value).map(Timestamp::from_seconds));
        }
        assert_eq!(of(Timestamp::from_seconds(5.5), None), n(5.5));
    }
}

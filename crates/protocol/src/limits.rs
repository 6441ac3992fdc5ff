//! How large the parts of messages may be. What is larger is refused, or cut where it says so.

use std::time::Duration;

/// The largest payload of a task, in bytes of JSON text: with result and history its item must stay
/// below DynamoDB's 400 KB.
pub const MAX_PAYLOAD: usize = 256 * 1024;
/// The largest `stats`, `result` and `results` of a report together, in bytes of JSON text: they are kept
/// in the same item.
pub const MAX_RESULT: usize = 64 * 1024;
/// The longest name of a field of them, in bytes: DynamoDB takes names below 64 KB, and ours begin
/// with `result_`.
pub const MAX_FIELD_NAME: usize = 60 * 1024;
/// The largest asynchronous event that Lambda takes, in bytes: a payload with the task's own fields.
pub const MAX_EVENT: usize = 1024 * 1024;
/// The largest event of a block, in bytes: it bounds how many tasks a block gets, not how large the
/// payload of one may be.
pub const MAX_BLOCK_EVENT: usize = 128 * 1024;
/// The most tasks of one block.
pub const MAX_MEMBERS: u64 = 1000;
/// The longest time-out of a Lambda function: 900 s, on managed instances 5,400 s.
pub const MAX_FUNCTION_TIMEOUT: Duration = Duration::from_secs(5400);
/// The longest that a labourer may ask to be left alone, by `retry_after` or `snooze`.
pub const MAX_WAIT: Duration = Duration::from_secs(366 * 24 * 3600);

/// The kind of an error is cut to so many bytes.
pub const MAX_ERROR_KIND: usize = 200;
/// The message of an error is cut to so many bytes.
pub const MAX_ERROR_MESSAGE: usize = 2 * 1024;
/// The trace of an error is cut to so many bytes.
pub const MAX_ERROR_TRACE: usize = 4 * 1024;

/// A remark about a report is cut to so many bytes, and so are all of one report together in the history
/// of its task.
pub const MAX_REMARK: usize = 300;

/// `text`, or as many whole characters of it as fit into `most` bytes together with `…`.
pub fn cut(text: &str, most: usize) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most.saturating_sub(ELLIPSIS.len()));
    format!("{}{ELLIPSIS}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "lo…");
        assert_eq!(cut("äää", 5), "ä…");
        for most in 3..40 {
            assert!(cut(&"ä".repeat(30), most).len() <= most);
        }
    }
}

//! How an event is written: as sosw does it, or as Lambda delivers messages of SQS.

use serde::{Deserialize, Serialize};

use super::{block, sqs};
use crate::ids::LabourerId;

/// The shape of a labourer's events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The payload's fields beside the task's own; the tasks of a block are the list `tasks`.
    #[default]
    Sosw,
    /// Each task is a message in `Records`, so that handlers written for batches of SQS run unchanged.
    Sqs,
}

impl Format {
    /// The bytes of a block's event beside its members, at most, while they are one range of numbers. One
    /// with gaps is smaller than the block of all: a gap takes fewer bytes than the task that is missing.
    pub const FRAME: usize = 2048;

    /// The bytes that a task of a job takes in the event of a block, at most. `payload` is the JSON text
    /// of an object.
    pub fn member_size(self, labourer_id: &LabourerId, payload: &str) -> usize {
        match self {
            Self::Sosw => block::MEMBER_FRAME + payload.len(),
            Self::Sqs => {
                sqs::RECORD_FRAME + escaped_size(labourer_id.as_str()) + escaped_size(payload)
            }
        }
    }
}

/// Bytes of a text within the quotes of JSON.
fn escaped_size(text: &str) -> usize {
    let bytes = |byte: u8| match byte {
        b'"' | b'\\' | 0x08 | 0x09 | 0x0A | 0x0C | 0x0D => 2,
        0x00..=0x1F => 6,
        _ => 1,
    };
    text.bytes().map(bytes).sum()
}

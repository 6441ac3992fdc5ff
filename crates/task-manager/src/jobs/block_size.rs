//! How many tasks of a job are one block: fixed when the job is accepted.

use protocol::event::Format;

use super::plan::Plan;
use crate::limits::{MAX_BLOCK_EVENT, MAX_MEMBERS};

impl Plan {
    /// How many of its tasks are one block where `wanted` are, if all of them fit into one event.
    pub fn block_size(&self, wanted: u64, format: Format) -> u64 {
        let largest = self.text(self.largest().n).unwrap_or_default();
        let room = MAX_BLOCK_EVENT.saturating_sub(Format::FRAME);
        let fitting = room / format.member_size(self.labourer(), &largest).max(1);
        wanted.min(fitting as u64).clamp(1, MAX_MEMBERS)
    }
}

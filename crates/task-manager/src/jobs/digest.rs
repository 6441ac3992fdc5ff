//! Whether the tasks of a job are still those that they were when it was accepted.

use super::plan::Plan;
use crate::{json::Json, task::digest::Digest};

/// How many tasks the digest of a job is made of.
const SAMPLE: u64 = 64;

impl Plan {
    /// The payload of task `n` as JSON text.
    pub fn text(&self, n: u64) -> Option<String> {
        self.task(n).map(|task| Json::Object(task).to_string())
    }

    /// The payloads of some tasks; nothing if the job has no such task.
    pub fn texts(&self, numbers: impl IntoIterator<Item = u64>) -> Option<Vec<String>> {
        numbers.into_iter().map(|n| self.text(n)).collect()
    }

    /// A digest of the whole job: of 64 of its tasks, spread over all.
    pub fn digest(&self) -> Digest {
        let (last, count) = (self.len().saturating_sub(1), SAMPLE.min(self.len()));
        let gaps = u128::from(count.max(2) - 1);
        let spread = |i| (u128::from(last) * u128::from(i) / gaps) as u64;
        Digest::of(&self.texts((0..count).map(spread)).unwrap_or_default())
    }
}

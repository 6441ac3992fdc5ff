//! Plain values in batches.

use std::{cmp::Reverse, sync::Arc};

use crate::json::Json;

use super::json_size;

/// Values of which each task gets a few.
pub(super) struct Batches {
    values: Arc<[Json]>,
    size: usize,
    largest: u64,
    json_size: i64,
}

impl Batches {
    /// `values` in batches of `size`, but for the last, which may be smaller.
    pub fn of(values: Arc<[Json]>, size: usize) -> Self {
        let size = size.max(1);
        let sizes = (0..).zip(values.chunks(size).map(json_size::of_list));
        // Of equal ones the first.
        let (largest, json_size) =
            sizes.min_by_key(|(_, json_size)| Reverse(*json_size)).unwrap_or((0, 0));
        Self { values, size, largest, json_size }
    }

    pub fn len(&self) -> u64 {
        u64::try_from(self.values.len().div_ceil(self.size)).unwrap_or(u64::MAX)
    }

    /// The values of batch `n`; none if there is no such batch.
    pub fn batch(&self, n: u64) -> &[Json] {
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        self.values.chunks(self.size).nth(n).unwrap_or_default()
    }

    /// The number of the batch with the most bytes.
    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// Its bytes, as a list in JSON text.
    pub fn json_size(&self) -> i64 {
        self.json_size
    }
}

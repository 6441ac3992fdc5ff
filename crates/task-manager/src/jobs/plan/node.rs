//! The tree of a chunked job. It has the size of the job; tasks are found in it by number.

use std::{cmp::Reverse, sync::Arc};

use crate::json::{Json, Object};

use super::{batches::Batches, json_size};
use crate::jobs::schema::Attribute;

/// A tree of tasks.
pub(super) struct Node {
    kind: Kind,
    len: u64,
    /// Bytes of JSON text that the largest task gets from here. Negative where fields of the
    /// levels above are replaced by shorter ones.
    json_size: i64,
}

enum Kind {
    /// One task.
    Task,
    /// Fields that every task below receives.
    Layer { fields: Object, below: Arc<Node> },
    /// An attribute is chunked: each part holds the tasks of some of its values. `ends` counts
    /// the tasks up to the end of each part.
    Split { attribute: Attribute, parts: Vec<Part>, ends: Vec<u64> },
}

/// Tasks of some values of an attribute.
pub(super) enum Part {
    /// Every batch, each with all the tasks below.
    Batches { batches: Arc<Batches>, below: Arc<Node> },
    /// One value with the tasks of its own sub-job.
    SubJob { value: String, below: Arc<Node> },
}

/// What a task receives on its way down the tree.
pub(super) enum Step<'n> {
    /// These fields.
    Fields(&'n Object),
    /// These values of an attribute, in place of any under the attribute's names above.
    Batch(&'n Attribute, &'n [Json]),
    /// This one value of an attribute, likewise.
    Value(&'n Attribute, &'n str),
}

impl Node {
    pub fn task() -> Arc<Self> {
        Arc::new(Self { kind: Kind::Task, len: 1, json_size: 0 })
    }

    /// `hidden` is the JSON size of what the fields replace above.
    pub fn layer(fields: Object, hidden: i64, below: Arc<Self>) -> Arc<Self> {
        let own: i64 = fields.iter().map(|(name, value)| json_size::of_field(name, value)).sum();
        let (len, json_size) = (below.len, own - hidden + below.json_size);
        Arc::new(Self { kind: Kind::Layer { fields, below }, len, json_size })
    }

    pub fn split(attribute: &Attribute, parts: Vec<Part>, hidden: i64) -> Arc<Self> {
        let mut len = 0_u64;
        let mut ends = Vec::with_capacity(parts.len());
        for part in &parts {
            len = len.saturating_add(part.len());
            ends.push(len);
        }
        let largest = parts.iter().map(Part::json_size).max().unwrap_or(0);
        let json_size = json_size::of_name(attribute.plural()) + largest - hidden;
        let kind = Kind::Split { attribute: attribute.clone(), parts, ends };
        Arc::new(Self { kind, len, json_size })
    }

    /// How many tasks; the largest number if they cannot be counted.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn json_size(&self) -> i64 {
        self.json_size
    }

    /// The way to task `n`, from the top. Stops early if there is no such task.
    pub fn way(&self, mut n: u64) -> Vec<Step<'_>> {
        let (mut node, mut way) = (self, Vec::new());
        loop {
            match &node.kind {
                Kind::Task => return way,
                Kind::Layer { fields, below } => {
                    way.push(Step::Fields(fields));
                    node = below;
                }
                Kind::Split { attribute, parts, ends } => {
                    let part = ends.partition_point(|end| *end <= n);
                    let before = part.checked_sub(1).and_then(|p| ends.get(p)).unwrap_or(&0);
                    let Some(part) = parts.get(part) else { return way };
                    n -= before;
                    way.push(part.step(attribute, n));
                    node = part.below();
                    n %= node.len;
                }
            }
        }
    }

    /// The number of the task with the largest payload.
    pub fn largest(&self) -> u64 {
        match &self.kind {
            Kind::Task => 0,
            Kind::Layer { below, .. } => below.largest(),
            Kind::Split { parts, ends, .. } => {
                // Of equal ones the first.
                let part = parts.iter().zip(ends).min_by_key(|(part, _)| Reverse(part.json_size()));
                let Some((part, end)) = part else { return 0 };
                end.saturating_sub(part.len()).saturating_add(part.largest())
            }
        }
    }
}

impl Part {
    fn below(&self) -> &Node {
        match self {
            Self::Batches { below, .. } | Self::SubJob { below, .. } => below,
        }
    }

    fn len(&self) -> u64 {
        match self {
            Self::Batches { batches, below } => batches.len().saturating_mul(below.len),
            Self::SubJob { below, .. } => below.len,
        }
    }

    /// The values of this part's task `n`.
    fn step<'n>(&'n self, attribute: &'n Attribute, n: u64) -> Step<'n> {
        match self {
            Self::Batches { batches, below } => {
                Step::Batch(attribute, batches.batch(n / below.len))
            }
            Self::SubJob { value, .. } => Step::Value(attribute, value),
        }
    }

    fn json_size(&self) -> i64 {
        let values = match self {
            Self::Batches { batches, .. } => batches.json_size(),
            Self::SubJob { value, .. } => json_size::of_list(&[Json::from(value.as_str())]),
        };
        values.saturating_add(self.below().json_size)
    }

    fn largest(&self) -> u64 {
        let batch = match self {
            Self::Batches { batches, .. } => batches.largest(),
            Self::SubJob { .. } => 0,
        };
        let before = batch.saturating_mul(self.below().len);
        before.saturating_add(self.below().largest())
    }
}

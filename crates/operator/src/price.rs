//! What tasks cost on AWS: estimates, at list prices of us-east-1 without free tiers, in dollars. Whoever pays should
//! check today's.
//!
//! An *item* is a task by itself or a block: what is made, claimed, invoked, reported and closed once.

/// A million write units of DynamoDB on demand.
const WRITE_UNITS: f64 = 0.625;
/// A million read units.
const READ_UNITS: f64 = 0.125;
/// A million requests of Lambda.
const REQUESTS: f64 = 0.20;
/// A million GB-seconds of Lambda on arm64.
const GB_SECONDS: f64 = 13.33;
/// A GB of logs.
const LOGS: f64 = 0.50;

/// One invocation of the labourer, one of the worker assistant.
pub(crate) const INVOCATIONS: u64 = 2;
/// Seconds of the worker assistant, which has a quarter of a GB.
const ASSISTANT: f64 = 0.03;
const MEMORY: f64 = 0.25;
/// KB that the worker assistant logs.
const LOGGED: f64 = 2.0;

/// Units of DynamoDB that an item takes in its life, when nothing fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    pub written: f64,
    pub read: f64,
}

impl Units {
    /// Those of an item of a job, up to 1 KB, in a steady flow.
    pub const OF_ITEM: Self = Self { written: 15.0, read: 5.0 };
    /// Those of a block without results. Its job is read once more, by each process that invokes some of it.
    pub const OF_BLOCK: Self = Self { written: 15.0, read: 6.0 };

    /// Dollars of so many items, without what the labourer itself takes.
    pub fn dollars(self, items: f64) -> f64 {
        let units = self.written * WRITE_UNITS + self.read * READ_UNITS;
        let invocations = INVOCATIONS as f64 * REQUESTS + ASSISTANT * MEMORY * GB_SECONDS;
        // A million items log so many GB.
        items / 1e6 * (units + invocations + LOGGED * LOGS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tasks_cost_what_the_documents_say_and_in_blocks_of_a_hundred_a_hundredth() {
        assert_eq!((Units::OF_ITEM.dollars(1e6) * 100.0).round(), 1150.0);
        assert_eq!((Units::OF_BLOCK.dollars(1e4) * 1000.0).round(), 116.0);
    }
}

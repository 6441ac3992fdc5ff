//! What the tables share: nothing here depends on a table, or on what its items mean.
//!
//! - `expression`: names and values in conditions and updates
//! - `statement`: a put, an update, a deletion or a check, each with its condition
//! - [`transaction`]: statements applied together, once, all or nothing
//! - `batch` and `query`: reading many items
//! - `retries`: trying again, with jitter
//! - [`error`]: what can go wrong

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::{Client, config::AsyncSleep};

use crate::random::Random;

mod batch;
pub mod error;
pub(super) mod expression;
mod query;
pub(crate) mod retries;
pub(super) mod statement;
pub mod transaction;

/// DynamoDB, with the waits between the tries.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(super) client: Client,
    pub(super) random: Random,
    /// How long a caller that depends on an answer goes on trying, if it has a deadline.
    pub(super) patience: Option<Duration>,
    /// Where throttled tries are counted, if somebody asks.
    pub(super) throttles: Option<Throttles>,
}

/// A count of tries that were throttled, whether or not a later one succeeded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Throttles(Arc<AtomicU64>);

impl Throttles {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Those since the last call.
    pub fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Engine {
    pub(super) fn new(client: Client) -> Self {
        Self { client, random: Random::default(), patience: None, throttles: None }
    }

    /// Waits by the clock of the client, which waits between its own attempts, too: tests that
    /// give the client another clock move these waits with it.
    pub(super) async fn sleep(&self, time: Duration) {
        match self.client.config().sleep_impl() {
            Some(clock) => clock.sleep(time).await,
            None => tokio::time::sleep(time).await,
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("client", &self.client).finish_non_exhaustive()
    }
}

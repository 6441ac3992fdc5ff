//! The one home of tables and attributes: what an item looks like, and what a transition requires.
//!
//! - [`attributes`]: values and names
//! - [`item`]: a task as an item, and back
//! - [`writes`]: each [`Write`](crate::transition::Write) as DynamoDB takes it, conditions included
//! - [`transaction`]: applying a list of writes, once, all or nothing
//! - [`reads`]: single items and the queue's index; [`parked`] and `closed`: those of the retry table and
//!   of closed tasks
//! - [`find`]: a task, wherever it is
//! - [`rows`]: the labourers' rows, and [`trouble`]: counters beside them
//! - [`jobs`]: jobs, their cursors and counters
//! - [`schema`]: the tables themselves, and [`inspect`]: what is there instead

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{Client, config::AsyncSleep};

use crate::config::Names;

pub mod attributes;
mod batch;
mod closed;
pub mod error;
pub mod find;
pub mod inspect;
pub mod item;
pub mod jobs;
pub mod parked;
pub mod reads;
pub mod rows;
pub mod schema;
pub mod transaction;
pub mod trouble;
pub mod writes;

pub use error::{Contention, StoreError};
pub use transaction::Outcome;

/// The tables.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    names: Arc<Names>,
}

impl Store {
    /// The tables of these names.
    pub fn new(client: Client, names: Names) -> Self {
        Self { client, names: Arc::new(names) }
    }

    /// Their names.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The client, for what else is to be done with the engine.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Waits by the clock of the client, which waits between its own attempts, too.
    pub(crate) async fn sleep(&self, time: Duration) {
        match self.client.config().sleep_impl() {
            Some(clock) => clock.sleep(time).await,
            None => tokio::time::sleep(time).await,
        }
    }
}

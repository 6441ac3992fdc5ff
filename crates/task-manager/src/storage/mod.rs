//! The one home of tables and attributes: what an item looks like, and what a transaction requires.
//!
//! Each table has its file (or folder), with its keys, the items it holds, what is written to it, under
//! which conditions, and what is read:
//!
//! - [`tasks`]: queued and running tasks, with their index by labourer and greenfield
//! - [`retry`]: parked tasks
//! - [`closed`]: closed tasks
//! - [`labourers`]: the labourers' rows, and the counters beside them
//! - `jobs`: jobs, their cursors and counters
//! - [`history`]: what happened in each minute
//! - [`config`]: rows of the config
//! - [`event_log`]: what happened to tasks
//!
//! Across tables:
//!
//! - `apply`: a list of [`Write`](crate::transition::Write)s as one transaction
//! - [`item`]: a task as an item of any table, and back; `task_tables`: what its three tables share
//! - [`find`]: a task, wherever it is; [`listing`]: lists of them, page by page
//! - [`schema`]: the tables themselves, and [`inspect`]: what is there instead
//! - `engine`: what depends on no table: transactions, batches, queries, retries, errors

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::Client;

use crate::{config::Names, random::Random};

mod engine;

pub mod item;
mod task_tables;
pub mod listing;
pub mod tasks;
pub mod retry;
pub mod closed;
pub mod labourers;
mod jobs;
pub mod history;
pub mod config;
pub mod event_log;

mod apply;
pub mod find;

pub mod schema;
pub mod inspect;

pub use engine::{
    error::{Contention, StoreError},
    transaction::TransactionOutcome,
};

pub(crate) use engine::retries::{Budget, Retries, RetryPolicy};

use closed::ClosedTable;
use engine::Engine;
pub(crate) use engine::Throttles;
use history::HistoryTable;
use jobs::JobsTable;
use labourers::LabourersTable;
use retry::RetryTable;
use tasks::TasksTable;

/// The tables.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    names: Arc<Names>,
}

impl Store {
    pub fn new(client: Client, names: Names) -> Self {
        Self { engine: Engine::new(client), names: Arc::new(names) }
    }

    /// The same with other names of tables and attributes.
    pub(crate) fn with_names(self, names: Names) -> Self {
        Self { names: Arc::new(names), ..self }
    }

    /// The same with another source of random numbers.
    pub(crate) fn with_random(mut self, random: Random) -> Self {
        self.engine.random = random;
        self
    }

    /// The same for a caller that must know of throttling which retries hide: each is counted here.
    pub(crate) fn counting(mut self, throttles: Throttles) -> Self {
        self.engine.throttles = Some(throttles);
        self
    }

    /// The same for a caller that goes on trying for so long.
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.engine.patience = Some(patience);
        self
    }

    /// Queued and running tasks.
    pub fn tasks(&self) -> TasksTable<'_> {
        TasksTable { store: self }
    }

    /// Parked tasks.
    pub fn retry(&self) -> RetryTable<'_> {
        RetryTable { store: self }
    }

    /// Closed tasks.
    pub fn closed(&self) -> ClosedTable<'_> {
        ClosedTable { store: self }
    }

    /// The labourers' rows, and the counters beside them.
    pub fn labourers(&self) -> LabourersTable<'_> {
        LabourersTable { store: self }
    }

    /// Jobs, their cursors and counters.
    pub fn jobs(&self) -> JobsTable<'_> {
        JobsTable { store: self }
    }

    /// What happened in each minute.
    pub fn history(&self) -> HistoryTable<'_> {
        HistoryTable { store: self }
    }

    /// The names of the tables, their indexes and fields.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The client, for what else is to be done with the engine.
    pub fn client(&self) -> &Client {
        &self.engine.client
    }

    /// Tries of a caller that reads and decides anew each time.
    pub(crate) fn retries(&self, policy: RetryPolicy) -> Retries<'_> {
        self.engine.retries(policy)
    }

    /// Waits by the clock of the client.
    pub(crate) async fn sleep(&self, time: Duration) {
        self.engine.sleep(time).await;
    }

    /// The wait alone, for a caller that counts its tries itself.
    pub(crate) async fn back_off(&self, policy: RetryPolicy, failed_tries: u32) {
        self.engine.back_off(policy, failed_tries).await;
    }
}

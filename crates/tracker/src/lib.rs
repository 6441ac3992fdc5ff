//! A record per unit of work, so that effects happen once and unfinished work can be listed.
//!
//! A task arrives at least once, and an attempt can die anywhere. A labourer that sends an invoice
//! for each of a hundred customers should not send forty of them twice. With the tracker each is a
//! *unit* in a *scope* (a task, a job, or any name), begun by one worker at a time:
//!
//! ```no_run
//! # use labourer::{Failure, Task};
//! # use tracker::Tracker;
//! # use serde_json::{Value, json};
//! # async fn send(customer: &str, key: &str) -> Result<u32, std::io::Error> { Ok(1) }
//! # async fn work(task: Task<Vec<String>>) -> Result<(), Failure> {
//! let tracker = Tracker::from_env().await;
//! let invoices = tracker.scope(format!("invoices {}", task.id))?;
//! for customer in &task.payload {
//!     let sent = invoices.once(customer, async |unit| {
//!         let number = send(customer, &unit.idempotency_key()).await?;
//!         Ok(json!({"invoice": number}))
//!     });
//!     let invoice = sent.await?.value()?;
//! }
//! # Ok(()) }
//! ```
//!
//! ```text
//!           begin             succeed
//! pending ---------> in_progress ---------> succeeded
//!    ^                 |  ^  |
//!    |            fail |  |  | lock expired, or failed,
//!    |                 v  |  | with no attempt left
//!    |   retry       failed  +------------> exhausted     (ignored: by an operator)
//!    +---------------------------------------------+
//! ```
//!
//! Read on in [`mod@unit`] (the states), [`step`] (every step between them, pure), [`scope`] (beginning),
//! [`held`] (what an owner can do), [`once`], [`together`] (transactions), [`counts`], and [`table`].

#![warn(missing_docs)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod error;
pub mod unit;
pub mod step;
pub mod item;
pub mod table;
mod store;
pub mod held;
pub mod scope;
pub mod counts;
pub mod once;
pub mod together;

use std::{env, fmt, sync::Arc, time::Duration};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{Client, types::TableStatus};

use self::store::Records;
pub use self::{
    counts::Counts,
    error::TrackerError,
    held::{Unit, UpdateOutcome},
    once::Once,
    scope::{Begin, Scope},
    together::{Applied, Together},
    unit::{Limits, Record, Status},
};
use labourer::Timestamp;

/// The name of the table when `SOSW_TRACKER_TABLE` is not set.
pub const TABLE: &str = "sosw_tracker";

/// The tracker: a table, its limits, and a clock.
#[derive(Clone)]
pub struct Tracker {
    store: Records,
    limits: Limits,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Tracker {
    /// A tracker on this table.
    pub fn new(client: Client, table: impl Into<Arc<str>>) -> Self {
        let store = Records { client, table: table.into() };
        Self { store, limits: Limits::default(), clock: Arc::new(Timestamp::now) }
    }

    /// A tracker on the table `SOSW_TRACKER_TABLE` names, with the standard AWS environment. Build
    /// it once, before [`run`](labourer::run()).
    pub async fn from_env() -> Self {
        let table = env::var("SOSW_TRACKER_TABLE").unwrap_or_else(|_| TABLE.to_owned());
        let timeouts = aws_config::timeout::TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(5))
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
        Self::new(Client::new(&config.load().await), table)
    }

    /// The same tracker with other limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same tracker with another clock: every decision takes its time from it.
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The units that belong to a task, a job, or any name of up to 1024 bytes. Scopes that differ
    /// share nothing.
    pub fn scope(&self, name: impl Into<String>) -> Result<Scope, TrackerError> {
        let name = name.into();
        scope::named("scope", &name, 1024)?;
        Ok(Scope { tracker: self.clone(), name })
    }

    /// Creates the table, for tests and for one machine; one that exists is left as it is.
    pub async fn create_table(&self) -> Result<(), TrackerError> {
        let Records { client, table } = &self.store;
        match table::create(client, table)?.send().await {
            Ok(_) => {}
            Err(error) => match error.as_service_error() {
                Some(known) if known.is_resource_in_use_exception() => {}
                _ => return Err(TrackerError::dynamo_db("create the table")(error)),
            },
        }
        loop {
            let described = client.describe_table().table_name(table.as_ref()).send().await;
            let described = described.map_err(TrackerError::dynamo_db("describe the table"))?;
            match described.table.and_then(|table| table.table_status) {
                Some(TableStatus::Active) => return Ok(()),
                _ => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracker").field("table", &self.store.table).finish_non_exhaustive()
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

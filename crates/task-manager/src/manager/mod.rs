//! What the four functions share: every step of a task's life, as a verb.
//!
//! A verb reads, lets the pure modules decide, and applies the decision as one transaction.
//! Losing a race is part of its answer, not an error.
//!
//! - [`create`]: tasks into the queue
//! - [`start`]: attempts out of the queue, and [`invoke`]: to Lambda
//! - [`receive`]: reports, with the slot handed over; `finish`: the end of any attempt
//! - [`upkeep`]: expired, due and completed tasks; [`exhausted`]: those that people are told of
//! - [`jobs`]: jobs, from their message to their end
//! - [`labourers`]: rows, limits, time-outs
//! - [`outcomes`]: what became of a labourer's latest attempts
//! - [`look`]: what sosw's users ask the queue

use std::sync::Arc;

use crate::{
    attempt::closing::Context,
    clients::Clients,
    config::Config,
    ids::LabourerId,
    labourer::{self, Labourer},
    random::Random,
    storage::Store,
    task::trace::Trace,
    time::Timestamp,
};

pub mod create;
pub mod exhausted;
mod finish;
pub mod invoke;
pub mod jobs;
pub mod labourers;
pub mod look;
pub mod meta;
pub mod outcomes;
pub mod receive;
pub mod start;
pub mod turns;
pub mod upkeep;

/// Tells the time. Decisions are told it; only verbs ask.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The queue of all labourers.
#[derive(Clone)]
pub struct TaskManager {
    store: Store,
    lambda: aws_sdk_lambda::Client,
    config: Arc<Config>,
    author: Arc<str>,
    clock: Clock,
    random: Random,
    trace: Option<Trace>,
}

impl TaskManager {
    /// A manager that signs the history of tasks as `author`.
    pub fn new(clients: &Clients, config: Arc<Config>, author: &str) -> Self {
        Self {
            store: Store::new(clients.dynamodb.clone(), config.names.clone()),
            lambda: clients.lambda.clone(),
            config,
            author: author.into(),
            clock: Arc::new(Timestamp::now),
            random: Random::default(),
            trace: None,
        }
    }

    /// The same with another clock.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The same with another source of ids, tokens and jitter. Transactions draw their tokens from it,
    /// too: managers of the same tables must not draw the same.
    pub fn with_random(self, random: Random) -> Self {
        Self { store: self.store.with_random(random.clone()), random, ..self }
    }

    /// The same for an event that came in this trace: the tasks it makes carry it on.
    pub fn with_trace(self, trace: Option<Trace>) -> Self {
        Self { trace, ..self }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The tables.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Lambda's client, for what operators ask about a labourer's function.
    pub fn lambda(&self) -> &aws_sdk_lambda::Client {
        &self.lambda
    }

    /// The config.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Who signs.
    pub fn author(&self) -> &str {
        &self.author
    }

    /// The labourer of this name; one with every setting at its default when the config does not
    /// know it (any more), so that what it left is still put in order.
    fn labourer_or_default(&self, id: &LabourerId) -> Labourer {
        self.config.labourers.get(id).cloned().unwrap_or_else(|| Labourer::new(id.clone()))
    }

    fn context<'a>(&'a self, labourer: &'a Labourer, row: Option<&labourer::State>) -> Context<'a> {
        Context {
            now: self.now(),
            labourer,
            function_timeout: row.and_then(|row| row.function_timeout),
            scale: self.config.scale,
            jitter: self.random.fraction(),
            by: &self.author,
        }
    }
}

//! What the four functions share: every step of a task's life, as a method of one of five handles.
//!
//! A method reads, lets the pure modules decide, and applies the decision as one transaction. To
//! lose a race is a result of it, not an error.
//!
//! - [`queue`]: tasks that wait: creating, requeueing, the two ends
//! - [`attempts`]: claiming, invoking, receiving reports, expiring
//! - [`labourers`]: the config's labourers, their rows, limits and functions
//! - [`jobs`]: jobs, from their message to their end
//! - [`resources`]: what labourers share
//!
//! And [`history`]: the records of each minute, which the orchestrator's tick makes.
//!
//! What is decided has the same place among the pure modules: [`crate::queue`], [`crate::attempt`],
//! [`crate::labourer`] with [`crate::ecology`], and [`crate::jobs`].
//!
//! sosw 0.7's `TaskManager` had all of it in one class: searching the documentation for one of its
//! names (`get_next_for_labourer`) finds the method that does it here.

use std::sync::Arc;

use crate::{
    attempt::closing::Context,
    clients::Clients,
    config::Config,
    labourer::{self, Labourer},
    random::Random,
    storage::Store,
    task::trace::Trace,
    time::Timestamp,
};

pub mod queue;
pub mod attempts;
pub mod labourers;
pub mod resources;
pub mod jobs;
pub mod history;

mod event_log;
pub mod turns;

use self::{
    attempts::{Attempts, claimed::ClaimedHeads},
    history::History,
    jobs::{Jobs, plans::Plans},
    labourers::Labourers,
    queue::{Queue, paced::Paces},
    resources::{Resources, rates::KnownRates},
};

/// The source of the time. Only the methods of handles ask it; decisions are given the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The tables, Lambda and the config behind five handles.
#[derive(Clone)]
pub struct TaskManager {
    store: Store,
    lambda: aws_sdk_lambda::Client,
    config: Arc<Config>,
    author: Arc<str>,
    clock: Clock,
    random: Random,
    trace: Option<Trace>,
    claimed: ClaimedHeads,
    rates: KnownRates,
    plans: Plans,
    /// How fast tasks are created; as fast as possible, if not set.
    paces: Option<Paces>,
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
            claimed: ClaimedHeads::default(),
            rates: KnownRates::default(),
            plans: Plans::default(),
            paces: Some(Paces::default()),
        }
    }

    /// The same with another config.
    pub fn with_config(self, config: Arc<Config>) -> Self {
        Self { store: self.store.with_names(config.names.clone()), config, ..self }
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

    /// The same for an engine without partitions, such as that of the local mode: however many tasks are
    /// created, they are created without waits in between. On AWS that would throttle their labourer.
    pub fn unpaced(self) -> Self {
        Self { paces: None, ..self }
    }

    /// The same for an event that came in this trace: the tasks it makes carry it on.
    pub fn with_trace(self, trace: Option<Trace>) -> Self {
        Self { trace, ..self }
    }

    /// The same for a caller that has until then: what meets contention is tried again until shortly before,
    /// and not a dozen times. A quarter of the time is left for the calls themselves.
    pub fn patient_until(self, until: Timestamp) -> Self {
        let patience = until.since(self.now()) * 3 / 4;
        Self { store: self.store.with_patience(patience), ..self }
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

    /// Tasks that wait.
    pub fn queue(&self) -> Queue<'_> {
        Queue { manager: self }
    }

    /// Attempts, from a claim to its end.
    pub fn attempts(&self) -> Attempts<'_> {
        Attempts { manager: self }
    }

    /// The config's labourers, with their rows and functions.
    pub fn labourers(&self) -> Labourers<'_> {
        Labourers { manager: self }
    }

    /// What labourers share.
    pub fn resources(&self) -> Resources<'_> {
        Resources { manager: self }
    }

    /// Jobs, from their message to their end.
    pub fn jobs(&self) -> Jobs<'_> {
        Jobs { manager: self }
    }

    /// What happened in each minute.
    pub fn history(&self) -> History<'_> {
        History { manager: self }
    }

    fn context<'a>(&'a self, labourer: &'a Labourer, row: Option<&labourer::State>) -> Context<'a> {
        Context {
            now: self.now(),
            labourer,
            function_timeout: row.and_then(|row| row.function_timeout),
            frees: row.into(),
            scale: self.config.scale,
            keep_closed: self.config.keep_closed,
            jitter: self.random.fraction(),
            by: &self.author,
        }
    }
}

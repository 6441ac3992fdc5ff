//! Lambda: functions as processes (or closures), invoked over AWS's own protocol.
//!
//! In the order of an invocation's life:
//!
//! * [`Function`] defines what to run and within which limits, `registry` holds those that are deployed, `deployed`
//!   holds the concurrency and the environments of one.
//! * `api` takes requests over HTTP, `name` resolves the function they name, `trace` detects loops, `service` admits them.
//! * `environment` runs processes and speaks the Runtime API with them, on a port for each of them.
//! * `events` runs what was accepted asynchronously, `open` knows which of it has not ended, `destination` sends the record of its end.
//! * `stats` counts, and publishes each finished attempt.
//!
//! Differences from Lambda: environments are not frozen between invocations, memory is not limited, one
//! version of each function exists, there are no extensions or layers, and an answer cannot be streamed.
//!
//! The Runtime API is written here, not taken from the crate `lambda-simulator` 0.2: that simulates one
//! function in one environment, keeps a record of every invocation for ever and wakes every waiter at each
//! change of any of them, has no time-out that kills, and starts processes outside a group of their own.

mod api;
mod command;
mod deployed;
mod destination;
mod environment;
mod error;
mod event_config;
mod events;
mod function;
mod invocation;
mod name;
mod open;
mod registry;
mod service;
mod stats;
mod trace;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{broadcast, watch};

pub use self::command::Command;
pub use self::environment::logs::{Invoked, LogLine, LogSink, Stream};
pub use self::error::{DeployError, EVENT_LIMIT, InvokeError, LambdaError, SYNC_LIMIT};
pub use self::event_config::{Destination, EventConfig};
pub use self::function::{Function, RecursiveLoop};
pub use self::invocation::{FailureKind, FunctionError, InvocationContext};
pub use self::stats::{Finished, FunctionStats};

use self::environment::logs::tracing_sink;
use self::registry::Registry;
use self::service::Service;
use self::trace::TraceHeader;
use crate::account::Account;
use crate::server::{Server, bind};
use crate::sns::Topics;
use crate::sync::{Background, StopSignal, lock};

/// How many finished attempts a slow listener may fall behind before it misses some.
const BACKLOG: usize = 4096;
/// How often idle environments are searched for.
const REAP_EVERY: Duration = Duration::from_secs(1);
/// How long a shutdown waits for processes to end before it kills them, and then for the kill.
const LAST_CALL: Duration = Duration::from_secs(2);

#[derive(Clone, Default)]
pub struct LambdaConfig {
    /// Port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    pub account: Account,
    /// Closes each connection with its answer, where the system lets only few files be open.
    pub close_connections: bool,
    /// Variables of every process, for example the endpoints of other services. Region, dummy credentials
    /// and `AWS_ENDPOINT_URL_LAMBDA` are set in any case.
    pub environment: Vec<(String, String)>,
    /// Gets every line that a process prints; `tracing` at level info when `None`.
    pub log_sink: Option<LogSink>,
    /// The topics that destinations and dead letters may name.
    pub topics: Option<Topics>,
}

/// A running Lambda service. Clones are the same service; the last one dropped kills its processes.
///
/// An in-process function must not own a clone, or the service would own itself.
#[derive(Clone)]
pub struct Lambda {
    service: Arc<Service>,
    owner: Arc<Owner>,
}

/// The result of a synchronous invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct InvokeOutput {
    pub request_id: String,
    /// The answer, or the error as Lambda's callers get it.
    pub payload: Value,
    /// How the function failed, if it did.
    pub failure: Option<FailureKind>,
}

impl Lambda {
    /// Listens, and is ready for functions.
    pub async fn start(config: LambdaConfig) -> Result<Self, LambdaError> {
        let (listener, address) = bind("Lambda", config.port).await?;
        let mut variables = config.account.variables();
        variables.push(("AWS_ENDPOINT_URL_LAMBDA".to_owned(), format!("http://{address}")));
        variables.extend(config.environment);
        let sink = config.log_sink.unwrap_or_else(tracing_sink);
        let service = Arc::new(Service {
            registry: Registry::new(config.account, variables, sink),
            topics: config.topics,
            stop: StopSignal::new(),
            pending: watch::Sender::new(0),
            finished: broadcast::Sender::new(BACKLOG),
        });
        let router = api::router(Arc::clone(&service), config.close_connections);
        let server = Server::serve("Lambda", listener, address, router);
        let reaper = Background::spawn(reap(Arc::clone(&service)));
        let owner = Owner {
            url: server.url(),
            server: Mutex::new(Some(server)),
            _reaper: reaper,
            service: Arc::clone(&service),
        };
        Ok(Self { service, owner: Arc::new(owner) })
    }

    /// The endpoint, for `AWS_ENDPOINT_URL_LAMBDA`.
    pub fn url(&self) -> String {
        self.owner.url.clone()
    }

    /// The ARN of a function, deployed or not.
    pub fn arn(&self, name: &str) -> String {
        self.service.registry.account.function_arn(name)
    }

    /// Makes a function invocable, or replaces it: what runs or waits by then ends with the old code.
    pub fn deploy(&self, function: Function) -> Result<(), DeployError> {
        if self.service.stop.given() {
            return Err(DeployError::Stopped { function: function.name });
        }
        self.service.registry.deploy(function)
    }

    /// Removes a function; what runs or waits by then continues. `false` if it was not there.
    pub fn remove(&self, name: &str) -> bool {
        self.service.registry.remove(name)
    }

    /// Invokes synchronously, without HTTP. `name` may be an ARN.
    pub async fn invoke(
        &self,
        name: &str,
        payload: &impl Serialize,
    ) -> Result<InvokeOutput, InvokeError> {
        let payload = event(payload)?;
        let called = self.service.call(name, None, payload, &TraceHeader::fresh()).await?;
        Ok(InvokeOutput {
            request_id: called.request_id,
            payload: serde_json::from_slice(called.outcome.body())
                .unwrap_or_else(|_| String::from_utf8_lossy(called.outcome.body()).into()),
            failure: called.outcome.failure_kind(),
        })
    }

    /// Invokes asynchronously, without HTTP, as a chain of requests of its own. Returns the request id.
    pub fn send(&self, name: &str, payload: &impl Serialize) -> Result<String, InvokeError> {
        self.service.accept(name, None, event(payload)?, &TraceHeader::fresh())
    }

    /// The numbers of every deployed function, by name.
    pub fn stats(&self) -> Vec<FunctionStats> {
        self.service.registry.stats()
    }

    /// The numbers of one function, if it is deployed.
    pub fn stats_of(&self, name: &str) -> Option<FunctionStats> {
        self.service
            .registry
            .functions()
            .get(name)
            .map(|deployed| deployed.plan.counters.snapshot(name))
    }

    /// Every attempt that ends from now on.
    pub fn finished(&self) -> broadcast::Receiver<Finished> {
        self.service.finished.subscribe()
    }

    /// Resolves when every event that a function has accepted by now has come to its end, its retries included;
    /// at once if it is not deployed.
    pub async fn settled(&self, function: &str) {
        let deployed = self.service.registry.functions().get(function).map(Arc::clone);
        if let Some(deployed) = deployed {
            deployed.accepted.settled().await;
        }
    }

    /// Resolves when nothing runs and no event waits, not even for a retry.
    pub async fn idle(&self) {
        let _ = self.service.pending.subscribe().wait_for(|pending| *pending == 0).await;
    }

    /// Stops serving, drops what waits, ends what runs and every process. For all clones.
    pub async fn shutdown(&self) {
        self.service.stop.give();
        let server = lock(&self.owner.server).take();
        self.service.registry.clear();
        // What runs must have let go of its environments before none is left for certain.
        let _ = tokio::time::timeout(LAST_CALL, self.idle()).await;
        let groups = &self.service.registry.groups;
        if tokio::time::timeout(LAST_CALL, groups.gone()).await.is_err() {
            groups.kill_all();
            let _ = tokio::time::timeout(LAST_CALL, groups.gone()).await;
        }
        if let Some(server) = server {
            server.stop().await;
        }
    }
}

/// Shared by the clones of a [`Lambda`], and by nothing else, so that its end is theirs.
struct Owner {
    url: String,
    server: Mutex<Option<Server>>,
    _reaper: Background,
    service: Arc<Service>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.service.stop.give();
        self.service.registry.groups.kill_all();
        self.service.registry.clear();
    }
}

fn event(payload: &impl Serialize) -> Result<Bytes, InvokeError> {
    let json = serde_json::to_vec(payload);
    json.map(Bytes::from).map_err(|error| InvokeError::NotJson { reason: error.to_string() })
}

async fn reap(service: Arc<Service>) {
    let mut ticks = tokio::time::interval(REAP_EVERY);
    loop {
        ticks.tick().await;
        service.registry.functions().values().for_each(|deployed| deployed.reap());
    }
}

//! Lambda's asynchronous invocations as AWS has them: an event is accepted at once, starts when there is
//! concurrency, and is given up when it is too old. How it ended goes to a destination.

use std::{
    collections::HashMap,
    rc::Rc,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::LocalBoxFuture;
use serde_json::{Value, json, value::RawValue};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::{AbortHandle, JoinSet, spawn_local},
    time::{Instant, sleep, timeout},
};

/// What a function does with an event, in one of its instances.
pub type Code =
    Rc<dyn Fn(Instance, Box<RawValue>) -> LocalBoxFuture<'static, Result<Value, String>>>;

/// The number of an instance: nothing it has seen is known to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instance(pub u32);

/// A function and its limits.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub timeout: Duration,
    pub cold_start: Duration,
    /// Concurrency that is reserved for it; the account's, if none is.
    pub concurrency: Option<u32>,
    /// How often an event that failed is tried again, after 1 and 2 minutes.
    pub retries: u32,
    /// How long an event may wait.
    pub event_age: Duration,
    /// The function that gets the record of each event's end.
    pub destination: Option<String>,
}

/// What became of a function's events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    pub accepted: u64,
    pub started: u64,
    /// Runs that ended with an error or at their time-out.
    pub failed: u64,
    /// Events that were given up after their last run failed.
    pub lost: u64,
    /// Events that never ran: there was no concurrency until they were too old.
    pub too_old: u64,
}

#[derive(Debug)]
struct Deployed {
    function: Function,
    /// Invocations that may run at once, beside the account's limit.
    concurrency: AtomicU32,
    busy: AtomicU32,
    /// Instances without work, and since when; the latest last.
    idle: Mutex<Vec<(Instance, Instant)>>,
    events: Mutex<Events>,
    /// When it was called.
    calls: Mutex<Vec<Instant>>,
}

/// The service.
#[derive(Debug)]
pub struct Lambda {
    /// Invocations that may run at once.
    concurrency: u32,
    busy: AtomicU32,
    instances: AtomicU32,
    instance_life: Duration,
    functions: Mutex<HashMap<String, Arc<Deployed>>>,
    accepted: UnboundedSender<Accepted>,
}

/// An event that was accepted.
#[derive(Debug)]
struct Accepted {
    deployed: Arc<Deployed>,
    event: Box<RawValue>,
}

/// The events that were accepted, until they are carried.
#[derive(Debug)]
pub struct Inbox(UnboundedReceiver<Accepted>);

impl Inbox {
    /// Carries every event, with the codes of the functions, until it is aborted.
    pub fn carry(mut self, lambda: Arc<Lambda>, codes: HashMap<String, Code>) -> AbortHandle {
        let carrying = spawn_local(async move {
            // Those that are under way end with this task.
            let mut events = JoinSet::new();
            while let Some(Accepted { deployed, event }) = self.0.recv().await {
                while events.try_join_next().is_some() {}
                let Some(code) = codes.get(&deployed.function.name).cloned() else { continue };
                let lambda = lambda.clone();
                events.spawn_local(async move { lambda.carry(&deployed, &code, event).await });
            }
        });
        carrying.abort_handle()
    }
}

impl Lambda {
    pub fn new(concurrency: u32, instance_life: Duration) -> (Arc<Self>, Inbox) {
        let (accepted, inbox) = unbounded_channel();
        let (busy, instances, functions) = (0.into(), 0.into(), Mutex::default());
        let lambda = Self { concurrency, busy, instances, instance_life, functions, accepted };
        (Arc::new(lambda), Inbox(inbox))
    }

    pub fn deploy(&self, function: Function) {
        let name = function.name.clone();
        let concurrency = function.concurrency.unwrap_or(u32::MAX).into();
        let (busy, idle, events) = (0.into(), Mutex::default(), Mutex::default());
        let calls = Mutex::default();
        let deployed = Deployed { function, concurrency, busy, idle, events, calls };
        locked(&self.functions).insert(name, Arc::new(deployed));
    }

    /// Changes how many invocations of a function may run at once.
    pub fn limit(&self, name: &str, concurrency: u32) {
        if let Some(deployed) = self.find(name) {
            deployed.concurrency.store(concurrency, Ordering::Relaxed);
        }
    }

    /// Invocations of a function that run now.
    pub fn running(&self, name: &str) -> u32 {
        self.find(name).map_or(0, |deployed| deployed.busy.load(Ordering::Relaxed))
    }

    /// Somebody calls it. The event arrives later.
    pub fn call(&self, name: &str) {
        if let Some(deployed) = self.find(name) {
            locked(&deployed.calls).push(Instant::now());
        }
    }

    /// When a function was called.
    pub fn calls(&self, name: &str) -> Vec<Instant> {
        self.find(name).map(|deployed| locked(&deployed.calls).clone()).unwrap_or_default()
    }

    /// What became of a function's events so far.
    pub fn events(&self, name: &str) -> Events {
        self.find(name).map(|deployed| locked(&deployed.events).clone()).unwrap_or_default()
    }

    pub fn timeout(&self, name: &str) -> Option<Duration> {
        self.find(name).map(|deployed| deployed.function.timeout)
    }

    fn find(&self, name: &str) -> Option<Arc<Deployed>> {
        locked(&self.functions).get(name).cloned()
    }

    /// Takes an event; `false` if there is no such function.
    pub fn accept(&self, name: &str, event: Box<RawValue>) -> bool {
        let Some(deployed) = self.find(name) else { return false };
        deployed.count(|events| events.accepted += 1);
        self.accepted.send(Accepted { deployed, event }).is_ok()
    }

    async fn carry(&self, deployed: &Deployed, code: &Code, event: Box<RawValue>) {
        let (accepted, mut failures) = (Instant::now(), 0);
        let function = &deployed.function;
        loop {
            let Some(instance) = self.entered(deployed, accepted).await else {
                deployed.count(|events| events.too_old += 1);
                self.record(function, &event, "EventAgeExceeded", failures, None);
                return;
            };
            let ran = self.run(deployed, code, instance, event.clone()).await;
            let error = match ran {
                Ok(answer) => {
                    self.record(function, &event, "Success", failures + 1, Some(answer));
                    return;
                }
                Err(error) => error,
            };
            deployed.count(|events| events.failed += 1);
            failures += 1;
            if failures > function.retries {
                deployed.count(|events| events.lost += 1);
                let answer = json!({ "errorType": "Error", "errorMessage": error });
                self.record(function, &event, "RetriesExhausted", failures, Some(answer));
                return;
            }
            sleep(Duration::from_secs(60) * failures).await;
        }
    }

    /// An instance for an event that was accepted then, once there is concurrency; nothing if the event is
    /// too old by then.
    async fn entered(&self, deployed: &Deployed, accepted: Instant) -> Option<(Instance, bool)> {
        let mut wait = Duration::from_secs(1);
        loop {
            if let Some(instance) = self.enter(deployed) {
                return Some(instance);
            }
            let age = accepted.elapsed();
            if age + wait > deployed.function.event_age {
                sleep(deployed.function.event_age.saturating_sub(age)).await;
                return None;
            }
            sleep(wait).await;
            wait = (2 * wait).min(Duration::from_secs(300));
        }
    }

    /// An instance, and whether it is new.
    fn enter(&self, deployed: &Deployed) -> Option<(Instance, bool)> {
        let own = deployed.concurrency.load(Ordering::Relaxed);
        let is_full = self.busy.load(Ordering::Relaxed) >= self.concurrency;
        if is_full || deployed.busy.load(Ordering::Relaxed) >= own {
            return None;
        }
        self.busy.fetch_add(1, Ordering::Relaxed);
        deployed.busy.fetch_add(1, Ordering::Relaxed);
        let mut idle = locked(&deployed.idle);
        idle.retain(|(_, since)| since.elapsed() < self.instance_life);
        Some(match idle.pop() {
            Some((instance, _)) => (instance, false),
            None => (Instance(self.instances.fetch_add(1, Ordering::Relaxed)), true),
        })
    }

    async fn run(
        &self,
        deployed: &Deployed,
        code: &Code,
        (instance, is_new): (Instance, bool),
        event: Box<RawValue>,
    ) -> Result<Value, String> {
        let function = &deployed.function;
        if is_new {
            sleep(function.cold_start).await;
        }
        deployed.count(|events| events.started += 1);
        let ran = timeout(function.timeout, code(instance, event)).await;
        self.busy.fetch_sub(1, Ordering::Relaxed);
        deployed.busy.fetch_sub(1, Ordering::Relaxed);
        match ran {
            Ok(answered) => {
                locked(&deployed.idle).push((instance, Instant::now()));
                answered
            }
            // The instance ends with it.
            Err(_) => Err("timed out".to_owned()),
        }
    }

    /// Sends the record of an event's end to the destination.
    fn record(
        &self,
        function: &Function,
        event: &RawValue,
        condition: &str,
        runs: u32,
        answer: Option<Value>,
    ) {
        let Some(destination) = &function.destination else { return };
        let arn =
            format!("arn:aws:lambda:us-east-1:000000000000:function:{}:$LATEST", function.name);
        let mut record = json!({
            "version": "1.0",
            "timestamp": "2026-01-01T00:00:00.000Z",
            "requestContext": {
                "requestId": "00000000-0000-0000-0000-000000000000",
                "functionArn": arn,
                "condition": condition,
                "approximateInvokeCount": runs,
            },
            "requestPayload": event,
        });
        if let (Some(answer), Some(record)) = (answer, record.as_object_mut()) {
            let mut context = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
            if condition != "Success"
                && let Some(context) = context.as_object_mut()
            {
                context.insert("functionError".to_owned(), json!("Unhandled"));
            }
            record.insert("responseContext".to_owned(), context);
            record.insert("responsePayload".to_owned(), answer);
        }
        if let Ok(record) = RawValue::from_string(record.to_string()) {
            self.accept(destination, record);
        }
    }
}

impl Deployed {
    fn count(&self, change: impl FnOnce(&mut Events)) {
        change(&mut locked(&self.events));
    }
}

fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

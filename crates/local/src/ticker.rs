//! The ticker, in place of EventBridge: invokes a function asynchronously at an interval, and on demand.
//!
//! A tick is an event like any other: it does not wait for the one before, so ticks may overlap, and
//! a tick that fails is retried by Lambda's rules, not by the ticker's.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::account::Account;
use crate::lambda::{InvokeError, Lambda};
use crate::sync::Background;

/// What to invoke, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// A function's name or ARN.
    pub function: String,
    /// The interval. The first tick comes after one, as with EventBridge.
    pub every: Duration,
    /// The event; EventBridge's scheduled event when `None`.
    pub payload: Option<Value>,
}

impl Schedule {
    /// A function with EventBridge's own event.
    pub fn new(function: impl Into<String>, every: Duration) -> Self {
        Self { function: function.into(), every, payload: None }
    }

    /// Sends that instead.
    #[must_use]
    pub fn payload(mut self, payload: Value) -> Self {
        self.payload = Some(payload);
        self
    }
}

/// A running schedule. Dropping it stops it; invocations that it started continue.
pub struct Ticker {
    tick: Arc<ScheduledTick>,
    _task: Background,
}

struct ScheduledTick {
    lambda: Lambda,
    account: Account,
    schedule: Schedule,
}

impl Ticker {
    /// Starts ticking. An interval below a millisecond is taken for one.
    pub fn start(lambda: &Lambda, account: &Account, schedule: Schedule) -> Self {
        let every = schedule.every.max(Duration::from_millis(1));
        let tick =
            Arc::new(ScheduledTick { lambda: lambda.clone(), account: account.clone(), schedule });
        let ticking = Arc::clone(&tick);
        let task = Background::spawn(async move {
            let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
            // After the machine was suspended: one tick, not all that were missed.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if let Err(error) = ticking.now() {
                    tracing::warn!(function = %ticking.schedule.function, %error, "tick refused");
                }
            }
        });
        Self { tick, _task: task }
    }

    /// One more tick, now. Returns the request id.
    pub fn now(&self) -> Result<String, InvokeError> {
        self.tick.now()
    }

    pub fn function(&self) -> &str {
        &self.tick.schedule.function
    }

    pub fn stop(self) {
        drop(self);
    }
}

impl ScheduledTick {
    fn now(&self) -> Result<String, InvokeError> {
        let payload = self.schedule.payload.clone().unwrap_or_else(|| self.scheduled_event());
        self.lambda.send(&self.schedule.function, &payload)
    }

    fn scheduled_event(&self) -> Value {
        let Account { region, id } = &self.account;
        json!({
            "version": "0",
            "id": Uuid::new_v4().to_string(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": id,
            "time": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": region,
            "resources": [format!("arn:aws:events:{region}:{id}:rule/local-ticker")],
            "detail": {},
        })
    }
}

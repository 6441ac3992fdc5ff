//! What can happen to a call, below the SDK's retries.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use guarantees::wire::{Call, Gate, Wire, WireFault};
use serde_json::json;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    KilledBefore,
    KilledAfter,
    ErrorAfter,
    StatusAfter,
    Throttled,
    Doubled,
    Delayed,
    Conflict,
    StaleIndex,
    Missing,
}

impl Fault {
    pub const ALL: [Self; 10] = [
        Self::KilledBefore,
        Self::KilledAfter,
        Self::ErrorAfter,
        Self::StatusAfter,
        Self::Throttled,
        Self::Doubled,
        Self::Delayed,
        Self::Conflict,
        Self::StaleIndex,
        Self::Missing,
    ];

    /// Can it happen to this call?
    pub fn concerns(self, call: &Call) -> bool {
        let is_lambda = call.operation.contains('/');
        match self {
            Self::Conflict => call.operation == "TransactWriteItems",
            Self::StaleIndex => call.index().is_some(),
            Self::Missing => is_lambda,
            _ => true,
        }
    }

    /// The trouble of it for this call.
    pub fn trouble(self, call: &Call, gate: &Gate) -> WireFault {
        let is_lambda = call.operation.contains('/');
        match self {
            Self::KilledBefore | Self::Delayed => WireFault::Held(gate.clone()),
            Self::KilledAfter => WireFault::Unanswered(gate.clone()),
            Self::ErrorAfter => WireFault::AnswerLost,
            Self::StatusAfter if is_lambda => {
                WireFault::AppliedBut(500, json!({ "__type": "ServiceException" }))
            }
            Self::StatusAfter => {
                WireFault::AppliedBut(500, json!({ "__type": "InternalServerError" }))
            }
            Self::Throttled if is_lambda => {
                WireFault::Refused(429, json!({ "__type": "TooManyRequestsException" }))
            }
            Self::Throttled => WireFault::error(400, "ThrottlingException"),
            Self::Doubled => WireFault::Twice,
            Self::Conflict => {
                let items = call.body()["TransactItems"].as_array().map_or(1, Vec::len);
                WireFault::conflict(items)
            }
            Self::StaleIndex => WireFault::Stale,
            Self::Missing => {
                WireFault::Refused(404, json!({ "__type": "ResourceNotFoundException" }))
            }
        }
    }
}

/// A component is cut short.
pub enum Cut {
    /// Nothing more is heard of it.
    Killed,
    /// It is held up, until the gate opens.
    Held(Gate),
}

/// Decides for each call of the components whether a fault hits it.
#[derive(Clone)]
pub struct Injector {
    armed: Arc<AtomicBool>,
    calls: Arc<Mutex<Vec<Call>>>,
    hits: Arc<Mutex<Vec<(Fault, String)>>>,
    gate: Gate,
}

impl Injector {
    /// Asks `choose` about every call (with its number) that is made while armed.
    pub fn new(
        wire: &Wire,
        mut choose: impl FnMut(usize, &Call) -> Option<Fault> + Send + 'static,
    ) -> Self {
        let injector = Self {
            armed: Arc::default(),
            calls: Arc::default(),
            hits: Arc::default(),
            gate: Gate::closed(),
        };
        let (own, gate) = (injector.clone(), injector.gate.clone());
        wire.decide(move |call| {
            if !own.armed.load(Ordering::SeqCst) {
                return None;
            }
            let mut calls = own.calls.lock().unwrap();
            let number = calls.len();
            calls.push(call.clone());
            drop(calls);
            let fault = choose(number, call)?;
            own.hits.lock().unwrap().push((fault, call.operation.clone()));
            Some(fault.trouble(call, &gate))
        });
        injector
    }

    /// From now on calls are those of the components, or of the observer.
    pub fn arm(&self, armed: bool) {
        self.armed.store(armed, Ordering::SeqCst);
    }

    /// Calls of components so far.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// What was hit by what.
    pub fn hits(&self) -> Vec<(Fault, String)> {
        self.hits.lock().unwrap().clone()
    }

    /// Waits until a call is killed or held up.
    pub async fn cut(&self) -> Cut {
        self.gate.reached().await;
        match self.hits.lock().unwrap().last() {
            Some((Fault::Delayed, _)) => Cut::Held(self.gate.clone()),
            _ => Cut::Killed,
        }
    }
}

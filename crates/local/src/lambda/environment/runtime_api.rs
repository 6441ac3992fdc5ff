//! The Runtime API of one environment, on a port of its own: runtime clients know a host and a port, no path.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{json, value::RawValue};
use tokio::sync::{mpsc, oneshot, watch};

use super::super::error::SYNC_LIMIT;
use super::super::invocation::{FailureKind, FunctionError, Invocation, InvocationOutcome};
use super::process::Exit;
use crate::sync::lock;

/// An answer may be this much larger than a request, as in Lambda.
const ANSWER_LIMIT: usize = SYNC_LIMIT + 100;

/// Where an environment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EnvironmentPhase {
    /// Started. Left by its first request for work, by an error of its start, or by its end.
    Starting,
    /// Asks for work. Left when it is given some.
    Waiting,
    /// Was given work. Left by its next request for work.
    Working,
    /// Its start failed, by its own word. Left by its end.
    Broken(Bytes),
    /// Its process is gone. Final.
    Ended(Exit),
}

/// One invocation on its way to the process.
pub(crate) struct Work {
    pub(crate) invocation: Arc<Invocation>,
    pub(crate) deadline_ms: u64,
    pub(crate) reply: oneshot::Sender<InvocationOutcome>,
}

struct Current {
    request_id: String,
    reply: oneshot::Sender<InvocationOutcome>,
}

/// What the Runtime API and the environment share.
pub(crate) struct Desk {
    pub(crate) phase: watch::Sender<EnvironmentPhase>,
    work: tokio::sync::Mutex<mpsc::Receiver<Work>>,
    current: Mutex<Option<Current>>,
}

impl Desk {
    pub(crate) fn new() -> (Arc<Self>, mpsc::Sender<Work>) {
        let (give, take) = mpsc::channel(1);
        let phase = watch::Sender::new(EnvironmentPhase::Starting);
        (
            Arc::new(Self {
                phase,
                work: tokio::sync::Mutex::new(take),
                current: Mutex::default(),
            }),
            give,
        )
    }

    /// An ended environment stays ended, whatever request was still on its way.
    pub(crate) fn turn(&self, to: EnvironmentPhase) {
        self.phase.send_if_modified(|phase| {
            let open = !matches!(phase, EnvironmentPhase::Ended(_));
            if open {
                *phase = to;
            }
            open
        });
    }

    /// Resolves at the first phase that fits.
    pub(crate) async fn until(
        &self,
        fits: impl FnMut(&EnvironmentPhase) -> bool,
    ) -> EnvironmentPhase {
        let mut phases = self.phase.subscribe();
        // The sender is this desk's own, so it is never gone while we wait.
        phases.wait_for(fits).await.map_or(EnvironmentPhase::Starting, |phase| phase.clone())
    }

    /// Whether the process has fetched what it was given.
    pub(crate) fn has_fetched(&self) -> bool {
        lock(&self.current).is_some()
    }

    /// The first answer for the invocation in hand counts; there is no second.
    fn answer(&self, request_id: &str, outcome: InvocationOutcome) -> bool {
        let mut current = lock(&self.current);
        if current.as_ref().is_none_or(|current| current.request_id != request_id) {
            return false;
        }
        if let Some(current) = current.take() {
            // There is no receiver when the time-out came first.
            let _ = current.reply.send(outcome);
        }
        true
    }
}

pub(crate) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(desk)
}

async fn next(State(desk): State<Arc<Desk>>) -> Response {
    if lock(&desk.current).is_some() {
        return refusal(
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            "the invocation in hand has no answer yet",
        );
    }
    desk.turn(EnvironmentPhase::Waiting);
    let Some(work) = desk.work.lock().await.recv().await else {
        // The environment is being ended. As in Lambda, there is no answer: runtime clients treat
        // any answer as work, and some panic if it is not. The process is ended by a signal.
        return std::future::pending().await;
    };
    let Work { invocation, deadline_ms, reply } = work;
    *lock(&desk.current) = Some(Current { request_id: invocation.request_id.clone(), reply });
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", invocation.invoked_arn.clone()),
        ("lambda-runtime-trace-id", invocation.trace.to_string()),
    ];
    (headers, invocation.payload.clone()).into_response()
}

async fn response(State(desk): State<Arc<Desk>>, Path(id): Path<String>, body: Body) -> Response {
    match to_bytes(body, ANSWER_LIMIT).await {
        Ok(body) => accepted(desk.answer(&id, InvocationOutcome::Success(body))),
        Err(_) => {
            let message = format!(
                "Response payload size exceeded maximum allowed payload size ({ANSWER_LIMIT} bytes)."
            );
            let error = FunctionError::new("Function.ResponseSizeTooLarge", &message);
            desk.answer(&id, InvocationOutcome::failure(FailureKind::Function, &error));
            refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
        }
    }
}

async fn error(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = error_body(&headers, body).await;
    accepted(desk.answer(&id, InvocationOutcome::Failure { kind: FailureKind::Function, body }))
}

async fn init_error(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Body) -> Response {
    let body = error_body(&headers, body).await;
    desk.turn(EnvironmentPhase::Broken(body));
    accepted(true)
}

/// The error as the runtime reported it; one that is no JSON object becomes one.
async fn error_body(headers: &HeaderMap, body: Body) -> Bytes {
    let body = to_bytes(body, ANSWER_LIMIT).await.unwrap_or_default();
    if serde_json::from_slice::<&RawValue>(&body).is_ok_and(|json| json.get().starts_with('{')) {
        return body;
    }
    let kind =
        headers.get("lambda-runtime-function-error-type").and_then(|kind| kind.to_str().ok());
    FunctionError::new(kind.unwrap_or("Runtime.Unknown"), String::from_utf8_lossy(&body)).body()
}

fn accepted(known: bool) -> Response {
    if known {
        let body = json!({ "status": "OK" }).to_string();
        return (StatusCode::ACCEPTED, [("content-type", "application/json")], body)
            .into_response();
    }
    refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    let body = FunctionError::new(kind, message).body();
    (status, [("content-type", "application/json")], body).into_response()
}

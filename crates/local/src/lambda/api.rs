//! Lambda's REST protocol, the part of it that invokes and describes functions.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::deployed::Deployed;
use super::error::{InvokeError, SYNC_LIMIT};
use super::event_config::Destination;
use super::function::{Code, RecursiveLoop};
use super::service::{Called, Service};
use super::trace::TraceHeader;

type SharedService = State<Arc<Service>>;

pub(crate) fn router(service: Arc<Service>, close_connections: bool) -> Router {
    let router = Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .route("/2015-03-31/functions/{name}/configuration", get(configuration))
        .route("/2015-03-31/functions/{name}", get(function))
        .route("/2019-09-30/functions/{name}/concurrency", get(concurrency))
        .route("/2019-09-25/functions/{name}/event-invoke-config", get(event_config))
        .route("/2024-08-31/functions/{name}/recursion-config", get(recursion_config))
        .fallback(unknown)
        .with_state(service);
    if close_connections { router.layer(map_response(closing)) } else { router }
}

/// The client opens another connection for its next request.
async fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[derive(Deserialize)]
struct Qualified {
    #[serde(rename = "Qualifier")]
    qualifier: Option<String>,
}

async fn invoke(
    State(service): SharedService,
    Path(name): Path<String>,
    Query(query): Query<Qualified>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, InvokeError> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let trace = TraceHeader::parse(header("x-amzn-trace-id"));
    let qualifier = query.qualifier.as_deref();
    let payload = to_bytes(body, SYNC_LIMIT).await.map_err(|_| InvokeError::TooLarge)?;
    match header("x-amz-invocation-type").unwrap_or("RequestResponse") {
        "RequestResponse" => {
            let called = service.call(&name, qualifier, payload, &trace).await?;
            Ok(answered(called))
        }
        "Event" => {
            let request_id = service.accept(&name, qualifier, payload, &trace)?;
            Ok(invoked((StatusCode::ACCEPTED, Bytes::new()).into_response(), &request_id))
        }
        "DryRun" => {
            let admitted = service.admit(&name, qualifier, payload, &trace)?;
            Ok(invoked(StatusCode::NO_CONTENT.into_response(), &admitted.invocation.request_id))
        }
        other => Err(InvokeError::BadType { given: other.to_owned() }),
    }
}

fn answered(called: Called) -> Response {
    let mut response = (StatusCode::OK, called.outcome.body().clone()).into_response();
    let failed =
        called.outcome.failure_kind().map(|_| ("x-amz-function-error", "Unhandled".to_owned()));
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("x-amzn-trace-id", called.trace.to_string()),
    ];
    set(&mut response, headers.into_iter().chain(failed));
    invoked(response, &called.request_id)
}

fn invoked(mut response: Response, request_id: &str) -> Response {
    let headers = [
        ("x-amz-executed-version", "$LATEST".to_owned()),
        ("x-amzn-requestid", request_id.to_owned()),
    ];
    set(&mut response, headers);
    response
}

fn set(response: &mut Response, headers: impl IntoIterator<Item = (&'static str, String)>) {
    for (name, value) in headers {
        // What goes in here is printable; if it were not, the header would be left out.
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
}

impl IntoResponse for InvokeError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = if status.is_server_error() { "Service" } else { "User" };
        let mut body =
            json!({ "Type": kind, "message": self.to_string(), "Message": self.to_string() });
        if let (Self::Throttled { .. }, Some(fields)) = (&self, body.as_object_mut()) {
            fields.insert(
                "Reason".into(),
                json!("ReservedFunctionConcurrentInvocationLimitExceeded"),
            );
        }
        let mut response = (status, Json(body)).into_response();
        let headers = [
            ("x-amzn-errortype", self.code().to_owned()),
            ("x-amzn-requestid", Uuid::new_v4().to_string()),
        ];
        set(&mut response, headers);
        response
    }
}

async fn unknown(request: axum::extract::Request) -> Response {
    let message =
        format!("the local Lambda service has no {} {}", request.method(), request.uri().path());
    let mut response = (StatusCode::NOT_FOUND, Json(json!({ "message": message }))).into_response();
    set(&mut response, [("x-amzn-errortype", "UnknownOperationException".to_owned())]);
    response
}

async fn configuration(
    State(service): SharedService,
    Path(name): Path<String>,
    Query(query): Query<Qualified>,
) -> Result<Json<Value>, InvokeError> {
    let (deployed, arn) = service.registry.find(&name, query.qualifier.as_deref())?;
    Ok(Json(describe(&deployed, &arn)))
}

async fn function(
    State(service): SharedService,
    Path(name): Path<String>,
    Query(query): Query<Qualified>,
) -> Result<Json<Value>, InvokeError> {
    let (deployed, arn) = service.registry.find(&name, query.qualifier.as_deref())?;
    Ok(Json(json!({
        "Configuration": describe(&deployed, &arn),
        "Code": { "RepositoryType": "local", "Location": command(&deployed) },
        "Concurrency": { "ReservedConcurrentExecutions": deployed.function().concurrency },
    })))
}

async fn concurrency(
    State(service): SharedService,
    Path(name): Path<String>,
) -> Result<Json<Value>, InvokeError> {
    let (deployed, _) = service.registry.find(&name, None)?;
    Ok(Json(json!({ "ReservedConcurrentExecutions": deployed.function().concurrency })))
}

async fn recursion_config(
    State(service): SharedService,
    Path(name): Path<String>,
) -> Result<Json<Value>, InvokeError> {
    let (deployed, _) = service.registry.find(&name, None)?;
    let text = match deployed.function().recursive_loop {
        RecursiveLoop::Allow => "Allow",
        RecursiveLoop::Terminate => "Terminate",
    };
    Ok(Json(json!({ "RecursiveLoop": text })))
}

async fn event_config(
    State(service): SharedService,
    Path(name): Path<String>,
) -> Result<Json<Value>, InvokeError> {
    let (deployed, arn) = service.registry.find(&name, None)?;
    let events = &deployed.function().events;
    let destination = |target: &Option<Destination>| {
        let arn = target.as_ref().map(|target| match target {
            Destination::Topic(arn) => arn.clone(),
            Destination::Function(name) if name.starts_with("arn:") => name.clone(),
            Destination::Function(name) => service.registry.account.function_arn(name),
        });
        arn.into_iter().map(|arn| ("Destination".to_owned(), json!(arn))).collect::<Map<_, _>>()
    };
    Ok(Json(json!({
        "FunctionArn": format!("{arn}:$LATEST"),
        "LastModified": 0,
        "MaximumRetryAttempts": events.maximum_retry_attempts,
        "MaximumEventAgeInSeconds": events.maximum_event_age.as_secs().max(1),
        "DestinationConfig": { "OnSuccess": destination(&events.on_success), "OnFailure": destination(&events.on_failure) },
    })))
}

fn command(deployed: &Deployed) -> String {
    match &deployed.function().code {
        Code::InProcess(_) => "in-process".to_owned(),
        Code::Process(command) => command.to_string(),
    }
}

/// Lambda's time-outs are whole seconds; a shorter one, as tests use, is returned rounded up.
fn describe(deployed: &Deployed, arn: &str) -> Value {
    let function = deployed.function();
    json!({
        "FunctionName": function.name,
        "FunctionArn": arn,
        "Runtime": "provided.al2023",
        "Handler": function.handler_name,
        "Description": command(deployed),
        "Timeout": function.timeout.as_millis().div_ceil(1000),
        "MemorySize": function.memory_mb,
        "Version": "$LATEST",
        "PackageType": "Zip",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "LastModified": "1970-01-01T00:00:00.000+0000",
    })
}

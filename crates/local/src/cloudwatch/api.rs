//! The two protocols: rpc-v2-cbor (operation in the path) and AWS JSON 1.0 (operation in a header).

use std::io::Read as _;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use ciborium::value::Value as Cbor;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::query::{self, InvalidQuery};
use super::store::Metrics;
use super::wire::{MetricDataResult, from_cbor, map, results_to_cbor, results_to_json};

/// Most bytes of a request once decompressed.
const LIMIT: u64 = 16 * 1024 * 1024;

pub(crate) fn router(metrics: Metrics) -> Router {
    Router::new()
        .route("/service/GraniteServiceVersion20100801/operation/{operation}", post(cbor))
        .route("/", post(json_1_0))
        .with_state(metrics)
}

enum Reply {
    Nothing,
    Results(Vec<MetricDataResult>),
}

/// A refusal with the names that SDKs expect.
struct ApiError {
    code: &'static str,
    query_code: &'static str,
    message: String,
}

impl From<InvalidQuery> for ApiError {
    fn from(refused: InvalidQuery) -> Self {
        Self {
            code: refused.code(),
            query_code: refused.query_code(),
            message: refused.to_string(),
        }
    }
}

impl ApiError {
    fn malformed(reason: impl std::fmt::Display) -> Self {
        let message = format!("the request cannot be read: {reason}");
        Self { code: "SerializationException", query_code: "MalformedInput", message }
    }
}

async fn cbor(
    State(metrics): State<Metrics>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let read = |body: Bytes| -> Result<Value, ApiError> {
        let value: Cbor = ciborium::from_reader(body.as_ref()).map_err(ApiError::malformed)?;
        from_cbor(value).map_err(ApiError::malformed)
    };
    let answered = inflated(&headers, body)
        .and_then(read)
        .and_then(|request| act(&metrics, &operation, request));
    match answered {
        Ok(Reply::Nothing) => cbor_response(StatusCode::OK, &map([]), None),
        Ok(Reply::Results(results)) => {
            cbor_response(StatusCode::OK, &results_to_cbor(&results), None)
        }
        Err(failure) => {
            let kind = format!("com.amazonaws.cloudwatch#{}", failure.code);
            let body =
                map([("__type", Cbor::Text(kind)), ("message", Cbor::Text(failure.message))]);
            cbor_response(StatusCode::BAD_REQUEST, &body, Some(failure.query_code))
        }
    }
}

fn cbor_response(status: StatusCode, body: &Cbor, error: Option<&str>) -> Response {
    let mut bytes = Vec::new();
    // Writing into memory does not fail.
    let _ = ciborium::into_writer(body, &mut bytes);
    let headers = [("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")];
    finished((status, headers, bytes).into_response(), error)
}

async fn json_1_0(State(metrics): State<Metrics>, headers: HeaderMap, body: Bytes) -> Response {
    let target =
        headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let read = |body: Bytes| serde_json::from_slice(&body).map_err(ApiError::malformed);
    let answered = inflated(&headers, body)
        .and_then(read)
        .and_then(|request| act(&metrics, operation, request));
    let (status, body, error) = match answered {
        Ok(Reply::Nothing) => (StatusCode::OK, json!({}), None),
        Ok(Reply::Results(results)) => (StatusCode::OK, results_to_json(&results), None),
        Err(failure) => {
            let kind = format!("com.amazonaws.cloudwatch#{}", failure.code);
            (
                StatusCode::BAD_REQUEST,
                json!({ "__type": kind, "message": failure.message }),
                Some(failure.query_code),
            )
        }
    };
    finished(
        (status, [("content-type", "application/x-amz-json-1.0")], body.to_string())
            .into_response(),
        error,
    )
}

fn finished(mut response: Response, error: Option<&str>) -> Response {
    let id = Uuid::new_v4().to_string();
    let headers = [
        ("x-amzn-requestid", Some(id)),
        ("x-amzn-query-error", error.map(|code| format!("{code};Sender"))),
    ];
    for (name, value) in headers {
        if let Some(Ok(value)) = value.map(|value| value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// SDKs compress large requests of `PutMetricData`.
fn inflated(headers: &HeaderMap, body: Bytes) -> Result<Bytes, ApiError> {
    if headers.get("content-encoding").is_none_or(|encoding| encoding != "gzip") {
        return Ok(body);
    }
    let mut plain = Vec::new();
    let decoder = flate2::read::GzDecoder::new(body.as_ref());
    decoder.take(LIMIT).read_to_end(&mut plain).map_err(ApiError::malformed)?;
    Ok(plain.into())
}

fn act(metrics: &Metrics, operation: &str, request: Value) -> Result<Reply, ApiError> {
    match operation {
        "PutMetricData" => {
            query::put(
                metrics,
                parsed(request)?,
                jiff::Timestamp::now().as_duration().as_secs_f64(),
            )?;
            Ok(Reply::Nothing)
        }
        "GetMetricData" => Ok(Reply::Results(query::get(metrics, &parsed(request)?)?)),
        other => {
            let message = format!(
                "the local CloudWatch has no operation {other}; it has PutMetricData and GetMetricData"
            );
            Err(ApiError {
                code: "UnknownOperationException",
                query_code: "InvalidAction",
                message,
            })
        }
    }
}

fn parsed<T: DeserializeOwned>(request: Value) -> Result<T, ApiError> {
    serde_json::from_value(request).map_err(ApiError::malformed)
}

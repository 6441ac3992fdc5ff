//! How reports are delivered, as recorded on the wire.

use std::sync::{Arc, Mutex};

use aws_sdk_lambda::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;
use labourer::{
    Context, Done, Failure, Labourer, Outcome, Reports, Task, Timestamp, reports::Assistant,
    testing,
};
use serde_json::{Value, json, value::to_raw_value};

/// Answers Invoke with these statuses in turn, the last one for ever, and remembers what came.
#[derive(Clone, Debug)]
struct Lambda {
    statuses: Arc<Mutex<Vec<u16>>>,
    sent: Arc<Mutex<Vec<(String, Value)>>>,
}

impl HttpConnector for Lambda {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let kind = request.headers().get("x-amz-invocation-type").unwrap_or_default();
        self.sent.lock().unwrap().push((format!("{kind} {}", request.uri()), body));
        let mut statuses = self.statuses.lock().unwrap();
        let status = if statuses.len() > 1 { statuses.remove(0) } else { statuses[0] };
        let mut response =
            HttpResponse::new(status.try_into().unwrap(), SdkBody::from(r#"{"Type":"User"}"#));
        if status == 429 {
            response.headers_mut().insert("x-amzn-errortype", "TooManyRequestsException");
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl Lambda {
    fn new(statuses: impl Into<Vec<u16>>) -> Self {
        Self { statuses: Arc::new(Mutex::new(statuses.into())), sent: Arc::default() }
    }

    fn labourer(&self) -> Labourer {
        let connector = SharedHttpConnector::new(self.clone());
        let retries = RetryConfig::standard()
            .with_max_attempts(4)
            .with_initial_backoff(std::time::Duration::from_millis(1));
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(retries)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let assistant = Assistant::new(Client::from_conf(config), "the_assistant");
        Labourer::new(Reports::ToAssistant(assistant))
    }

    fn sent(&self) -> Vec<(String, Value)> {
        self.sent.lock().unwrap().clone()
    }
}

async fn handle(
    labourer: &Labourer,
    now: f64,
    outcome: Outcome,
) -> Result<Value, labourer::FunctionError> {
    let work = |_: Task<Value>, _| std::future::ready(outcome.clone());
    let (event, now) = (testing::event(1, json!({})), Timestamp::from_seconds(now));
    labourer.handle(to_raw_value(&event).unwrap(), Context::default(), now, &work).await
}

#[tokio::test]
async fn a_report_is_an_asynchronous_invocation_of_the_worker_assistant() {
    let lambda = Lambda::new([202]);
    let done = Done::new().stat("rows", 12).result(json!({"file": "a.csv"}));
    let returned = handle(&lambda.labourer(), 0.0, Ok(done)).await;
    assert_eq!(returned, Ok(json!({"file": "a.csv", "stats": {"rows": 12}})));

    let sent = lambda.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].0.starts_with("Event "), "{}", sent[0].0);
    assert!(sent[0].0.contains("/functions/the_assistant/invocations"), "{}", sent[0].0);
    assert_eq!(
        sent[0].1,
        json!({
            "action": "mark_task_as_completed", "task_id": "test-task",
            "labourer_id": "test-labourer", "claim": "test-claim",
            "stats": {"rows": 12}, "result": {"file": "a.csv"},
        })
    );
}

#[tokio::test]
async fn a_throttled_report_is_sent_again() {
    let lambda = Lambda::new([429, 500, 202]);
    handle(&lambda.labourer(), 0.0, Ok(Done::new())).await.unwrap();
    assert_eq!(lambda.sent().len(), 3);
}

#[tokio::test]
async fn an_invocation_whose_report_fails_fails_itself() {
    let lambda = Lambda::new([429]);
    let error = handle(&lambda.labourer(), 0.0, Ok(Done::new())).await.unwrap_err();
    assert_eq!(error.error_type, "ReportFailed");
    assert!(
        error.error_message.contains("test-task did not reach the_assistant"),
        "{}",
        error.error_message
    );
}

#[tokio::test]
async fn the_function_never_contradicts_its_report() {
    let lambda = Lambda::new([202]);
    let failure = Failure::snooze(std::time::Duration::from_secs(60), "too early");
    let error = handle(&lambda.labourer(), 0.0, Err(failure)).await.unwrap_err();
    assert_eq!(error.error_type, "Snoozed; snooze=60");
    assert_eq!(lambda.sent()[0].1["snooze"], 60);
}

#[tokio::test]
async fn an_event_whose_lease_has_passed_is_not_reported() {
    let lambda = Lambda::new([202]);
    let error = handle(&lambda.labourer(), 901.0, Ok(Done::new())).await.unwrap_err();
    assert_eq!(error.error_type, "LeaseHasPassed");
    assert_eq!(lambda.sent(), []);
}

#[tokio::test]
async fn with_destinations_the_returned_value_is_the_report() {
    let labourer = Labourer::new(Reports::ByDestinations);
    let returned = handle(&labourer, 0.0, Ok(Done::new().result(json!({"file": "a.csv"})))).await;
    assert_eq!(returned, Ok(json!({"file": "a.csv"})));
    let returned = handle(&labourer, 0.0, Err(Failure::new("NoRate", "none for EUR"))).await;
    let error = returned.unwrap_err();
    assert_eq!(
        (error.error_type.as_str(), error.error_message.as_str()),
        ("NoRate", "none for EUR")
    );
}

//! The model behind the SDK: each instance of a function has clients of its own, with a budget of retries of
//! its own, and all of them meet in one cloud.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{
    Credentials, SharedCredentialsProvider, StalledStreamProtectionConfig, retry::RetryPartition,
};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{json, value::RawValue};
use task_manager::{TaskManager, clients::Clients, config::Config, time::Timestamp};
use tokio::time::{Instant, sleep};

use super::{
    chance::Chance,
    lambda::{Inbox, Lambda},
    parameters::Parameters,
    tables::Tables,
};
use crate::world::START;

/// AWS, as far as sosw uses it.
#[derive(Debug)]
pub struct Cloud {
    pub parameters: Parameters,
    pub tables: Tables,
    pub lambda: Arc<Lambda>,
    pub chance: Chance,
    began: Instant,
    clients: AtomicU32,
}

impl Cloud {
    /// A cloud without tables and functions. Everything in it follows from the parameters and the seed.
    pub fn new(
        parameters: Parameters,
        seed: u64,
    ) -> Result<(Arc<Self>, Inbox), dynoxide::DynoxideError> {
        // The SDK draws the jitter of its retries from the thread's source.
        fastrand::seed(seed);
        let (lambda, inbox) = Lambda::new(parameters.concurrency, parameters.instance_life);
        let cloud = Self {
            tables: Tables::new(parameters.clone())?,
            lambda,
            chance: Chance::new(seed),
            began: Instant::now(),
            clients: 0.into(),
            parameters,
        };
        Ok((Arc::new(cloud), inbox))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_seconds(START) + self.began.elapsed()
    }

    /// What one instance of a function works with.
    pub fn manager(self: &Arc<Self>, config: &Arc<Config>, author: &str) -> TaskManager {
        let clock = self.clone();
        TaskManager::new(&self.clients(), config.clone(), author)
            .with_clock(Arc::new(move || clock.now()))
            .with_random(self.chance.random())
    }

    /// One that looks on: it sees the tables and their indexes as they are, at once, and nobody notices.
    pub fn observer(self: &Arc<Self>, config: &Arc<Config>) -> TaskManager {
        let clock = self.clone();
        TaskManager::new(&self.clients_over(Way::Beside), config.clone(), "observer")
            .with_clock(Arc::new(move || clock.now()))
    }

    pub fn clients(self: &Arc<Self>) -> Clients {
        self.clients_over(Way::Through)
    }

    fn clients_over(self: &Arc<Self>, way: Way) -> Clients {
        let connector = SharedHttpConnector::new(Connector { cloud: self.clone(), way });
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "local",
                "local",
                None,
                None,
                "simulation",
            )))
            .endpoint_url("http://aws.test")
            .retry_config(RetryConfig::standard())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
            .build();
        let number = self.clients.fetch_add(1, Ordering::Relaxed);
        let partition = |service: &str| RetryPartition::new(format!("{service} {number}"));
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared);
        let lambda = aws_sdk_lambda::config::Builder::from(&shared);
        let dynamodb = dynamodb.retry_partition(partition("dynamodb")).build();
        let lambda = lambda.retry_partition(partition("lambda")).build();
        Clients {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            lambda: aws_sdk_lambda::Client::from_conf(lambda),
            shared,
        }
    }

    async fn answer(&self, request: HttpRequest) -> HttpResponse {
        let body = request.body().bytes().unwrap_or_default();
        let target = request.headers().get("x-amz-target").and_then(|t| t.rsplit('.').next());
        match target {
            Some(operation) => {
                let (status, text) = self.tables.serve(operation, body, &self.chance).await;
                respond(status, text)
            }
            None => self.of_lambda(request.uri(), body).await,
        }
    }

    fn show(&self, request: &HttpRequest) -> HttpResponse {
        let body = request.body().bytes().unwrap_or_default();
        let target = request.headers().get("x-amz-target").and_then(|t| t.rsplit('.').next());
        let (status, text) = self.tables.peek(target.unwrap_or_default(), body);
        respond(status, text)
    }

    async fn of_lambda(&self, uri: &str, body: &[u8]) -> HttpResponse {
        let time = self.chance.time(self.parameters.invoke);
        let name = uri.split("/functions/").nth(1).and_then(|rest| rest.split('/').next());
        let name = name.unwrap_or_default();
        if uri.contains("/invocations") {
            self.lambda.call(name);
        }
        sleep(time / 2).await;
        let missing = || {
            let body = json!({ "Type": "User", "Message": format!("Function not found: {name}") });
            let mut response = respond(404, body.to_string());
            response.headers_mut().insert("x-amzn-errortype", "ResourceNotFoundException");
            response
        };
        let response = if uri.contains("/invocations") {
            let event = std::str::from_utf8(body).ok().map(str::to_owned);
            let event = event.and_then(|text| RawValue::from_string(text).ok());
            let is_accepted = event.is_some_and(|event| {
                if self.chance.fraction() * self.parameters.twice < 1.0 {
                    self.lambda.accept(name, event.clone());
                }
                self.lambda.accept(name, event)
            });
            if is_accepted { respond(202, String::new()) } else { missing() }
        } else {
            match self.lambda.timeout(name) {
                Some(timeout) => {
                    let timeout = timeout.as_secs();
                    respond(200, json!({ "FunctionName": name, "Timeout": timeout }).to_string())
                }
                None => missing(),
            }
        };
        sleep(time / 2).await;
        response
    }

    /// Waits until the next minute of the rules begins, and as long as they are late.
    pub async fn next_tick(&self) {
        const MINUTE: f64 = 60.0;
        let now = self.began.elapsed().as_secs_f64();
        let next = (now / MINUTE).floor() * MINUTE + MINUTE;
        let late = self.parameters.rule_late.mul_f64(self.chance.fraction());
        sleep(Duration::from_secs_f64(next - now) + late).await;
    }
}

/// Does a request go through the model, or past it?
#[derive(Clone, Copy, Debug)]
enum Way {
    Through,
    Beside,
}

#[derive(Clone, Debug)]
struct Connector {
    cloud: Arc<Cloud>,
    way: Way,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (cloud, way) = (self.cloud.clone(), self.way);
        HttpConnectorFuture::new(async move {
            Ok(match way {
                Way::Through => cloud.answer(request).await,
                Way::Beside => cloud.show(&request),
            })
        })
    }
}

fn respond(status: u16, text: String) -> HttpResponse {
    let status = StatusCode::try_from(status).unwrap_or_else(|_| {
        // The model answers with statuses that there are.
        unreachable!("{status} is a status")
    });
    HttpResponse::new(status, SdkBody::from(text))
}

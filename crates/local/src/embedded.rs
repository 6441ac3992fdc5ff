//! All services together, and the environment variables that lead SDKs to them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::account::Account;
use crate::cloudwatch::CloudWatch;
use crate::dynamodb::{DynamoDb, DynamoDbConfig, DynamoDbError, Storage};
use crate::lambda::{DeployError, Function, Lambda, LambdaConfig, LambdaError, LogLine};
use crate::server::BindError;
use crate::sns::{MessageSink, Sns, SnsMessage, Topics};
use crate::ticker::{Schedule, Ticker};

/// Messages kept of all topics together.
const MESSAGES: usize = 1000;

/// Why the embedded AWS did not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    #[error(transparent)]
    Lambda(#[from] LambdaError),
    #[error(transparent)]
    Deploy(#[from] DeployError),
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// What to start. Everything has a default: tables in memory, any free ports, `us-east-1`.
#[derive(Clone, Default)]
pub struct EmbeddedBuilder {
    account: Account,
    dynamodb: DynamoDbConfig,
    lambda: LambdaConfig,
    sns_port: u16,
    cloudwatch_port: u16,
    on_message: Option<MessageSink>,
    functions: Vec<Function>,
    schedules: Vec<Schedule>,
}

impl EmbeddedBuilder {
    /// Keeps the tables in a file, made if absent.
    #[must_use]
    pub fn tables_in(mut self, file: impl Into<PathBuf>) -> Self {
        self.dynamodb.storage = Storage::File(file.into());
        self
    }

    /// Removes expired items at that interval; never, if not called.
    #[must_use]
    pub fn sweep_every(mut self, every: Duration) -> Self {
        self.dynamodb.sweep_every = Some(every);
        self
    }

    #[must_use]
    pub fn dynamodb_port(mut self, port: u16) -> Self {
        self.dynamodb.port = port;
        self
    }

    /// Closes each connection to Lambda with its answer: a little slower, and with fewer files open.
    #[must_use]
    pub fn close_connections(mut self, close: bool) -> Self {
        self.lambda.close_connections = close;
        self
    }

    #[must_use]
    pub fn lambda_port(mut self, port: u16) -> Self {
        self.lambda.port = port;
        self
    }

    #[must_use]
    pub fn sns_port(mut self, port: u16) -> Self {
        self.sns_port = port;
        self
    }

    #[must_use]
    pub fn cloudwatch_port(mut self, port: u16) -> Self {
        self.cloudwatch_port = port;
        self
    }

    /// Region and account in ARNs and variables.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.account = account;
        self
    }

    /// A variable of every process of every function.
    #[must_use]
    pub fn env(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.lambda.environment.push((key.into(), value.into()));
        self
    }

    /// Gets every line that processes print; `tracing` does, if not called. Must not block.
    #[must_use]
    pub fn on_log(mut self, sink: impl Fn(LogLine) + Send + Sync + 'static) -> Self {
        self.lambda.log_sink = Some(Arc::new(sink));
        self
    }

    /// Gets every message published to a topic. Must not block.
    #[must_use]
    pub fn on_message(mut self, sink: impl Fn(&SnsMessage) + Send + Sync + 'static) -> Self {
        self.on_message = Some(Arc::new(sink));
        self
    }

    /// Deploys a function at the start; more can follow through [`Embedded::lambda`].
    #[must_use]
    pub fn function(mut self, function: Function) -> Self {
        self.functions.push(function);
        self
    }

    /// Invokes a function at an interval.
    #[must_use]
    pub fn tick(mut self, schedule: Schedule) -> Self {
        self.schedules.push(schedule);
        self
    }

    /// Starts everything, or nothing.
    pub async fn start(self) -> Result<Embedded, EmbeddedError> {
        let dynamodb = DynamoDb::start(self.dynamodb).await?;
        let sns = Sns::start(self.sns_port, Topics::new(MESSAGES, self.on_message)).await?;
        let cloudwatch = CloudWatch::start(self.cloudwatch_port).await?;
        let mut config = self.lambda;
        let mut environment = vec![
            ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb.url()),
            ("AWS_ENDPOINT_URL_SNS".to_owned(), sns.url()),
            ("AWS_ENDPOINT_URL_CLOUDWATCH".to_owned(), cloudwatch.url()),
        ];
        environment.append(&mut config.environment);
        config.environment = environment;
        config.account = self.account.clone();
        config.topics = Some(sns.topics().clone());
        let lambda = Lambda::start(config).await?;
        self.functions.into_iter().try_for_each(|function| lambda.deploy(function))?;
        let tickers = self
            .schedules
            .into_iter()
            .map(|schedule| Ticker::start(&lambda, &self.account, schedule))
            .collect();
        Ok(Embedded { account: self.account, tickers, lambda, sns, cloudwatch, dynamodb })
    }
}

/// The running embedded AWS. [`Embedded::shutdown`] ends it cleanly; dropping it does its best without waiting.
pub struct Embedded {
    account: Account,
    tickers: Vec<Ticker>,
    lambda: Lambda,
    sns: Sns,
    cloudwatch: CloudWatch,
    dynamodb: DynamoDb,
}

impl Embedded {
    pub fn builder() -> EmbeddedBuilder {
        EmbeddedBuilder::default()
    }

    pub fn account(&self) -> &Account {
        &self.account
    }

    pub fn dynamodb(&self) -> &DynamoDb {
        &self.dynamodb
    }

    pub fn lambda(&self) -> &Lambda {
        &self.lambda
    }

    pub fn sns(&self) -> &Sns {
        &self.sns
    }

    pub fn cloudwatch(&self) -> &CloudWatch {
        &self.cloudwatch
    }

    /// The schedules, in the order in which they were given.
    pub fn tickers(&self) -> &[Ticker] {
        &self.tickers
    }

    /// What a process needs so that its SDK talks to these services: the endpoints, region, dummy credentials.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let endpoints = [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.url()),
            ("AWS_ENDPOINT_URL_LAMBDA", self.lambda.url()),
            ("AWS_ENDPOINT_URL_SNS", self.sns.url()),
            ("AWS_ENDPOINT_URL_CLOUDWATCH", self.cloudwatch.url()),
        ];
        let endpoints = endpoints.map(|(key, url)| (key.to_owned(), url));
        self.account.variables().into_iter().chain(endpoints).collect()
    }

    /// Stops the tickers, ends every function and its processes, then closes the tables.
    pub async fn shutdown(self) {
        drop(self.tickers);
        self.lambda.shutdown().await;
        self.sns.stop().await;
        self.cloudwatch.stop().await;
        self.dynamodb.stop().await;
    }
}

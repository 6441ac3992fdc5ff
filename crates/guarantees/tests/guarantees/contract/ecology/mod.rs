//! The health of what a labourer depends on decides how many slots are used, and says why.
//!
//! The metrics are those of the embedded CloudWatch, asked by the real client: moto, which other
//! tests of AWS use, does not speak the protocol (rpc-v2-cbor) of the client's present version.

mod breaker;
mod cloudwatch;
mod metrics;
mod others;
mod pause;

use std::time::Duration;

use aws_sdk_cloudwatch::{
    Client,
    config::{BehaviorVersion, Credentials, Region, SharedHttpClient, retry::RetryConfig},
};
use guarantees::world::{World, id};
use local::cloudwatch::CloudWatch;
use orchestrator::HealthSource;
use serde_json::{Value, json};
use task_manager::{
    TaskManager,
    config::Config,
    ecology::{Change, Memory},
};

/// A world with a CloudWatch.
pub(super) struct Surrounded {
    pub world: World,
    cloudwatch: CloudWatch,
    health_source: HealthSource,
}

impl Surrounded {
    pub async fn of(config: Value) -> Self {
        let (config, warnings) = Config::from_json(config).unwrap();
        assert!(warnings.is_empty(), "{warnings:?}");
        let world = World::with(config).await;
        let cloudwatch = CloudWatch::start(0).await.unwrap();
        let health_source = HealthSource::from_client(client(&cloudwatch.url(), None));
        Self { world, cloudwatch, health_source }
    }

    /// A value of this metric in the last minute.
    fn put(&self, metric: &str, value: f64) {
        let at = self.world.now().seconds() - 1.0;
        self.cloudwatch.metrics().put("Test", metric, &[], at, value);
    }

    /// One tick of the orchestrator.
    async fn tick(&self) -> Value {
        tick(&self.world.manager, &self.health_source).await
    }

    /// A minute, and a tick that leaves its records.
    pub async fn tick_and_record(&self) {
        self.world.pass(60.0);
        let (manager, until) = (&self.world.manager, self.world.soon());
        let nothing = json!({}).into();
        let ticked = orchestrator::run(manager, &self.health_source, &nothing, until).await;
        orchestrator::Recorder::default().record(manager, &ticked.unwrap()).await;
    }

    /// The same after a minute in which the metric had this value.
    pub async fn tick_and_record_with(&self, metric: &str, value: f64) {
        let at = self.world.now().seconds() + 59.0;
        self.cloudwatch.metrics().put("Test", metric, &[], at, value);
        self.tick_and_record().await;
    }

    /// A tick after a minute in which the metric had this value: what it did for `worker`.
    async fn tick_with(&self, metric: &str, value: f64) -> Value {
        self.world.pass(60.0);
        self.put(metric, value);
        self.tick().await["labourers"]["worker"].clone()
    }
}

async fn tick(manager: &TaskManager, health_source: &HealthSource) -> Value {
    let until = manager.now() + Duration::from_secs(60);
    let ticked = orchestrator::run(manager, health_source, &json!({}).into(), until).await.unwrap();
    serde_json::to_value(ticked).unwrap()
}

/// A client of CloudWatch, over the network or over something that stands in for it.
fn client(url: &str, network: Option<SharedHttpClient>) -> Client {
    let mut config = aws_sdk_cloudwatch::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(5)))
        .endpoint_url(url);
    if let Some(network) = network {
        config = config.http_client(network);
    }
    Client::from_conf(config.build())
}

/// A metric of the last minute: High to 25, Good to 50, Moderate to 75.
pub(super) fn less_is_better(name: &str) -> Value {
    json!({
        "details": { "Name": name, "Namespace": "Test", "MetricAggregationTimeSlice": 60 },
        "feelings": { "4": 25, "3": 50, "2": 75 },
    })
}

/// A config of `worker` with eight slots and these settings.
pub(super) fn worker(settings: Value) -> Value {
    let defaults = json!({ "max_simultaneous_invocations": 8, "duration": 60, "cooldown": 600 });
    json!({ "labourers": { "worker": guarantees::world::with(defaults, settings) } })
}

/// What the row of `worker` remembers.
async fn memory(world: &World) -> Memory {
    let row = world.manager.store().labourers().row(&id("worker")).await.unwrap().unwrap();
    row.ecology.unwrap()
}

/// The limits that `worker` had, the first one first.
fn limits(changes: &[Change]) -> Vec<u32> {
    changes.iter().map(|change| change.limit).collect()
}

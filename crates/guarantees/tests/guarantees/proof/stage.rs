//! Where lives are lived: tables, a clock that stands until it is moved, and the wire between.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{
    AsyncSleep, Credentials, SharedAsyncSleep, SharedCredentialsProvider, Sleep,
    StalledStreamProtectionConfig, retry::RetryPartition,
};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use guarantees::{wire::Wire, world::START};
use task_manager::{
    TaskManager,
    clients::Clients,
    config::Config,
    labourer::{Labourer, State},
    random::Random,
    time::Timestamp,
};

use super::{
    aws::Aws,
    parts::{SLOTS, worker},
};

pub struct Stage {
    pub manager: TaskManager,
    pub wire: Wire,
    pub aws: Aws,
    clients: Clients,
    random: Random,
    clock: Arc<Mutex<Timestamp>>,
}

impl Stage {
    /// A stage for these labourers, whose functions take every event.
    pub async fn of(labourers: impl IntoIterator<Item = Labourer>, seed: u64) -> Self {
        Self::with(Config::of(labourers), seed).await
    }

    /// The same with this config.
    pub async fn with(config: Config, seed: u64) -> Self {
        let (aws, wire) = (Aws::new(), Wire::default());
        let (clients, random) = (clients(&aws, &wire), random(seed));
        let clock = Arc::new(Mutex::new(Timestamp::from_seconds(START)));
        let time = clock.clone();
        let manager = TaskManager::new(&clients, Arc::new(config), "test")
            .with_clock(Arc::new(move || *time.lock().unwrap()))
            .with_random(random.clone());
        manager.store().create_tables().await.unwrap();
        wire.calls();
        Self { manager, wire, aws, clients, random, clock }
    }

    /// Counters of freed slots stand beside the labourer's row, as if it had many.
    pub async fn count_frees(&self) {
        let row = State { counters: 2, ..State::new(worker().id, 0, SLOTS) };
        self.manager.store().labourers().add(&row).await.unwrap();
    }

    /// Pushes the config with a change. Who is at work goes on by the one before.
    pub fn configure(&mut self, change: impl FnOnce(&mut Config)) {
        let mut config = self.manager.config().clone();
        let pushed = config.pushed;
        change(&mut config);
        config.pushed = pushed + 1;
        self.manager = self.manager.clone().with_config(Arc::new(config));
    }

    pub fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: f64) {
        let mut clock = self.clock.lock().unwrap();
        *clock = *clock + Duration::from_secs_f64(seconds);
    }

    /// A manager of another process: it waits for nothing that this one has under way.
    pub fn apart(&self) -> TaskManager {
        let (clock, config) = (self.clock.clone(), Arc::new(self.manager.config().clone()));
        TaskManager::new(&self.clients, config, "test")
            .with_clock(Arc::new(move || *clock.lock().unwrap()))
            .with_random(self.random.clone())
    }

    /// A manager on another machine, whose clock is ahead by `seconds`, or behind.
    pub fn elsewhere(&self, seconds: f64) -> TaskManager {
        let clock = self.clock.clone();
        self.manager.clone().with_clock(Arc::new(move || {
            Timestamp::from_seconds(clock.lock().unwrap().seconds() + seconds)
        }))
    }
}

/// Waits are over at once: the clock of a stage is moved by its script alone.
#[derive(Debug)]
struct AtOnce;

impl AsyncSleep for AtOnce {
    fn sleep(&self, _: Duration) -> Sleep {
        Sleep::new(std::future::ready(()))
    }
}

fn clients(aws: &Aws, wire: &Wire) -> Clients {
    let shared = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "local", "local", None, None, "test",
        )))
        .endpoint_url("http://aws.test")
        .retry_config(RetryConfig::standard())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .sleep_impl(SharedAsyncSleep::new(AtOnce))
        .http_client(wire.client_to(SharedHttpConnector::new(aws.clone())))
        .build();
    // Clients of one partition share their budget of retries: lives must not share theirs.
    static LIVES: AtomicU64 = AtomicU64::new(0);
    let life = LIVES.fetch_add(1, Ordering::Relaxed);
    let partition = |service: &str| RetryPartition::new(format!("{service} {life}"));
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared);
    let lambda = aws_sdk_lambda::config::Builder::from(&shared);
    Clients {
        dynamodb: aws_sdk_dynamodb::Client::from_conf(
            dynamodb.retry_partition(partition("dynamodb")).build(),
        ),
        lambda: aws_sdk_lambda::Client::from_conf(
            lambda.retry_partition(partition("lambda")).build(),
        ),
        shared,
    }
}

/// The same draws for the same seed.
fn random(seed: u64) -> Random {
    use rand::{Rng, SeedableRng};
    let draws = Mutex::new(rand::rngs::StdRng::seed_from_u64(seed));
    Random::from_fn(move || draws.lock().unwrap().random())
}

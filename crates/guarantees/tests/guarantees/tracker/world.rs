//! A tracker on a table of its own, and a clock that tests turn.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use labourer::Timestamp;
use local::dynamodb::{DynamoDb, DynamoDbConfig};
use tracker::{Begin, Limits, Scope, Tracker, Unit};

/// A clock that stands still until a test moves it.
#[derive(Clone, Default)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    pub fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::Relaxed) as f64)
    }
}

pub struct World {
    pub client: Client,
    pub clock: Clock,
    pub tracker: Tracker,
    pub table: String,
}

impl World {
    /// Locks hold 60 s, units have 2 attempts, and it is second 1000.
    pub async fn new() -> Self {
        let client = client(&endpoint());
        let clock = Clock::default();
        clock.set(1000);
        let table = format!("tracker_{}", uuid());
        let limits = Limits {
            lock: std::time::Duration::from_secs(60),
            max_attempts: 2,
            ..Limits::default()
        };
        let time = clock.clone();
        let tracker = Tracker::new(client.clone(), table.as_str())
            .with_limits(limits)
            .with_clock(move || time.now());
        tracker.create_table().await.unwrap();
        Self { client, clock, tracker, table }
    }

    pub fn scope(&self) -> Scope {
        self.tracker.scope("job 1").unwrap()
    }
}

/// The unit, which must be free.
pub async fn started(scope: &Scope, unit: &str) -> Unit {
    match scope.begin(unit).await.unwrap() {
        Begin::Started(unit) => unit,
        other => panic!("{unit} was not started: {other:?}"),
    }
}

pub fn client(endpoint: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

/// One engine for all tests of this process, on a thread of its own: it outlives each test's
/// runtime.
pub fn endpoint() -> String {
    static ENDPOINT: OnceLock<String> = OnceLock::new();
    ENDPOINT
        .get_or_init(|| std::env::var("SOSW_TEST_DYNAMODB").unwrap_or_else(|_| embedded()))
        .clone()
}

fn embedded() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let engine = DynamoDb::start(DynamoDbConfig::default()).await.unwrap();
            sender.send(engine.url()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

fn uuid() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

//! A tracker on a table of its own, and a clock that tests turn.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use labourer::{
    Timestamp,
    tracker::{Begin, Limits, Scope, Tracker, Unit},
};
use tokio::net::TcpListener;

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
        let told = clock.clone();
        let tracker = Tracker::new(client.clone(), table.as_str())
            .with_limits(limits)
            .with_clock(move || told.now());
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
fn endpoint() -> String {
    static ENDPOINT: OnceLock<String> = OnceLock::new();
    let start = || {
        std::env::var("SOSW_TEST_DYNAMODB").unwrap_or_else(|_| {
            let (sender, receiver) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(async {
                    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                    sender.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
                    let database = dynoxide::Database::memory().unwrap();
                    let for_ever = std::future::pending();
                    dynoxide::server::serve_with_shutdown(listener, database, for_ever)
                        .await
                        .unwrap();
                });
            });
            receiver.recv().unwrap()
        })
    };
    ENDPOINT.get_or_init(start).clone()
}

fn uuid() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

//! What it costs to fill a job: `cargo bench -p sosw --bench jobs -- [TASKS] [ENDPOINT]`.
//!
//! Without ENDPOINT the embedded engine runs in a process of its own, so that the memory of this
//! process is the scheduler's; with one (Amazon's DynamoDB Local, say) each call is held back
//! by 4 ms, as on a network. Printed are rates at the start and at the end, and the peak memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::Credentials;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient as _, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
        SharedHttpClient, SharedHttpConnector, http_client_fn,
    },
    orchestrator::HttpRequest,
};
use local::dynamodb::{DynamoDb, DynamoDbConfig};
use serde_json::json;
use task_manager::{
    TaskManager,
    clients::Clients,
    config::Config,
    ids::TaskId,
    jobs::{message::Message, record::Job},
};

/// What sosw 0.7 creates in a second when each call takes 4 ms longer.
const SOSW: f64 = 18.0;
/// How long a call is held back on its way to an endpoint.
const DELAY: Duration = Duration::from_millis(4);
/// The word that makes this program the engine.
const ENGINE: &str = "engine";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if arguments.first().is_some_and(|word| word == ENGINE) {
        return serve().await;
    }
    let tasks = arguments.first().map_or(1_000_000, |count| count.parse().expect("a number"));
    match arguments.get(1) {
        Some(endpoint) => fill(endpoint, DELAY, tasks).await,
        None => {
            let (mut engine, endpoint) = start();
            fill(&endpoint, Duration::ZERO, tasks).await;
            engine.kill().expect("the engine ends");
            engine.wait().expect("the engine ends");
        }
    }
}

/// This program as the engine, which tells its address and serves until it is killed.
async fn serve() {
    let engine = DynamoDb::start(DynamoDbConfig::default()).await.unwrap();
    println!("{}", engine.url());
    std::future::pending::<()>().await;
}

fn start() -> (Child, String) {
    let program = std::env::current_exe().unwrap();
    let mut engine = Command::new(program).arg(ENGINE).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(engine.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (engine, line.trim().to_owned())
}

async fn fill(endpoint: &str, delay: Duration, tasks: u64) {
    let manager = manager(endpoint, delay).await;
    let job = json!({
        "lambda_name": "worker", "isolate_days": true, "isolate_shops": true,
        "period": format!("last_{}_days", tasks.div_ceil(1000)),
        "shops": (0..1000).collect::<Vec<_>>(),
    });
    let Ok(Message::Submit(submission)) = manager.read_message(&job) else { panic!("a good job") };
    let account = manager.submit(&submission, None).await.unwrap();
    let total = account.progress.total;
    let (began, times) = (Instant::now(), Times::default());
    let on_batch = async || times.note(began);
    let account = manager.fill(account, || true, on_batch).await.unwrap();
    let took = began.elapsed().as_secs_f64();
    assert_eq!(account.progress.made, total);
    let rate = total as f64 / took;
    println!(
        "{total} tasks in {took:.1} s: {rate:.0} tasks/s, {:.0} times sosw's {SOSW}",
        rate / SOSW
    );
    println!("the last tenth at {:.0} % of the rate of the first", 100.0 * times.end_to_start());
    println!("peak memory of the scheduler: {} MB", peak_memory() / 1024);
    keeps_order(&manager, &account.job, total).await;
}

/// Places rise with the tasks' numbers and stay below now: all of them purely, some as they are.
async fn keeps_order(manager: &TaskManager, job: &Job, total: u64) {
    let (places, now) = (job.places.unwrap(), manager.now().seconds());
    let mut last = f64::MIN;
    for n in 0..total {
        let place = places.of(n).0;
        assert!(last < place && place < now, "task {n}");
        last = place;
    }
    for n in (0..total).step_by((total as usize / 1000).max(1)) {
        let task = manager.task(&TaskId::of_job(&job.id, n)).await.unwrap().unwrap();
        assert_eq!(task.greenfield, places.of(n));
    }
    println!("in order: the last of {total} stands {:.0} s before now", now - last);
}

/// When each batch was made, in seconds.
#[derive(Default)]
struct Times(Mutex<Vec<f64>>);

impl Times {
    fn note(&self, began: Instant) {
        self.0.lock().unwrap().push(began.elapsed().as_secs_f64());
    }

    /// The rate of the last tenth by that of the first. The very first batches, which find every
    /// connection closed, count like all others.
    fn end_to_start(&self) -> f64 {
        let times = self.0.lock().unwrap();
        let (tenth, last) = (times.len() / 10, times.len() - 1);
        times[tenth] / (times[last] - times[last - tenth])
    }
}

/// The most memory that this process has held, in KB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}

async fn manager(endpoint: &str, delay: Duration) -> TaskManager {
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .http_client(held_back(delay))
        .endpoint_url(endpoint)
        .load()
        .await;
    let clients = Clients {
        dynamodb: aws_sdk_dynamodb::Client::new(&shared),
        lambda: aws_sdk_lambda::Client::new(&shared),
        shared,
    };
    let config = Config::from_json(json!({
        "labourers": { "worker": {} },
        "job_schema": { "chunkable_attrs": ["shop"] },
    }));
    let (mut config, _) = config.unwrap();
    // Tables of this run's own, whatever the endpoint keeps.
    let run = TaskId::random();
    for name in [&mut config.names.tasks, &mut config.names.jobs] {
        *name = format!("{run}-{name}");
    }
    let manager = TaskManager::new(&clients, Arc::new(config), "bench");
    manager.store().create_tables().await.unwrap();
    manager
}

/// A client whose requests wait before they are sent.
fn held_back(delay: Duration) -> SharedHttpClient {
    let real = aws_smithy_http_client::Builder::new().build_http();
    http_client_fn(move |settings: &HttpConnectorSettings, components| {
        let real = real.http_connector(settings, components);
        SharedHttpConnector::new(HeldBack { delay, real })
    })
}

#[derive(Clone, Debug)]
struct HeldBack {
    delay: Duration,
    real: SharedHttpConnector,
}

impl HttpConnector for HeldBack {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { delay, real } = self.clone();
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(delay).await;
            real.call(request).await
        })
    }
}

//! The functions as `sam build` built them for Lambda, each driven under the Runtime API, with
//! their tables on the DynamoDB that `SOSW_TEST_DYNAMODB` names.

use std::{
    env,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::Credentials;
use local::lambda::{Command, Function, FunctionError, Lambda, LambdaConfig, RecursiveLoop};
use operator::{
    Clients, TaskId, TaskManager, Timestamp,
    config::{Config, ConfigTable, Sources},
};
use serde_json::{Value, json};

const ORCHESTRATOR: &str = "sosw_orchestrator";
const SCAVENGER: &str = "sosw_scavenger";
const ASSISTANT: &str = "sosw_worker_assistant";
const SCHEDULER: &str = "sosw_scheduler";
/// The functions, by the directories that `sam build` makes for them.
const BUILT: [(&str, &str); 4] = [
    ("OrchestratorFunction", ORCHESTRATOR),
    ("ScavengerFunction", SCAVENGER),
    ("WorkerAssistantFunction", ASSISTANT),
    ("SchedulerFunction", SCHEDULER),
];
/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the labourer saw of its attempts: the number in the payload, the attempt, the trace.
type Attempts = Arc<Mutex<Vec<(u64, u64, String)>>>;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs what `sam build` made; `make drive` runs it"]
async fn every_bootstrap_does_its_part_under_the_runtime_api() {
    let stack = Stack::start().await;
    let job = json!({ "lambda_name": "worker", "isolate_ns": true, "ns": ["0", "1", "2"] });
    let answer = stack.call(SCHEDULER, &job).await;
    assert_eq!((&answer["tasks"], &answer["made"]), (&json!(3), &json!(3)));

    // The scheduler filled both slots, the assistant handed one over. One attempt has failed.
    stack.lambda.idle().await;
    let started = stack.until(SCAVENGER, "/labourers/worker/started").await;
    assert_eq!(started, 1);
    stack.lambda.idle().await;
    // Nothing is left for it.
    let ticked = stack.call(ORCHESTRATOR, &json!({})).await;
    assert_eq!(ticked["labourers"]["worker"]["invoked"], 0);
    let nobody = json!({ "action": "mark_task_as_completed", "task_id": TaskId::from_random(rand::random()) });
    let answer = stack.call(ASSISTANT, &nobody).await;
    assert_eq!(answer["outcome"], "unknown");

    let mut attempts = stack.attempts.lock().unwrap().clone();
    attempts.sort();
    let begun: Vec<_> = attempts.iter().map(|(n, attempt, _)| (*n, *attempt)).collect();
    assert_eq!(begun, [(0, 1), (1, 1), (1, 2), (2, 1)]);
    // All of them in the trace of the scheduler's invocation, whoever started them.
    let root = |trace: &str| trace.split(';').next().unwrap().to_owned();
    assert!(
        attempts.iter().all(|(_, _, trace)| root(trace) == root(&attempts[0].2)),
        "{attempts:?}"
    );
    stack.print();
    stack.lambda.shutdown().await;
}

/// Tables, the four functions, and a labourer that fails at its first attempt of number 1.
struct Stack {
    lambda: Lambda,
    attempts: Attempts,
}

impl Stack {
    async fn start() -> Self {
        let dynamodb = env::var("SOSW_TEST_DYNAMODB").expect("an endpoint: run `make drive`");
        let clients = clients(&dynamodb).await;
        let prefix = TaskId::from_random(rand::random()).to_string();
        let names = names(&prefix);
        let config = ConfigTable { name: format!("{prefix}-config"), env: "production".to_owned() };
        config.create(&clients.dynamodb).await.unwrap();
        let (row, now) = (Sources::ESSENTIAL, Timestamp::now());
        config.write(&clients.dynamodb, row, &essential(), now).await.unwrap();
        let (resolved, _) = Config::from_json(names.clone()).unwrap();
        let manager = TaskManager::new(&clients, Arc::new(resolved), "test");
        manager.store().create_tables().await.unwrap();

        let lambda = Lambda::start(LambdaConfig::default()).await.unwrap();
        for (directory, name) in BUILT {
            let function = bootstrap(directory, name)
                .env("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb)
                .env("SOSW_CONFIG_TABLE", &config.name)
                .env("SOSW_CONFIG", names.to_string());
            lambda.deploy(function).unwrap();
        }
        let attempts = Attempts::default();
        lambda.deploy(worker(attempts.clone())).unwrap();
        Self { lambda, attempts }
    }

    /// Invokes a function and prints what it answers.
    async fn call(&self, name: &str, event: &Value) -> Value {
        let began = Instant::now();
        let answer = self.lambda.invoke(name, event).await.unwrap();
        println!("{name} {event}\n  {:?} {}", began.elapsed(), answer.payload);
        assert_eq!(answer.failure, None);
        answer.payload
    }

    /// Lets a function tick until it has something to report there.
    async fn until(&self, name: &str, pointer: &str) -> u64 {
        let began = Instant::now();
        loop {
            let answer = self.call(name, &json!({})).await;
            let count = answer.pointer(pointer).and_then(Value::as_u64).unwrap();
            if count > 0 {
                return count;
            }
            assert!(began.elapsed() < PATIENCE, "nothing but {answer}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn print(&self) {
        for stats in self.lambda.stats() {
            println!("{stats:?}");
        }
    }
}

fn bootstrap(directory: &str, name: &str) -> Function {
    let built = PathBuf::from(env::var("SOSW_TEST_BUILT").expect("run `make drive`"));
    let path = built.join(directory).join("bootstrap");
    assert!(path.is_file(), "there is no {}", path.display());
    Function::process(name, Command::new(path.to_string_lossy()))
        .env("SOSW_STACK", "sosw")
        .timeout(Duration::from_secs(60))
        .recursive_loop(RecursiveLoop::Allow)
}

fn worker(attempts: Attempts) -> Function {
    let worker = Function::in_process("worker", move |event, context| {
        let n = event["ns"].as_array().map_or(&event["ns"], |numbers| &numbers[0]);
        let n: u64 = n.as_str().unwrap().parse().unwrap();
        let attempt = event["sosw"]["attempt"].as_u64().unwrap();
        attempts.lock().unwrap().push((n, attempt, context.trace_id));
        async move {
            match (n, attempt) {
                (1, 1) => Err(FunctionError::new("Oops", "it broke")),
                _ => Ok(json!({ "n": n })),
            }
        }
    });
    worker.retries(0).on_success(ASSISTANT).on_failure(ASSISTANT)
}

fn essential() -> Value {
    let worker = json!({
        "max_simultaneous_invocations": 2,
        "max_attempts": 2,
        "duration": 30,
        "cooldown": 300,
        "after_failure": { "growth": "linear", "base": 0.2 },
    });
    json!({ "labourers": { "worker": worker }, "job_schema": { "chunkable_attrs": ["n"] } })
}

/// What the stack decides in its template: the names of the tables.
fn names(prefix: &str) -> Value {
    json!({
        "task_config": {
            "dynamo_db_config": { "table_name": format!("{prefix}-tasks") },
            "sosw_retry_tasks_table": format!("{prefix}-retry"),
            "sosw_closed_tasks_table": format!("{prefix}-closed"),
            "sosw_labourers_table": format!("{prefix}-labourers"),
            "sosw_jobs_table": format!("{prefix}-jobs"),
            "sosw_history_table": format!("{prefix}-history"),
        },
    })
}

async fn clients(dynamodb: &str) -> Clients {
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(dynamodb)
        .load()
        .await;
    Clients::of(shared)
}

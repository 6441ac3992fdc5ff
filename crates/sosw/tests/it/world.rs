//! A small world: tables on an engine, functions on the local Lambda service, and a clock that
//! stands still until it is moved.
//!
//! The engine is embedded, one for each world; or, when `SOSW_TEST_DYNAMODB` names an endpoint
//! (Amazon's DynamoDB Local, say), that one, with tables of the world's own.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::config::Credentials;
use local::{
    dynamodb::{DynamoDb, DynamoDbConfig},
    lambda::{Function, Lambda, LambdaConfig},
};
use serde_json::{Value, json};
use task_manager::{
    TaskManager,
    clients::Clients,
    config::{Config, Names},
    ids::{LabourerId, TaskId},
    labourer::Labourer,
    manager::{create::NewTask, look::Counts, receive::Receipt},
    task::Task,
    time::Timestamp,
};

/// Where every world's clock starts.
pub const START: f64 = 1_800_000_000.0;

pub struct World {
    pub manager: TaskManager,
    pub lambda: Lambda,
    pub clients: Clients,
    clock: Arc<Mutex<Timestamp>>,
    events: Arc<Mutex<Vec<Value>>>,
    _engine: Option<DynamoDb>,
}

/// A labourer of the tests: named `name`, with a function of that name, one slot, leases of 60 s.
pub fn labourer(name: &str) -> Labourer {
    Labourer {
        duration: Some(Duration::from_secs(30)),
        cooldown: Duration::from_secs(30),
        ..Labourer::new(LabourerId::new(name).unwrap())
    }
}

pub fn id(name: &str) -> LabourerId {
    LabourerId::new(name).unwrap()
}

impl World {
    /// A world of one labourer, `worker`, with `slots` slots.
    pub async fn of_slots(slots: u32) -> Self {
        Self::of([Labourer { max_simultaneous_invocations: slots, ..labourer("worker") }]).await
    }

    /// A world of these labourers. Their functions exist and keep their events; nobody reports.
    pub async fn of(labourers: impl IntoIterator<Item = Labourer>) -> Self {
        Self::with(Config::of(labourers)).await
    }

    pub async fn with(config: Config) -> Self {
        let (endpoint, engine) = engine().await;
        let lambda = Lambda::start(LambdaConfig::default()).await.unwrap();
        let clients = clients(&endpoint, &lambda.url()).await;
        let prefix = TaskId::random().to_string();
        let config = Config { names: prefixed(config.names, &prefix), ..config };
        let events = Arc::new(Mutex::new(Vec::new()));
        for labourer in config.labourers.values() {
            lambda.deploy(keeper(&labourer.function, events.clone())).unwrap();
        }
        let clock = Arc::new(Mutex::new(Timestamp::from_seconds(START)));
        let time = clock.clone();
        let manager = TaskManager::new(&clients, Arc::new(config), "test")
            .with_clock(Arc::new(move || *time.lock().unwrap()));
        manager.store().create_tables().await.unwrap();
        Self { manager, lambda, clients, clock, events, _engine: engine }
    }

    pub fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: f64) {
        let mut clock = self.clock.lock().unwrap();
        *clock = *clock + Duration::from_secs_f64(seconds);
    }

    /// Tasks for `labourer`, one for each payload, in order.
    pub async fn create(&self, labourer: &str, payloads: impl IntoIterator<Item = Value>) -> Vec<Task> {
        let tasks = payloads.into_iter().map(|payload| {
            self.manager.build(NewTask::new(id(labourer), payload)).unwrap()
        });
        self.manager.create_tasks(&id(labourer), tasks.collect()).await.unwrap()
    }

    /// `count` tasks for `worker`: `{"n": 0}`, `{"n": 1}`, …
    pub async fn create_numbered(&self, count: usize) -> Vec<Task> {
        self.create("worker", (0..count).map(|n| json!({ "n": n }))).await
    }

    /// One tick of the orchestrator.
    pub async fn orchestrate(&self) -> Value {
        let until = self.now() + Duration::from_secs(60);
        let ticked = orchestrator::run(&self.manager, &json!({}), until).await.unwrap();
        serde_json::to_value(ticked).unwrap()
    }

    /// One tick of the scavenger.
    pub async fn scavenge(&self) -> Value {
        let until = self.now() + Duration::from_secs(60);
        let nobody = scavenger::News::to_nobody();
        let ticked = scavenger::run(&self.manager, &nobody, &json!({}), until).await.unwrap();
        serde_json::to_value(ticked).unwrap()
    }

    /// A report to the worker assistant.
    pub async fn report(&self, report: Value) -> Receipt {
        match worker_assistant::run(&self.manager, report).await.unwrap() {
            worker_assistant::Answer::One(receipt) => receipt,
            many => panic!("one report, {many:?}"),
        }
    }

    /// The success of the attempt that this event began.
    pub async fn succeed(&self, event: &Value) -> Receipt {
        self.report(json!({
            "action": "mark_task_as_completed",
            "task_id": event["task_id"],
            "labourer_id": event["labourer_id"],
            "claim": event["sosw"]["claim"],
        }))
        .await
    }

    /// The failure of the attempt that this event began.
    pub async fn fail(&self, event: &Value) -> Receipt {
        self.report(json!({
            "action": "mark_task_as_failed",
            "task_id": event["task_id"],
            "labourer_id": event["labourer_id"],
            "claim": event["sosw"]["claim"],
            "error": {"kind": "Oops", "message": "it broke"},
        }))
        .await
    }

    /// The events that labourers got since the last call, once all that are on their way arrived.
    pub async fn events(&self) -> Vec<Value> {
        self.lambda.idle().await;
        std::mem::take(&mut *self.events.lock().unwrap())
    }

    pub async fn counts(&self, labourer: &str) -> Counts {
        let labourer = self.manager.labourer(&id(labourer)).unwrap();
        let row = self.manager.store().row(&labourer.id).await.unwrap();
        self.manager.counts(labourer, row.as_ref()).await.unwrap()
    }

    /// `running` of the labourer's row.
    pub async fn slots_in_use(&self, labourer: &str) -> u32 {
        self.manager.store().row(&id(labourer)).await.unwrap().unwrap().running
    }

    pub async fn find(&self, task: &TaskId) -> Task {
        self.manager.find_task(task).await.unwrap().expect("the task is in one of the tables")
    }
}

async fn engine() -> (String, Option<DynamoDb>) {
    if let Ok(endpoint) = std::env::var("SOSW_TEST_DYNAMODB") {
        return (endpoint, None);
    }
    let engine = DynamoDb::start(DynamoDbConfig::default()).await.unwrap();
    (engine.url(), Some(engine))
}

pub async fn clients(dynamodb: &str, lambda: &str) -> Clients {
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .load()
        .await;
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared).endpoint_url(dynamodb).build();
    let lambda = aws_sdk_lambda::config::Builder::from(&shared).endpoint_url(lambda).build();
    Clients {
        dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
        lambda: aws_sdk_lambda::Client::from_conf(lambda),
        shared,
    }
}

fn prefixed(names: Names, prefix: &str) -> Names {
    let with = |name: &str| format!("{prefix}-{name}");
    Names {
        tasks: with(&names.tasks),
        retry: with(&names.retry),
        closed: with(&names.closed),
        meta: with(&names.meta),
        labourers: with(&names.labourers),
        jobs: with(&names.jobs),
        ..names
    }
}

/// A function that keeps its events and returns at once.
fn keeper(name: &str, events: Arc<Mutex<Vec<Value>>>) -> Function {
    Function::in_process(name, move |event, _| {
        let events = events.clone();
        async move {
            events.lock().unwrap().push(event);
            Ok(Value::Null)
        }
    })
    .concurrency(1000)
}

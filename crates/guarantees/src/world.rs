//! A small world: tables on an engine, functions on the local Lambda service, and a clock that
//! stands still until it is moved.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use local::{
    dynamodb::DynamoDb,
    lambda::{Function, Lambda, LambdaConfig},
};
use operator::status::{self, TaskCounts};
use serde::de::DeserializeOwned;
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};
use task_manager::{
    TaskManager,
    clients::Clients,
    config::Config,
    ids::{LabourerId, TaskId},
    json::Json,
    labourer::{Labourer, State},
    manager::{attempts::receive::Receipt, queue::create::NewTask},
    task::Task,
    time::Timestamp,
};
use worker_assistant::ReportAnswer;

use crate::{
    engine::{self, TableOrigin},
    wire::Wire,
};

/// Where every world's clock starts.
pub const START: f64 = 1_800_000_000.0;

pub struct World {
    pub manager: TaskManager,
    pub lambda: Lambda,
    pub clients: Clients,
    pub wire: Wire,
    clock: Arc<Mutex<Timestamp>>,
    events: Arc<Mutex<Vec<Box<RawValue>>>>,
    _engine: Option<DynamoDb>,
}

/// A labourer of the tests: named `name`, with a function of that name, one slot, leases of 60 s.
pub fn labourer(name: &str) -> Labourer {
    Labourer {
        duration: Some(Duration::from_secs(30)),
        cooldown: Duration::from_secs(30),
        ..Labourer::new(id(name))
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
        Self::on(TableOrigin::Ours, config).await
    }

    pub async fn on(tables: TableOrigin, config: Config) -> Self {
        let (endpoint, engine) = engine::start().await;
        let lambda = Lambda::start(LambdaConfig::default()).await.unwrap();
        let wire = Wire::default();
        let clients = engine::clients(&endpoint, &lambda.url(), &wire).await;
        let config = engine::apart(config);
        let events = Arc::new(Mutex::new(Vec::new()));
        for labourer in config.labourers.values() {
            lambda.deploy(keeper(&labourer.function, events.clone())).unwrap();
        }
        let clock = Arc::new(Mutex::new(Timestamp::from_seconds(START)));
        let time = clock.clone();
        let manager = TaskManager::new(&clients, Arc::new(config), "test")
            .unpaced()
            .with_clock(Arc::new(move || *time.lock().unwrap()));
        tables.create(manager.store()).await;
        wire.calls();
        Self { manager, lambda, clients, wire, clock, events, _engine: engine }
    }

    pub fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    /// A minute from now.
    pub fn soon(&self) -> Timestamp {
        self.now() + Duration::from_secs(60)
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: f64) {
        let mut clock = self.clock.lock().unwrap();
        *clock = *clock + Duration::from_secs_f64(seconds);
    }

    /// Changes the config, as a push does.
    pub fn configure(&mut self, change: impl FnOnce(&mut Config)) {
        let mut config = self.manager.config().clone();
        change(&mut config);
        self.manager = self.manager.clone().with_config(Arc::new(config));
    }

    /// A manager on another machine, whose clock is ahead by `seconds`, or behind.
    pub fn elsewhere(&self, seconds: f64) -> TaskManager {
        let clock = self.clock.clone();
        self.manager.clone().with_clock(Arc::new(move || {
            Timestamp::from_seconds(clock.lock().unwrap().seconds() + seconds)
        }))
    }

    /// Tasks for `labourer`, one for each payload, in order.
    pub async fn create(
        &self,
        labourer: &str,
        payloads: impl IntoIterator<Item = Value>,
    ) -> Vec<Task> {
        let tasks = payloads.into_iter().map(|payload| {
            self.manager.queue().build(NewTask::new(id(labourer), payload)).unwrap()
        });
        self.manager.queue().create_tasks(&id(labourer), tasks.collect()).await.unwrap()
    }

    /// `count` tasks for `worker`: `{"n": 0}`, `{"n": 1}`, …
    pub async fn create_numbered(&self, count: usize) -> Vec<Task> {
        self.create("worker", (0..count).map(|n| json!({ "n": n }))).await
    }

    /// A task for `worker`, started: what its function got.
    pub async fn started(&self) -> Value {
        self.create_numbered(1).await;
        self.next_event().await
    }

    /// One tick of the orchestrator, and the one event that comes of it.
    pub async fn next_event(&self) -> Value {
        self.orchestrate().await;
        let mut events = self.events().await;
        assert_eq!(events.len(), 1, "{events:?}");
        events.remove(0)
    }

    /// One tick of the orchestrator.
    pub async fn orchestrate(&self) -> Value {
        orchestrate(&self.manager).await
    }

    /// The same as its function does it: with its records.
    pub async fn orchestrate_and_record(&self) {
        orchestrate_and_record(&self.manager).await;
    }

    /// One tick of the scavenger.
    pub async fn scavenge(&self) -> Value {
        scavenge(&self.manager).await
    }

    /// One tick of the scavenger while `worker` is paused: what it requeues waits in the queue.
    pub async fn requeue(&self) -> Value {
        requeue(&self.manager).await
    }

    /// Lets nothing start for `worker`, or lets it go on.
    pub async fn pause(&self, is_paused: bool) {
        pause(&self.manager, is_paused).await;
    }

    /// One tick of the scavenger that waits for what falls due within the next minute, and the seconds that
    /// it has slept each time.
    pub async fn scavenge_and_wait(&self) -> (Value, Vec<f64>) {
        let (none, nobody) = (scavenger::Scheduler::none(), scavenger::Notifier::disabled());
        let (manager, until) = (&self.manager, self.soon());
        let ticked = scavenger::run(manager, &none, &nobody, &Json::Null, until).await.unwrap();
        let sleeps = Mutex::new(Vec::new());
        let sleep = async |time: Duration| {
            sleeps.lock().unwrap().push(time.as_secs_f64());
            self.pass(time.as_secs_f64());
        };
        let ticked = scavenger::due::wait(manager, ticked, until, sleep).await;
        (serde_json::to_value(ticked).unwrap(), sleeps.into_inner().unwrap())
    }

    /// An event to the worker assistant.
    pub async fn assist(&self, event: Value) -> Result<ReportAnswer, worker_assistant::Error> {
        assist(&self.manager, event).await
    }

    /// A report to the worker assistant.
    pub async fn report(&self, report: Value) -> Receipt {
        match self.assist(report).await.unwrap() {
            ReportAnswer::One(receipt) => receipt,
            many => panic!("one report, {many:?}"),
        }
    }

    /// The success of the attempt that this event began.
    pub async fn succeed(&self, event: &Value) -> Receipt {
        self.report(success(event)).await
    }

    /// The failure of the attempt that this event began.
    pub async fn fail(&self, event: &Value) -> Receipt {
        self.report(failure(event)).await
    }

    /// The events that labourers got since the last call, once all that are on their way arrived.
    pub async fn events(&self) -> Vec<Value> {
        let events = self.raw_events().await;
        events.iter().map(|event| serde_json::from_str(event.get()).unwrap()).collect()
    }

    /// The same as they were sent.
    pub async fn raw_events(&self) -> Vec<Box<RawValue>> {
        self.lambda.idle().await;
        std::mem::take(&mut *self.events.lock().unwrap())
    }

    pub async fn counts(&self, labourer: &str) -> TaskCounts {
        let labourer = self.manager.labourers().get(&id(labourer)).unwrap();
        let row = self.manager.store().labourers().row(&labourer.id).await.unwrap();
        status::count(&self.manager, labourer, row.as_ref()).await.unwrap()
    }

    /// `running` of the labourer's row.
    pub async fn slots_in_use(&self, labourer: &str) -> u32 {
        self.manager.store().labourers().row(&id(labourer)).await.unwrap().unwrap().running()
    }

    pub async fn find(&self, task: &TaskId) -> Task {
        self.manager.queue().find(task).await.unwrap().expect("the task is in one of the tables")
    }

    /// Nothing is open, nothing holds a slot, and that many tasks have succeeded.
    pub async fn assert_all_succeeded(&self, labourer: &str, count: u64) {
        let counts = self.counts(labourer).await;
        assert_eq!((counts.succeeded, counts.closed(), counts.open()), (count, count, 0));
        assert_eq!(self.slots_in_use(labourer).await, 0);
    }
}

/// One tick of the orchestrator, with a minute's time.
pub async fn orchestrate(manager: &TaskManager) -> Value {
    let until = manager.now() + Duration::from_secs(60);
    let unknown = orchestrator::HealthSource::unknown();
    let ticked = orchestrator::run(manager, &unknown, &Json::Null, until).await.unwrap();
    serde_json::to_value(ticked).unwrap()
}

/// The same as a new process of its function does it: with its records.
pub async fn orchestrate_and_record(manager: &TaskManager) {
    let until = manager.now() + Duration::from_secs(60);
    let unknown = orchestrator::HealthSource::unknown();
    let ticked = orchestrator::run(manager, &unknown, &Json::Null, until).await.unwrap();
    orchestrator::Recorder::default().record(manager, &ticked).await;
}

/// One tick of the scavenger, with a minute's time.
pub async fn scavenge(manager: &TaskManager) -> Value {
    let until = manager.now() + Duration::from_secs(60);
    let (none, nobody) = (scavenger::Scheduler::none(), scavenger::Notifier::disabled());
    let ticked = scavenger::run(manager, &none, &nobody, &Json::Null, until).await.unwrap();
    serde_json::to_value(ticked).unwrap()
}

/// One tick of the scavenger while `worker` is paused: what it requeues waits in the queue.
pub async fn requeue(manager: &TaskManager) -> Value {
    pause(manager, true).await;
    let ticked = scavenge(manager).await;
    pause(manager, false).await;
    ticked
}

async fn pause(manager: &TaskManager, is_paused: bool) {
    let until = is_paused.then(State::until_resumed);
    manager.store().labourers().pause(&id("worker"), until, None).await.unwrap();
}

/// An event to the worker assistant.
pub async fn assist(
    manager: &TaskManager,
    event: Value,
) -> Result<ReportAnswer, worker_assistant::Error> {
    worker_assistant::run(manager, &to_raw_value(&event).unwrap()).await
}

/// The id of the task that an event is about.
pub fn task_id(event: &Value) -> TaskId {
    TaskId::new(event["task_id"].as_str().unwrap()).unwrap()
}

/// The report of the attempt that this event began, with all that identifies it.
pub fn report(action: &str, event: &Value) -> Value {
    let report = json!({
        "action": action,
        "task_id": event["task_id"],
        "labourer_id": event["labourer_id"],
        "claim": event["sosw"]["claim"],
    });
    match event["sosw"].get("members") {
        Some(members) => with(report, json!({ "members": members })),
        None => report,
    }
}

pub fn success(event: &Value) -> Value {
    report("mark_task_as_completed", event)
}

pub fn failure(event: &Value) -> Value {
    let error = json!({ "error": { "kind": "Oops", "message": "it broke" } });
    with(report("mark_task_as_failed", event), error)
}

/// An object with further fields.
pub fn with(mut object: Value, fields: Value) -> Value {
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

/// The same as sosw 0.7's labourers report: they name nothing but the task.
pub fn as_sosw(mut report: Value) -> Value {
    report.as_object_mut().unwrap().retain(|field, _| field != "claim" && field != "labourer_id");
    report
}

/// A function that keeps its events and returns at once.
pub fn keeper<T>(name: &str, events: Arc<Mutex<Vec<T>>>) -> Function
where
    T: DeserializeOwned + Send + 'static,
{
    Function::receiving(name, move |event, _| {
        let events = events.clone();
        async move {
            events.lock().unwrap().push(event);
            Ok(Value::Null)
        }
    })
    .concurrency(1000)
}

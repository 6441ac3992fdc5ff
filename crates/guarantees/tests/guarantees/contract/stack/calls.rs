//! The calls of each function, recorded on the wire while it goes through everything it can meet.

use std::{collections::BTreeSet, time::Duration};

use aws_config::SdkConfig;
use guarantees::{
    items::{In, invoked_by_sosw, queued_by_sosw},
    wire::Call,
    world::{World, as_sosw, assist, failure, success, with},
};
use local::{
    cloudwatch::CloudWatch,
    lambda::Function as Lambda,
    sns::{Sns, Topics},
};
use orchestrator::HealthSource;
use scavenger::{Notifier, Scheduler};
use serde_json::{Value, json};
use task_manager::{
    attributes::s,
    config::Config,
    jobs::message::Message,
    sources::{Sources, load},
    storage::config::ConfigTable,
};

use super::Access;

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:news";
/// Longer than every lease here.
const SILENCE: f64 = 10_000.0;
/// For so long a tick stays with tasks that wait for a rate.
const STAY: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub enum Function {
    Orchestrator,
    Scavenger,
    WorkerAssistant,
    Scheduler,
}

impl Function {
    pub const ALL: [Self; 4] =
        [Self::Orchestrator, Self::Scavenger, Self::WorkerAssistant, Self::Scheduler];

    /// Its role in the template.
    pub fn role(self) -> &'static str {
        match self {
            Self::Orchestrator => "OrchestratorRole",
            Self::Scavenger => "ScavengerRole",
            Self::WorkerAssistant => "WorkerAssistantRole",
            Self::Scheduler => "SchedulerRole",
        }
    }
}

/// What a function calls in all that the scenarios put before it.
pub async fn of(function: Function) -> BTreeSet<Access> {
    let mut watch = Observer::start().await;
    watch.load_config().await;
    match function {
        Function::Orchestrator => orchestrates(&mut watch).await,
        Function::Scavenger => scavenges(&mut watch).await,
        Function::WorkerAssistant => assists(&mut watch).await,
        Function::Scheduler => schedules(&mut watch).await,
    }
    watch.used
}

async fn orchestrates(watch: &mut Observer) {
    let world = &watch.world;
    // An attempt that sosw began, a task that cannot be run, one whose function is gone.
    world.put(In::Tasks, invoked_by_sosw(world, "at-work", 10.0)).await;
    let unreadable = json!({ "payload": 5, "job_id": "job" });
    world.put(In::Tasks, with(queued_by_sosw("unreadable", json!(2000)), unreadable)).await;
    world.create_numbered(3).await;
    world.create("gone", [json!({})]).await;
    let events = watch.orchestrates().await;
    watch.world.fail(&events[0]).await;
    watch.world.pass(60.0);
    watch.orchestrates().await;
    watch.leave_a_share().await;
    watch.world.create("light", [json!({}), json!({})]).await;
    watch.world.create("even", (0..5).map(|n| json!({ "n": n }))).await;
    watch.orchestrates().await;
}

async fn scavenges(watch: &mut Observer) {
    let on_complete = json!({ "topic": TOPIC });
    watch.schedules(&json!({ "lambda_name": "once", "on_complete": on_complete })).await;
    watch.world.create("plain", [json!({})]).await;
    // Cancelled while its task runs, which will be silent.
    watch.schedules(&json!({ "lambda_name": "worker" })).await;
    watch.orchestrates().await;
    let manager = &watch.world.manager;
    let jobs = manager.jobs().list(10).await.unwrap();
    let running = jobs.iter().find(|snapshot| snapshot.job.labourer_id.as_str() == "worker");
    manager.jobs().cancel(&running.unwrap().job.id).await.unwrap();
    watch.used.clear();
    watch.load_config().await;

    watch.give_up_a_share().await;
    // Accepted, but its scheduler died before the first task.
    let world = &watch.world;
    let unfilled = json!({ "lambda_name": "plain" });
    let Message::Submit(job) = world.manager.jobs().read_message(&unfilled.into()).unwrap() else {
        panic!()
    };
    world.manager.jobs().submit(&job, None).await.unwrap();
    let marked = with(invoked_by_sosw(world, "marked", 10.0), json!({ "completed_at": 1 }));
    world.put(In::Tasks, marked).await;
    // Somebody deleted a row: people are notified of its exhausted tasks once all the same.
    let labourers = &world.manager.config().names.labourers;
    let deleted = world.clients.dynamodb.delete_item().table_name(labourers);
    deleted.key("labourer_id", s("once")).send().await.unwrap();
    // At first what was cancelled still runs.
    for pause in [20.0, SILENCE, 60.0, SILENCE] {
        watch.world.pass(pause);
        watch.scavenges().await;
    }
}

async fn assists(watch: &mut Observer) {
    let job = json!({ "lambda_name": "once" });
    watch.schedules(&job).await;
    watch.world.create_numbered(30).await;
    watch.world.create("gone", [json!({}), json!({})]).await;
    watch.world.lambda.deploy(quiet("gone")).unwrap();
    let events = watch.orchestrates().await;
    watch.world.lambda.remove("gone");
    watch.used.clear();
    watch.load_config().await;

    let of = |labourer: &str| -> Vec<Value> {
        events.iter().filter(|event| event["labourer_id"] == labourer).cloned().collect()
    };
    for event in of("once").iter().chain(&of("gone")) {
        watch.assists(failure(event)).await;
    }
    let worker = of("worker");
    watch.assists(success(&worker[0])).await;
    watch.assists(as_sosw(success(&worker[1]))).await;
    watch.assists(failure(&worker[2])).await;
    // It succeeded after all, as is reported in both ways; and another in the middle of its next attempt.
    watch.assists(success(&worker[2])).await;
    watch.assists(failure(&worker[3])).await;
    watch.assists(as_sosw(success(&worker[3]))).await;
    watch.assists(failure(&worker[4])).await;
    watch.world.pass(SILENCE);
    watch.unwatched_ticks().await;
    watch.assists(success(&worker[4])).await;
    for event in watch.give_up_a_share().await {
        watch.assists(success(&event)).await;
    }
}

async fn schedules(watch: &mut Observer) {
    let unreadable = with(queued_by_sosw("unreadable", json!(2000)), json!({ "payload": 5 }));
    let unreadable = with(unreadable, json!({ "labourer_id": "plain" }));
    watch.world.put(In::Tasks, unreadable).await;
    let mut at_work = invoked_by_sosw(&watch.world, "at-work", 10.0);
    at_work["labourer_id"] = json!("once");
    watch.world.put(In::Tasks, at_work).await;
    for labourer in ["plain", "gone", "once"] {
        watch.schedules(&json!({ "lambda_name": labourer })).await;
    }
    // Two of them at one job: one finds the cursor elsewhere.
    let manager = watch.world.manager.clone();
    let message = manager.jobs().read_message(&json!({ "lambda_name": "plain" }).into()).unwrap();
    let Message::Submit(job) = message else { panic!() };
    let snapshot = manager.jobs().submit(&job, None).await.unwrap();
    manager.jobs().fill(snapshot.clone(), || true, async || ()).await.unwrap();
    watch.world.wire.calls();
    manager.jobs().fill(snapshot, || true, async || ()).await.unwrap();
    watch.note().await;
    // By then the row has counters of freed slots.
    watch.unwatched_ticks().await;
    watch.schedules(&json!({ "lambda_name": "plain" })).await;
    watch.leave_a_share().await;
    for labourer in ["light", "even", "even"] {
        watch.schedules(&json!({ "lambda_name": labourer })).await;
    }
}

/// A world, and what goes over its wire while a function is at work.
struct Observer {
    world: World,
    config: ConfigTable,
    cloudwatch: CloudWatch,
    sns: Sns,
    used: BTreeSet<Access>,
}

impl Observer {
    async fn start() -> Self {
        let world = World::with(config()).await;
        world.lambda.remove("gone");
        world.lambda.deploy(quiet(Scheduler::FUNCTION)).unwrap();
        let name = format!("{}-config", world.manager.config().names.tasks);
        let config = ConfigTable { name, env: ConfigTable::PRODUCTION.into() };
        config.create(&world.clients.dynamodb).await.unwrap();
        let (row, now) = (Sources::ESSENTIAL, world.now());
        config.write(&world.clients.dynamodb, row, &json!({}), now).await.unwrap();
        let cloudwatch = CloudWatch::start(0).await.unwrap();
        let sns = Sns::start(0, Topics::new(100, None)).await.unwrap();
        Self { world, config, cloudwatch, sns, used: BTreeSet::new() }
    }

    async fn load_config(&mut self) {
        self.world.wire.calls();
        let sources = Sources { table: Some(self.config.clone()), ..Sources::default() };
        load(&sources, &self.world.clients.dynamodb).await.unwrap();
        self.note().await;
    }

    /// One tick of the orchestrator, and the events that come of it.
    async fn orchestrates(&mut self) -> Vec<Value> {
        self.world.wire.calls();
        let client = aws_sdk_cloudwatch::Client::new(&self.at(self.cloudwatch.url()));
        let health_source = HealthSource::from_client(client);
        let manager = &self.world.manager;
        let until = self.world.soon();
        let (turn, event) = (self.world.now(), json!({}).into());
        let ticked = orchestrator::run(manager, &health_source, &event, until).await.unwrap();
        let sleep = async |time: Duration| self.world.pass(time.as_secs_f64());
        let ticked = orchestrator::stay::stay(manager, ticked, turn, turn + STAY, sleep).await;
        orchestrator::Recorder::default().record(manager, &ticked).await;
        self.note().await;
        self.world.events().await
    }

    async fn scavenges(&mut self) {
        self.world.wire.calls();
        let manager = &self.world.manager;
        let notifier = Notifier::new(&self.at(self.sns.url()));
        let lambda = self.world.clients.lambda.clone();
        let scheduler = Scheduler::new(lambda, Scheduler::FUNCTION);
        scavenger::run(manager, &scheduler, &notifier, &json!({}).into(), self.world.soon())
            .await
            .unwrap();
        self.note().await;
    }

    async fn assists(&mut self, report: Value) {
        self.world.wire.calls();
        assist(&self.world.manager, report).await.unwrap();
        self.note().await;
    }

    async fn schedules(&mut self, job: &Value) {
        self.world.wire.calls();
        scheduler::run(&self.world.manager, &job.clone().into(), None, self.world.soon())
            .await
            .unwrap();
        self.note().await;
    }

    /// Nobody watches while `heavy` gets all permits, and uses none of them any more.
    async fn leave_a_share(&self) {
        for event in self.heavy_events().await {
            self.world.succeed(&event).await;
        }
        self.world.wire.calls();
    }

    /// Nobody watches while `heavy` has begun what there are permits for, and a tick finds that `light` waits for some
    /// of them.
    async fn give_up_a_share(&self) -> Vec<Value> {
        let events = self.heavy_events().await;
        self.world.create("light", [json!({}), json!({})]).await;
        self.world.orchestrate().await;
        self.world.wire.calls();
        events
    }

    async fn heavy_events(&self) -> Vec<Value> {
        self.world.create("heavy", [json!({}), json!({})]).await;
        self.world.orchestrate().await;
        let mut events = self.world.events().await;
        events.retain(|event| event["labourer_id"] == "heavy");
        assert_eq!(events.len(), 2);
        events
    }

    /// What others do meanwhile.
    async fn unwatched_ticks(&self) {
        self.world.scavenge().await;
        self.world.orchestrate().await;
    }

    /// What went over the wire is the function's doing.
    async fn note(&mut self) {
        self.world.lambda.idle().await;
        for call in self.world.wire.calls() {
            let accesses = self.accesses(&call);
            self.used.extend(accesses);
        }
    }

    fn at(&self, endpoint: String) -> SdkConfig {
        self.world.clients.shared.clone().into_builder().endpoint_url(endpoint).build()
    }

    /// What IAM asks for when this call is made: a transaction needs the rights of its items.
    fn accesses(&self, call: &Call) -> Vec<Access> {
        let (operation, body) = (call.operation.as_str(), call.body());
        let table = |name: &Value| self.table(name.as_str().unwrap());
        let dynamodb = |action: &str, on: String| (format!("dynamodb:{action}"), on);
        let access = |action: &str, on: &str| vec![(action.to_owned(), on.to_owned())];
        match operation {
            "TransactWriteItems" | "TransactGetItems" => {
                let items = body["TransactItems"].as_array().unwrap().iter();
                let items = items.flat_map(|item| item.as_object().unwrap());
                let name = |kind: &str| match kind {
                    "ConditionCheck" => "ConditionCheckItem".to_owned(),
                    kind => format!("{kind}Item"),
                };
                items.map(|(kind, of)| dynamodb(&name(kind), table(&of["TableName"]))).collect()
            }
            "BatchGetItem" | "BatchWriteItem" => {
                let tables = body["RequestItems"].as_object().unwrap().keys();
                tables.map(|name| dynamodb(operation, self.table(name))).collect()
            }
            "GetMetricData" => access("cloudwatch:GetMetricData", "*"),
            "Publish" => access("sns:Publish", "News"),
            _ if body["TableName"].is_string() => {
                let index = body["IndexName"].as_str().map(|name| format!("/{name}"));
                let on = table(&body["TableName"]) + &index.unwrap_or_default();
                vec![dynamodb(operation, on)]
            }
            path => {
                let (function, what) = path.split_once('/').unwrap();
                let action = match what {
                    "invocations" => "lambda:InvokeFunction",
                    "configuration" => "lambda:GetFunctionConfiguration",
                    other => panic!("{other} of a function"),
                };
                match function == Scheduler::FUNCTION {
                    true => access(action, "Scheduler"),
                    false => access(action, "LabourerArns"),
                }
            }
        }
    }

    /// A table by its name in the stack.
    fn table(&self, name: &str) -> String {
        let names = &self.world.manager.config().names;
        let known = [
            (&names.tasks, "Tasks"),
            (&names.retry, "RetryTasks"),
            (&names.closed, "ClosedTasks"),
            (&names.meta, "EventLog"),
            (&names.labourers, "Labourers"),
            (&names.jobs, "Jobs"),
            (&names.history, "History"),
            (&self.config.name, "Config"),
        ];
        known.into_iter().find(|(known, _)| *known == name).unwrap().1.to_owned()
    }
}

/// Labourers: one that depends on metrics and on its outcomes, one that does not, one with
/// a single attempt, one whose function is gone, two that share permits, and one that waits for a rate.
fn config() -> Config {
    let load = json!({
        "details": { "Namespace": "Test", "MetricName": "Load" },
        "feelings": { "4": 10 },
        "missing": 4,
    });
    let config = json!({
        "task_config": { "keep_closed": 30 },
        "labourers": {
            "worker": {
                "cooldown": 100,
                "max_simultaneous_invocations": 10,
                "breaker": {},
                "health_metrics": { "Load": load },
            },
            "plain": { "cooldown": 100, "max_simultaneous_invocations": 25 },
            "once": { "cooldown": 100, "max_attempts": 1 },
            "gone": { "cooldown": 100 },
            "heavy": { "cooldown": 100, "max_simultaneous_invocations": 4, "uses": { "db": 2 } },
            "light": { "cooldown": 100, "max_simultaneous_invocations": 4, "uses": { "db": 1 } },
            "even": { "cooldown": 100, "uses": { "api": 1 } },
        },
        "resources": { "db": { "permits": 4 }, "api": { "rate": { "limit": 9, "per_seconds": 10 } } },
        "meta_handler_config": { "write_meta_to_ddb": true },
        "sns_config": { "recipient": TOPIC },
    });
    Config::from_json(config).unwrap().0
}

/// A function that returns at once.
fn quiet(name: &str) -> Lambda {
    Lambda::in_process(name, |_, _| async { Ok(Value::Null) })
}

//! Alarms and dashboard of the stack use the metrics that the functions write, and all of them.

use std::collections::BTreeSet;

use function::{export, follow::Follower};
use guarantees::{
    wire::WireFault,
    world::{World, id, labourer},
};
use orchestrator::{HealthSource, Recorder};
use serde_json::{Value, json};
use task_manager::{
    ids::JobId,
    labourer::Labourer,
    metrics::{
        self, CONFIG_REFUSED, CONFLICTS, COUNTERS, DISPATCH_LATENCY, FAILED_TURNS, FOREIGN_RECORDS,
        GAUGES, NAMESPACE, OF_RESOURCES, TICK_DURATION,
    },
    sources::Sources,
    storage::config::ConfigTable,
};

use super::{super::permits, template::Template};

/// Longer than every lease here.
const SILENCE: f64 = 10_000.0;

/// A number by its name, and the dimension it has besides the stack.
type Measure = (String, Option<&'static str>);

fn all() -> BTreeSet<Measure> {
    let of_labourers = COUNTERS.into_iter().chain(GAUGES).chain([DISPATCH_LATENCY]);
    let mut all: BTreeSet<Measure> =
        of_labourers.map(|name| (name.to_owned(), Some("Labourer"))).collect();
    all.extend(
        [CONFIG_REFUSED, CONFLICTS, FAILED_TURNS, FOREIGN_RECORDS]
            .map(|name| (name.to_owned(), None)),
    );
    all.extend(OF_RESOURCES.map(|name| (name.to_owned(), Some("Resource"))));
    all.insert((TICK_DURATION.to_owned(), Some("Function")));
    all
}

#[test]
fn alarms_and_dashboard_show_the_numbers_that_are_kept_and_no_others() {
    let template = Template::read("template.yaml").text().replace("\\\"", "\"").replace('\\', "");
    let queries = template.split("SELECT ").skip(1).map(|query| {
        let (name, rest) = query.split_once('(').unwrap().1.split_once(')').unwrap();
        let of = |dimensions: &str| {
            let schema =
                format!(" FROM SCHEMA(\"{NAMESPACE}\", {dimensions}) WHERE Stack = '${{Prefix}}'");
            rest.starts_with(&schema)
        };
        let dimensions = ["Labourer", "Resource"];
        let dimension = dimensions.into_iter().find(|name| of(&format!("{name}, Stack")));
        assert!(of("Stack") || dimension.is_some(), "{query}");
        (name.to_owned(), dimension)
    });
    let mut shown: BTreeSet<Measure> = queries.collect();
    for plain in template.split(&format!("[\"{NAMESPACE}\", \"")).skip(1) {
        let words: Vec<_> = plain.split("\", \"").collect();
        assert_eq!(words[1], "Function", "{plain}");
        shown.insert((words[0].to_owned(), Some("Function")));
    }
    assert_eq!(shown, all());
}

#[test]
fn without_metrics_those_are_kept_that_alarms_look_at_and_no_others() {
    let template = Template::read("template.yaml");
    let alarms = template.resources("AWS::CloudWatch::Alarm").into_iter();
    let alarms: String =
        alarms.map(|(_, alarm)| alarm["Properties"]["Metrics"].to_string()).collect();
    let watched: BTreeSet<_> = alarms
        .split("SELECT ")
        .skip(1)
        .map(|query| query.split(['(', ')']).nth(1).unwrap())
        .collect();
    assert_eq!(watched, metrics::OF_ALARMS.into_iter().collect());
    let kept = all().into_iter().filter(|(name, _)| metrics::Kept::OfAlarms.keeps(name));
    assert_eq!(kept.count(), watched.len());
    assert_eq!(template.parameter("Metrics")["AllowedValues"], json!(["yes", "no"]));
    assert!(template.text().contains("SOSW_METRICS"));
}

#[test]
fn the_dashboard_shows_every_alarm() {
    let template = Template::read("template.yaml");
    let text = template.properties("Dashboard").to_string();
    for (name, alarm) in template.resources("AWS::CloudWatch::Alarm") {
        assert!(text.contains(&format!("${{{name}.Arn}}")), "{name}");
        assert!(alarm["Condition"].is_null(), "{name}: it must be there to be shown");
    }
}

#[test]
fn an_alarm_on_gauges_of_ticks_rings_at_the_slowest_rate_too() {
    let template = Template::read("template.yaml");
    let alarms = template.resources("AWS::CloudWatch::Alarm").into_iter();
    let on_ticks: Vec<_> =
        alarms.filter(|(_, alarm)| !alarm["Properties"]["Metrics"].is_null()).collect();
    assert!(on_ticks.len() > 4);
    for (name, alarm) in on_ticks {
        // Ticks of every second minute fall into two of five at least.
        let alarm = &alarm["Properties"];
        assert!(alarm["DatapointsToAlarm"].as_u64().unwrap() <= 2, "{name}");
        assert!(alarm["EvaluationPeriods"].as_u64().unwrap() >= 5, "{name}");
    }
}

#[tokio::test]
async fn every_metric_is_written_in_the_life_of_a_stack() {
    export::keep_for("ours".to_owned(), metrics::Kept::All);
    let once = Labourer { max_attempts: 1, ..labourer("once") };
    let worker = Labourer { max_simultaneous_invocations: 2, ..labourer("worker") };
    let worker = Labourer { uses: permits::user("worker", &[("db", 1)]).uses, ..worker };
    let labourers = [once, worker, labourer("idle")];
    let world = World::with(permits::config([permits::resource("db", 2)], labourers)).await;
    live(&world).await;
    push_a_broken_config(&world).await;
    let mistaken = Labourer { stopped: Some("its config is wrong".to_owned()), ..labourer("once") };
    let mut world = world;
    world.configure(|config| drop(config.labourers.insert(id("once"), mistaken)));
    let unread = WireFault::error(400, "AccessDeniedException");
    world.wire.cut(1, unread, |call| call.operation == "Query");
    tick(&world).await;

    let mut lines = Vec::new();
    export::write(&mut lines);
    let lines = String::from_utf8(lines).unwrap();
    let written: BTreeSet<_> = lines.lines().flat_map(read).collect();
    assert_eq!(written, all());
    assert!(!lines.contains("\"idle\""), "a labourer without work has no metrics: {lines}");
}

/// A life with everything in it that there is a number for.
async fn live(world: &World) {
    let conflict = |call: &guarantees::wire::Call| call.operation == "TransactWriteItems";
    world.wire.cut(1, WireFault::conflict(2), conflict);
    let by_hand = json!({ "requestContext": {}, "requestPayload": {} });
    world.assist(by_hand).await.unwrap();
    let cancelled = json!({ "lambda_name": "worker" });
    let until = world.soon();
    let scheduled = scheduler::run(&world.manager, &cancelled.into(), None, until).await.unwrap();
    world.events().await;
    // The slot of the job's only task is free again once it has expired, and it is cancelled then.
    world.create("once", [json!({})]).await;
    world.create_numbered(4).await;
    tick(world).await;
    let events = world.events().await;
    let of = |labourer: &str| events.iter().find(|event| event["labourer_id"] == labourer).unwrap();
    world.fail(of("once")).await;
    world.succeed(of("worker")).await;
    world.pass(SILENCE);
    world.scavenge().await;
    cancel(world, &scheduled.job_id).await;
    world.pass(SILENCE);
    world.requeue().await;
    for (times, status, error) in
        [(1, 404, "ResourceNotFoundException"), (3, 429, "TooManyRequestsException")]
    {
        let error = json!({ "__type": error, "message": "raised by the test" });
        let trouble = WireFault::Refused(status, error);
        world.wire.cut(times, trouble, |call| call.names("worker/invocations"));
        tick(world).await;
    }
}

/// Below a function that runs.
async fn push_a_broken_config(world: &World) {
    let dynamodb = &world.clients.dynamodb;
    let name = format!("{}-config", world.manager.config().names.tasks);
    let table = ConfigTable { name, env: ConfigTable::PRODUCTION.into() };
    table.create(dynamodb).await.unwrap();
    table.write(dynamodb, Sources::ESSENTIAL, &json!({}), world.now()).await.unwrap();
    let sources = Sources { table: Some(table.clone()), ..Sources::default() };
    let manager = |config| world.manager.clone().with_config(config);
    let follower = Follower::begin(sources, dynamodb.clone(), manager).await.unwrap();
    table.write(dynamodb, Sources::ESSENTIAL, &json!([]), world.now()).await.unwrap();
    world.pass(60.0);
    follower.manager().await;
}

async fn cancel(world: &World, job: &JobId) {
    assert_eq!(world.manager.jobs().cancel(job).await.unwrap(), 1);
}

/// A tick of the orchestrator as its function does it.
async fn tick(world: &World) {
    let manager = &world.manager;
    let until = manager.now() + std::time::Duration::from_secs(60);
    let unknown = HealthSource::unknown();
    let ticked = orchestrator::run(manager, &unknown, &json!({}).into(), until).await.unwrap();
    Recorder::default().record(manager, &ticked).await;
    metrics::ticked("orchestrator", std::time::Duration::from_millis(5));
}

/// The numbers of a line of CloudWatch's embedded format.
fn read(line: &str) -> Vec<Measure> {
    let line: Value = serde_json::from_str(line).unwrap();
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], NAMESPACE);
    assert_eq!(line["Stack"], "ours");
    let dimensions = directive["Dimensions"][0].as_array().unwrap();
    let known = ["Labourer", "Function", "Resource"];
    let other = known.into_iter().find(|known| dimensions.iter().any(|name| name == known));
    let metrics = directive["Metrics"].as_array().unwrap().iter();
    metrics
        .map(|metric| {
            let name = metric["Name"].as_str().unwrap();
            assert!(line[name].is_number() || line[name].is_array(), "{line}");
            (name.to_owned(), other)
        })
        .collect()
}

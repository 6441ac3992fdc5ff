//! `sosw doctor` names what is wrong, and `sosw adopt` puts right what sosw left behind.

use std::{sync::Arc, time::Duration};

use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Dimension, MetricDatum},
};
use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndexUpdate, ProvisionedThroughput,
    UpdateGlobalSecondaryIndexAction,
};
use guarantees::{
    engine::TableOrigin,
    items::{In, invoked_by_sosw, queued_by_sosw},
    wire::WireFault,
    world::{World, as_sosw, failure, id, success, with},
};
use local::{cloudwatch::CloudWatch, lambda::Function};
use operator::{
    adopt::{self, AdoptionChange},
    doctor::{self, DoctorOptions, Fault, Severity, rows, ticks},
};
use serde_json::{Value, json};
use task_manager::{
    config::{Config, Names},
    ids::TaskId,
    jobs::message::Message,
    storage::config::ConfigTable,
    storage::{Store, labourers::HeldSlots},
    task::Status,
    time::Timestamp,
};

const CLOSELY: DoctorOptions = DoctorOptions { functions: true, items: true, fix: None };

/// Corrects, too; nothing changes between the two counts of a test.
const FIXING: DoctorOptions =
    DoctorOptions { functions: false, items: false, fix: Some(Duration::ZERO) };

/// Makes the row of the labourer count so many slots.
async fn miscount(world: &World, all: u32) {
    let rows = world.manager.store().labourers();
    let row = rows.row(&id("worker")).await.unwrap().unwrap();
    assert!(rows.reconcile(&row, HeldSlots { all, unclaimed: 0 }).await.unwrap());
}

async fn faults_of(world: &World, options: DoctorOptions) -> Vec<Fault> {
    doctor::examine(&world.manager, options).await.unwrap()
}

async fn drop_table(world: &World, name: &str) {
    world.clients.dynamodb.delete_table().table_name(name).send().await.unwrap();
}

fn names(faults: &[Fault]) -> Vec<&'static str> {
    faults.iter().map(Fault::name).collect()
}

/// A function as it should be for a labourer of the tests.
fn sound(name: &str) -> Function {
    let function = Function::in_process(name, |_, _| async { Ok(Value::Null) });
    function.timeout(Duration::from_secs(10)).retries(0).maximum_event_age(Duration::from_secs(60))
}

/// A world of these labourers, whose leases are long enough for Lambda, and whose functions are
/// sound.
async fn healthy<const N: usize>(labourers: [&str; N]) -> World {
    let one = json!({ "duration": 10, "cooldown": 90 });
    let all: serde_json::Map<_, _> =
        labourers.iter().map(|name| ((*name).to_owned(), one.clone())).collect();
    let config = Config::from_json(json!({ "labourers": all })).unwrap().0;
    let world = World::with(config).await;
    for name in labourers {
        world.lambda.deploy(sound(name)).unwrap();
    }
    world
}

#[tokio::test]
async fn a_healthy_stack_has_no_faults_idle_or_at_work() {
    let world = healthy(["worker"]).await;
    assert_eq!(faults_of(&world, CLOSELY).await, []);
    world.create_numbered(5).await;
    world.orchestrate().await;
    assert_eq!(faults_of(&world, CLOSELY).await, []);
    // A queue behind full slots is no fault, however long it stands.
    world.pass(60.0);
    assert_eq!(faults_of(&world, CLOSELY).await, []);
}

#[tokio::test]
async fn twelve_faults_of_one_stack_are_all_named() {
    let labourers = ["worker", "gone", "slow", "eager", "late", "stuck", "silent", "parked"];
    let world = healthy(labourers).await;
    // 1 a function is gone, 2 one may outlive its lease, 3 one is repeated, 4 events wait too long
    world.lambda.remove("gone");
    world.lambda.deploy(sound("slow").timeout(Duration::from_secs(15))).unwrap();
    world.lambda.deploy(sound("eager").retries(2)).unwrap();
    let late = sound("late").maximum_event_age(Duration::from_secs(3600));
    world.lambda.deploy(late).unwrap();
    // 5 a row that counts a slot too many
    let worker = world.manager.labourers().get(&id("worker")).unwrap();
    world.manager.labourers().register(worker).await.unwrap();
    miscount(&world, 3).await;
    // 6 tasks wait and no tick came, 7 attempts are silent, 8 parked tasks are due
    world.create("stuck", [json!({})]).await;
    let at_work = |labourer: &str| json!({ "labourer_id": labourer });
    let silent = with(invoked_by_sosw(&world, "silent-1", 10.0), at_work("silent"));
    world.put(In::Tasks, silent).await;
    world
        .manager
        .labourers()
        .register(world.manager.labourers().get(&id("silent")).unwrap())
        .await
        .unwrap();
    let due = json!({ "labourer_id": "parked", "desired_launch_time": world.now().seconds() });
    world.put(In::Retry, with(queued_by_sosw("parked-1", json!(2000)), due)).await;
    // 9 a job whose scheduler died, and nobody sends another
    let message =
        world.manager.jobs().read_message(&json!({ "lambda_name": "worker" }).into()).unwrap();
    let Message::Submit(job) = message else { panic!() };
    world.manager.jobs().submit(&job, None).await.unwrap();
    // 10 an item that is no task, 11 a task in two tables, 12 tasks of an unknown labourer
    world.put(In::Tasks, json!({ "task_id": "ghost", "completed_at": 1 })).await;
    let placed = with(queued_by_sosw("twice", json!(3000)), json!({ "labourer_id": "worker" }));
    world.put(In::Tasks, placed.clone()).await;
    let parked = json!({ "desired_launch_time": world.now().seconds() + 9e9 });
    world.put(In::Retry, with(placed, parked)).await;
    world.put(In::Tasks, with(queued_by_sosw("lost", json!(2000)), at_work("nobody"))).await;
    world.pass(3600.0);

    let faults = faults_of(&world, CLOSELY).await;
    let found = names(&faults);
    for name in [
        "no_function",
        "longer_than_duration",
        "repeated_by_lambda",
        "event_age",
        "slots",
        "nobody_starts",
        "nobody_ends",
        "nobody_requeues",
        "job_stands",
        "phantom",
        "in_two_tables",
        "orphans",
    ] {
        assert!(found.contains(&name), "{name} not in {found:?}");
    }
    let texts = faults.iter().map(|fault| format!("{fault} -> {}", fault.remedy()));
    let texts = texts.collect::<Vec<_>>().join("\n");
    for about in ["gone", "slow", "eager", "late", "stuck", "silent", "parked", "ghost", "twice"] {
        assert!(texts.contains(about), "{about} not in\n{texts}");
    }
}

#[tokio::test]
async fn a_task_that_can_never_be_started_is_named_and_holds_up_no_other() {
    let world = healthy(["worker"]).await;
    let refused = ["with space".to_owned(), "new\nline".to_owned(), "x".repeat(256)];
    let many = (0..40).map(|n| format!("{n} of many"));
    for id in refused.iter().cloned().chain(many) {
        world.put(In::Tasks, queued_by_sosw(&id, json!(2000))).await;
    }
    let parked = json!({ "desired_launch_time": world.now().seconds() - 1.0 });
    world.put(In::Retry, with(queued_by_sosw("\t", json!(2000)), parked)).await;
    world.create_numbered(1).await;
    world.orchestrate().await;
    world.scavenge().await;
    assert_eq!(world.slots_in_use("worker").await, 1);

    let faults = faults_of(&world, CLOSELY).await;
    assert_eq!(names(&faults), ["invalid_id"; 44]);
    let texts = faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n");
    for id in ["\t", "new\nline", "with space", &refused[2], "39 of many"] {
        assert!(texts.contains(&format!("{id:?} is refused")), "{id:?} not in {texts}");
    }
    assert!(faults[0].remedy().contains("delete it"), "{}", faults[0].remedy());
}

#[tokio::test]
async fn a_schedule_that_is_off_is_named_before_work_waits_for_it() {
    let world = healthy(["worker"]).await;
    let cloudwatch = CloudWatch::start(0).await.unwrap();
    let shared = world.clients.shared.clone().into_builder().endpoint_url(cloudwatch.url());
    let client = aws_sdk_cloudwatch::Client::new(&shared.build());
    let functions = ["sosw_orchestrator", "sosw_scavenger"].map(str::to_owned);
    for (function, ago) in functions.iter().zip([120.0, 3600.0]) {
        let dimension = Dimension::builder().name("FunctionName").value(function).build();
        let at = DateTime::from_secs_f64(world.now().seconds() - ago);
        let datum = MetricDatum::builder().metric_name("Invocations").dimensions(dimension);
        let datum = datum.value(1.0).timestamp(at).build();
        let request = client.put_metric_data().namespace("AWS/Lambda").metric_data(datum);
        request.send().await.unwrap();
    }
    let now = world.now();
    let old = Some(now - Duration::from_secs(1000));
    for stack_since in [None, old] {
        let faults = ticks::examine(&client, &functions, stack_since, now).await;
        assert_eq!(faults, [Fault::NoTicks("sosw_scavenger".to_owned())]);
    }
    let young = Some(now - Duration::from_secs(800));
    assert_eq!(ticks::examine(&client, &functions, young, now).await, []);
}

#[tokio::test]
async fn a_stack_of_a_minutes_age_has_no_faults_whatever_it_adopted() {
    let world = healthy(["worker", "silent", "parked"]).await;
    let real = world.manager.clone().with_clock(Arc::new(Timestamp::now));
    let ago = |seconds: f64| Timestamp::now().seconds() - seconds;
    let adopted = json!({ "created_at": ago(9e5) });
    let waiting = with(queued_by_sosw("waiting", json!(ago(9e5))), adopted.clone());
    world.put(In::Tasks, waiting).await;
    let claimed = ago(8e5) + world.manager.config().scale.delta;
    let silent = with(queued_by_sosw("silent", json!(claimed)), adopted.clone());
    let silent = with(silent, json!({ "labourer_id": "silent", "attempts": 1 }));
    world.put(In::Tasks, silent).await;
    real.labourers().register(real.labourers().get(&id("silent")).unwrap()).await.unwrap();
    let due = json!({ "labourer_id": "parked", "desired_launch_time": ago(9e5) });
    world.put(In::Retry, with(with(queued_by_sosw("due", json!(2000)), adopted), due)).await;

    let found = |seconds| {
        let later = Arc::new(move || Timestamp::now() + Duration::from_secs(seconds));
        let manager = world.manager.clone().with_clock(later);
        async move { doctor::examine(&manager, CLOSELY).await.unwrap() }
    };
    assert_eq!(found(60).await, []);
    assert_eq!(names(&found(240).await), ["nobody_starts"]);
    let old = found(700).await;
    assert_eq!(names(&old), ["nobody_requeues", "nobody_ends", "nobody_starts"]);
}

#[tokio::test]
async fn tasks_that_lambda_refuses_are_named_with_its_reason() {
    let world = healthy(["worker", "failing"]).await;
    let failed = world.create("failing", [json!({})]).await.remove(0).id;
    world.orchestrate().await;
    world.report(as_sosw(failure(&json!({ "task_id": failed.as_str() })))).await;
    assert_eq!(faults_of(&world, CLOSELY).await, [], "a failure is no refusal");

    let denied = json!({ "__type": "AccessDeniedException", "message": "not authorized" });
    let trouble = WireFault::Refused(403, denied);
    world.wire.cut(1, trouble, |call| call.names("worker/invocations"));
    world.create_numbered(1).await;
    world.orchestrate().await;
    let faults = faults_of(&world, CLOSELY).await;
    assert_eq!(names(&faults), ["refused"]);
    let (text, remedy) = (faults[0].to_string(), faults[0].remedy());
    assert!(text.ends_with("AccessDeniedException: not authorized"), "{text}");
    assert!(remedy.contains("LabourerArns"), "{remedy}");
}

#[tokio::test]
async fn a_time_out_that_changed_is_named_until_a_tick_has_asked_again() {
    let mut world = healthy(["worker"]).await;
    world.configure(|config| config.labourers.values_mut().for_each(|l| l.duration = None));
    world.orchestrate().await;
    assert_eq!(faults_of(&world, CLOSELY).await, []);
    world.lambda.deploy(sound("worker").timeout(Duration::from_secs(15))).unwrap();
    world.pass(600.0);
    let faults = faults_of(&world, CLOSELY).await;
    assert_eq!(names(&faults), ["timeout_changed"]);
    assert!(faults[0].to_string().ends_with("again within 3000s"), "{}", faults[0]);
    world.pass(3000.0);
    let faults = faults_of(&world, CLOSELY).await;
    assert!(faults[0].to_string().ends_with("the next tick asks Lambda again"), "{}", faults[0]);
    world.orchestrate().await;
    assert_eq!(faults_of(&world, CLOSELY).await, []);
}

#[tokio::test]
async fn a_labourer_whose_reports_all_have_claims_is_named_as_one_that_could_require_them() {
    let mut world = healthy(["worker"]).await;
    let close = async |count: usize, is_legacy: bool| {
        for _ in 0..count {
            let id = world.create_numbered(1).await.remove(0).id;
            world.orchestrate().await;
            let claim = world.find(&id).await.claim.unwrap();
            let (task_id, claim) = (id.as_str(), claim.as_str());
            let report = success(&json!({ "task_id": task_id, "sosw": { "claim": claim } }));
            world.report(if is_legacy { as_sosw(report) } else { report }).await;
            world.pass(1.0);
        }
        faults_of(&world, CLOSELY).await
    };
    assert_eq!(close(19, false).await, [], "too few to conclude anything");
    let hint = close(1, false).await;
    assert_eq!(names(&hint), ["may_require_claim"]);
    assert_eq!(hint[0].severity(), Severity::Hint);
    assert_eq!(close(1, true).await, [], "one had none");
    assert_eq!(names(&close(20, false).await), ["may_require_claim"]);
    world.configure(|config| config.labourers.values_mut().for_each(|l| l.require_claim = true));
    assert_eq!(faults_of(&world, CLOSELY).await, []);
}

#[tokio::test]
async fn rows_of_sosws_functions_are_named_until_ours_have_them() {
    let world = healthy([]).await;
    let client = &world.clients.dynamodb;
    let name = format!("{}-config", world.manager.config().names.tasks);
    let table = ConfigTable { name, env: ConfigTable::PRODUCTION.into() };
    table.create(client).await.unwrap();
    for row in ["sosw_scheduler_config", "sosw_scavenger_config", "ours_scavenger_config"] {
        table.write(client, row, &json!({}), world.now()).await.unwrap();
    }
    let (row, wanted) = ("sosw_scheduler_config".to_owned(), "ours_scheduler_config".to_owned());
    let left = [Fault::RowLeft { row, wanted: wanted.clone() }];
    assert_eq!(rows::examine(&table, client, "ours").await.unwrap(), left);
    assert_eq!(rows::examine(&table, client, "sosw").await.unwrap(), []);
    table.write(client, &wanted, &json!({}), world.now()).await.unwrap();
    assert_eq!(rows::examine(&table, client, "ours").await.unwrap(), []);
}

#[tokio::test]
async fn missing_tables_and_indexes_are_named_and_nothing_else_is_guessed() {
    let world = healthy(["worker"]).await;
    let names_of = world.manager.config().names.clone();
    drop_table(&world, &names_of.jobs).await;
    drop_table(&world, &names_of.closed).await;
    let mut other = names_of.clone();
    other.closed_status = "another_index".into();
    let other = Store::new(world.clients.dynamodb.clone(), other);
    other.create_tables().await.unwrap();
    drop_table(&world, &names_of.jobs).await;
    assert_eq!(names(&faults_of(&world, CLOSELY).await), ["no_index", "no_table"]);
}

#[tokio::test]
async fn a_table_that_has_another_name_is_proposed_if_tables_may_be_listed() {
    let mut world = healthy(["worker"]).await;
    let right = world.manager.config().names.retry.clone();
    let wrong = format!("{right}s");
    world.configure(|config| config.names.retry.clone_from(&wrong));
    let found = faults_of(&world, CLOSELY).await;
    assert_eq!(found, [Fault::NoTable { table: wrong.clone(), similar: vec![right] }]);
    let refused = WireFault::error(400, "AccessDeniedException");
    world.wire.cut(1, refused, |call| call.operation == "ListTables");
    let found = faults_of(&world, CLOSELY).await;
    assert_eq!(found, [Fault::NoTable { table: wrong, similar: Vec::new() }]);
}

#[tokio::test]
async fn what_only_costs_more_is_named_last_and_keeps_nothing_from_being_examined() {
    let world = World::on(TableOrigin::Sosw, Config::of([])).await;
    let names_of = world.manager.config().names.clone();
    let throughput = ProvisionedThroughput::builder().read_capacity_units(5);
    let throughput = throughput.write_capacity_units(12).build().unwrap();
    let of_index =
        UpdateGlobalSecondaryIndexAction::builder().provisioned_throughput(throughput.clone());
    let of_index = of_index.index_name(&names_of.tasks_greenfield).build().unwrap();
    let update = world.clients.dynamodb.update_table().table_name(&names_of.tasks);
    let update = update.billing_mode(BillingMode::Provisioned).provisioned_throughput(throughput);
    let of_index = GlobalSecondaryIndexUpdate::builder().update(of_index).build();
    update.global_secondary_index_updates(of_index).send().await.unwrap();
    world.put(In::Tasks, json!({ "task_id": "ghost", "completed_at": 1 })).await;

    let faults = faults_of(&world, CLOSELY).await;
    let kinds = ["phantom", "provisioned", "projects_all", "projects_all", "projects_all"];
    assert_eq!(names(&faults), kinds);
    let severities: Vec<_> = faults.iter().map(Fault::severity).collect();
    assert_eq!(severities, [&[Severity::Fault][..], &[Severity::Cost; 4]].concat());
    let (table, write_units) = (names_of.tasks.clone(), 12);
    let tasks_per_second = Some(2.0);
    assert_eq!(faults[1], Fault::Provisioned { table, write_units, tasks_per_second });
    let needed = ["its keys and completed_at", "its keys", "its keys"];
    for (fault, needed) in faults[2..].iter().zip(needed) {
        assert!(fault.to_string().ends_with(&format!("it needs only {needed}")), "{fault}");
    }
}

#[tokio::test]
async fn a_table_with_another_key_is_named() {
    let world = healthy(["worker"]).await;
    let names_of = world.manager.config().names.clone();
    drop_table(&world, &names_of.tasks).await;
    let (tasks, labourers) = (names_of.tasks.clone(), names_of.labourers.clone());
    let swapped = Names { retry: tasks, tasks: labourers, ..names_of };
    let store = Store::new(world.clients.dynamodb.clone(), swapped);
    store.create_tables().await.unwrap();
    assert_eq!(names(&faults_of(&world, CLOSELY).await), ["table_key", "no_index"]);
}

#[tokio::test]
async fn slots_are_set_right_when_asked_to_and_only_then() {
    let world = healthy(["worker"]).await;
    world.create_numbered(1).await;
    world.orchestrate().await;
    miscount(&world, 7).await;
    assert_eq!(names(&faults_of(&world, DoctorOptions::default()).await), ["slots"]);
    assert_eq!(world.slots_in_use("worker").await, 7);
    let fixed = faults_of(&world, FIXING).await;
    assert!(fixed[0].is_fixed());
    assert_eq!(world.slots_in_use("worker").await, 1);
    assert_eq!(faults_of(&world, CLOSELY).await, []);
}

#[tokio::test]
async fn adoption_shows_what_it_would_change_and_then_changes_it() {
    let world = healthy(["worker"]).await;
    let due = json!({ "desired_launch_time": world.now().seconds() + 1000.0 });
    world.put(In::Tasks, json!({ "task_id": "ghost", "stat_rows": 5 })).await;
    // On its way out of the tasks table, on its way back, and closed without leaving it.
    let leaving = invoked_by_sosw(&world, "leaving", 5000.0);
    world.put(In::Tasks, leaving.clone()).await;
    world.put(In::Retry, with(leaving, due.clone())).await;
    let returning = queued_by_sosw("returning", json!(2000));
    world.put(In::Tasks, returning.clone()).await;
    world.put(In::Retry, with(returning, due)).await;
    let ended = json!({
        "closed_at": 1_799_990_000,
        "labourer_id_task_status": "worker_1",
        "payload": "{'a': True, 'b': [None, 1.5]}",
    });
    let closed = with(invoked_by_sosw(&world, "closed", 5000.0), ended);
    world.put(In::Closed, closed).await;
    world.put(In::Tasks, invoked_by_sosw(&world, "closed", 5000.0)).await;
    world.put(In::Tasks, queued_by_sosw("sound", json!(3000))).await;
    // JSON is not touched, whatever else cannot read it.
    for (n, payload) in ["{\"a\": 9223372036854775808}", "[1e999, \"\\ud83d\"]"].iter().enumerate()
    {
        let json = json!({ "task_id": format!("json{n}"), "payload": payload, "closed_at": 1 });
        world.put(In::Closed, json).await;
    }

    let plan = adopt::plan(&world.manager).await.unwrap();
    assert_eq!(plan.changes.len(), 5, "{:?}", plan.changes);
    assert!(plan.changes[0].to_string().contains("\"stat_rows\":5"), "{}", plan.changes[0]);
    assert_eq!(adopt::plan(&world.manager).await.unwrap().changes, plan.changes);
    for change in &plan.changes {
        assert!(adopt::apply(&world.manager, change).await.unwrap(), "{change}");
    }
    assert_eq!(adopt::plan(&world.manager).await.unwrap().changes, []);

    let task = |name: &str| TaskId::new(name).unwrap();
    assert_eq!(world.places(&task("ghost")).await, []);
    assert_eq!(world.places(&task("leaving")).await, [In::Retry]);
    assert_eq!(world.places(&task("returning")).await, [In::Tasks]);
    assert_eq!(world.places(&task("closed")).await, [In::Closed]);
    assert_eq!(world.places(&task("sound")).await, [In::Tasks]);
    let closed = world.find(&task("closed")).await;
    assert_eq!(closed.closed.unwrap().status, Status::Succeeded);
    let payload: Value = serde_json::from_str(closed.payload_text()).unwrap();
    assert_eq!(payload, json!({ "a": true, "b": [null, 1.5] }));
}

#[tokio::test]
async fn a_change_that_no_longer_holds_is_left_alone() {
    let world = healthy(["worker"]).await;
    world.put(In::Tasks, queued_by_sosw("sound", json!(3000))).await;
    let id = TaskId::new("sound").unwrap();
    for change in [
        AdoptionChange::Phantom { id: id.to_string(), item: Value::Null },
        AdoptionChange::ClosedAndOpen(id.clone()),
        AdoptionChange::Parked(id.clone()),
    ] {
        assert!(!adopt::apply(&world.manager, &change).await.unwrap(), "{change}");
    }
    assert_eq!(world.places(&id).await, [In::Tasks]);
}

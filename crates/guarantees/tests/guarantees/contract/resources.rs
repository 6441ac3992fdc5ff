//! What operators see of shared limits, and do: who waits for what, who holds it, and what counts from now on.

use std::time::Duration;

use guarantees::{
    items::In,
    world::{World, id, labourer, orchestrate},
};
use operator::{
    explain::{Explanation, explain_task},
    forecast::{self, Bound},
    health,
    overview::{About, NextStep, Overview, Urgency, Watch, read},
    pause::{Subject, UnknownSubject, subject},
    resources::{
        self, Cause, LiveError, NewRate, ResourceSnapshot, list, pause, resume, set_permits,
        set_rate,
    },
    tasks::TaskName,
};
use serde_json::json;
use task_manager::{attributes::s, labourer::Labourer};

use super::{
    ecology::{Surrounded, less_is_better},
    permits::{begun, config, create, named, resource, tick, two, user},
    rates,
};

/// `a` and `b` have three of six permits in use each, and more work.
async fn contended() -> World {
    let world = two().await;
    create(&world, "a", 20).await;
    create(&world, "b", 20).await;
    world.orchestrate_and_record().await;
    begun(&world).await;
    world
}

/// What keeps the last task of a labourer's queue from running.
async fn explained(world: &World, labourer: &str) -> Explanation {
    let mut tasks = world.all(In::Tasks).await;
    tasks.retain(|task| task.labourer_id == id(labourer));
    tasks.sort_by(|one, other| one.greenfield.0.total_cmp(&other.greenfield.0));
    let queued = tasks.iter().rfind(|task| task.greenfield.is_queued(world.now())).unwrap();
    explain_task(&world.manager, &TaskName::Id(queued.id.clone())).await.unwrap()
}

async fn reasons(world: &World, labourer: &str) -> Vec<String> {
    let reasons = explained(world, labourer).await.reasons;
    reasons.into_iter().map(|reason| reason.why).collect()
}

async fn seen(world: &World) -> Overview {
    read(&world.manager, &mut Watch::default()).await.unwrap()
}

async fn one(world: &World, resource: &str) -> ResourceSnapshot {
    resources::show(&world.manager, &named(resource)).await.unwrap()
}

fn used(resource: &ResourceSnapshot) -> (u64, Option<u32>) {
    resource.permits.as_ref().map(|permits| (permits.used, permits.in_force)).unwrap()
}

#[tokio::test]
async fn a_task_that_waits_for_permits_says_which_and_who_holds_most_of_them() {
    let world = contended().await;
    let because = reasons(&world, "a").await;
    assert_eq!(because[0], "waits for db: 6 of 6 permits are in use, a holds 3");
    assert!(because[1].ends_with("tasks are before it in the queue"), "{because:?}");
    let told = health::list(&world.manager).await.unwrap();
    assert_eq!(told[0].remark, "share 3 of 10 slots: waits for db");
    assert_eq!((told[0].share, told[0].slot_limit), (Some(3), 10));
    let forecast = forecast::of_labourer(&world.manager, &id("a")).await.unwrap();
    let Bound::Resource(wait) = forecast.bound else { panic!("{forecast:?}") };
    assert_eq!(wait.to_string(), because[0]);
}

#[tokio::test]
async fn whoever_competes_for_all_there_is_has_a_reason_and_no_incident() {
    let world = contended().await;
    let overview = seen(&world).await;
    assert_eq!(overview.incidents, []);
    for line in &overview.labourers {
        assert_eq!(line.reason, "share 3 of 10 slots: waits for db");
    }
}

#[tokio::test]
async fn a_labourer_whose_queue_is_empty_waits_for_nothing() {
    let world = two().await;
    create(&world, "a", 6).await;
    world.orchestrate_and_record().await;
    let told = health::list(&world.manager).await.unwrap();
    assert!(told.iter().all(|labourer| labourer.waits.is_empty()), "{told:?}");
    assert!(seen(&world).await.labourers.iter().all(|line| !line.reason.contains("db")));
}

#[tokio::test]
async fn a_resource_is_shown_with_what_is_used_of_it_and_by_whom() {
    let world = contended().await;
    let db = one(&world, "db").await;
    assert_eq!(used(&db), (6, Some(6)));
    let by: Vec<_> = db.labourers.iter().map(|one| (one.running, one.share, one.waits)).collect();
    assert_eq!(by, [(3, Some(3), true), (3, Some(3), true)]);
    assert_eq!(db.remark(), "");
    let unknown = resources::show(&world.manager, &named("bd")).await.unwrap_err();
    assert_eq!(unknown.to_string(), "unknown resource bd: the config has db");
}

#[tokio::test]
async fn a_resource_that_left_the_config_is_shown_as_long_as_somebody_holds_it() {
    let mut world = contended().await;
    world.configure(|config| {
        config.resources.clear();
        config.labourers.values_mut().for_each(|labourer| labourer.uses = Default::default());
    });
    let listed = list(&world.manager).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].in_config, listed[0].permits.as_ref().unwrap().held), (false, 6));
}

#[tokio::test]
async fn permits_that_are_lowered_are_named_with_who_did_it_and_a_pushed_config_ends_that() {
    let mut world = contended().await;
    world.configure(|config| config.pushed = 10);
    tick(&world).await;
    let db = named("db");
    let set = set_permits(&world.manager, &db, 2, Some("the database swaps")).await.unwrap();
    assert_eq!(used(&set), (6, Some(2)));
    let why = "of 6: test has set 2: the database swaps";
    assert_eq!(set.remark(), why);
    world.orchestrate_and_record().await;
    let because = reasons(&world, "a").await;
    let expected = format!("waits for db: 6 of 2 permits are in use ({why}), a holds 3");
    assert_eq!(because[0], expected);
    let overview = seen(&world).await;
    let incident = &overview.incidents[0];
    assert_eq!((incident.incident, incident.urgency), ("resource_set", Urgency::Info));
    assert_eq!(
        incident.why,
        "test has set 2 of 6 permits: the database swaps; 2 labourers wait for it"
    );
    let command = "sosw resources set db --permits 6".to_owned();
    assert_eq!(incident.steps, [NextStep::Run { command }]);
    assert!(overview.of_labourer(&id("b")).any(|found| found == incident));
    world.configure(|config| config.pushed = 20);
    tick(&world).await;
    assert_eq!(one(&world, "db").await.remark(), "");
}

#[tokio::test]
async fn an_attempt_that_needs_more_than_there_is_is_told_apart_and_is_critical() {
    let world = World::with(config([resource("db", 6)], [user("a", &[("db", 4)])])).await;
    create(&world, "a", 3).await;
    world.orchestrate_and_record().await;
    for event in world.events().await {
        set_permits(&world.manager, &named("db"), 3, None).await.unwrap();
        world.succeed(&event).await;
    }
    world.orchestrate_and_record().await;
    let because = reasons(&world, "a").await;
    let why = "waits for db: it needs 4 permits, and 3 may be used (of 6: test has set 3)";
    assert_eq!(because[0], why);
    let change = &explained(&world, "a").await.reasons[0].change;
    assert_eq!(change, "raise its permits: `sosw resources set db --permits 6`");
    assert_eq!(seen(&world).await.incidents[0].urgency, Urgency::Critical);
}

/// `a` and `b` have work, and six permits depend on a metric.
async fn measured() -> Surrounded {
    let uses = json!({ "max_simultaneous_invocations": 8, "duration": 60, "uses": { "db": 1 } });
    let nature = Surrounded::of(json!({
        "resources": { "db": { "permits": 6, "health_metrics": { "DbCpu": less_is_better("CPU") } } },
        "labourers": { "a": uses, "b": uses },
    }))
    .await;
    create(&nature.world, "a", 9).await;
    create(&nature.world, "b", 9).await;
    nature
}

#[tokio::test]
async fn permits_that_are_set_count_at_once_as_far_as_the_health_allows() {
    let nature = measured().await;
    nature.tick_and_record_with("CPU", 60.0).await;
    for (set, in_force) in [(12, 6), (2, 1), (6, 3)] {
        let permits = set_permits(&nature.world.manager, &named("db"), set, None).await.unwrap();
        assert_eq!(used(&permits).1, Some(in_force), "of {set}, at a half");
    }
}

#[tokio::test]
async fn a_resource_whose_health_is_bad_is_one_incident_for_all_who_wait_for_it() {
    let nature = measured().await;
    nature.tick_and_record_with("CPU", 90.0).await;
    let overview = seen(&nature.world).await;
    let incident = &overview.incidents[0];
    assert_eq!(overview.incidents.len(), 1, "{overview:#?}");
    assert_eq!((incident.incident, incident.urgency), ("resource_health", Urgency::Critical));
    let why =
        "its health is 0 Bad: DbCpu 90 > 75: 0 of 6 permits may be used; 2 labourers wait for it";
    assert_eq!(incident.why, why);
    assert!(overview.labourers.iter().all(|line| line.urgency == Some(Urgency::Critical)));
    let because = reasons(&nature.world, "a").await;
    let expected =
        "waits for db: it needs 1 permit, and 0 may be used (of 6: 0 Bad: DbCpu 90 > 75)";
    assert_eq!(because[0], expected);
    let change = &explained(&nature.world, "a").await.reasons[0].change;
    assert_eq!(change, "none: its health must rise, by which its permits are scaled");
    for _ in 0..4 {
        nature.tick_and_record_with("CPU", 10.0).await;
    }
    assert_eq!(seen(&nature.world).await.incidents, []);
}

#[tokio::test]
async fn a_pause_stops_all_who_use_it_is_explained_and_ends_by_its_time_or_by_hand() {
    let world = contended().await;
    let db = named("db");
    let until = world.now() + Duration::from_secs(3600);
    let paused = pause(&world.manager, &db, Some(until), Some("upgrade")).await.unwrap();
    assert_eq!((paused.until, paused.running), (Some(until), 6));
    world.orchestrate_and_record().await;
    let reason = &explained(&world, "a").await.reasons[0];
    assert_eq!(reason.why, format!("db is paused until {}: upgrade", until.utc()));
    assert_eq!(reason.change, "run `sosw resume resource:db`");
    let overview = seen(&world).await;
    let incident = &overview.incidents[0];
    assert_eq!((incident.incident, incident.urgency), ("resource_paused", Urgency::Info));
    assert_eq!(incident.steps, [NextStep::ResumeResource { resource: db.clone() }]);
    let labourers = vec![id("a"), id("b")];
    assert_eq!(incident.about, About::Resource { resource: db.clone(), labourers });
    let forecast = forecast::of_labourer(&world.manager, &id("a")).await.unwrap();
    let Bound::Resource(wait) = &forecast.bound else { panic!("{forecast:?}") };
    assert!(matches!(wait.cause, Cause::Resume { .. }), "{wait:?}");
    assert!(resume(&world.manager, &db).await.unwrap());
    assert!(!resume(&world.manager, &db).await.unwrap());
    tick(&world).await;
    assert_eq!(one(&world, "db").await.paused, None);
    assert!(seen(&world).await.incidents.is_empty());
}

#[tokio::test]
async fn a_resource_with_permits_and_a_rate_is_paused_and_resumed_as_a_whole() {
    let both =
        task_manager::resource::Resource { rate: Some(rates::rate(90, 4)), ..resource("db", 6) };
    let mut user = user("a", &[("db", 1)]);
    user.uses.rates = user.uses.permits.clone();
    let world = World::with(config([both], [user])).await;
    let db = named("db");
    pause(&world.manager, &db, None, None).await.unwrap();
    let is_paused = async || {
        let ledger = world.manager.resources().ledger().await.unwrap();
        let states = world.manager.resources().rate_states().await.unwrap();
        (ledger.resources[&db].is_paused(world.now()), states[&db].pause.is_some())
    };
    assert_eq!(is_paused().await, (true, true));
    assert_eq!(one(&world, "db").await.paused.as_deref(), Some("paused until it is resumed"));
    resume(&world.manager, &db).await.unwrap();
    assert_eq!(is_paused().await, (false, false));
}

#[tokio::test]
async fn a_task_that_waits_for_a_rate_says_how_many_start_and_when_the_next_does() {
    let world = rates::world(rates::rate(90, 4)).await;
    create(&world, "worker", 30).await;
    rates::fill(&world.manager, "worker").await;
    world.orchestrate_and_record().await;
    let because = reasons(&world, "worker").await;
    let rate = "waits for stripe: 90 tasks start in 10s at most; the next can start ";
    assert!(because[0].starts_with(rate), "{because:?}");
    let told = health::list(&world.manager).await.unwrap();
    assert_eq!(told[0].remark, "waits for stripe: 90 in 10s");
    let users = one(&world, "stripe").await.labourers;
    assert!(users.iter().any(|user| user.labourer_id == id("worker") && user.waits), "{users:?}");
    let new = NewRate { limit: 45, per: None, burst: None };
    let set = set_rate(&world.manager, &named("stripe"), new, Some("it answers 429")).await;
    assert_eq!(set.unwrap().remark(), "test has set 45 in 10s: it answers 429");
    assert!(reasons(&world, "worker").await[0].contains("45 tasks start in 10s at most"));
}

#[tokio::test]
async fn what_no_tick_has_shared_yet_says_so() {
    let world = two().await;
    create(&world, "a", 1).await;
    assert_eq!(reasons(&world, "a").await, ["no orchestrator has served a yet"]);
    let db = one(&world, "db").await;
    assert_eq!(db.remark(), "no orchestrator has shared it yet");
}

/// Puts what no version of today has written into an item beside the rows.
async fn spoil(world: &World, key: &str, field: &str) {
    let table = &world.manager.config().names.labourers;
    let update = world.clients.dynamodb.update_item().table_name(table);
    let update = update.key("labourer_id", s(key)).update_expression("SET #field = :text");
    let update = update.expression_attribute_names("#field", field);
    update.expression_attribute_values(":text", s("{\"holders\": 5}")).send().await.unwrap();
}

#[tokio::test]
async fn limits_that_cannot_be_read_are_never_taken_for_none() {
    let world = contended().await;
    spoil(&world, "all permits", "ledger").await;
    create(&world, "a", 5).await;
    tick(&world).await;
    assert!(begun(&world).await.is_empty());
    let refused = world.manager.resources().set_permits(&named("db"), 99, None).await;
    assert!(refused.unwrap_err().to_string().contains("cannot be read"));
    assert!(not_shown(&world).await.contains("another version may have written who holds permits"));

    let world = rates::world(rates::rate(90, 4)).await;
    create(&world, "worker", 30).await;
    rates::fill(&world.manager, "worker").await;
    begun(&world).await;
    spoil(&world, "stripe rate", "rate").await;
    orchestrate(&rates::process(&world, 60.0)).await;
    assert!(begun(&world).await.is_empty());
    assert!(not_shown(&world).await.contains("another version has written the rate of stripe"));
}

#[tokio::test]
async fn a_rate_that_cannot_be_read_keeps_nobody_from_another_resource() {
    let api = task_manager::resource::Resource {
        permits: None,
        rate: Some(rates::rate(90, 4)),
        ..resource("stripe", 1)
    };
    let rated = rates::user("worker", &[("stripe", 1)]);
    let world =
        World::with(config([resource("db", 6), api], [user("a", &[("db", 1)]), rated])).await;
    create(&world, "worker", 30).await;
    rates::fill(&world.manager, "worker").await;
    spoil(&world, "stripe rate", "rate").await;
    let (operator, db) = (rates::process(&world, 60.0), named("db"));
    orchestrate(&operator).await;
    assert_eq!(used(&set_permits(&operator, &db, 4, None).await.unwrap()).1, Some(4));
    assert_eq!(pause(&operator, &db, None, None).await.unwrap().until, None);
    assert!(resume(&operator, &db).await.unwrap());
    assert!(list(&operator).await.unwrap_err().to_string().contains("stripe"));
}

/// Why neither the first screen nor the list of resources shows anything.
async fn not_shown(world: &World) -> String {
    let list = list(&world.manager).await.unwrap_err().to_string();
    let screen = read(&world.manager, &mut Watch::default()).await.unwrap_err().to_string();
    assert_eq!(list, screen);
    list
}

#[tokio::test]
async fn limits_that_cannot_be_are_refused_with_what_could() {
    let world = two().await;
    let manager = &world.manager;
    let none = set_permits(manager, &named("db"), 0, None).await.unwrap_err();
    assert!(none.to_string().contains("got 0 permits, expected 1 to 1000000"), "{none}");
    let new = NewRate { limit: 4, per: None, burst: None };
    let rate = set_rate(manager, &named("db"), new, None).await.unwrap_err();
    assert!(matches!(rate, LiveError::NoRate { .. }), "{rate}");
    let unknown = pause(manager, &named("bd"), None, None).await.unwrap_err();
    assert!(matches!(unknown, LiveError::Unknown { .. }), "{unknown}");
}

#[tokio::test]
async fn a_resource_is_named_by_its_prefix_unless_a_labourer_is_called_so() {
    let called = |name, function: &str| Labourer { function: function.into(), ..labourer(name) };
    let odd = called("resource:odd", "odd");
    let labourers = [user("a", &[("db", 1)]), odd.clone(), called("resource:db", "other")];
    let world = World::with(config([resource("db", 6)], labourers)).await;
    let named_so = |name| subject(&world.manager, name);
    assert_eq!(named_so("resource:db").unwrap(), Subject::Resource(named("db")));
    assert!(matches!(named_so("resource:odd").unwrap(), Subject::Labourer(one) if *one == odd));
    assert!(matches!(named_so("a").unwrap(), Subject::Labourer(_)));
    let told = |name| named_so(name).unwrap_err().to_string();
    assert_eq!(told("resource:bd"), "unknown resource bd: the config has db");
    assert_eq!(told("db"), "db is a resource, and no labourer: name it resource:db");
    assert!(matches!(named_so("b").unwrap_err(), UnknownSubject::Labourer(_)));
}

#[tokio::test]
async fn who_shares_nothing_costs_what_it_cost_before() {
    let world = World::of_slots(2).await;
    world.create_numbered(5).await;
    orchestrate(&world.manager).await;
    world.wire.calls();
    reasons(&world, "worker").await;
    health::list(&world.manager).await.unwrap();
    seen(&world).await;
    let calls = world.wire.calls();
    assert!(calls.iter().all(|call| !call.names("all permits") && !call.names(" rate")));
}

#[tokio::test]
async fn a_look_costs_no_more_calls_where_labourers_share_something() {
    let calls = async |world: &World| {
        world.wire.calls();
        seen(world).await;
        world.wire.calls().len()
    };
    let plain = [labourer("a"), labourer("b")];
    let plain = plain.map(|one| Labourer { max_simultaneous_invocations: 10, ..one });
    let plain = World::of(plain).await;
    let shared = two().await;
    for world in [&plain, &shared] {
        world.create("a", (0..20).map(|n| json!({ "n": n }))).await;
        world.orchestrate_and_record().await;
    }
    assert_eq!(calls(&plain).await, calls(&shared).await);
}

use std::{collections::BTreeMap, time::Duration};

use rstest::rstest;
use serde_json::json;
use task_manager::{
    config::Config,
    ecology::{Memory, Steps},
    ids::{LabourerId, ResourceId},
    labourer::{Labourer, State},
    resource::{
        Rate, Resource, Uses, Weights,
        ledger::{ConfigAge, Holder, Ledger, Pause, Permits, Weight},
        rate::RateState,
    },
    storage::labourers::Rows,
    time::Timestamp,
};

use super::{list::Facts, *};

/// 2026-11-22 06:13:20Z.
fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_328_000.0)
}

fn named(name: &str) -> ResourceId {
    ResourceId::new(name).unwrap()
}

fn id(name: &str) -> LabourerId {
    LabourerId::new(name).unwrap()
}

fn weights(of: &[(&str, u32)]) -> Weights {
    of.iter().map(|(name, weight)| (named(name), *weight)).collect()
}

/// Ten slots.
fn labourer(name: &str, permits: &[(&str, u32)], rates: &[(&str, u32)]) -> Labourer {
    let uses = Uses { permits: weights(permits), rates: weights(rates) };
    Labourer { max_simultaneous_invocations: 10, uses, ..Labourer::new(id(name)) }
}

fn permits(configured: u32) -> Permits {
    let config = ConfigAge { pushed: 0, seen: now() };
    Permits { configured, config, set: None, in_force: configured, pause: None, health: None }
}

fn pause(reason: Option<&str>) -> Pause {
    Pause { until: now() + Duration::from_secs(7200), reason: reason.map(str::to_owned) }
}

fn holder(held: u32, of: &[(&str, u32)]) -> Holder {
    let weight = |now| Weight { now, before: None };
    let weights = of.iter().map(|(name, of)| (named(name), weight(*of))).collect();
    Holder { held, weights, ..Holder::default() }
}

/// 50 permits of a database. `resize` has 15 attempts of weight 2 live, `convert` 20 of weight 1.
fn ledger() -> Ledger {
    Ledger {
        resources: [(named("orders-db"), permits(50))].into(),
        holders: [
            (id("resize"), holder(15, &[("orders-db", 2)])),
            (id("convert"), holder(20, &[("orders-db", 1)])),
        ]
        .into(),
        waiting: vec![id("convert")],
        ..Ledger::default()
    }
}

fn shared(ledger: Ledger) -> Shared {
    Shared::of(ledger, BTreeMap::new()).with_live([(id("resize"), 15), (id("convert"), 20)])
}

/// 90 in 10 s, four at once, with so many seconds of it taken ahead.
fn rated(ahead: f64) -> Shared {
    let rate = Rate { limit: 90, per: Duration::from_secs(10), burst: 4 };
    let tat = Some(now() + Duration::from_secs_f64(ahead));
    let state = RateState { tat, ..RateState::new(rate, 0, now()) };
    Shared::of(Ledger::default(), [(named("stripe"), state)].into())
}

/// Twenty attempts, of as many as its share is.
fn full() -> Standing {
    Standing { share: Some(20), slots: 40, running: 20, tasks: 5 }
}

fn words(waits: &[Wait]) -> Vec<String> {
    waits.iter().map(|wait| format!("{wait} -> {}", wait.change())).collect()
}

/// What `convert` waits for.
fn waits(shared: &Shared, standing: Standing) -> Vec<String> {
    words(&shared.waits(&labourer("convert", &[("orders-db", 1)], &[]), standing, now()))
}

const ENDS: &str = "an attempt that uses it must end, or raise its permits";

#[test]
fn who_has_used_its_share_up_waits_for_permits_and_hears_who_holds_most_of_them() {
    assert_eq!(
        waits(&shared(ledger()), full()),
        [format!("waits for orders-db: 50 of 50 permits are in use, resize holds 30 -> {ENDS}")]
    );
}

#[rstest]
#[case::nothing_waits(Standing { tasks: 0, ..full() })]
#[case::a_share_that_is_not_used_up(Standing { running: 19, ..full() })]
#[case::slots_are_what_is_short(Standing { slots: 20, ..full() })]
fn nobody_waits_for_permits_without_need(#[case] standing: Standing) {
    assert_eq!(waits(&shared(ledger()), standing), [""; 0]);
}

#[test]
fn permits_that_somebody_else_holds_and_does_not_use_are_passed_on_by_a_tick() {
    let idle = shared(ledger()).with_live([(id("resize"), 2)]);
    let tick = "none: the next tick of the orchestrator shares it out";
    assert_eq!(
        waits(&idle, full()),
        [format!("waits for orders-db: it has room, and a tick shares it -> {tick}")]
    );
}

#[test]
fn fewer_permits_than_configured_are_explained() {
    let reason = Some("the database swaps".to_owned());
    let set = SetLive { to: 20, at: now(), by: "operator".into(), reason };
    let mut lowered = ledger();
    let of = lowered.resources.get_mut(&named("orders-db")).unwrap();
    *of = Permits { set: Some(set), in_force: 20, ..of.clone() };
    assert_eq!(
        waits(&shared(lowered), full()),
        [format!(
            "waits for orders-db: 50 of 20 permits are in use (of 50: operator has set 20: the database swaps), \
             resize holds 30 -> {ENDS}"
        )]
    );
}

#[test]
fn permits_that_are_too_few_for_any_attempt_are_explained_by_their_health() {
    let memory =
        json!({ "health": 0, "limit": 0, "reason": "0 Bad: DbCpu 90 > 75", "since": now() });
    let memory: Memory = serde_json::from_value(memory).unwrap();
    let mut ill = ledger();
    let of = ill.resources.get_mut(&named("orders-db")).unwrap();
    *of = Permits { health: Some(memory), in_force: 0, ..of.clone() };
    let explained = waits(&shared(ill), full());
    let why =
        "waits for orders-db: it needs 1 permit, and 0 may be used (of 50: 0 Bad: DbCpu 90 > 75)";
    assert!(explained[0].starts_with(why), "{explained:?}");
}

#[test]
fn a_pause_says_until_when_and_why_and_how_it_is_ended() {
    let mut paused = ledger();
    let of = paused.resources.get_mut(&named("orders-db")).unwrap();
    *of = Permits { pause: Some(pause(Some("upgrade"))), in_force: 0, ..of.clone() };
    let expected = "orders-db is paused until 2026-11-22 08:13:20Z: upgrade -> run `sosw resume resource:orders-db`";
    assert_eq!(waits(&shared(paused.clone()), full()), [expected]);
    let of = paused.resources.get_mut(&named("orders-db")).unwrap();
    of.pause = Some(Pause { until: State::until_resumed(), reason: None });
    let explained = waits(&shared(paused), full());
    assert!(explained[0].starts_with("orders-db is paused until it is resumed -> "));
}

#[test]
fn what_was_never_shared_out_waits_for_a_first_tick() {
    let first = "no orchestrator has shared orders-db yet -> run the orchestrator with this config";
    assert_eq!(waits(&Shared::default(), full()), [first]);
    let new = Standing { share: None, running: 0, ..full() };
    assert_eq!(waits(&shared(ledger()), new), [first]);
}

#[test]
fn a_rate_says_how_much_starts_in_a_while_and_when_the_next_does() {
    let standing = Standing { share: None, slots: 10, running: 2, tasks: 5 };
    let told = |weight, ahead, standing| {
        let labourer = labourer("charge", &[], &[("stripe", weight)]);
        let waits = rated(ahead).waits(&labourer, standing, now());
        waits.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    // A token comes each 115 ms.
    let rate = "waits for stripe: 90 tasks start in 10s at most";
    assert_eq!(told(1, 0.7, standing), [format!("{rate}; the next can start in 0.4s")]);
    assert_eq!(told(1, 0.0, standing), [format!("{rate}; the next can start now")]);
    assert_eq!(
        told(1, 0.0, Standing { tasks: 4, ..standing }),
        [""; 0],
        "there are tokens for all"
    );
    assert_eq!(told(1, 0.7, Standing { running: 10, ..standing }), [""; 0], "no slot is free");
    let heavy = "waits for stripe: a task takes 3 of 90 tokens in 10s; the next can start in 0.2s";
    assert_eq!(told(3, 0.3, standing), [heavy]);
}

#[test]
fn what_waits_is_said_in_a_few_words_with_the_share() {
    let labourer = labourer("convert", &[("orders-db", 1)], &[]);
    let waits = shared(ledger()).waits(&labourer, full(), now());
    let brief = super::words::brief(&waits, full()).unwrap();
    assert_eq!(brief, "share 20 of 40 slots: waits for orders-db");
    assert_eq!(super::words::brief(&[], full()), None);
}

#[test]
fn a_wait_has_stable_names_in_json() {
    let labourer = labourer("convert", &[("orders-db", 1)], &[]);
    let waits = shared(ledger()).waits(&labourer, full(), now());
    let expected = json!([{
        "resource": "orders-db", "waits_for": "permits", "used": 50, "in_force": 50,
        "most": { "labourer_id": "resize", "permits": 30 }, "lowered": null,
    }]);
    assert_eq!(serde_json::to_value(&waits).unwrap(), expected);
}

/// The config that [`ledger`] was made by, and rows.
fn facts(config: &Config) -> Facts<'_> {
    let rows = [("resize", 15, 15), ("convert", 20, 20)].map(|(name, running, share)| {
        (id(name), State { share: Some(share), ..State::new(id(name), running, 40) })
    });
    let rows: Rows = rows.into();
    let shared = Shared::of(ledger(), rated(0.7).rates);
    let due = [id("convert"), id("resize")].into();
    Facts { config, shared: shared.with_rows(rows.values()), rows, due, now: now() }
}

fn config() -> Config {
    let resource = |name, permits, rate| Resource {
        id: named(name),
        permits,
        rate,
        metrics: Vec::new(),
        steps: Steps::default(),
    };
    let rate = Rate { limit: 90, per: Duration::from_secs(10), burst: 4 };
    let resources = [resource("orders-db", Some(50), None), resource("stripe", None, Some(rate))];
    let labourers = [
        labourer("resize", &[("orders-db", 2)], &[]),
        labourer("convert", &[("orders-db", 1)], &[("stripe", 1)]),
        labourer("other", &[], &[]),
    ];
    let resources = resources.map(|one| (one.id.clone(), one)).into();
    Config { resources, ..Config::of(labourers) }
}

#[test]
fn a_resource_is_listed_with_its_limits_and_all_who_use_it() {
    let listed = facts(&config()).all();
    let expected = json!([
        {
            "resource": "orders-db", "in_config": true, "paused": null,
            "permits": {
                "configured": 50, "set": null, "in_force": 50, "used": 50, "held": 50, "health": null,
            },
            "rate": null,
            "labourers": [
                { "labourer_id": "convert", "permits": 1, "tokens": null, "share": 20, "running": 20, "used": 20,
                  "held": 20, "waits": true },
                { "labourer_id": "resize", "permits": 2, "tokens": null, "share": 15, "running": 15, "used": 30,
                  "held": 30, "waits": false },
            ],
        },
        {
            "resource": "stripe", "in_config": true, "paused": null, "permits": null,
            "rate": {
                "configured": { "limit": 90, "per_seconds": 10.0, "burst": 4 }, "set": null,
                "in_force": { "limit": 90, "per_seconds": 10.0, "burst": 4 },
                "available": 0, "next_in": 0.356, "taken": 0,
            },
            "labourers": [
                { "labourer_id": "convert", "permits": null, "tokens": 1, "share": 20, "running": 20, "used": 0,
                  "held": 0, "waits": false },
            ],
        },
    ]);
    assert_eq!(serde_json::to_value(&listed).unwrap(), expected);
    assert!(listed.iter().all(|resource| resource.remark().is_empty()));
}

#[test]
fn who_has_a_slot_and_no_token_waits_for_a_rate() {
    let config = config();
    let waits = |running| {
        let facts = facts(&config);
        let row = State { share: Some(20), ..State::new(id("convert"), running, 40) };
        let rows = [(id("convert"), row)].into();
        let listed = Facts { rows, ..facts }.snapshot(&named("stripe"));
        listed.labourers.iter().map(|one| one.waits).collect::<Vec<_>>()
    };
    assert_eq!((waits(19), waits(20)), (vec![true], vec![false]));
}

#[test]
fn a_resource_that_left_the_config_is_listed_as_long_as_somebody_holds_it() {
    let without = Config { resources: BTreeMap::new(), ..Config::of([]) };
    let facts = Facts { rows: Rows::new(), ..facts(&without) };
    let listed = facts.all();
    let names: Vec<_> = listed.iter().map(|one| one.resource.as_str()).collect();
    assert_eq!(names, ["orders-db"]);
    assert_eq!(listed[0].remark(), "it left the config");
    assert_eq!(listed[0].labourers.iter().map(|one| one.held).sum::<u64>(), 50);
}

#[test]
fn a_labourer_that_was_let_go_uses_no_more_than_it_holds() {
    let shared = shared(ledger()).with_live([(id("convert"), 500)]);
    assert_eq!(shared.used(&named("orders-db"), now()), 50);
}

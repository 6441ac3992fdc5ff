//! What labourers share: `resources`, and `uses` of the labourers.

use rstest::rstest;

use super::*;
use crate::{
    ecology::Statistic,
    resource::{Rate, Uses, Weights},
};

/// A config of these resources, and of a labourer that is given `settings`.
fn config(resources: Value, settings: Value) -> Value {
    json!({ "resources": resources, "labourers": { "resize": settings } })
}

/// Two resources, one of them with everything, and what uses them.
fn two() -> Value {
    let resources = json!({
        "orders-db": { "permits": 50 },
        "stripe": { "permits": 8, "rate": { "limit": 90, "per_seconds": 10, "burst": 4 } },
    });
    config(resources, json!({ "uses": { "orders-db": 2, "stripe": 1 } }))
}

fn resource(name: &str) -> ResourceId {
    ResourceId::new(name).expect("a good name")
}

fn weights<const N: usize>(weights: [(&str, u32); N]) -> Weights {
    weights.map(|(name, weight)| (resource(name), weight)).into()
}

fn uses(config: &Config, labourer: &str) -> Uses {
    let labourer = LabourerId::new(labourer).expect("a good name");
    config.labourers[&labourer].uses.clone()
}

/// The config as a function has it, which goes on with what can be used.
fn usable(json: Value) -> Config {
    Config::usable_from_layers([json]).expect("a config").0
}

/// Why nothing is started, for each labourer for which nothing is.
fn stopped(config: &Config) -> Vec<String> {
    let labourers = config.labourers.values();
    let stopped = labourers.filter_map(|l| Some(format!("{}: {}", l.id, l.stopped.clone()?)));
    stopped.collect()
}

#[test]
fn a_resource_has_permits_or_a_rate_or_both_and_a_labourer_a_part_of_each() {
    let config = good(two());
    let per = Duration::from_secs(10);
    let limits = config.resources.values().map(|r| (r.id.as_str(), r.permits, r.rate));
    assert_eq!(
        limits.collect::<Vec<_>>(),
        [
            ("orders-db", Some(50), None),
            ("stripe", Some(8), Some(Rate { limit: 90, per, burst: 4 })),
        ]
    );
    let (permits, rates) = (weights([("orders-db", 2), ("stripe", 1)]), weights([("stripe", 1)]));
    assert_eq!(uses(&config, "resize"), Uses { permits, rates });
}

#[rstest]
#[case(json!(10), 10_000)]
#[case(json!("10"), 10_000)]
#[case(json!("10s"), 10_000)]
#[case(json!("1m30s"), 90_000)]
#[case(json!(0.25), 250)]
#[case(json!("31d"), 31 * 86_400_000)]
fn the_window_of_a_rate_is_a_duration(#[case] per: Value, #[case] millis: u64) {
    let rate = json!({ "limit": 5, "per_seconds": per });
    let config = good(config(json!({ "api": { "rate": rate } }), json!({ "uses": { "api": 1 } })));
    let per = Duration::from_millis(millis);
    assert_eq!(config.resources[&resource("api")].rate, Some(Rate { limit: 5, per, burst: 1 }));
}

#[test]
fn the_health_of_a_resource_is_read_as_that_of_a_labourer() {
    let mut json = config(
        json!({ "db": {
            "permits": 5, "health_steps": { "fall": 1 },
            "health_metrics": { "cpu": { "details": { "Name": "X" }, "feelings": { "4": 1 } } },
        } }),
        json!({ "uses": { "db": 1 } }),
    );
    let common = json!({ "Namespace": "Y", "Statistics": ["Maximum"] });
    json["task_config"] = json!({ "ecology_config": { "default_metric_values": common } });
    let config = good(json);
    let db = &config.resources[&resource("db")];
    assert_eq!((db.steps.rise, db.steps.fall), (1, 1));
    assert_eq!(db.metrics[0].name, "cpu");
    assert_eq!(db.metrics[0].query.statistic, Statistic::Maximum);
}

#[test]
fn layers_change_what_a_labourer_uses_one_by_one() {
    let over = json!({ "labourers": { "resize": { "uses": { "orders-db": null, "stripe": 3 } } } });
    let (config, _) = Config::from_layers([two(), over]).expect("a good config");
    assert_eq!(uses(&config, "resize").permits, weights([("stripe", 3)]));
}

#[test]
fn a_resource_that_nobody_uses_is_warned_of() {
    let line = "resources.db: no labourer uses it: name it in labourers.NAME.uses";
    assert_eq!(read(config(json!({ "db": { "permits": 1 } }), json!({}))).1, [line]);
    assert_eq!(read(two()).1, [""; 0]);
}

#[test]
fn every_default_of_a_resource_is_shown() {
    let mut json = two();
    json["resources"]["stripe"] = json!({ "rate": { "limit": 90, "per_seconds": "10s" } });
    let (shown, _) = Config::complete([json]).expect("a good config");
    assert_eq!(
        shown["resources"],
        json!({
            "orders-db": {
                "permits": 50, "health_metrics": {}, "health_steps": {"rise": 1, "fall": 4},
            },
            "stripe": { "rate": { "limit": 90, "per_seconds": 10.0, "burst": 1 } },
        })
    );
    let shown = &shown["task_config"]["labourers"]["resize"]["uses"];
    assert_eq!(*shown, json!({ "orders-db": 2, "stripe": 1 }));
}

#[rstest]
#[case::neither(json!({}), ": limits nothing: give it permits, a rate, or both")]
#[case::no_permits(json!({"permits": 0}), ".permits: got 0, expected a whole number from 1 to 1000000")]
#[case::permits_in_quotes(
    json!({"permits": "50"}),
    ".permits: got a text, expected a whole number from 1 to 1000000"
)]
#[case::no_object(json!(50), ": got 50, expected an object")]
#[case::misspelt(json!({"permit": 50}), ": unknown field permit, did you mean permits?")]
#[case::in_the_wrong_place(
    json!({"permits": 1, "limit": 90}),
    ": unknown field limit, it belongs into resources.NAME.rate"
)]
#[case::no_limit(json!({"rate": {"per_seconds": 1}}), ".rate: field limit is missing")]
#[case::no_window(json!({"rate": {"limit": 1}}), ".rate: field per_seconds is missing")]
#[case::limit_of_none(
    json!({"rate": {"limit": 0, "per_seconds": 1}}),
    ".rate.limit: got 0, expected a whole number from 1 to 1000000"
)]
#[case::no_time(
    json!({"rate": {"limit": 1, "per_seconds": 0}}),
    ".rate.per_seconds: got 0, expected a duration from 1ms to 31d, like 90s or 1h30m, or a number of seconds"
)]
#[case::time_in_the_past(
    json!({"rate": {"limit": 1, "per_seconds": -10}}),
    ".rate.per_seconds: got -10, expected a duration from 1ms to 31d, like 90s or 1h30m, or a number of seconds"
)]
#[case::no_duration(
    json!({"rate": {"limit": 1, "per_seconds": "ten"}}),
    ".rate.per_seconds: got a text, expected a duration from 1ms to 31d, like 90s or 1h30m, or a number of seconds"
)]
#[case::burst_of_none(
    json!({"rate": {"limit": 1, "per_seconds": 1, "burst": 0}}),
    ".rate.burst: got 0, expected a whole number from 1 to 1000000"
)]
#[case::burst_above_the_limit(
    json!({"rate": {"limit": 3, "per_seconds": 1, "burst": 4}}),
    ".rate.burst: 4 is more than limit, which is 3: lower it"
)]
#[case::metric(
    json!({"permits": 1, "health_metrics": {"cpu": {"feelings": {"4": 1}}}}),
    ".health_metrics.cpu: field details is missing: it names the metric"
)]
#[case::health_of_a_rate(
    json!({
        "rate": {"limit": 1, "per_seconds": 1},
        "health_metrics": {"cpu": {"details": {"Name": "X", "Namespace": "Y"}, "feelings": {"4": 1}}},
    }),
    ".health_metrics: health scales permits, and it has none: add permits, or remove this"
)]
#[case::steps_of_a_rate(
    json!({"rate": {"limit": 1, "per_seconds": 1}, "health_steps": {"rise": 2}}),
    ".health_steps: health scales permits, and it has none: add permits, or remove this"
)]
fn a_mistake_in_a_resource_is_one_line_with_its_path_and_stops_who_uses_it(
    #[case] resource: Value,
    #[case] line: &str,
) {
    let mut json = config(json!({ "db": resource }), json!({ "uses": { "db": 1 } }));
    json["labourers"]["mail"] = json!({});
    let line = format!("resources.db{line}");
    assert_eq!(refused(json.clone()), [line.as_str()]);
    let config = usable(json);
    assert_eq!(stopped(&config), [format!("resize: its config is wrong: {line}")]);
    assert_eq!(config.mistakes.iter().len(), 1);
}

#[rstest]
#[case::unknown(json!({"uses": {"orders-bd": 1}}), "uses.orders-bd: no such resource in resources, did you mean orders-db?")]
#[case::quite_unknown(json!({"uses": {"mail": 1}}), "uses.mail: no such resource in resources")]
#[case::nothing_of_it(
    json!({"uses": {"orders-db": 0}}),
    "uses.orders-db: got 0, expected a whole number from 1 to 1000000"
)]
#[case::part_of_it(
    json!({"uses": {"orders-db": 0.5}}),
    "uses.orders-db: got 0.5, expected a whole number from 1 to 1000000"
)]
#[case::list(json!({"uses": ["orders-db"]}), "uses: got a list, expected an object")]
#[case::misspelt(json!({"use": {"orders-db": 1}}), ": unknown field use, did you mean uses?")]
#[case::above_the_permits(
    json!({"uses": {"orders-db": 51}}),
    "uses.orders-db: 51 is more than its 50 permits: no attempt could start, lower it"
)]
#[case::above_the_burst(
    json!({"uses": {"stripe": 5}}),
    "uses.stripe: 5 is more than the burst of its rate, which is 4: no task could start, lower it, or raise \
     the burst"
)]
#[case::block_above_the_burst(
    json!({"uses": {"stripe": 1}, "tasks_per_invocation": 5}),
    "tasks_per_invocation: 5 tasks that take 1 of stripe each do not fit into its burst of 4: at most 4 do"
)]
#[case::heavy_block_above_the_burst(
    json!({"uses": {"stripe": 3}, "tasks_per_invocation": 2}),
    "tasks_per_invocation: 2 tasks that take 3 of stripe each do not fit into its burst of 4: at most 1 do"
)]
fn a_mistake_in_what_a_labourer_uses_is_one_line_with_its_path_and_stops_it_alone(
    #[case] settings: Value,
    #[case] line: &str,
) {
    let mut json = two();
    json["labourers"]["mail"] = json!({ "uses": { "orders-db": 1, "stripe": 1 } });
    json["labourers"]["resize"] = settings;
    let dot = if line.starts_with(':') { "" } else { "." };
    let line = format!("labourers.resize{dot}{line}");
    assert_eq!(refused(json.clone()), [line.as_str()]);
    assert_eq!(stopped(&usable(json)), [format!("resize: its config is wrong: {line}")]);
}

#[test]
fn blocks_as_large_as_a_burst_are_no_mistake_and_auto_heeds_the_burst_itself() {
    for tasks in [json!(4), json!("auto")] {
        let settings =
            json!({ "uses": { "stripe": 1, "orders-db": 1 }, "tasks_per_invocation": tasks });
        let mut json = two();
        json["labourers"]["resize"] = settings;
        good(json);
    }
}

#[test]
fn a_resource_is_not_called_as_a_labourer_nor_what_no_name_can_be() {
    let mut json = config(json!({ "mail": { "permits": 1 } }), json!({ "uses": { "mail": 1 } }));
    json["labourers"]["mail"] = json!({});
    let line = "resources.mail: a labourer has the same name: give one of them another";
    assert_eq!(refused(json.clone()), [line]);
    assert_eq!(stopped(&usable(json)), [format!("resize: its config is wrong: {line}")]);

    let json = config(json!({ "the db": { "permits": 1 } }), json!({ "uses": { "the db": 1 } }));
    let line = "resources[\"the db\"]: resource \"the db\" is refused: it contains white space or control \
        characters";
    assert_eq!(refused(json.clone()), [line]);
    assert_eq!(stopped(&usable(json)), [format!("resize: its config is wrong: {line}")]);
}

#[test]
fn who_is_stopped_goes_on_to_hold_what_it_uses() {
    let mut json = two();
    json["resources"]["stripe"]["rate"]["burst"] = json!(100);
    json["labourers"]["mail"] = json!({ "uses": { "orders-db": 60, "stripe": 1 } });
    let config = usable(json);
    assert_eq!(stopped(&config).len(), 2, "both use stripe");
    assert_eq!(uses(&config, "resize").permits, weights([("orders-db", 2), ("stripe", 1)]));
    // With a weight that cannot be, the one that it was started with counts.
    assert_eq!(uses(&config, "mail").permits, weights([("stripe", 1)]));
    let stripe = &config.resources[&resource("stripe")];
    assert_eq!((stripe.permits, stripe.rate.map(|rate| rate.burst)), (Some(8), Some(90)));
}

#[test]
fn who_uses_what_cannot_be_read_is_stopped_with_every_mistake_and_holds_the_rest() {
    let mut json = two();
    json["resources"]["stripe"] = json!({ "permits": 0, "rate": { "limit": 1, "burst": 2 } });
    let config = usable(json);
    let lines = [
        "resize: its config is wrong: resources.stripe.permits: got 0, expected a whole number from 1 to \
         1000000; resources.stripe.rate: field per_seconds is missing",
    ];
    assert_eq!(stopped(&config), lines);
    assert_eq!(uses(&config, "resize").permits, weights([("orders-db", 2)]));
    assert!(!config.resources.contains_key(&resource("stripe")));
}

#[test]
fn resources_that_are_no_section_at_all_concern_everybody() {
    let json = config(json!(["db"]), json!({}));
    assert_eq!(refused(json.clone()), ["resources: got a list, expected an object"]);
    Config::usable_from_layers([json, two()]).expect_err("though another layer has some");
}

//! What `config show` prints means the same as what was written. `make fuzz` holds a config in which
//! every field is set, and everything around it, to the same.

use proptest::{collection::btree_map, option, prelude::*, sample::select};
use rstest::rstest;

use super::*;

fn is_shown_as_it_is_meant(json: Value) {
    let shown = shown(json.clone());
    assert_eq!(good(shown.clone()), good(json));
    assert_eq!(self::shown(shown.clone()), shown);
}

fn shown(json: Value) -> Value {
    Config::complete([json]).expect("a good config").0
}

#[rstest]
#[case::nothing(json!({}))]
#[case::said_for_all(json!({
    "task_config": {
        "max_attempts": 5, "max_simultaneous_invocations": 4, "max_attempts_mail": 2,
        "ecology_config": {"default_metric_values": {
            "Period": 120, "Statistics": ["Maximum"], "Namespace": "Y", "Unit": "Percent",
        }},
    },
    "labourers": {
        "mail": {"after_failure": {"base": 7200}},
        "resize": {"health_metrics": {
            "m": {
                "details": {"Name": "X", "ExtendedStatistics": ["p99"]},
                "feelings": {"4": 1}, "feeling_comparison_operator": "__lt__", "missing": 3
            },
            "n": {
                "details": {"Expression": "a", "Metrics": {"a": {"Name": "X", "Namespace": "Z"}}},
                "feelings": {"4": 1}, "missing": "ignore"
            },
        }},
    },
}))]
#[case::in_other_places(json!({
    "dynamo_db_config": {"table_name": "tasks", "field_names": {"payload": "body"}},
    "sns_config": {"subject": "news"},
    "job_schema_variants": {"words": {"chunkable_attrs": [["word", {}]]}},
}))]
fn a_config_is_shown_as_it_is_meant(#[case] json: Value) {
    is_shown_as_it_is_meant(json);
}

#[test]
fn every_default_is_shown() {
    let mut shown = shown(with_labourer(json!({"breaker": {}, "adaptive": {}})));
    let labourer = shown["task_config"]["labourers"]["resize"].take();
    assert_eq!(
        labourer,
        json!({
            "arn": "resize", "max_simultaneous_invocations": 1, "cooldown": 300.0,
            "max_attempts": 3, "require_claim": false,
            "tasks_per_invocation": 1, "block_seconds": 30.0, "event_format": "sosw",
            "after_failure": {"growth": "exponential", "base": 30.0, "cap": 3600.0},
            "uses": {}, "health_metrics": {}, "health_steps": {"rise": 1, "fall": 4},
            "breaker": {"threshold": 0.5, "window": 20, "minimum": 5},
            "adaptive": {"min": 1, "increase": 1, "decrease": 0.5, "tolerance": 0.1},
        })
    );
    assert_eq!(
        shown,
        json!({
            "task_config": {
                "labourers": {"resize": null},
                "greenfield_invocation_delta": 31_557_600.0, "greenfield_task_step": 1000.0,
                "max_closed_to_analyse_for_duration": 10,
                "dynamo_db_config": {
                    "table_name": "sosw_tasks", "index_greenfield": "sosw_tasks_greenfield",
                    "field_names": {}
                },
                "sosw_closed_tasks_table": "sosw_closed_tasks",
                "sosw_closed_tasks_labourer_status_index": "labourer_task_status_with_time",
                "sosw_retry_tasks_table": "sosw_retry_tasks",
                "sosw_retry_tasks_greenfield_index": "labourer_id_greenfield",
                "sosw_labourers_table": "sosw_labourers", "sosw_jobs_table": "sosw_jobs",
                "sosw_history_table": "sosw_history", "history_days": 30.0
            },
            "resources": {},
            "invocation_number_coefficient": {"0": 0.0, "1": 0.0, "2": 0.5, "3": 0.75, "4": 1.0},
            "meta_handler_config": {
                "write_meta_to_ddb": false, "dynamo_db_config": {"table_name": "sosw_tasks_meta"}
            },
            "job_schema_variants": {"default": {"chunkable_attrs": []}},
            "calendar": {"time_zone": "UTC", "week_starts": "sunday", "as": "list"},
            "shutdown_period": 60.0
        })
    );
}

/// An object with some of these fields.
fn some_of(
    fields: impl IntoIterator<Item = (&'static str, BoxedStrategy<Value>)>,
) -> impl Strategy<Value = Value> {
    let fields =
        fields.into_iter().map(|(key, value)| option::of(value.prop_map(move |v| (key, v))));
    fields.collect::<Vec<_>>().prop_map(|fields| {
        fields.into_iter().flatten().map(|(key, value)| (key.to_owned(), value)).collect()
    })
}

fn seconds() -> BoxedStrategy<Value> {
    (0..900_000u64).prop_map(|millis| json!(millis as f64 / 1000.0)).boxed()
}

fn whole(most: u32) -> BoxedStrategy<Value> {
    (1..=most).prop_map(Value::from).boxed()
}

fn backoff() -> BoxedStrategy<Value> {
    let cap = (900..9000u32).prop_map(Value::from).boxed();
    let linear = seconds().prop_map(|base| json!({"growth": "linear", "base": base}));
    prop_oneof![some_of([("base", seconds()), ("cap", cap)]), linear].boxed()
}

fn series() -> impl Strategy<Value = Value> {
    let text = || "[A-Za-z/]{1,20}";
    (select(vec!["Name", "MetricName"]), text(), text(), option::of(text())).prop_map(
        |(key, name, namespace, unit)| json!({key: name, "Namespace": namespace, "Unit": unit}),
    )
}

fn metric() -> impl Strategy<Value = Value> {
    let math = btree_map("[a-z][a-z0-9_]{0,6}", series(), 0..3)
        .prop_map(|parts| json!({"Expression": "a", "Metrics": parts}));
    let missing = prop_oneof![
        select(vec![json!("hold"), json!("ignore"), json!(3), json!({"then": 1})]),
        seconds().prop_map(|hold| json!({ "hold": hold })),
    ];
    (prop_oneof![series(), math], missing, 1..5u32).prop_map(|(mut details, missing, minutes)| {
        details["Period"] = json!(minutes * 60);
        json!({"details": details, "feelings": {"3": 2, "4": 1}, "missing": missing})
    })
}

/// What a labourer may use of these fits into any of them.
const RESOURCES: [&str; 3] = ["Orders", "Stripe", "Search"];

fn resource() -> impl Strategy<Value = Value> {
    let rate = (10_000..90_000u32, seconds_or_text(), 9000..10_000u32);
    let rate = rate.prop_map(
        |(limit, per, burst)| json!({"limit": limit, "per_seconds": per, "burst": burst}),
    );
    let rate = rate.boxed();
    let metrics = btree_map("\\PC{1,12}", metric(), 0..3).prop_map(|metrics| json!(metrics));
    let steps = some_of([("rise", whole(4)), ("fall", whole(4))]);
    let with_permits =
        (9..100u32, option::of(rate.clone()), option::of(metrics), option::of(steps));
    let with_permits = with_permits.prop_map(|(permits, rate, metrics, steps)| {
        json!({"permits": permits, "rate": rate, "health_metrics": metrics, "health_steps": steps})
    });
    prop_oneof![with_permits, rate.prop_map(|rate| json!({ "rate": rate }))]
}

fn seconds_or_text() -> BoxedStrategy<Value> {
    let number = (1..900_000u64).prop_map(|millis| json!(millis as f64 / 1000.0));
    prop_oneof![number, select(vec![json!("10s"), json!("1h30m"), json!("90")])].boxed()
}

fn labourer() -> impl Strategy<Value = Value> {
    let metrics = btree_map("\\PC{1,12}", metric(), 0..3).prop_map(|metrics| json!(metrics));
    let breaker = some_of([("window", whole(100))]);
    let adaptive = some_of([("increase", whole(9)), ("tolerance", Just(json!(0.25)).boxed())]);
    some_of([
        ("max_simultaneous_invocations", whole(1000)),
        ("max_attempts", whole(1000)),
        ("duration", (1..900u32).prop_map(Value::from).boxed()),
        ("cooldown", seconds()),
        ("require_claim", any::<bool>().prop_map(Value::from).boxed()),
        ("tasks_per_invocation", prop_oneof![whole(1000), Just(json!("auto"))].boxed()),
        ("block_seconds", (1..5400u32).prop_map(Value::from).boxed()),
        ("event_format", select(vec![json!("sosw"), json!("sqs")]).boxed()),
        ("after_failure", backoff()),
        ("after_expiry", backoff()),
        (
            "uses",
            btree_map(select(RESOURCES.to_vec()), whole(9), 0..3)
                .prop_map(Value::from_iter)
                .boxed(),
        ),
        ("health_metrics", metrics.boxed()),
        ("health_steps", some_of([("rise", whole(4)), ("fall", whole(4))]).boxed()),
        ("breaker", breaker.boxed()),
        ("adaptive", adaptive.boxed()),
    ])
}

proptest! {
    #[test]
    fn any_labourers_and_resources_are_shown_as_they_are_meant(
        labourers in btree_map("[a-z]{1,20}", labourer(), 0..4),
        resources in [resource(), resource(), resource()],
    ) {
        let resources: serde_json::Map<_, _> =
            RESOURCES.map(str::to_owned).into_iter().zip(resources).collect();
        is_shown_as_it_is_meant(json!({ "labourers": labourers, "resources": resources }));
    }
}

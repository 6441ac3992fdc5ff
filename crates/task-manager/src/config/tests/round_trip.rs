use std::path::PathBuf;

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::{
    ecology::{
        Adaptive, Breaker, ByHealth, Comparison, Feelings, Health, HealthMetric, HealthPolicy,
        Missing, Query, Series, Source, Statistic, Steps,
    },
    jobs::{calendar::WeekStart, dates::Form, schema::Schema},
    labourer::backoff::Backoff,
};

fn millis(most: u64) -> impl Strategy<Value = Duration> {
    (1..most * 1000).prop_map(Duration::from_millis)
}

fn backoff() -> impl Strategy<Value = Backoff> {
    prop_oneof![
        (millis(1000), millis(1000))
            .prop_map(|(base, more)| Backoff::Exponential { base, cap: base + more }),
        millis(1000).prop_map(|base| Backoff::Linear { base }),
    ]
}

fn series() -> impl Strategy<Value = Series> {
    let text = || "[A-Za-z/]{1,20}";
    (text(), text(), vec((text(), text()), 0..3), option::of(text())).prop_map(
        |(namespace, name, dimensions, unit)| Series { namespace, name, dimensions, unit },
    )
}

fn statistic() -> impl Strategy<Value = Statistic> {
    let percentile = (0..=100u8).prop_map(|p| Statistic::Extended(format!("p{p}")));
    prop_oneof![select(Statistic::WORDS.map(|(_, word)| word).to_vec()), percentile]
}

fn query() -> impl Strategy<Value = Query> {
    let parts = prop::collection::btree_map("[a-z][a-z0-9_]{0,6}", (series(), statistic()), 0..3);
    let source = prop_oneof![
        series().prop_map(Source::Series),
        ("[a-z+*/]{1,9}", parts).prop_map(|(expression, parts)| Source::Math { expression, parts }),
    ];
    (source, statistic(), 1..10u32, 0..5u32).prop_map(|(source, statistic, minutes, more)| Query {
        source,
        statistic,
        period: minutes * 60,
        slice: (minutes + more) * 60,
    })
}

fn feelings() -> impl Strategy<Value = Feelings> {
    let signs = Comparison::SPELLINGS.map(|(_, comparison)| comparison);
    (select(signs.to_vec()), vec(1..50u32, 5)).prop_map(|(comparison, steps)| {
        let down = matches!(comparison, Comparison::AtLeast | Comparison::Above);
        let mut target = 0.0;
        let mut targets = Health::ALL.into_iter().zip(steps).rev().map(|(_, step)| {
            target += f64::from(step) * if down { -0.5 } else { 0.5 };
            target
        });
        let mut next = || targets.next();
        let (high, good, moderate, poor, bad) = (next(), next(), next(), next(), next());
        Feelings { comparison, targets: ByHealth { bad, poor, moderate, good, high } }
    })
}

fn missing() -> impl Strategy<Value = Missing> {
    let health = || select(Health::ALL.to_vec());
    prop_oneof![
        Just(Missing::Ignore),
        health().prop_map(Missing::Status),
        (millis(1000), health()).prop_map(|(within, then)| Missing::Hold { within, then }),
    ]
}

fn metrics() -> impl Strategy<Value = Vec<HealthMetric>> {
    let metric = (query(), feelings(), missing());
    prop::collection::btree_map("\\PC{1,12}", metric, 0..3).prop_map(|metrics| {
        let metric =
            |(name, (query, feelings, missing))| HealthMetric { name, query, feelings, missing };
        metrics.into_iter().map(metric).collect()
    })
}

fn labourer() -> impl Strategy<Value = Labourer> {
    let limits = (1..1000u32, 1..1000u32, option::of(millis(900)), millis(9000), any::<bool>());
    let delays = (backoff(), option::of(backoff()));
    let steps = (1..=4u8, 1..=4u8).prop_map(|(rise, fall)| Steps { rise, fall });
    let breaker = (1..=100u32, 1..100u32).prop_map(|(percent, minimum)| Breaker {
        threshold: f64::from(percent) / 100.0,
        window: minimum + 5,
        minimum,
    });
    let adaptive = (1..9u32, 1..99u32).prop_map(|(increase, percent)| Adaptive {
        min: 1,
        increase,
        decrease: f64::from(percent) / 100.0,
        tolerance: 0.25,
    });
    let guards = (steps, option::of(breaker), option::of(adaptive));
    ("[a-z]{1,20}", limits, delays, guards, metrics()).prop_map(
        |(id, limits, (after_failure, after_expiry), (steps, breaker, adaptive), metrics)| {
            let (max_simultaneous_invocations, max_attempts, duration, cooldown, require_claim) =
                limits;
            Labourer {
                max_simultaneous_invocations,
                max_attempts,
                duration,
                cooldown,
                require_claim,
                after_failure,
                after_expiry,
                health: HealthPolicy { metrics, steps, breaker, adaptive },
                ..Labourer::new(LabourerId::new(id).expect("a good name"))
            }
        },
    )
}

/// A config in which every field is set.
pub(super) fn everything() -> Config {
    let mut labourer = super::labourer(json!({
        "arn": "arn:aws:lambda:eu-west-1:000000000000:function:resize",
        "duration": 20, "event_age": 60, "after_expiry": {"base": 3},
        "health_metrics": {
            "cpu": {
                "details": {"Name": "X", "Namespace": "Y", "Dimensions": [{"Name": "a", "Value": "b"}]},
                "feelings": {"4": 1}
            },
            "math": {
                "details": {"Expression": "m", "Metrics": {"m": {"Name": "X", "Namespace": "Y"}}},
                "feelings": {"4": 1}, "missing": {"hold": 3}
            }
        },
        "breaker": {}, "adaptive": {},
    }));
    labourer.require_claim = true;
    let process = LocalLabourer {
        directory: Some(PathBuf::from("work")),
        concurrency: Some(3),
        env: [("A".into(), "b".into())].into(),
        ..LocalLabourer::new(["python3", "x.py"])
    };
    Config {
        sns: Some(Sns {
            recipient: "arn:aws:sns:eu-west-1:000000000000:ops".into(),
            subject: "news".into(),
        }),
        local: Some(Local {
            tick: Local::TICK,
            labourers: [(labourer.id.clone(), process)].into(),
        }),
        job_schemas: JobSchemas::single(Schema::of(["topic", "word"]).expect("good names")),
        calendar: Calendar {
            time_zone: "Europe/Berlin".into(),
            week_starts: WeekStart::Monday,
            form: Form::Range,
        },
        ..Config::of([labourer])
    }
}

#[test]
fn a_config_with_every_field_survives_the_way_to_json_and_back() {
    let config = everything();
    assert_eq!(good(config.to_json()), config);
}

proptest! {
    #[test]
    fn any_config_survives_the_way_to_json_and_back(
        labourers in vec(labourer(), 0..4),
        closed_to_analyse in 1..100u32,
        write_meta: bool,
        shutdown_period in millis(800),
    ) {
        let config = Config { closed_to_analyse, write_meta, shutdown_period, ..Config::of(labourers) };
        prop_assert_eq!(good(config.to_json()), config);
    }
}

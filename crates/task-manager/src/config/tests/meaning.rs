use protocol::event::Format;
use rstest::rstest;

use super::*;
use crate::{
    ecology::{Health, Missing, Source, Statistic},
    labourer::{TasksPerInvocation, backoff::Backoff},
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn duration_and_cooldown_of_a_labourer_can_be_set() {
    let labourer = labourer(json!({"duration": 20, "cooldown": 100.5}));
    assert_eq!(labourer.lease(None), Duration::from_millis(120_500));
}

#[test]
fn whole_numbers_may_be_written_as_python_writes_them() {
    assert_eq!(
        labourer(json!({"max_simultaneous_invocations": 5.0})).max_simultaneous_invocations,
        5
    );
}

#[rstest]
#[case(json!(null), TasksPerInvocation::Fixed(1))]
#[case(json!(1000), TasksPerInvocation::Fixed(1000))]
#[case(json!(10.0), TasksPerInvocation::Fixed(10))]
#[case(json!("auto"), TasksPerInvocation::Auto)]
fn an_invocation_is_given_one_task_or_a_block_of_them(
    #[case] json: Value,
    #[case] meant: TasksPerInvocation,
) {
    assert_eq!(labourer(json!({ "tasks_per_invocation": json })).tasks_per_invocation, meant);
}

#[rstest]
#[case(json!({}), 30 * SECOND, Format::Sosw)]
#[case(json!({"block_seconds": null, "event_format": null}), 30 * SECOND, Format::Sosw)]
#[case(json!({"block_seconds": 2.5, "event_format": "sqs"}), SECOND * 5 / 2, Format::Sqs)]
fn how_long_a_block_works_and_the_form_of_its_event_can_be_set(
    #[case] json: Value,
    #[case] block: Duration,
    #[case] format: Format,
) {
    let labourer = labourer(json);
    assert_eq!((labourer.block_duration, labourer.event_format), (block, format));
}

#[test]
fn blocks_that_would_time_out_are_warned_of() {
    let warnings = |settings| read(with_labourer(settings)).1;
    let auto = json!({"tasks_per_invocation": "auto", "duration": 20});
    let line = "labourers.resize.block_seconds: 30s is more than the duration of 20s: \
        invocations would time out, lower it";
    assert_eq!(warnings(auto), [line]);
    for fits in [
        json!({"tasks_per_invocation": "auto", "duration": 20, "block_seconds": 20}),
        json!({"tasks_per_invocation": "auto"}),
        json!({"tasks_per_invocation": 10, "duration": 20}),
    ] {
        assert!(warnings(fits).is_empty());
    }
}

#[test]
fn every_duration_may_be_written_in_words_or_as_the_number_that_sosw_means() {
    let [in_words, in_numbers] = [
        ["1h30m", "1h", "2h", "250ms", "90s", "1d", "5m", "400d", "1w", "5m", "300s", "1m", "10m"],
        ["5400", "3600", "7200", "0.25", "90", "86400", "300", "34560000", "7", "300", "300", "60", "600"],
    ]
    .map(|given| {
        let mut given = given.into_iter().map(|text| match text.parse::<f64>() {
            Ok(number) => json!(number),
            Err(_) => json!(text),
        });
        let mut next = || given.next().expect("enough");
        json!({
            "labourers": {"resize": {
                "duration": next(), "cooldown": next(), "event_age": 60, "max_duration": next(),
                "after_failure": {"base": next(), "cap": next()},
                "health_metrics": {"cpu": {
                    "missing": {"hold": next()},
                    "details": {
                        "Namespace": "A", "MetricName": "B",
                        "MetricAggregationTimeSlice": next(), "Period": 60
                    }
                }}
            }},
            "task_config": {"greenfield_invocation_delta": next(), "keep_closed": next()},
            "shutdown_period": next(),
            "local": {"tick": next(), "labourers": {"resize": {"command": "true", "timeout": next()}}},
            "meta_handler_config": {},
        })
    });
    assert_ne!(in_words, in_numbers);
    assert_eq!(good(in_words), good(in_numbers));
}

#[test]
fn locally_an_attempt_is_killed_when_its_duration_is_over_unless_earlier() {
    let timeout = |labourer: Value, timeout: Value| {
        let process = json!({"command": "true", "timeout": timeout});
        let local = json!({"labourers": {"resize": process}});
        let config = good(json!({"labourers": {"resize": labourer}, "local": local}));
        config.local.expect("local").labourers.values().next().expect("one").timeout
    };
    assert_eq!(timeout(json!({}), json!(null)), 60 * SECOND);
    assert_eq!(timeout(json!({"duration": "10m"}), json!(null)), 600 * SECOND);
    assert_eq!(timeout(json!({"duration": "10m"}), json!("2m")), 120 * SECOND);
    assert_eq!(timeout(json!({"duration": "7d"}), json!(null)), 5400 * SECOND);
}

#[rstest]
#[case(json!({}), Backoff::AFTER_FAILURE)]
#[case(json!({"base": 10}), Backoff::Exponential { base: 10 * SECOND, cap: 3600 * SECOND })]
#[case(json!({"base": 7200}), Backoff::Exponential { base: 7200 * SECOND, cap: 7200 * SECOND })]
#[case(json!({"growth": "linear", "base": 60}), Backoff::Linear { base: 60 * SECOND })]
fn the_delay_after_a_failure_is_configurable(#[case] json: Value, #[case] meant: Backoff) {
    assert_eq!(labourer(json!({ "after_failure": json })).after_failure, meant);
}

#[rstest]
#[case("resize")]
#[case("resize:live")]
#[case("000000000000:function:resize")]
#[case("arn:aws:lambda:eu-west-1:000000000000:function:resize")]
#[case("arn:aws-cn:lambda:cn-north-1:000000000000:function:resize:7")]
#[case("arn:aws:lambda:eu-west-1:000000000000:function:resize:$LATEST")]
fn names_and_arns_of_functions_are_accepted(#[case] arn: &str) {
    assert_eq!(labourer(json!({ "arn": arn })).function, arn);
}

#[rstest]
#[case("arn:aws:sns:eu-west-1:000000000000:function:resize")]
#[case("arn:aws:lambda:eu-west-1:000000000000:resize")]
#[case("arn:aws:lambda:eu-west-1:${Account}:function:resize")]
#[case("arn:aws:lambda::000000000000:function:resize")]
#[case("my function")]
#[case("resize:")]
fn what_can_be_no_function_is_refused(#[case] arn: &str) {
    assert_eq!(refused(with_labourer(json!({ "arn": arn }))).len(), 1);
}

fn metric(json: Value) -> crate::ecology::HealthMetric {
    let labourer = labourer(json!({"health_metrics": {"m": json}}));
    labourer.health.metrics.into_iter().next().expect("one metric")
}

#[rstest]
#[case(json!(null), Missing::Hold { within: 900 * SECOND, then: Health::Moderate })]
#[case(json!("hold"), Missing::Hold { within: 900 * SECOND, then: Health::Moderate })]
#[case(json!("ignore"), Missing::Ignore)]
#[case(json!(0), Missing::Status(Health::Bad))]
#[case(json!({"hold": 60}), Missing::Hold { within: 60 * SECOND, then: Health::Moderate })]
#[case(json!({"then": 4}), Missing::Hold { within: 900 * SECOND, then: Health::High })]
fn the_policy_for_missing_data_is_configurable(#[case] json: Value, #[case] meant: Missing) {
    let details = json!({"Name": "X", "Namespace": "Y"});
    let metric = metric(json!({"details": details, "feelings": {"4": 1}, "missing": json}));
    assert_eq!(metric.missing, meant);
}

#[test]
fn a_metric_may_be_an_expression() {
    let metric = metric(json!({
        "details": {
            "Expression": "100 * errors / calls",
            "Metrics": {
                "errors": {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Statistics": ["Sum"]},
                "calls": {"MetricName": "Invocations", "Namespace": "AWS/Lambda", "Statistics": ["Sum"]}
            }
        },
        "feelings": {"4": 1}
    }));
    let Source::Math { expression, parts } = metric.query.source else { panic!("no expression") };
    assert_eq!(expression, "100 * errors / calls");
    assert!(parts.values().all(|(_, statistic)| *statistic == Statistic::Sum));
}

#[test]
fn what_all_metrics_have_in_common_is_said_once() {
    let config = good(json!({
        "task_config": {
            "ecology_config": {
                "default_metric_values": {
                    "Period": 120, "Statistics": ["Maximum"], "MetricAggregationTimeSlice": 600,
                    "Namespace": "Y"
                }
            }
        },
        "labourers": {
            "resize": {
                "health_metrics": {
                    "m": {
                        "details": {"Name": "X", "Period": 60},
                        "feelings": {"4": 1}
                    }
                }
            }
        }
    }));
    let labourer = config.labourers.values().next().expect("one labourer");
    let query = &labourer.health.metrics.first().expect("one metric").query;
    assert_eq!((query.period, query.slice), (60, 600));
    assert_eq!(query.statistic, Statistic::Maximum);
}

#[test]
fn a_cooldown_that_is_too_short_on_lambda_is_warned_of_but_not_on_this_machine() {
    let labourers = json!({"resize": {"duration": 60, "cooldown": 5}});
    let (_, warnings) = read(json!({ "labourers": labourers.clone() }));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let local = json!({"labourers": {"resize": {"command": "true", "timeout": 60}}});
    let (_, warnings) = read(json!({ "labourers": labourers, "local": local }));
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn a_local_command_is_a_list_or_a_line_for_the_shell() {
    let config = good(json!({
        "labourers": {"a": {}, "b": {}},
        "local": {
            "tick": 0.5,
            "labourers": {
                "a": {"command": ["python3", "a.py"], "env": {"X": "1"}},
                "b": {"command": "exec b | tee log", "timeout": 3, "concurrency": 2, "retries": 1}
            }
        }
    }));
    let local = config.local.expect("a local section");
    assert_eq!(local.tick, Duration::from_millis(500));
    let commands: Vec<_> = local.labourers.values().map(|l| l.command.clone()).collect();
    assert_eq!(commands, [vec!["python3", "a.py"], vec!["sh", "-c", "exec b | tee log"]]);
}

#[test]
fn locally_all_ends_are_reported_unless_the_labourer_does_so_itself() {
    let of = |setting: Value| {
        let mut process = json!({"command": "true"});
        process
            .as_object_mut()
            .expect("an object")
            .extend(setting.as_object().cloned().expect("one"));
        let config = good(json!({"labourers": {"a": {}}, "local": {"labourers": {"a": process}}}));
        let labourers = config.local.expect("a local section").labourers;
        labourers.values().map(|process| process.destinations).next().expect("one labourer")
    };
    assert_eq!(of(json!({})), Destinations::All);
    assert_eq!(of(json!({"destinations": true})), Destinations::All);
    assert_eq!(of(json!({"destinations": false})), Destinations::None);
    assert_eq!(of(json!({"destinations": "on_failure"})), Destinations::OnFailure);
}

#[test]
fn the_calendar_is_read_and_an_unknown_time_zone_is_refused() {
    let calendar = |calendar: Value| json!({"calendar": calendar});
    let config = good(calendar(json!({"time_zone": "Asia/Tokyo", "week_starts": "monday"})));
    assert_eq!(config.calendar.time_zone, "Asia/Tokyo");
    assert_eq!(good(json!({})).calendar.time_zone, "UTC");
    assert_eq!(
        refused(calendar(json!({"time_zone": "Mars/Base", "week_start": "monday"}))),
        [
            "calendar: unknown field week_start, did you mean week_starts?",
            "calendar.time_zone: is \"Mars/Base\": give the IANA name of a time zone, like \"Europe/Berlin\"",
        ]
    );
}

#[test]
fn a_job_schema_comes_from_the_variants_or_is_the_default_one() {
    let config = good(json!({
        "job_schema": {"chunkable_attrs": [["old", {}]]},
        "job_schema_variants": {
            "default": {"chunkable_attrs": [["section", {}]]},
            "words": {"chunkable_attrs": ["topic", "word"]},
        },
    }));
    assert_eq!(attributes(&config, "default"), ["section"]);
    assert_eq!(attributes(&config, "words"), ["topic", "word"]);
    for absent in [json!({}), json!({"job_schema": {}}), json!({"job_schema_variants": {}})] {
        assert!(attributes(&good(absent), "default").is_empty());
    }
}

#[test]
fn jobs_are_checked_against_the_labourers_the_schemas_and_the_calendar() {
    let rules = good(json!({
        "labourers": {"resize": {}},
        "job_schema_variants": {"words": {"chunkable_attrs": ["topic", "word"]}},
        "calendar": {"time_zone": "Asia/Tokyo"},
    }))
    .job_rules();
    assert_eq!(rules.labourers, [LabourerId::new("resize").expect("a good name")]);
    assert_eq!(rules.schemas.of(Some(&"words".into())).expect("is there").attributes().len(), 2);
    assert_eq!(rules.calendar.time_zone, "Asia/Tokyo");
}

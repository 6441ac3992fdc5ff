use rstest::rstest;

use super::*;
use crate::mistakes::Concerns;

#[test]
fn a_config_with_twelve_mistakes_prints_twelve_lines() {
    let lines = refused(json!({
        "labourers": {
            "resize": {
                "max_atempts": 3,
                "duration": -5,
                "arn": "arn:aws:lamda:eu-west-1:000000000000:function:resize",
                "health_metrics": {
                    "cpu": {
                        "details": {"Name": "CPU", "Namespace": "AWS/RDS", "Statistics": ["Averag"]},
                        "feelings": {"3": 20, "4": "25", "7": 1},
                        "feeling_comparison_operator": "=<"
                    }
                }
            },
            "mail": {"max_simultaneous_invocations": "5", "event_age": 400}
        },
        "task_config": {"max_attempts_resise": 3, "max_attempts_mail": 0},
        "max_attempts": 4,
        "calendar": {"week_starts": "mondy"},
    }));
    assert_eq!(lines.len(), 12);
    assert_eq!(
        lines,
        [
            "config: unknown field max_attempts, it belongs into task_config",
            "calendar.week_starts: got \"mondy\", expected one of \"monday\" \"sunday\", did you \
             mean monday?",
            "task_config.max_attempts_mail: got 0, expected a whole number from 1 to 1000",
            "labourers.resize: unknown field max_atempts, did you mean max_attempts?",
            "labourers.resize.duration: got -5, expected a duration from 1ms to 7d, like 90s or 1h30m, or \
             a number of seconds",
            "labourers.resize.health_metrics.cpu.feelings.4: got a text, expected a number",
            "labourers.resize.health_metrics.cpu.feeling_comparison_operator: got \"=<\", expected \
             one of \"<=\" \"<\" \">=\" \">\" \"le\" \"lt\" \"ge\" \"gt\" \"__le__\" \"__lt__\" \
             \"__ge__\" \"__gt__\" \"==\" \"!=\" \"eq\" \"ne\" \"__eq__\" \"__ne__\", did you mean <=?",
            "labourers.mail.max_simultaneous_invocations: got a text, expected a whole number from \
             0 to 100000",
            "task_config.max_attempts_resise: no labourer is called resise, did you mean resize?",
            "labourers.resize.arn: \"arn:aws:lamda:eu-west-1:000000000000:function:resize\" is no \
             ARN of the form arn:aws:lambda:REGION:ACCOUNT:function:NAME",
            "labourers.resize.health_metrics.cpu.details.Statistics: \"Averag\" is no statistic: \
             use Average, Minimum, Maximum, Sum, SampleCount or a percentile like p99",
            "labourers.mail.cooldown: 5m is less than the event age of 6m40s and 30s: raise it to 7m10s",
        ]
    );
}

#[rstest]
#[case::not_an_object(json!([1]), "config: got a list, expected an object")]
#[case::labourers_as_a_list(
    json!({"labourers": ["resize"]}),
    "labourers: got a list, expected an object"
)]
#[case::nothing_where_something_is_needed(
    json!({"labourers": {"resize": {}}, "local": {"labourers": {"resize": {"timeout": 3}}}}),
    "local.labourers.resize: field command is missing"
)]
#[case::fraction(
    json!({"task_config": {"max_attempts": 2.5}}),
    "task_config.max_attempts: got 2.5, expected a whole number from 1 to 1000"
)]
#[case::absurd(
    json!({"task_config": {"greenfield_invocation_delta": 60}}),
    "task_config.greenfield_invocation_delta: got 60, expected a duration from 1d to 11574d1h46m40s, like 90s or 1h30m, or a number of seconds"
)]
#[case::word(
    with_labourer(json!({"after_failure": {"growth": "quadratic"}})),
    "labourers.resize.after_failure.growth: got \"quadratic\", expected one of \"exponential\" \"linear\""
)]
#[case::cap_of_a_line(
    with_labourer(json!({"after_failure": {"growth": "linear", "base": 5, "cap": 60}})),
    "labourers.resize.after_failure.cap: a linear delay has no cap: remove it"
)]
#[case::cap_below_base(
    with_labourer(json!({"after_failure": {"base": 90, "cap": 60}})),
    "labourers.resize.after_failure.cap: 1m is less than the base of 1m30s: raise it"
)]
#[case::name_of_a_labourer(
    json!({"labourers": {"re size": {}}}),
    "labourers[\"re size\"]: labourer_id \"re size\" is refused: it contains white space or control characters"
)]
#[case::no_name_of_a_function(
    json!({"labourers": {"a/b": {}}}),
    "labourers[\"a/b\"]: no Lambda function can have this name: say in arn which one it means"
)]
#[case::too_long_a_name(
    json!({"labourers": {"n".repeat(65): {}}}),
    &format!("labourers.{}: no Lambda function can have this name: say in arn which one it means", "n".repeat(65))
)]
#[case::lease_shorter_than_a_call(
    json!({"labourers": {"resize": {"duration": 0.2, "cooldown": 0}}}),
    "labourers.resize: its lease (duration + cooldown) of 200ms is over before an attempt can be invoked: raise it to 1s or more"
)]
#[case::minimum_above_maximum(
    with_labourer(json!({"max_simultaneous_invocations": 3, "adaptive": {"min": 4}})),
    "labourers.resize.adaptive.min: 4 is more than max_simultaneous_invocations, which is 3"
)]
#[case::breaker_that_never_judges(
    with_labourer(json!({"breaker": {"window": 10, "minimum": 11}})),
    "labourers.resize.breaker.minimum: 11 attempts never fit into a window of 10"
)]
#[case::coefficient_above_one(
    json!({"invocation_number_coefficient": {"4": 1.5}}),
    "invocation_number_coefficient.4: got 1.5, expected a number from 0 to 1"
)]
#[case::topic(
    json!({"sns_config": {"recipient": "ops@example.com"}}),
    "sns_config.recipient: \"ops@example.com\" is no ARN of the form arn:aws:sns:REGION:ACCOUNT:TOPIC"
)]
#[case::one_table_for_two(
    json!({"task_config": {"sosw_retry_tasks_table": "sosw_tasks"}}),
    "task_config: two tables are called \"sosw_tasks\""
)]
#[case::name_of_a_table(
    json!({"task_config": {"sosw_jobs_table": "my jobs"}}),
    "task_config: \"my jobs\" is no name of a table: use a-z A-Z 0-9 _ - ."
)]
#[case::short_name_of_a_table(
    json!({"task_config": {"sosw_jobs_table": "x"}}),
    "task_config.sosw_jobs_table: got 1 characters, expected at least 3"
)]
#[case::history_of_no_day(
    json!({"task_config": {"history_days": 0}}),
    "task_config.history_days: got 0, expected a number from 1 to 3650"
)]
#[case::two_names_for_the_tasks(
    json!({"dynamo_db_config": {"table_name": "one"}, "task_config": {"dynamo_db_config": {"table_name": "two"}}}),
    "task_config.dynamo_db_config.table_name: differs from dynamo_db_config.table_name: keep one of them"
)]
#[case::one_name_for_two_fields(
    json!({"task_config": {"dynamo_db_config": {"field_names": {"task_id": "payload"}}}}),
    "task_config.dynamo_db_config.field_names.task_id: payload has the same name"
)]
#[case::chunked_twice(
    json!({"job_schema": {"chunkable_attrs": [["a", {}], "a"]}}),
    "job_schema.chunkable_attrs[1]: this attribute is chunked at a level above already"
)]
#[case::attribute_without_a_name(
    json!({"job_schema_variants": {"x": {"chunkable_attrs": [[{}]]}}}),
    "job_schema_variants.x.chunkable_attrs[0]: expected the name of an attribute, or a list of it and {}"
)]
#[case::misspelt_schema(
    json!({"job_schema": {"chunkable_atrs": []}}),
    "job_schema: unknown field chunkable_atrs, did you mean chunkable_attrs?"
)]
#[case::process_of_nobody(
    json!({"labourers": {"resize": {}}, "local": {"labourers": {"resise": {"command": "true"}}}}),
    "local.labourers.resise: no such labourer in labourers, did you mean resize?"
)]
#[case::empty_command(
    json!({"labourers": {"resize": {}}, "local": {"labourers": {"resize": {"command": []}}}}),
    "local.labourers.resize.command: got 0 items, expected at least 1"
)]
#[case::unknown_destination(
    json!({
        "labourers": {"resize": {}},
        "local": {"labourers": {"resize": {"command": "true", "destinations": "on_failures"}}}
    }),
    "local.labourers.resize.destinations: got \"on_failures\", expected true or false or \"on_failure\", did you mean on_failure?"
)]
#[case::timeout_above_the_duration(
    json!({
        "labourers": {"resize": {"duration": 5}},
        "local": {"labourers": {"resize": {"command": "true", "timeout": 30}}}
    }),
    "local.labourers.resize.timeout: 30s is more than the duration of the labourer, 5s: what runs longer than that would be started a second time. Lower it, or raise the duration"
)]
fn a_mistake_is_one_line_with_its_path(#[case] config: Value, #[case] line: &str) {
    assert_eq!(refused(config), [line]);
}

const TASKS: &str = "labourers.resize.tasks_per_invocation: got";
const SIZES: &str = "expected a whole number from 1 to 1000";

#[rstest]
#[case::zero(json!(0), "0", "")]
#[case::negative(json!(-1), "-1", "")]
#[case::more_than_a_block_holds(json!(1001), "1001", "")]
#[case::fraction(json!(2.5), "2.5", " or \"auto\"")]
#[case::capital(json!("Auto"), "\"Auto\"", " or \"auto\", did you mean auto?")]
#[case::other_word(json!("fast"), "\"fast\"", " or \"auto\"")]
#[case::number_in_quotes(json!("10"), "\"10\"", " or \"auto\"")]
#[case::list(json!([10]), "a list", " or \"auto\"")]
#[case::flag(json!(true), "true", " or \"auto\"")]
fn tasks_per_invocation_is_a_number_of_tasks_or_auto(
    #[case] tasks: Value,
    #[case] got: &str,
    #[case] or: &str,
) {
    let config = with_labourer(json!({ "tasks_per_invocation": tasks }));
    assert_eq!(refused(config), [format!("{TASKS} {got}, {SIZES}{or}")]);
}

#[rstest]
#[case::zero(json!(0), "0")]
#[case::negative(json!(-30), "-30")]
#[case::longer_than_any_function_runs(json!(5401), "5401")]
#[case::text(json!("soon"), "a text")]
#[case::without_a_unit(json!("1h30"), "a text")]
#[case::longer_in_words(json!("2h"), "a text")]
fn block_seconds_are_the_seconds_of_an_invocation(#[case] seconds: Value, #[case] got: &str) {
    let line = format!(
        "labourers.resize.block_seconds: got {got}, expected a duration from 1ms to 1h30m, like 90s or \
         1h30m, or a number of seconds"
    );
    assert_eq!(refused(with_labourer(json!({ "block_seconds": seconds }))), [line]);
}

#[rstest]
#[case::capitals(json!("SQS"), "\"SQS\"", ", did you mean sqs?")]
#[case::other_word(json!("json"), "\"json\"", "")]
#[case::number(json!(1), "1", "")]
fn an_event_format_is_one_of_two(#[case] format: Value, #[case] got: &str, #[case] hint: &str) {
    let line =
        format!("labourers.resize.event_format: got {got}, expected one of \"sosw\" \"sqs\"{hint}");
    assert_eq!(refused(with_labourer(json!({ "event_format": format }))), [line]);
}

#[test]
fn every_mistake_in_the_settings_of_blocks_is_told_at_once() {
    let wrong = json!({
        "tasks_per_invocation": 0, "block_seconds": 0, "event_format": "sq", "task_per_invocation": 1,
    });
    let lines = refused(with_labourer(wrong));
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let unknown = "unknown field task_per_invocation, did you mean tasks_per_invocation?";
    assert!(lines.iter().any(|line| line.ends_with(unknown)), "{lines:#?}");
}

#[rstest]
#[case::no_metric(json!({"details": {"Namespace": "X"}, "feelings": {"4": 1}}), ".details: field MetricName is missing")]
#[case::no_namespace(json!({"details": {"Name": "X"}, "feelings": {"4": 1}}), ".details: field Namespace is missing")]
#[case::no_details(json!({"feelings": {"4": 1}}), ": field details is missing: it names the metric")]
#[case::period(
    json!({"details": {"Name": "X", "Namespace": "Y", "Period": 90}, "feelings": {"4": 1}}),
    ".details.Period: got 1m30s, expected 1s, 5s, 10s, 20s, 30s or whole minutes"
)]
#[case::slice(
    json!({"details": {"Name": "X", "Namespace": "Y", "Period": 600}, "feelings": {"4": 1}}),
    ".details.MetricAggregationTimeSlice: 5m is less than the period of 10m"
)]
#[case::two_statistics(
    json!({"details": {"Name": "X", "Namespace": "Y", "Statistics": ["Sum", "Average"]}, "feelings": {"4": 1}}),
    ".details.Statistics: got 2 items, expected exactly 1"
)]
#[case::name_in_math(
    json!({"details": {"Expression": "A", "Metrics": {"A": {"Name": "X", "Namespace": "Y"}}}, "feelings": {"4": 1}}),
    ".details.Metrics.A: a name in an expression is a small letter, then letters, digits, _"
)]
#[case::missing_status(
    json!({"details": {"Name": "X", "Namespace": "Y"}, "feelings": {"4": 1}, "missing": 7}),
    ".missing: got 7, expected a whole number from 0 to 4"
)]
#[case::missing_word(
    json!({"details": {"Name": "X", "Namespace": "Y"}, "feelings": {"4": 1}, "missing": "ignroe"}),
    ".missing: got \"ignroe\", expected one of \"hold\" \"ignore\" or a whole number from 0 to 4 or an \
     object, did you mean ignore?"
)]
fn a_mistake_in_a_metric_is_one_line_with_its_path(#[case] metric: Value, #[case] line: &str) {
    let config = with_labourer(json!({"health_metrics": {"m": metric}}));
    assert_eq!(refused(config), [format!("labourers.resize.health_metrics.m{line}")]);
}

#[test]
fn a_key_that_stands_twice_is_refused_where_people_write_it() {
    let text = r#"{"labourers": {"resize": {}, "resize": {"duration": 1}}}"#;
    let mistakes = Config::parse(text).expect_err("twice").to_string();
    assert_eq!(mistakes, "labourers.resize: stands there twice, and only the last would count");
    assert!(Config::parse("\u{feff}{}").is_ok());
}

#[test]
fn a_name_with_a_colon_is_warned_of_for_no_job_can_mean_it() {
    let (_, warnings) = read(json!({"labourers": {"resize:prod": {"arn": "resize"}}}));
    assert!(warnings[0].contains("no job can name it"), "{warnings:?}");
}

#[test]
fn a_name_that_counters_of_freed_slots_have_is_refused() {
    let refused = refused(json!({"labourers": {"resize#0": {"arn": "resize"}}}));
    assert!(refused[0].contains("a name cannot end with # and a number"), "{refused:?}");
    let (_, warnings) = read(json!({"labourers": {"resize#a": {"arn": "resize"}}}));
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn text_that_is_no_json_is_refused_with_the_place() {
    let mistakes = Config::from_text("{\"task_config\": }").expect_err("no JSON");
    assert_eq!(mistakes.to_string(), "config: is not JSON: expected value at line 1 column 17");
}

#[test]
fn texts_are_not_repeated_for_they_may_be_secrets() {
    let lines = refused(json!({"shutdown_period": "hunter2", "local": {"tick": "hunter2"}}));
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| !line.contains("hunter2")), "{lines:?}");
}

#[test]
fn a_key_with_line_breaks_stays_on_its_line() {
    assert_eq!(refused(json!({"a\nb": 1, "labourers": {"c\nd": 1}})).len(), 2);
}

#[test]
fn a_mistake_names_whom_it_concerns() {
    let mistakes = Config::from_json(json!({
        "labourers": {"resize": {"duration": -1}, "a.b": {"arn": ":"}},
        "task_config": {"max_attempts": 0, "labourers": {"mail": {"breaker": {"window": 0}}}},
        "job_schema": {"chunkable_attrs": ["a", "a"]},
        "job_schema_variants": {"words": {"chunkable_attrs": [7]}},
        "shutdown_period": -1,
        "resources": {"db": {"permits": 0}, "c.d": {}},
        "local": {"tick": -1},
    }));
    let concerns: Vec<_> = mistakes
        .expect_err("has mistakes")
        .into_iter()
        .map(|mistake| match mistake.concerns {
            Concerns::Everybody => format!("{}: everybody", mistake.path),
            Concerns::Labourer(name) => format!("{}: labourer {name}", mistake.path),
            Concerns::Resource(name) => format!("{}: resource {name}", mistake.path),
            Concerns::JobSchema(name) => format!("{}: schema {name}", mistake.path),
            Concerns::Local => format!("{}: local", mistake.path),
        })
        .collect();
    assert_eq!(
        concerns,
        [
            "job_schema_variants.words.chunkable_attrs[0]: schema words",
            "shutdown_period: everybody",
            "resources.db.permits: resource db",
            "local.tick: local",
            "task_config.max_attempts: everybody",
            "labourers.resize.duration: labourer resize",
            "labourers.mail.breaker.window: labourer mail",
            "resources[\"c.d\"]: resource c.d",
            "labourers[\"a.b\"].arn: labourer a.b",
            "job_schema.chunkable_attrs[1]: schema default",
        ]
    );
}

#[test]
fn what_is_wrong_with_a_schema_refuses_the_jobs_that_name_it_and_nothing_else() {
    let config = json!({
        "labourers": { "resize": {} },
        "job_schema_variants": {
            "x": { "chunkable_attrs": ["words"] }, "y": { "chunkable_attrs": ["word"] },
        },
    });
    let (config, _) = Config::usable_from_layers([config]).expect("a config");
    let schema = |name: &str| config.job_schemas.of(Some(&name.into()));
    assert!(schema("x").is_err_and(|problem| problem.to_string().contains("ends with s")));
    assert!(schema("y").is_ok() && config.job_schemas.of(None).is_ok());
}

//! The options of a job.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use super::{job, now, refusal, shown, submitted, time};
use crate::{
    jobs::options::{OnComplete, Options},
    labourer::TasksPerInvocation,
};

fn options(fields: Value) -> Options {
    submitted(&job(fields)).unwrap().options
}

#[test]
fn a_job_that_says_nothing_starts_at_once_and_tolerates_no_failure() {
    assert_eq!(options(json!({})), Options::default());
}

#[test]
fn options_are_not_passed_to_tasks() {
    let fields = json!({"idempotency_key": "k", "delay": 5, "max_failed_percent": 2.5,
        "tasks_per_invocation": 10, "note": 1});
    let submission = submitted(&job(fields)).unwrap();
    assert_eq!(shown(submission.plan.task(0).unwrap()), json!({"note": 1}));
    assert_eq!(shown(&submission.job), json!({"lambda_name": "resize", "note": 1}));
    assert_eq!(submission.options.idempotency_key.as_deref(), Some("k"));
    assert_eq!(submission.options.max_failed_percent, 2.5);
    assert_eq!(submission.options.tasks_per_invocation, Some(TasksPerInvocation::Fixed(10)));
}

#[rstest]
#[case(json!({}), None)]
#[case(json!({"tasks_per_invocation": null}), None)]
#[case(json!({"tasks_per_invocation": 1}), Some(TasksPerInvocation::Fixed(1)))]
#[case(json!({"tasks_per_invocation": 1000.0}), Some(TasksPerInvocation::Fixed(1000)))]
#[case(json!({"tasks_per_invocation": "auto"}), Some(TasksPerInvocation::Auto))]
fn a_job_says_how_many_tasks_an_invocation_is_given_or_its_labourer_does(
    #[case] fields: Value,
    #[case] meant: Option<TasksPerInvocation>,
) {
    assert_eq!(options(fields).tasks_per_invocation, meant);
}

#[rstest]
fn tasks_per_invocation_that_can_be_no_block_are_refused(
    #[values(json!(0), json!(-1), json!(1001), json!(2.5), json!("Auto"), json!("fast"), json!("10"),
        json!(true), json!([10]))]
    size: Value,
) {
    let given = if size.is_array() { "a list".to_owned() } else { size.to_string() };
    let expected = format!(
        "tasks_per_invocation: is {given}: give a whole number from 1 to 1000, or \"auto\""
    );
    assert_eq!(refusal(&job(json!({"tasks_per_invocation": size}))), expected);
}

#[test]
fn stored_options_of_an_earlier_version_are_read_and_written_as_they_were() {
    let stored =
        r#"{"idempotency_key":"k","start":null,"on_complete":null,"max_failed_percent":2.5}"#;
    let options: Options = serde_json::from_str(stored).unwrap();
    assert_eq!(options.tasks_per_invocation, None);
    assert_eq!(serde_json::to_string(&options).unwrap(), stored);
}

#[rstest]
#[case(TasksPerInvocation::Fixed(1000))]
#[case(TasksPerInvocation::Auto)]
fn options_are_read_as_they_were_stored(#[case] size: TasksPerInvocation) {
    let options = Options { tasks_per_invocation: Some(size), ..Options::default() };
    let stored = serde_json::to_string(&options).unwrap();
    assert_eq!(serde_json::from_str::<Options>(&stored).unwrap(), options);
}

#[test]
fn options_may_stand_beside_the_job() {
    let event = json!({"job": job(json!({"delay": 5})), "idempotency_key": "k"});
    let options = submitted(&event).unwrap().options;
    assert_eq!(options.idempotency_key.as_deref(), Some("k"));
    assert_eq!(options.start, Some(now() + Duration::from_secs(5)));
}

#[test]
fn an_option_inside_the_job_and_beside_it_is_refused() {
    let inside = job(json!({"delay": 5, "idempotency_key": "a"}));
    let event = json!({"job": inside, "run_at": 1_773_806_400, "idempotency_key": "b"});
    assert_eq!(
        refusal(&event),
        "\
job.idempotency_key: stands beside `idempotency_key`: give one of the two
job.delay: stands beside `run_at`: give one of the two"
    );
}

#[rstest]
#[case(json!({"run_at": "2026-03-18T05:00:00+01:00"}), "2026-03-18T04:00:00Z")]
#[case(json!({"run_at": 1_773_806_400}), "2026-03-18T04:00:00Z")]
#[case(json!({"delay": 90}), "2026-03-17T13:31:30Z")]
#[case(json!({"delay": 0.5}), "2026-03-17T13:30:00.5Z")]
#[case(json!({"delay": "1h 30m"}), "2026-03-17T15:00:00Z")]
#[case(json!({"delay": "1d1h"}), "2026-03-18T14:30:00Z")]
#[case(json!({"delay": "PT15M"}), "2026-03-17T13:45:00Z")]
fn tasks_can_start_later(#[case] fields: Value, #[case] start: &str) {
    assert_eq!(options(fields).start, Some(time(start)));
}

#[test]
fn the_end_of_a_job_starts_another_or_tells_a_topic() {
    let next = json!({"job": {"lambda_name": "report", "delay": 60}});
    assert_eq!(
        options(json!({"on_complete": next.clone()})).on_complete,
        Some(OnComplete::Job(next.into()))
    );
    let arn = "arn:aws:sns:eu-west-1:123456789012:done";
    assert_eq!(
        options(json!({"on_complete": {"topic": arn}})).on_complete,
        Some(OnComplete::Topic(arn.into()))
    );
}

#[test]
fn a_later_job_is_checked_before_the_first_starts() {
    let next = json!({"job": {"lambda_name": "raport", "on_complete": {"topic": "done"}}});
    assert_eq!(
        refusal(&job(json!({"on_complete": next}))),
        "\
on_complete.job.on_complete.topic: is \"done\": give the ARN of an SNS topic
on_complete.job.lambda_name: labourer \"raport\" is unknown, did you mean `report`?"
    );
}

#[rstest]
#[case(json!({"run_at": "tomorrow"}), "run_at: is \"tomorrow\": give a time")]
#[case(json!({"run_at": 1e300}), "run_at: is 1e+300: give a time")]
#[case(json!({"delay": -1}), "delay: is -1: give a duration like 90s")]
#[case(json!({"delay": 1e15}), "delay: is 1000000000000000.0: give a duration like 90s")]
#[case(json!({"delay": 1, "run_at": 1}), "delay: stands beside `run_at`: give one of the two")]
#[case(json!({"idempotency_key": ""}), "idempotency_key: is \"\": give text of 1 to 1024 bytes")]
#[case(json!({"idempotency_key": 7}), "idempotency_key: is 7: give text of 1 to 1024 bytes")]
#[case(json!({"max_failed_percent": 101}), "max_failed_percent: is 101: give a number from 0 to 100")]
#[case(json!({"on_complete": "tell me"}), "on_complete: is \"tell me\": give an object with either")]
#[case(json!({"on_complete": {"job": {}, "topic": "x"}}), "on_complete: is an object: give an object")]
fn options_that_mean_nothing_are_refused(#[case] fields: Value, #[case] why: &str) {
    let refusal = refusal(&job(fields));
    assert!(refusal.starts_with(why), "{refusal}");
}

const DAILY: &str = "daily <aws.scheduler.scheduled-time> <aws.events.rule-name>";

#[test]
fn a_key_for_eventbridge_scheduler_is_read_with_a_warning_and_cannot_be_submitted() {
    let then = json!({"job": {"lambda_name": "report", "idempotency_key": DAILY}});
    let event = json!({"job": job(json!({"on_complete": then})), "idempotency_key": DAILY});
    let submission = submitted(&event).unwrap();
    let warnings: Vec<_> = submission.warnings.iter().map(ToString::to_string).collect();
    let [own, next] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(own.starts_with("idempotency_key: has `<aws.scheduler.…>`"), "{own}");
    let at = "job.on_complete.job.idempotency_key: has `<aws.scheduler.…>`";
    assert!(next.starts_with(at), "{next}");
    let refusal = submission.check_placeholders().unwrap_err().to_string();
    assert_eq!(refusal, warnings.join("\n"));
}

#[rstest]
#[case("daily 2026-03-17")]
#[case("daily 2026-03-17T04:00:00Z <b> <aws.events.event.ingestion-time>")]
fn any_other_key_can_be_submitted(#[case] key: &str) {
    let submission = submitted(&job(json!({"idempotency_key": key}))).unwrap();
    assert!(submission.warnings.is_empty() && submission.check_placeholders().is_ok());
}

#[rstest]
#[case("<aws.scheduler.scheduled_time>", ", did you mean `<aws.scheduler.scheduled-time>`?")]
#[case("<aws.schedule.execution-id>", ", did you mean `<aws.scheduler.execution-id>`?")]
#[case("<aws.scheduler.scheduled-time", ", did you mean `<aws.scheduler.scheduled-time>`?")]
#[case(
    "<aws.scheduler.date>",
    ", known are `<aws.scheduler.schedule-arn>`, `<aws.scheduler.scheduled-time>`, \
     `<aws.scheduler.execution-id>`, `<aws.scheduler.attempt-number>`"
)]
fn a_misspelt_attribute_of_eventbridge_scheduler_is_refused(#[case] key: &str, #[case] hint: &str) {
    let refusal = refusal(&job(json!({"idempotency_key": format!("daily {key}")})));
    assert_eq!(refusal, format!("idempotency_key: attribute {key:?} is unknown{hint}"));
}

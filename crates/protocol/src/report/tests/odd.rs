//! Whatever hangs on a report, its outcome counts: what is odd is converted or dropped, and remarked.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{
    limits::{MAX_FIELD_NAME, MAX_REMARK, MAX_RESULT, MAX_WAIT},
    report::block::INVALID_ANSWER,
};

/// Reads a report that is given as text, with these fields.
fn taken(action: &str, fields: &str) -> Report {
    let event = format!(r#"{{"action": "{action}", "task_id": "t", {fields}}}"#);
    let mut reports = read_raw(&RawValue::from_string(event).unwrap());
    assert_eq!(reports.len(), 1);
    reports.remove(0).unwrap()
}

fn success(fields: &str) -> Report {
    let report = taken("mark_task_as_completed", fields);
    assert_eq!(report.outcome, Outcome::Success);
    report
}

fn failure_of(fields: &str) -> (Failure, Vec<String>) {
    let report = taken("mark_task_as_failed", fields);
    match report.outcome {
        Outcome::Failure(failure) => (failure, report.remarks),
        other => panic!("a failure, {other:?}"),
    }
}

fn written(kept: &Object) -> String {
    serde_json::to_string(kept).unwrap()
}

#[rstest]
#[case::a_list("[1, 2]", r#"{"value":[1, 2]}"#, 1)]
#[case::a_number("1e999", r#"{"value":1e999}"#, 1)]
#[case::a_text(r#""done""#, r#"{"value":"done"}"#, 1)]
#[case::text_that_is_no_object(r#""[1]""#, r#"{"value":"[1]"}"#, 1)]
#[case::broken_text(r#""{""#, r#"{"value":"{"}"#, 1)]
#[case::pythons_nan(
    r#""{\"a\": NaN, \"b\": [-Infinity], \"c\": 1}""#,
    r#"{"a":"NaN","b":["-Infinity"],"c":1}"#,
    1
)]
#[case::python_within_text(r#""{\"a\": \"NaN\"}""#, r#"{"a":"NaN"}"#, 0)]
#[case::a_field_named_value(r#"{"value": 1}"#, r#"{"value":1}"#, 0)]
#[case::numbers_beyond_ours(
    "{\"a\": 18446744073709551616, \"b\": 0.123456789012345678901234567890, \"c\": 1e999}",
    "{\"a\":18446744073709551616,\"b\":0.123456789012345678901234567890,\"c\":1e999}",
    0
)]
#[case::surrogates(r#"{"a": "\ud83d", "\ud83d": 1}"#, "{\"a\":\"\\ud83d\",\"\u{FFFD}\":1}", 0)]
fn stats_and_result_may_be_anything(
    #[case] sent: &str,
    #[case] kept: &str,
    #[case] remarks: usize,
) {
    for field in ["stats", "result"] {
        let report = success(&format!(r#""{field}": {sent}"#));
        let object = if field == "stats" { &report.stats } else { &report.result };
        assert_eq!(written(object), kept);
        assert_eq!(report.remarks.len(), remarks, "{:?}", report.remarks);
    }
}

#[test]
fn nesting_as_deep_as_lambda_takes_is_kept_and_spoils_nothing() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(127), "}".repeat(127));
    let report = success(&format!(r#""result": {{"deep": {deep}, "rows": 3}}"#));
    assert_eq!(report.result["deep"].get(), deep);
    assert_eq!(report.result["rows"].get(), "3");
}

#[test]
fn of_stats_and_result_is_kept_what_fits_in_their_order() {
    let of = |bytes: usize| "x".repeat(bytes - r#"{"a":""}"#.len());
    let half = MAX_RESULT / 2;
    let report = |result: usize| {
        let (stats, result) = (of(half), of(result));
        success(&format!(r#""stats": {{"a": "{stats}"}}, "result": {{"a":"{result}"}}"#))
    };
    let all = report(half);
    assert_eq!((size(&all.stats, &all.result), all.remarks.len()), (MAX_RESULT, 0));
    let most = report(half + 1);
    assert_eq!((most.stats.len(), most.result.len()), (1, 0));
    assert_eq!(most.remarks.len(), 1);
    assert!(most.remarks[0].contains("result: 1 of its fields dropped"), "{:?}", most.remarks);

    let large = "x".repeat(70 * 1024);
    let report = success(&format!(r#""result": {{"a": 1, "large": "{large}", "b": 2}}"#));
    assert_eq!(written(&report.result), r#"{"a":1,"b":2}"#);
    assert!(report.remarks[0].ends_with(": large"), "{:?}", report.remarks);

    let name = "n".repeat(MAX_FIELD_NAME + 1);
    let report = success(&format!(r#""result": {{"{name}": 1, "b": 2}}"#));
    assert_eq!(written(&report.result), r#"{"b":2}"#);
}

#[test]
fn what_a_function_returned_is_kept_as_far_as_it_fits() {
    let returned = json!({ "rows": 3, "large": "x".repeat(MAX_RESULT), "stats": { "a": 1 } });
    let report = parsed(record("Success", returned)).unwrap();
    assert_eq!(json_of(&report.result), json!({ "rows": 3 }));
    assert_eq!(json_of(&report.stats), json!({ "a": 1 }));
    assert_eq!(report.remarks.len(), 1);
    let text = parsed(record("Success", json!("x".repeat(MAX_RESULT)))).unwrap();
    assert_eq!((text.outcome, text.result.len(), text.remarks.len()), (Outcome::Success, 0, 1));
}

#[rstest]
#[case::text(r#""30""#, Some(30.0), 1)]
#[case::spaced_text(r#"" 1.5 ""#, Some(1.5), 1)]
#[case::too_long("1e9", Some(MAX_WAIT.as_secs_f64()), 1)]
#[case::far_too_long("1e999", Some(MAX_WAIT.as_secs_f64()), 1)]
#[case::negative("-1", None, 1)]
#[case::not_a_number(r#""NaN""#, None, 1)]
#[case::a_word(r#""soon""#, None, 1)]
#[case::a_list("[30]", None, 1)]
#[case::a_flag("true", None, 1)]
#[case::none("null", None, 0)]
#[case::usual("30", Some(30.0), 0)]
fn a_wait_is_converted_or_ignored(
    #[case] sent: &str,
    #[case] seconds: Option<f64>,
    #[case] remarks: usize,
) {
    let wait = seconds.map(Duration::from_secs_f64);
    for field in ["retry_after", "snooze"] {
        let again = if field == "snooze" { Again::Snooze } else { Again::RetryAfter };
        let (failure, remarked) = failure_of(&format!(r#""{field}": {sent}"#));
        assert_eq!(failure.again, wait.map_or(Again::Usual, again));
        assert_eq!(remarked.len(), remarks, "{remarked:?}");
        assert!(remarked.iter().all(|remark| remark.starts_with(field)), "{remarked:?}");
    }
}

#[rstest]
#[case::a_number("404", failure("failed", "404", None), 1)]
#[case::a_list(r#"["a", 1]"#, failure("failed", r#"["a", 1]"#, None), 1)]
#[case::nothing("{}", failure("failed", "the labourer reported a failure", None), 0)]
#[case::another_object(r#"{"code": 5}"#, failure("failed", r#"{"code": 5}"#, None), 1)]
#[case::no_texts(
    r#"{"kind": 404, "message": {"a": 1e999}, "trace": 7}"#,
    failure("404", r#"{"a": 1e999}"#, Some("7")),
    3
)]
#[case::lines(
    r#"{"message": "m", "trace": ["a", "b", 3]}"#,
    failure("failed", "m", Some("a\nb\n3")),
    0
)]
#[case::half_a_character(r#""no \ud83d here""#, failure("failed", "no \u{FFFD} here", None), 0)]
fn an_error_may_be_anything(#[case] sent: &str, #[case] expected: Outcome, #[case] remarks: usize) {
    let (failure, remarked) = failure_of(&format!(r#""error": {sent}"#));
    assert_eq!(Outcome::Failure(failure), expected);
    assert_eq!(remarked.len(), remarks, "{remarked:?}");
}

#[test]
fn what_lambda_records_of_an_error_may_be_anything() {
    let odd = json!({ "errorType": 404, "errorMessage": { "a": 1 }, "stackTrace": "no list" });
    assert_eq!(outcome(record("RetriesExhausted", odd)), failure("404", r#"{"a":1}"#, None));
}

#[test]
fn a_report_may_have_fields_of_a_record() {
    let fields = json!({ "requestContext": { "condition": "Success" }, "requestPayload": [] });
    assert!(matches!(outcome(failed(fields)), Outcome::Failure(_)));
}

#[test]
fn a_labourer_that_cannot_be_one_is_ignored() {
    for id in [json!(7), json!("a b"), json!("x".repeat(1000))] {
        let report = parsed(completed(json!({ "labourer_id": id }))).unwrap();
        assert_eq!(report.labourer_id, None);
        assert!(report.remarks[0].starts_with("labourer_id ignored"), "{:?}", report.remarks);
        assert!(report.remarks[0].len() <= MAX_REMARK);
        let mut record = record("RetriesExhausted", Value::Null);
        record["requestPayload"]["labourer_id"] = id;
        assert_eq!(parsed(record).unwrap().remarks.len(), 1);
    }
}

#[test]
fn a_claim_that_cannot_be_read_is_ignored_of_a_success_and_refused_of_a_failure() {
    for claim in [json!(7), json!(""), json!("a b"), json!(["c"])] {
        let fields = json!({ "claim": claim });
        let report = parsed(completed(fields.clone())).unwrap();
        assert_eq!((report.claim, report.remarks.len()), (None, 1));
        assert!(refusal(failed(fields)).contains("claim"), "it would end another attempt");
        for condition in ["Success", "RetriesExhausted"] {
            let mut record = record(condition, Value::Null);
            record["requestPayload"]["sosw"]["claim"] = claim.clone();
            assert_eq!(parsed(record).is_ok(), condition == "Success");
        }
    }
}

#[test]
fn one_odd_report_of_a_list_spoils_no_other() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let odd = r#"{"action": "mark_task_as_completed", "task_id": "t", "\ud83d": 1e999, "result": "#;
    let list = format!("[{odd}{deep}}}, {}, [1e999], {odd}\"\\ud83d\"}}]", completed(json!({})));
    let reports = read_raw(&RawValue::from_string(list).unwrap());
    let taken: Vec<_> = reports.iter().map(Result::is_ok).collect();
    assert_eq!(taken, [true, true, false, true]);
}

/// JSON texts of anything, with what Rust's types cannot hold.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just(r#""\ud83d""#.to_owned()),
        Just(r#""{\"a\": NaN, \"b\": -Infinity}""#.to_owned()),
        Just(r#""[]""#.to_owned()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?",
        any::<String>().prop_map(|text| json!(text).to_string()),
        any::<f64>().prop_map(|number| json!(number.to_string()).to_string()),
        (0_usize..80_000).prop_map(|bytes| json!("x".repeat(bytes)).to_string()),
        (1_usize..200).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        let name = prop_oneof![
            Just(r#""\ud83d""#.to_owned()),
            Just(r#""kind""#.to_owned()),
            Just(r#""message""#.to_owned()),
            Just(r#""trace""#.to_owned()),
            any::<String>().prop_map(|text| json!(text).to_string()),
        ];
        let list = prop::collection::vec(inner.clone(), 0..5);
        let fields = prop::collection::vec((name, inner), 0..5);
        prop_oneof![
            list.prop_map(|items| format!("[{}]", items.join(","))),
            fields.prop_map(|fields| {
                let fields: Vec<_> = fields.iter().map(|(n, v)| format!("{n}: {v}")).collect();
                format!("{{{}}}", fields.join(", "))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn the_outcome_counts_whatever_hangs_on_a_report(
        odd in prop::collection::vec(any_json(), 10), is_success: bool,
    ) {
        let names = [
            "stats", "result", "error", "retry_after", "snooze", "labourer_id", "trace", "x",
            "members", "results",
        ];
        let fields: Vec<_> =
            names.iter().zip(&odd).map(|(name, json)| format!(r#""{name}": {json}"#)).collect();
        let action = if is_success { "mark_task_as_completed" } else { "mark_task_as_failed" };
        let report = taken(action, &fields.join(", "));
        prop_assert_eq!(report.outcome == Outcome::Success, is_success);
        let kept = size(&report.stats, &report.result) + size(&report.results, &Object::new());
        prop_assert!(kept <= MAX_RESULT);
        // A field has a few at most, however much there is in it.
        prop_assert!(report.remarks.len() <= 2 * names.len());
        // Each field that is not kept as it was written is remarked.
        for (kept, sent) in [(&report.stats, &odd[0]), (&report.result, &odd[1])] {
            if let Some(sent) = raw::object(sent) {
                let missing = sent.iter().any(|(name, json)| {
                    raw::field(kept, name) != Some(json.get())
                });
                prop_assert!(!missing || report.remarks.iter().any(|r| r.contains("dropped")));
            }
        }
    }

    #[test]
    fn an_answer_about_single_tasks_is_understood_or_fails_the_attempt(
        odd in prop::collection::vec(any_json(), 2),
    ) {
        let fields = format!(r#""failures": {}, "batchItemFailures": {}"#, odd[0], odd[1]);
        let report = taken("mark_task_as_completed", &fields);
        let nothing = |json: &String| json == "null" || raw::list(json).is_some_and(|l| l.is_empty());
        match report.outcome {
            Outcome::Success => prop_assert!(odd.iter().all(nothing)),
            Outcome::Failure(failure) => prop_assert_eq!(failure.kind, INVALID_ANSWER),
            Outcome::NeverRan { .. } => prop_assert!(false, "it ran"),
        }
    }
}

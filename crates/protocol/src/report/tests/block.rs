//! What is said of single tasks of a block, and what is not.

use rstest::rstest;

use super::*;
use crate::{
    limits::{MAX_ERROR_MESSAGE, MAX_RESULT},
    report::block::{BATCH_ITEM_FAILURE, INVALID_ANSWER},
};

/// The record of a block's invocation.
fn record_of_block(condition: &str, response: Value) -> Value {
    let mut record = record(condition, response);
    record["requestPayload"] = json!({
        "task_id": "block", "labourer_id": "f", "tasks": [{ "task_id": "a" }, { "task_id": "b" }],
        "sosw": { "claim": "c", "attempt": 1, "members": "7-8" },
    });
    record
}

/// The record of an invocation in SQS's format: of a block, or of a single task.
fn record_of_sqs(condition: &str, response: Value, is_block: bool) -> Value {
    let mut record = record_of_block(condition, response);
    let request = &mut record["requestPayload"];
    if is_block {
        request["Records"] = json!([{ "messageId": "a" }, { "messageId": "b" }]);
    } else {
        *request = json!({
            "task_id": "a", "Records": [{ "messageId": "a" }],
            "sosw": { "claim": "c", "attempt": 1 },
        });
    }
    request.as_object_mut().unwrap().remove("tasks");
    record
}

/// The report of a block that answers so: the same as a message, and by a destination in either format.
fn answered(answer: Value) -> Report {
    let mut message = completed(answer.clone());
    message["task_id"] = json!("block");
    message["members"] = json!("7-8");
    message["request_id"] = record("Success", json!({}))["requestContext"]["requestId"].clone();
    let mut report = parsed(message).unwrap();
    (report.labourer_id, report.claim) = (LabourerId::new("f").ok(), ClaimToken::new("c").ok());
    for record in
        [record_of_block("Success", answer.clone()), record_of_sqs("Success", answer.clone(), true)]
    {
        assert_eq!(parsed(record).unwrap(), report, "{answer}");
    }
    report
}

fn failures_of(report: &Report) -> Vec<(&str, &str, &str)> {
    assert_eq!(report.outcome, Outcome::Success);
    report
        .failures
        .iter()
        .map(|of| (of.task_id.as_str(), of.failure.kind.as_str(), of.failure.message.as_str()))
        .collect()
}

#[test]
fn a_block_that_says_nothing_of_single_tasks_succeeded_with_all_of_them() {
    for answer in [json!({}), json!({ "failures": [], "batchItemFailures": null, "results": {} })] {
        let report = answered(answer);
        assert_eq!(report.outcome, Outcome::Success);
        assert_eq!(report.members.unwrap().to_string(), "7-8");
        assert!(
            report.failures.is_empty() && report.results.is_empty() && report.result.is_empty()
        );
        assert_eq!(report.remarks, [""; 0]);
    }
}

#[test]
fn single_tasks_fail_with_their_errors_and_say_when_to_come_back() {
    let report = answered(json!({
        "failures": [
            { "task_id": "a", "error": { "kind": "K", "message": "m", "trace": "t" }, "retry_after": 30 },
            { "task_id": "b", "error": "it broke", "snooze": 60 },
        ],
        "results": { "c": { "rows": 3 } },
        "stats": { "took": 1.5 },
    }));
    assert_eq!(failures_of(&report), [("a", "K", "m"), ("b", "failed", "it broke")]);
    let first = &report.failures[0].failure;
    assert_eq!(first.trace.as_deref(), Some("t"));
    assert_eq!(first.again, Again::RetryAfter(Duration::from_secs(30)));
    assert_eq!(report.failures[1].failure.again, Again::Snooze(Duration::from_secs(60)));
    assert_eq!(json_of(&report.results), json!({ "c": { "rows": 3 } }));
    assert_eq!((json_of(&report.stats), report.result.len()), (json!({ "took": 1.5 }), 0));
    assert_eq!(report.remarks, [""; 0]);
}

#[test]
fn an_error_that_is_left_out_has_a_usual_kind() {
    let report = answered(json!({ "failures": [{ "task_id": "a" }] }));
    assert_eq!(failures_of(&report), [("a", "failed", "the labourer reported a failure")]);
}

#[test]
fn tasks_may_be_named_as_to_sqs() {
    let message = "the labourer named the task in batchItemFailures, which gives no reasons";
    let report = answered(json!({ "batchItemFailures": [{ "itemIdentifier": "b" }] }));
    assert_eq!(failures_of(&report), [("b", BATCH_ITEM_FAILURE, message)]);

    let both = answered(json!({
        "batchItemFailures": [{ "itemIdentifier": "b" }, { "itemIdentifier": "a" }],
        "failures": [{ "task_id": "a", "error": { "kind": "K", "message": "m" } }],
    }));
    assert_eq!(failures_of(&both), [("a", "K", "m"), ("b", BATCH_ITEM_FAILURE, message)]);
    assert_eq!(both.remarks, [""; 0]);
}

#[test]
fn of_a_task_that_failed_twice_the_first_failure_counts() {
    let failure = |kind: &str| json!({ "task_id": "a", "error": { "kind": kind, "message": "m" } });
    let report = answered(json!({ "failures": [failure("K"), failure("L"), failure("M")] }));
    assert_eq!(failures_of(&report), [("a", "K", "m")]);
    assert_eq!(report.remarks, ["failures: 2 ignored, their tasks are already in the list"]);
}

#[rstest]
#[case::no_list(json!({ "failures": "a" }), "failures must be a list of {\"task_id\"")]
#[case::no_object(json!({ "failures": ["a"] }), "failures must be a list of {\"task_id\"")]
#[case::no_id(json!({ "failures": [{ "error": "e" }] }), "not {\"error\":\"e\"}")]
#[case::no_such_id(json!({ "failures": [{ "task_id": "a b" }] }), "failures must be")]
#[case::empty(json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }), "{\"itemIdentifier\": TASK")]
#[case::null(json!({ "batchItemFailures": [{ "itemIdentifier": null }] }), "batchItemFailures must")]
#[case::misspelt(
    json!({ "failures": [{ "task_id": "a" }], "batchItemFailures": [{ "itemId": "b" }] }),
    "batchItemFailures must"
)]
fn an_answer_that_does_not_name_its_tasks_fails_the_whole_attempt(
    #[case] answer: Value,
    #[case] expected: &str,
) {
    let report = answered(answer);
    let failure = report.outcome.failure().unwrap();
    assert_eq!(failure.kind, INVALID_ANSWER);
    assert!(failure.message.contains(expected), "{}", failure.message);
    assert!(failure.message.ends_with("all of them count as failed"), "{}", failure.message);
    assert!(report.failures.is_empty());
}

#[test]
fn remarks_on_single_failures_are_counted() {
    let failure =
        |id: usize| json!({ "task_id": format!("t{id}"), "error": 404, "snooze": "soon" });
    let failures: Vec<_> = (0..1000).map(failure).collect();
    let report = answered(json!({ "failures": failures }));
    assert_eq!((report.failures.len(), report.remarks.len()), (1000, 1));
    let expected = "failures: snooze ignored: \"soon\" is neither a duration like 90s nor a number of \
                    seconds from 0 on (and 1999 more such remarks)";
    assert_eq!(report.remarks, [expected]);
}

#[test]
fn the_texts_of_single_failures_are_cut_to_what_is_kept() {
    let error = json!({ "kind": "K", "message": "x".repeat(MAX_ERROR_MESSAGE + 1) });
    let report = answered(json!({ "failures": [{ "task_id": "a", "error": error }] }));
    assert_eq!(report.failures[0].failure.message.len(), MAX_ERROR_MESSAGE);
}

#[test]
fn results_that_are_no_object_are_dropped() {
    for results in [json!([1]), json!("x"), json!(7)] {
        let report = answered(json!({ "results": results, "failures": [{ "task_id": "a" }] }));
        assert_eq!((report.results.len(), report.failures.len()), (0, 1));
        assert!(report.remarks[0].starts_with("results dropped: "), "{:?}", report.remarks);
    }
}

#[test]
fn results_are_kept_as_far_as_they_fit_and_failures_all() {
    let large = "x".repeat(MAX_RESULT / 4);
    let results: Map<_, _> = (0..6).map(|id| (format!("t{id}"), json!(large))).collect();
    let failures: Vec<_> = (6..1000).map(|id| json!({ "task_id": format!("t{id}") })).collect();
    let report =
        answered(json!({ "results": results, "failures": failures, "stats": { "rows": 3 } }));
    assert_eq!((report.results.len(), report.failures.len(), report.stats.len()), (3, 994, 1));
    assert_eq!(report.remarks.len(), 1);
    assert!(
        report.remarks[0].starts_with("results: 3 of its fields dropped"),
        "{:?}",
        report.remarks
    );
}

#[test]
fn what_a_single_task_returns_is_its_result_however_it_is_named() {
    let returned = json!({
        "failures": 3, "results": ["a"], "batchItemFailures": [{ "itemIdentifier": "x" }],
    });
    let report = parsed(record("Success", returned.clone())).unwrap();
    assert_eq!((report.outcome, json_of(&report.result)), (Outcome::Success, returned.clone()));

    // Its payload may be an event of SQS that somebody else got.
    let mut of_payload = record("Success", returned.clone());
    of_payload["requestPayload"]["Records"] = json!([{ "messageId": "m" }]);
    let report = parsed(of_payload).unwrap();
    assert_eq!((report.outcome, json_of(&report.result)), (Outcome::Success, returned));
}

#[test]
fn an_answer_about_the_only_task_is_about_the_whole() {
    let fails = json!({ "batchItemFailures": [{ "itemIdentifier": "a" }] });
    let report = parsed(record_of_sqs("Success", fails, false)).unwrap();
    assert_eq!(report.outcome.failure().unwrap().kind, BATCH_ITEM_FAILURE);
    assert!(report.failures.is_empty());

    let results = json!({ "results": { "a": { "rows": 3 } } });
    let report = parsed(record_of_sqs("Success", results, false)).unwrap();
    assert_eq!((json_of(&report.result), report.results.len()), (json!({ "rows": 3 }), 0));
}

#[rstest]
#[case::python("BatchProcessingError")]
#[case::typescript("FullBatchFailureError")]
fn powertools_raises_when_each_record_failed(#[case] error_type: &str) {
    let raised = json!({ "errorType": error_type, "errorMessage": "All records failed" });
    let record = |is_block| record_of_sqs("RetriesExhausted", raised.clone(), is_block);
    let report = parsed(record(true)).unwrap();
    let expected = ["a", "b"].map(|id| (id, error_type, "All records failed"));
    assert_eq!(failures_of(&report), expected);

    let single = parsed(record(false)).unwrap();
    assert_eq!(single.outcome.failure().unwrap().kind, error_type);

    let other_format = parsed(record_of_block("RetriesExhausted", raised)).unwrap();
    assert!(matches!(other_format.outcome, Outcome::Failure(_)));
}

#[test]
fn a_block_that_crashes_says_nothing_of_single_tasks() {
    let raised = json!({ "errorType": "KeyError", "errorMessage": "'x'" });
    for record in [
        record_of_block("RetriesExhausted", raised.clone()),
        record_of_sqs("RetriesExhausted", raised, true),
    ] {
        let report = parsed(record).unwrap();
        assert_eq!((report.outcome, report.failures), (failure("KeyError", "'x'", None), vec![]));
    }
}

#[test]
fn members_that_cannot_be_read_are_ignored() {
    for members in [json!(7), json!("b"), json!(["7"])] {
        let answer = json!({ "failures": [{ "task_id": "a" }] });
        let mut message = completed(answer.clone());
        message["members"] = members.clone();
        let mut record = record_of_block("Success", answer);
        record["requestPayload"]["sosw"]["members"] = members;
        for event in [message, record] {
            let report = parsed(event).unwrap();
            assert_eq!((report.members, report.failures.len()), (None, 1));
            assert!(report.remarks[0].starts_with("members ignored: "), "{:?}", report.remarks);
        }
    }
}

#[test]
fn a_partial_failure_must_prove_its_attempt() {
    let claimed = |failures: Value| completed(json!({ "claim": 7, "failures": failures }));
    assert!(parsed(claimed(json!([]))).is_ok());
    assert!(refusal(claimed(json!([{ "task_id": "a" }]))).contains("claim"));
    assert!(refusal(claimed(json!(7))).contains("claim"));
}

#[test]
fn failures_of_single_tasks_beside_one_of_the_whole_are_ignored() {
    let report = parsed(failed(json!({ "failures": [{ "task_id": "a" }], "error": "e" }))).unwrap();
    assert_eq!((report.outcome, report.failures), (failure("failed", "e", None), vec![]));
    assert_eq!(report.remarks, ["failures of single tasks ignored: all failed together"]);
}

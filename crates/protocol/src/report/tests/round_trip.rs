//! Whatever the one side may write, the other side reads.

use proptest::prelude::*;

use super::*;
use crate::{
    limits::MAX_WAIT,
    report::again::{seconds, wait},
};

/// A result that the assistant keeps as it is.
fn objects() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |n| n.is_finite()).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    // `stats` of a result is what a destination takes for the stats.
    let name = ".{0,8}".prop_filter("not a name of ours", |name| name != "stats");
    prop::collection::btree_map(name, value, 0..5).prop_map(|map| map.into_iter().collect())
}

fn agains() -> impl Strategy<Value = Again> {
    let wait = (0..=MAX_WAIT.as_secs()).prop_map(Duration::from_secs).boxed();
    prop_oneof![
        Just(Again::Usual),
        wait.clone().prop_map(Again::RetryAfter),
        wait.prop_map(Again::Snooze),
    ]
}

fn failures() -> impl Strategy<Value = Failure> {
    (".{0,20}", ".{0,40}", prop::option::of(".{0,40}"), agains())
        .prop_map(|(kind, message, trace, again)| Failure { kind, message, trace, again })
}

fn member_failures() -> impl Strategy<Value = Vec<MemberFailure>> {
    let single = |(id, failure)| MemberFailure { task_id: TaskId::new(id).unwrap(), failure };
    prop::collection::btree_map("[!-~]{1,8}", failures(), 0..4)
        .prop_map(move |failures| failures.into_iter().map(single).collect())
}

/// What is there of a block: its members, and what is said of single ones.
fn parts_of_block() -> impl Strategy<Value = Report> {
    let members = prop::collection::btree_set(0_u64..100, 1..9);
    (members, member_failures(), objects()).prop_map(|(members, failures, results)| Report {
        members: Some(members.into_iter().collect()),
        failures,
        results: raw::of_map(&results),
        ..Report::new(TaskId::new("block").unwrap(), Outcome::Success)
    })
}

fn reports() -> impl Strategy<Value = Report> {
    let success = (objects(), objects()).prop_map(|kept| (Outcome::Success, kept));
    let failure = failures().prop_map(|f| (Outcome::Failure(f), Default::default()));
    // No task has the id of its block.
    let ids = (
        "[!-~]{9,40}",
        prop::option::of("[!-~]{1,40}"),
        prop::option::of("[a-f0-9]{32}"),
        prop::option::of("[a-zA-Z0-9-]{1,64}"),
    );
    let block = prop::option::of(parts_of_block());
    (ids, prop_oneof![success, failure], block).prop_map(
        |((task, labourer, claim, request), (outcome, (stats, result)), block)| {
            let task_id = TaskId::new(task).unwrap();
            let block = block.unwrap_or_else(|| Report::new(task_id.clone(), Outcome::Success));
            let is_success = outcome == Outcome::Success;
            Report {
                task_id,
                labourer_id: labourer.map(|id| LabourerId::new(id).unwrap()),
                claim: claim.map(|token| ClaimToken::new(token).unwrap()),
                request: request.map(|id| RequestId::new(id).unwrap()),
                outcome,
                stats: raw::of_map(&stats),
                result: raw::of_map(&result),
                failures: if is_success { block.failures } else { Vec::new() },
                results: if is_success { block.results } else { Object::new() },
                ..block
            }
        },
    )
}

/// The record that Lambda writes when a labourer ends as `report` says.
fn record_of(report: &Report) -> Value {
    let (condition, response) = match report.returned() {
        Ok(returned) => ("Success", returned),
        Err(error) => (
            "RetriesExhausted",
            json!({ "errorType": error.error_type, "errorMessage": error.error_message }),
        ),
    };
    let mut record = record(condition, response);
    record["requestContext"]["requestId"] = json!(report.request);
    record["requestPayload"] = json!({
        "task_id": report.task_id, "labourer_id": report.labourer_id,
        "sosw": { "claim": report.claim, "members": report.members },
    });
    record
}

proptest! {
    #[test]
    fn a_report_that_is_sent_is_read_as_it_was_meant(report in reports()) {
        let sent = serde_json::to_value(&report).unwrap();
        prop_assert_eq!(parsed(sent), Ok(report));
    }

    #[test]
    fn a_destination_tells_the_same_as_the_report(mut report in reports()) {
        // What looks like a wish behind a kind is one, and a destination carries no trace.
        prop_assume!(!matches!(&report.outcome, Outcome::Failure(f) if f.kind.contains("; ")));
        if let Outcome::Failure(failure) = &mut report.outcome {
            failure.trace = None;
        }
        prop_assert_eq!(parsed(record_of(&report)), Ok(report));
    }
}

#[test]
fn a_wait_is_written_in_whole_seconds_not_earlier_and_not_later_than_is_accepted() {
    for (millis, whole) in [(1200, 2), (1000, 1), (0, 0)] {
        assert_eq!(seconds(Duration::from_millis(millis)), whole);
    }
    assert_eq!(seconds(Duration::MAX), MAX_WAIT.as_secs());
    assert_eq!(wait(MAX_WAIT.as_secs_f64()), Some(MAX_WAIT));
    assert_eq!(wait(MAX_WAIT.as_secs_f64() + 1.0), Some(MAX_WAIT));
}

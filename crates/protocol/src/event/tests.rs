#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod block;

fn read(event: Value) -> serde_json::Result<Event> {
    Event::read(&event.to_string())
}

fn as_value(event: &Event) -> Value {
    serde_json::from_str(&event.to_json().unwrap()).unwrap()
}

fn event(payload: &str) -> Event {
    Event {
        task_id: TaskId::new("t").unwrap(),
        labourer_id: LabourerId::new("worker").unwrap(),
        created_at: Some(Timestamp::from_seconds(1_800_000_000.5)),
        greenfield: Some(2000.0),
        attempts: 1,
        sosw: Some(AttemptInfo {
            claim: Some(ClaimToken::new("c").unwrap()),
            attempt: Some(2),
            expires_at: Some(Timestamp::from_seconds(1_800_000_060.0)),
            start_by: None,
            job_id: Some(JobId::new("j").unwrap()),
            members: None,
        }),
        payload: self::payload(payload),
        tasks: Vec::new(),
        format: Format::Sosw,
    }
}

#[test]
fn an_event_is_the_payload_with_the_tasks_own_fields_over_it() {
    let expected = json!({
        "a": 1, "task_id": "t", "labourer_id": "worker", "created_at": 1_800_000_000.5,
        "greenfield": 2000, "attempts": 1,
        "sosw": { "claim": "c", "attempt": 2, "expires_at": 1_800_000_060, "job_id": "j" },
    });
    let forging = event(r#"{"a": 1, "task_id": "forged", "sosw": "forged"}"#);
    assert_eq!(as_value(&forging), expected);
}

#[test]
fn an_event_for_which_tokens_were_taken_says_by_when_its_work_must_begin() {
    let mut event = event("{}");
    event.sosw.as_mut().unwrap().start_by = Some(Timestamp::from_seconds(1_800_000_002.25));
    assert_eq!(as_value(&event)["sosw"]["start_by"], json!(1_800_000_002.25));
    let again = Event::read(&event.to_json().unwrap()).unwrap();
    assert_eq!(again.sosw, event.sosw);
}

#[test]
fn an_event_of_sosws_orchestrator_is_read() {
    let event = read(json!({
        "task_id": "t", "labourer_id": "worker", "created_at": 1, "greenfield": 1.5,
        "attempts": 2.0, "words": ["a"],
    }));
    let event = event.unwrap();
    assert_eq!((event.attempts, event.sosw, event.greenfield), (2, None, Some(1.5)));
    assert_eq!(event.payload.keys().collect::<Vec<_>>(), ["words"]);
}

#[test]
fn an_event_without_its_task_says_what_is_missing() {
    let error = |event| read(event).unwrap_err().to_string();
    assert!(error(json!({ "labourer_id": "w" })).starts_with("missing field `task_id`"));
    assert!(error(json!({ "task_id": "t", "labourer_id": "" })).contains("it is empty"));
    assert!(read(json!([1])).is_err());
}

#[test]
fn text_that_is_no_object_is_a_payload_all_the_same() {
    for (text, expected) in [
        ("[1, 2]", Some(json!("[1, 2]"))),
        ("{'a': True}", Some(json!("{'a': True}"))),
        ("null", Some(json!("null"))),
        ("", None),
        ("{}", None),
    ] {
        assert_eq!(as_value(&event(text)).get("payload"), expected.as_ref(), "{text}");
    }
}

#[test]
fn every_digit_and_every_escape_of_a_payload_arrives() {
    let odd = r#"{"big":123456789012345678901234567890,"far":1e999,"half":"\ud83d"}"#;
    let sent = event(odd).to_json().unwrap();
    let arrived = Event::read(&sent).unwrap().payload;
    assert_eq!(serde_json::to_string(&arrived).unwrap(), odd);
}

proptest! {
    #[test]
    fn an_event_that_is_sent_is_read_as_it_was_meant(
        ids in ("[!-~]{1,40}", "[!-~]{1,40}"),
        created_at in prop::option::of(0.0..1e10f64),
        greenfield in prop::option::of(-1e12..1e12f64),
        attempts in 0u32..1000,
        ours in prop::option::of(("[a-f0-9]{32}", 1u32..1000, 0.0..1e10f64, prop::option::of("[!-~]{1,40}"))),
        payload in prop::collection::btree_map(".{0,8}", any::<i64>(), 0..5),
        is_sqs: bool,
    ) {
        let sent = Event {
            task_id: TaskId::new(ids.0).unwrap(),
            labourer_id: LabourerId::new(ids.1).unwrap(),
            created_at: created_at.map(Timestamp::from_seconds),
            greenfield,
            attempts,
            sosw: ours.map(|(claim, attempt, expires_at, job)| AttemptInfo {
                claim: Some(ClaimToken::new(claim).unwrap()),
                attempt: Some(attempt),
                expires_at: Some(Timestamp::from_seconds(expires_at)),
                start_by: None,
                job_id: job.map(|id| JobId::new(id).unwrap()),
                members: None,
            }),
            payload: self::payload(&json!(payload).to_string()),
            tasks: Vec::new(),
            format: if is_sqs { Format::Sqs } else { Format::Sosw },
        };
        let arrived = Event::read(&sent.to_json().unwrap()).unwrap();
        prop_assert_eq!(as_value(&arrived), as_value(&sent));
        prop_assert_eq!(
            (arrived.task_id, arrived.labourer_id, arrived.created_at, arrived.greenfield),
            (sent.task_id, sent.labourer_id, sent.created_at, sent.greenfield)
        );
        prop_assert_eq!((arrived.attempts, arrived.sosw), (sent.attempts, sent.sosw));
        prop_assert_eq!((arrived.format, arrived.tasks.len()), (sent.format, 0));
    }
}

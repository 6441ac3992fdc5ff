//! Several tasks in one event, and tasks as messages of SQS.

use rstest::rstest;

use super::*;

/// An event of the tasks 7, 8, … of a job, with these payloads.
fn block(payloads: &[&str]) -> Event {
    let mut event = event("{}");
    let job = JobId::new("j").unwrap();
    event.tasks = (7..)
        .zip(payloads)
        .map(|(number, text)| Member {
            task_id: TaskId::of_job(&job, number),
            payload: self::payload(text),
        })
        .collect();
    let members = Members::from(7..7 + payloads.len() as u64);
    event.sosw.as_mut().unwrap().members = Some(members);
    event
}

fn sqs(event: Event) -> Event {
    Event { format: Format::Sqs, ..event }
}

fn again(event: &Event) -> Event {
    Event::read(&event.to_json().unwrap()).unwrap()
}

fn tasks_of(event: &Event) -> Vec<(TaskId, String)> {
    let text = |task: &Member| serde_json::to_string(&task.payload).unwrap();
    event.members().iter().map(|task| (task.task_id.clone(), text(task))).collect()
}

#[test]
fn a_blocks_event_has_a_list_of_its_tasks_with_their_payloads() {
    let forging = r#"{"a": 1, "task_id": "forged", "sosw": "forged"}"#;
    let event = block(&[forging, r#"{"tasks": []}"#]);
    let id = |place: usize| event.tasks[place].task_id.as_str();
    let expected = json!({
        "task_id": "t", "labourer_id": "worker", "created_at": 1_800_000_000.5,
        "greenfield": 2000, "attempts": 1,
        "tasks": [{ "task_id": id(0), "a": 1 }, { "task_id": id(1), "tasks": [] }],
        "sosw": {
            "claim": "c", "attempt": 2, "expires_at": 1_800_000_060, "job_id": "j", "members": "7-8",
        },
    });
    assert_eq!(as_value(&event), expected);
    let arrived = again(&event);
    assert!(arrived.is_block() && arrived.payload.is_empty());
    assert_eq!(as_value(&arrived), expected);
}

#[test]
fn a_message_of_sqs_has_all_fields_that_lambda_delivers() {
    let mut event = sqs(event(r#"{"word": "a"}"#));
    event.task_id = TaskId::new("t7").unwrap();
    let body = r#"{"word":"a"}"#;
    let expected = json!([{
        "messageId": "t7",
        "receiptHandle": "t7",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "2",
            "SentTimestamp": "1800000000500",
            "SenderId": "sosw",
            "ApproximateFirstReceiveTimestamp": "1800000000500",
        },
        "messageAttributes": {},
        "md5OfBody": "fb27e228a384237a1d28b51f18b83da1",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:worker",
        "awsRegion": "us-east-1",
    }]);
    let sent = as_value(&event);
    assert_eq!(sent["Records"], expected);
    assert_eq!((&sent["task_id"], &sent["sosw"]["claim"]), (&json!("t7"), &json!("c")));
    let arrived = again(&event);
    assert_eq!((arrived.format, arrived.is_block()), (Format::Sqs, false));
    assert_eq!(arrived.payload["word"].get(), r#""a""#);
}

#[rstest]
#[case::sosw(Format::Sosw)]
#[case::sqs(Format::Sqs)]
fn the_tasks_of_a_block_arrive_as_they_were_meant(#[case] format: Format) {
    let odd = r#"{"big":123456789012345678901234567890,"far":1e999,"half":"\ud83d"}"#;
    let sent = Event { format, ..block(&[odd, "{}", "no object", "[1]"]) };
    let arrived = again(&sent);
    assert_eq!((arrived.format, tasks_of(&arrived)), (format, tasks_of(&sent)));
    assert_eq!(arrived.sosw, sent.sosw);
}

#[test]
fn a_block_may_have_one_task() {
    for sent in [block(&["{}"]), sqs(block(&["{}"]))] {
        assert!(again(&sent).is_block());
    }
}

#[test]
fn a_payload_may_look_like_a_block_or_like_an_event_of_sqs() {
    let own = r#"{"tasks": [{"task_id": "x"}], "Records": [{"messageId": "m", "body": "b"}]}"#;
    let arrived = again(&event(own));
    assert_eq!((arrived.format, arrived.is_block()), (Format::Sosw, false));
    assert_eq!(arrived.payload.keys().collect::<Vec<_>>(), ["tasks", "Records"]);
}

#[test]
fn members_that_cannot_be_understood_spoil_no_event() {
    for members in [json!(null), json!(7), json!("9-1"), json!(""), json!(["7"])] {
        let mut single = as_value(&event(r#"{"a": 1}"#));
        single["sosw"]["members"] = members.clone();
        let read_single = read(single).unwrap();
        assert_eq!(read_single.sosw.unwrap().members, None);
        assert_eq!(read_single.payload.len(), 1);

        let mut of_block = as_value(&block(&["{}", "{}"]));
        of_block["sosw"]["members"] = members.clone();
        let is_understood_as_block = read(of_block).unwrap().tasks.len() == 2;
        assert_eq!(is_understood_as_block, !members.is_null(), "{members}");
    }
}

#[test]
fn a_block_without_readable_tasks_is_no_event() {
    for tasks in [json!([]), json!([7]), json!([{ "a": 1 }]), json!([{ "task_id": "" }]), json!(7)]
    {
        let mut event = as_value(&block(&["{}"]));
        event["tasks"] = tasks.clone();
        assert!(read(event).is_err(), "{tasks}");
    }
    let mut event = as_value(&block(&["{}"]));
    event.as_object_mut().unwrap().remove("tasks");
    assert!(read(event).unwrap_err().to_string().contains("has no tasks"));
}

#[rstest]
#[case::sosw(Format::Sosw)]
#[case::sqs(Format::Sqs)]
fn an_event_is_no_larger_than_its_members_and_a_frame(#[case] format: Format) {
    let long = json!({ "a\"b": "ü\\\n".repeat(3000), "c": "x".repeat(10_000) }).to_string();
    let texts = ["{}", r#"{"a":1}"#, "{ \"a\" :\t[1,\n\"\u{7f}\"] }", &long];
    let payloads: Vec<_> = texts.iter().cycle().take(400).copied().collect();
    let mut event = Event { format, ..block(&payloads) };
    let labourer = LabourerId::new(format!("arn:\"{}", "w".repeat(135))).unwrap();
    event.labourer_id = labourer.clone();
    event.attempts = 1_000_000;
    let ours = event.sosw.as_mut().unwrap();
    ours.attempt = Some(1_000_001);
    ours.members = Some(Members::from(u64::MAX - 1000..u64::MAX));
    ours.job_id = Some(JobId::new("\"".repeat(255)).unwrap());
    let members: usize = payloads.iter().map(|text| format.member_size(&labourer, text)).sum();
    let (real, most) = (event.to_json().unwrap().len(), members + Format::FRAME);
    assert!(real <= most, "{real} > {most}");
    assert!(most - real < 20 * payloads.len() + Format::FRAME, "{most} is much more than {real}");
}

#[test]
fn formats_have_names_for_the_config() {
    let names = [Format::Sosw, Format::Sqs].map(|format| serde_json::to_value(format).unwrap());
    assert_eq!(names, ["sosw", "sqs"]);
}

//! `sosw dead-letters`, with SQS and Lambda of this machine.

use std::sync::{Arc, Mutex};

use local::lambda::{Function, Lambda, LambdaConfig};
use serde_json::{Value, json};

use crate::{
    sqs::Sqs,
    world::{Ended, Place, plain},
};

const ASSISTANT: &str = "sosw_worker_assistant";
const SCHEDULER: &str = "sosw_scheduler";
const REPORTS: &str = "sosw_dead_reports";
const JOBS: &str = "sosw_dead_jobs";
const TICKS: &str = "sosw_dead_ticks";

/// The events that functions received.
type Received = Arc<Mutex<Vec<(&'static str, Value)>>>;

struct Stack {
    sqs: Sqs,
    lambda: Lambda,
    received: Received,
    place: Place,
    variables: Vec<(&'static str, String)>,
}

impl Stack {
    async fn with(functions: &[&'static str]) -> Self {
        let (sqs, received) = (Sqs::new(), Received::default());
        let lambda = Lambda::start(LambdaConfig::default()).await.unwrap();
        for name in functions.iter().copied() {
            let into = received.clone();
            let function = Function::in_process(name, move |event, _| {
                into.lock().unwrap().push((name, event));
                async { Ok(Value::Null) }
            });
            lambda.deploy(function).unwrap();
        }
        let variables = vec![
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_ENDPOINT_URL_SQS", sqs.serve().await),
            ("AWS_ENDPOINT_URL_LAMBDA", lambda.url()),
        ];
        Self { sqs, lambda, received, place: Place::new(&plain(1)), variables }
    }

    async fn new() -> Self {
        Self::with(&[ASSISTANT, SCHEDULER]).await
    }

    fn sosw(&self, arguments: &str) -> Ended {
        let running = self.place.start_with(&format!("dead-letters {arguments}"), &self.variables);
        running.end()
    }

    fn json(&self, arguments: &str) -> Value {
        let ended = self.sosw(&format!("{arguments} --json"));
        serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
    }

    async fn received(&self) -> Vec<(&'static str, Value)> {
        self.lambda.idle().await;
        self.received.lock().unwrap().clone()
    }
}

/// What Lambda writes of an event that a function failed on.
fn record(function: &str, event: &Value) -> Value {
    json!({
        "version": "1.0",
        "requestContext": {
            "requestId": "r1", "condition": "RetriesExhausted", "approximateInvokeCount": 3,
            "functionArn": format!("arn:aws:lambda:us-east-1:000000000000:function:{function}:$LATEST"),
        },
        "requestPayload": event,
        "responsePayload": { "errorType": "StoreFailed", "errorMessage": "no answer" },
    })
}

fn report(task: &str) -> Value {
    let report = json!({
        "action": "mark_task_as_completed", "task_id": task, "result": { "secret": 7 },
    });
    record(ASSISTANT, &report)
}

fn job() -> Value {
    record(SCHEDULER, &json!({ "lambda_name": "resize", "secret": 8 }))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_when_the_queues_are_empty() {
    let stack = Stack::new().await;
    let listed = stack.sosw("list");
    assert_eq!((listed.code(), listed.stdout.trim()), (Some(0), "there are no dead letters"));
    let resent = stack.sosw("resend");
    assert_eq!(resent.code(), Some(0), "{resent:?}");
    assert_eq!(resent.stdout.trim(), "there are no dead letters: nothing was sent");
    assert_eq!(stack.received().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_without_payloads_and_stay_where_they_are() {
    let stack = Stack::new().await;
    stack.sqs.put(REPORTS, &report("t1").to_string(), &[]);
    stack.sqs.put(JOBS, &job().to_string(), &[]);
    let tick = json!({ "detail-type": "Scheduled Event", "source": "aws.events" });
    let why = [("ERROR_CODE", "THROTTLING"), ("TARGET_ARN", "arn:aws:lambda:r:1:function:tick")];
    stack.sqs.put(TICKS, &tick.to_string(), &why);

    let listed = stack.sosw("list");
    assert_eq!(listed.code(), Some(0), "{listed:?}");
    for word in ["1h", ASSISTANT, "task t1", "new job for resize", "tick", "THROTTLING"] {
        assert!(listed.stdout.contains(word), "no {word:?} in {listed:?}");
    }
    assert!(!listed.stdout.contains("secret"), "{listed:?}");
    let letters = stack.json("list --queue reports");
    let [letter] = letters.as_array().unwrap().as_slice() else { panic!("{letters}") };
    assert_eq!(letter["subject"], json!({ "tasks": ["t1"] }));
    assert_eq!(letter["condition"], "RetriesExhausted");
    assert_eq!(letter["error"], "StoreFailed: no answer");
    assert_eq!(letter["event"], Value::Null);
    let letters = stack.json("list --queue jobs --payload");
    assert_eq!(letters[0]["event"]["secret"], 8);
    assert_eq!(stack.received().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_sent_to_its_function_and_its_message_deleted_ticks_are_only_deleted() {
    let stack = Stack::new().await;
    for n in 0..25 {
        stack.sqs.put(REPORTS, &report(&format!("t{n}")).to_string(), &[]);
    }
    stack.sqs.put(JOBS, &job().to_string(), &[]);
    stack.sqs.put(TICKS, &record("sosw_scavenger", &json!({ "source": "aws" })).to_string(), &[]);

    let planned = stack.sosw("resend --dry-run --limit 3");
    assert_eq!(planned.code(), Some(0), "{planned:?}");
    assert!(planned.stdout.contains("reports: task t0: would be sent to sosw_worker_assistant"));
    assert_eq!(planned.stdout.lines().count(), 3 + 1 + 1 + 1, "{planned:?}");
    assert!(planned.stdout.ends_with("There may be more: use --limit\n"), "{planned:?}");
    let planned = stack.json("resend --dry-run --queue jobs");
    assert_eq!((&planned[0]["outcome"], &planned[0]["dry_run"]), (&json!("sent"), &json!(true)));
    assert_eq!(stack.received().await, []);

    let resent = stack.sosw("resend");
    assert_eq!((resent.code(), resent.stdout.lines().count()), (Some(0), 27), "{resent:?}");
    assert!(resent.stdout.contains("ticks: tick: deleted and not sent"), "{resent:?}");
    let received = stack.received().await;
    assert_eq!(received.len(), 26);
    for n in 0..25 {
        assert!(received.contains(&(ASSISTANT, report(&format!("t{n}")))), "t{n}");
    }
    assert!(received.contains(&(SCHEDULER, job())), "the record, which names the delivery");
    for queue in [REPORTS, JOBS, TICKS] {
        assert_eq!(stack.sqs.ids(queue), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_stays_in_the_queue_and_nothing_of_it_is_sent() {
    let stack = Stack::new().await;
    stack.sqs.put(REPORTS, "", &[]);
    stack.sqs.put(REPORTS, &record(ASSISTANT, &json!({})).to_string(), &[]);
    stack.sqs.put(REPORTS, &report("t1").to_string(), &[]);
    stack.sqs.put(TICKS, "garbage", &[]);
    assert_eq!(stack.sosw("resend --dry-run").code(), Some(0), "nothing has failed yet");
    let resent = stack.sosw("resend");
    assert_eq!(resent.code(), Some(1), "{resent:?}");
    for told in ["sosw_dead_reports-0: stays in the queue: it is empty", "it contains no event"] {
        assert!(resent.stdout.contains(told), "no {told:?} in {resent:?}");
    }
    assert!(resent.stderr.contains("3 messages not sent again"), "{resent:?}");
    assert_eq!(stack.received().await, [(ASSISTANT, report("t1"))]);
    assert_eq!(stack.sqs.ids(REPORTS), ["sosw_dead_reports-0", "sosw_dead_reports-1"]);
    assert_eq!(stack.sqs.ids(TICKS), ["sosw_dead_ticks-0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lambda_refuses_is_tried_once_and_stays() {
    let stack = Stack::with(&[]).await;
    for n in 0..12 {
        stack.sqs.put(REPORTS, &report(&format!("t{n}")).to_string(), &[]);
    }
    let resent = stack.sosw("resend --queue reports");
    assert_eq!((resent.code(), resent.stdout.lines().count()), (Some(1), 12), "{resent:?}");
    assert!(resent.stdout.contains("ResourceNotFoundException"), "{resent:?}");
    assert_eq!((stack.sqs.ids(REPORTS).len(), stack.sqs.received()), (12, 12));
    let listed = stack.json("list --queue reports");
    assert_eq!(listed.as_array().unwrap().len(), 12, "they can be received again at once");

    stack.sqs.hide_nothing();
    let resent = stack.sosw("resend --queue reports");
    assert_eq!(resent.code(), Some(1), "{resent:?}");
    assert!(resent.stdout.lines().count() <= 12, "once, even if they are shown again: {resent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_sent_and_is_still_in_the_queue_is_told() {
    let stack = Stack::new().await;
    stack.sqs.put(REPORTS, &report("t1").to_string(), &[]);
    stack.sqs.deny("DeleteMessage");
    let resent = stack.sosw("resend");
    assert_eq!(resent.code(), Some(1), "{resent:?}");
    let told = "sent, but stays in the queue: DeleteMessage of queue sosw_dead_reports failed";
    assert!(resent.stdout.contains(told), "{resent:?}");
    assert_eq!(stack.received().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_does_not_exist_is_named() {
    let stack = Stack::new().await;
    for command in ["list --stack nihgt", "resend --stack nihgt"] {
        let ended = stack.sosw(command);
        assert_eq!(ended.code(), Some(1), "{ended:?}");
        assert!(ended.stderr.contains("there is no queue nihgt_dead_ticks"), "{ended:?}");
    }
}

//! SQS as far as `sosw dead-letters` calls it: queues of a stack, served with the JSON protocol.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// An error's type, the code that the query protocol has for it, and the message.
type Refusal = (&'static str, &'static str, String);
/// Status, a header, and body.
type Answer = (StatusCode, [(&'static str, String); 1], Json<Value>);

/// The service. Clones are the same one.
#[derive(Clone, Default)]
pub struct Sqs(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    queues: BTreeMap<String, Vec<Message>>,
    denied: Option<&'static str>,
    hides_nothing: bool,
    received: usize,
}

struct Message {
    id: String,
    body: String,
    attributes: Map<String, Value>,
    sent_at: u128,
    visible_at: Instant,
}

impl Sqs {
    /// The queues of the stack `sosw`, all empty.
    pub fn new() -> Self {
        let sqs = Self::default();
        for queue in ["sosw_dead_ticks", "sosw_dead_reports", "sosw_dead_jobs"] {
            sqs.0.lock().unwrap().queues.insert(queue.to_owned(), Vec::new());
        }
        sqs
    }

    /// Serves it as long as the runtime lives. Returns its endpoint.
    pub async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(act)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// Puts a message into a queue, an hour ago.
    pub fn put(&self, queue: &str, body: &str, attributes: &[(&str, &str)]) {
        let mut inner = self.0.lock().unwrap();
        let messages = inner.queues.get_mut(queue).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let attributes = attributes.iter().map(|(name, value)| {
            ((*name).to_owned(), json!({ "DataType": "String", "StringValue": value }))
        });
        messages.push(Message {
            id: format!("{queue}-{}", messages.len()),
            body: body.to_owned(),
            attributes: attributes.collect(),
            sent_at: (now - Duration::from_secs(3600)).as_millis(),
            visible_at: Instant::now(),
        });
    }

    /// Refuses this action from now on.
    pub fn deny(&self, action: &'static str) {
        self.0.lock().unwrap().denied = Some(action);
    }

    /// Shows messages again at once, as if their readers took longer than any time-out.
    pub fn hide_nothing(&self) {
        self.0.lock().unwrap().hides_nothing = true;
    }

    /// Ids of the messages in a queue, hidden or not.
    pub fn ids(&self, queue: &str) -> Vec<String> {
        self.0.lock().unwrap().queues[queue].iter().map(|message| message.id.clone()).collect()
    }

    /// How many messages were received.
    pub fn received(&self) -> usize {
        self.0.lock().unwrap().received
    }
}

async fn act(State(sqs): State<Sqs>, headers: HeaderMap, body: Bytes) -> Answer {
    let request = serde_json::from_slice(&body).unwrap();
    let target = headers["x-amz-target"].to_str().unwrap();
    let mut inner = sqs.0.lock().unwrap();
    match inner.act(target.trim_start_matches("AmazonSQS."), &request) {
        Ok(answer) => (StatusCode::OK, [("x-amzn-requestid", "r".into())], Json(answer)),
        Err((kind, code, message)) => {
            let header = ("x-amzn-query-error", format!("{code};Sender"));
            let error =
                json!({ "__type": format!("com.amazonaws.sqs#{kind}"), "message": message });
            (StatusCode::BAD_REQUEST, [header], Json(error))
        }
    }
}

impl Inner {
    fn act(&mut self, action: &str, request: &Value) -> Result<Value, Refusal> {
        if self.denied == Some(action) {
            return Err(("AccessDenied", "AccessDenied", format!("sqs:{action} is not allowed")));
        }
        let name = request["QueueName"].as_str().or(request["QueueUrl"].as_str()).unwrap();
        let name = name.rsplit('/').next().unwrap();
        let (hides_nothing, received) = (self.hides_nothing, &mut self.received);
        let no_queue = || {
            let code = "AWS.SimpleQueueService.NonExistentQueue";
            ("QueueDoesNotExist", code, format!("no queue {name}"))
        };
        let messages = self.queues.get_mut(name).ok_or_else(no_queue)?;
        match action {
            "GetQueueUrl" => Ok(json!({ "QueueUrl": format!("http://sqs/000000000000/{name}") })),
            "ReceiveMessage" => {
                let hidden = request["VisibilityTimeout"].as_u64().unwrap();
                let most = request["MaxNumberOfMessages"].as_u64().unwrap() as usize;
                let visible = messages.iter_mut().filter(|m| m.visible_at <= Instant::now());
                let batch: Vec<_> = visible.take(most).collect();
                *received += batch.len();
                let batch = batch.into_iter().map(|message| {
                    if !hides_nothing {
                        message.visible_at = Instant::now() + Duration::from_secs(hidden);
                    }
                    message.shown()
                });
                Ok(json!({ "Messages": batch.collect::<Vec<_>>() }))
            }
            "DeleteMessage" => {
                messages.retain(|message| request["ReceiptHandle"] != message.id);
                Ok(json!({}))
            }
            "ChangeMessageVisibilityBatch" => {
                for entry in request["Entries"].as_array().unwrap() {
                    let shown = messages.iter_mut().find(|m| entry["ReceiptHandle"] == m.id);
                    shown.unwrap().visible_at = Instant::now();
                }
                Ok(json!({ "Successful": [], "Failed": [] }))
            }
            other => Err(("UnsupportedOperation", "UnsupportedOperation", other.to_owned())),
        }
    }
}

impl Message {
    fn shown(&self) -> Value {
        json!({
            "MessageId": self.id, "ReceiptHandle": self.id, "Body": self.body,
            "Attributes": { "SentTimestamp": self.sent_at.to_string() },
            "MessageAttributes": self.attributes,
        })
    }
}

//! AWS within the process: what is sent is done at once and on the caller's own thread, so that
//! nothing is under way but what the wire holds, and the same calls always meet the same state.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, actions::scan::ScanRequest};
use guarantees::engine::dispatch;
use serde_json::Value;

use super::bugs::Bug;

/// DynamoDB, and a Lambda that takes every event.
#[derive(Clone)]
pub struct Aws {
    tables: Database,
    writes: Arc<AtomicU64>,
    events: Arc<Mutex<Vec<Value>>>,
    bug: Arc<Mutex<Option<Bug>>>,
}

impl Aws {
    pub fn new() -> Self {
        let tables = Database::memory().unwrap();
        Self { tables, writes: Arc::default(), events: Arc::default(), bug: Arc::default() }
    }

    /// How often something may have been written.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// All items of a table, past the SDK.
    pub fn items(&self, table: &str) -> Vec<HashMap<String, AttributeValue>> {
        let request = ScanRequest { table_name: table.to_owned(), ..ScanRequest::default() };
        let found = self.tables.scan(request).unwrap().items.unwrap_or_default();
        found.into_iter().map(attributes).collect()
    }

    /// The events that labourers were invoked with since the last call.
    pub fn events(&self) -> Vec<Value> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }

    /// From now on transactions are as they are with the bug.
    pub fn seed(&self, bug: Option<Bug>) {
        *self.bug.lock().unwrap() = bug;
    }

    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let body = request.body().bytes().unwrap_or_default();
        let target = request.headers().get("x-amz-target").and_then(|t| t.rsplit('.').next());
        let Some(operation) = target else {
            self.events.lock().unwrap().push(serde_json::from_slice(body).unwrap());
            return respond(202, String::new());
        };
        if !["GetItem", "BatchGetItem", "TransactGetItems", "Query"].contains(&operation) {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        let bug = *self.bug.lock().unwrap();
        let spoilt = bug.filter(|_| operation == "TransactWriteItems").map(|bug| bug.spoil(body));
        match dispatch(&self.tables, operation, spoilt.as_deref().unwrap_or(body)) {
            Ok(text) => respond(200, text),
            Err(error) => respond(error.status_code(), error.to_json()),
        }
    }
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aws")
    }
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(self.answer(&request)))
    }
}

fn respond(status: u16, text: String) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(text))
}

fn attributes(item: dynoxide::Item) -> HashMap<String, AttributeValue> {
    item.into_iter().map(|(name, value)| (name, attribute(value))).collect()
}

fn attribute(value: dynoxide::AttributeValue) -> AttributeValue {
    use dynoxide::AttributeValue as Theirs;
    match value {
        Theirs::S(text) => AttributeValue::S(text),
        Theirs::N(number) => AttributeValue::N(number),
        Theirs::B(bytes) => AttributeValue::B(bytes.into()),
        Theirs::BOOL(is) => AttributeValue::Bool(is),
        Theirs::NULL(is) => AttributeValue::Null(is),
        Theirs::SS(texts) => AttributeValue::Ss(texts),
        Theirs::NS(numbers) => AttributeValue::Ns(numbers),
        Theirs::BS(all) => AttributeValue::Bs(all.into_iter().map(Into::into).collect()),
        Theirs::L(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        Theirs::M(values) => AttributeValue::M(attributes(values)),
    }
}

//! The wire between the SDK and its services: it records every call, and can be cut.
//!
//! It lies below the SDK's retries, so that trouble on it is what a broken network is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient as _, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector, http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// What went over the wire.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation (`GetItem`), or Lambda's path.
    pub operation: String,
    body: Vec<u8>,
    /// Bytes of the answer.
    pub answered: u64,
}

impl Call {
    /// Is it about this table (or index, or anything else that the request names)?
    pub fn names(&self, text: &str) -> bool {
        self.operation.contains(text) || String::from_utf8_lossy(&self.body).contains(text)
    }

    pub fn body(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The counter of a job that a transaction touches, and the task that it is about.
    fn counter(&self) -> Option<CallCounter> {
        let body = self.body();
        let items = body["TransactItems"].as_array()?;
        let mut parts = items.iter().filter_map(|item| item["Update"]["Key"]["part"]["S"].as_str());
        let part = parts.find(|part| part.starts_with("count"))?.to_owned();
        let mut tasks =
            items.iter().filter_map(|item| item["Delete"]["Key"]["task_id"]["S"].as_str());
        Some(CallCounter { part, task: tasks.next()?.to_owned() })
    }

    /// Which part of which index it asks for, whatever the time; nothing if it asks for none.
    pub fn index(&self) -> Option<String> {
        let body = self.body();
        let index = body.get("IndexName")?;
        let parts = ["KeyConditionExpression", "ScanIndexForward", "Select"];
        let parts: Vec<_> = parts.iter().filter_map(|part| body.get(part)).collect();
        Some(json!([index, parts, body["ExpressionAttributeValues"][":l"]]).to_string())
    }

    pub fn is_write(&self) -> bool {
        !["GetItem", "BatchGetItem", "TransactGetItems", "Query"].contains(&self.operation.as_str())
    }
}

#[derive(Clone, PartialEq)]
struct CallCounter {
    part: String,
    task: String,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum WireFault {
    /// It is applied, and nobody hears of it.
    AnswerLost,
    /// It arrives twice.
    Twice,
    /// It is refused with this status and error, and not applied.
    Refused(u16, Value),
    /// It is applied, and answered with this status and error.
    AppliedBut(u16, Value),
    /// It is applied, and its answer waits at the gate.
    Unanswered(Gate),
    /// A query of an index is answered as the same one was before.
    Stale,
    /// It waits at the gate.
    Held(Gate),
}

impl WireFault {
    /// An error of DynamoDB, by its name.
    pub fn error(status: u16, name: &str) -> Self {
        Self::Refused(
            status,
            json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}") }),
        )
    }

    /// A transaction of `items` items that met another.
    pub fn conflict(items: usize) -> Self {
        let mut reasons = vec![json!({ "Code": "None" }); items];
        reasons[0] = json!({ "Code": "TransactionConflict" });
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        Self::Refused(400, json!({ "__type": kind, "CancellationReasons": reasons }))
    }
}

/// Where requests wait.
#[derive(Clone, Debug)]
pub struct Gate {
    reached: Arc<Semaphore>,
    open: Arc<Semaphore>,
    behind: Arc<Mutex<Option<WireFault>>>,
}

impl Gate {
    pub fn closed() -> Self {
        let closed = || Arc::new(Semaphore::new(0));
        Self { reached: closed(), open: closed(), behind: Arc::default() }
    }

    /// Waits until a request waits.
    pub async fn reached(&self) {
        self.reached.acquire().await.unwrap().forget();
    }

    /// Lets it go.
    pub fn open(&self) {
        self.open.add_permits(1);
    }

    /// Lets it go, into this trouble.
    pub fn open_to(&self, trouble: Option<WireFault>) {
        *self.behind.lock().unwrap() = trouble;
        self.open();
    }

    async fn pass(&self) -> Option<WireFault> {
        self.reached.add_permits(1);
        self.open.acquire().await.unwrap().forget();
        self.behind.lock().unwrap().take()
    }
}

tokio::task_local! {
    /// The trace header of the invocation that a function works on. The SDK of a function with a
    /// process of its own finds it in its environment.
    pub static TRACE: String;
}

type Which = Box<dyn FnMut(&Call) -> bool + Send>;
type Decide = Box<dyn FnMut(&Call) -> Option<WireFault> + Send>;

#[derive(Default)]
struct WireState {
    calls: Vec<Call>,
    /// The latest answer to each query of an index.
    indexes: HashMap<String, Vec<u8>>,
    rules: Vec<(Which, usize, WireFault)>,
    /// Counters of jobs in transactions that are under way, and how often two of them met.
    counters: Vec<CallCounter>,
    met: usize,
    copies_every_trace: bool,
    delay: Duration,
    decide: Option<Decide>,
}

#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<WireState>>);

impl Wire {
    fn state(&self) -> MutexGuard<'_, WireState> {
        self.0.lock().unwrap()
    }

    /// The next `times` requests that are such meet this trouble.
    pub fn cut(
        &self,
        times: usize,
        trouble: WireFault,
        which: impl FnMut(&Call) -> bool + Send + 'static,
    ) {
        self.state().rules.push((Box::new(which), times, trouble));
    }

    /// `decide` is asked about every request that meets no other trouble.
    pub fn decide(&self, decide: impl FnMut(&Call) -> Option<WireFault> + Send + 'static) {
        self.state().decide = Some(Box::new(decide));
    }

    /// The next request that is such waits at the gate.
    pub fn hold(&self, which: impl FnMut(&Call) -> bool + Send + 'static) -> Gate {
        let gate = Gate::closed();
        self.cut(1, WireFault::Held(gate.clone()), which);
        gate
    }

    /// After `calls` more requests nothing gets through: they wait at the gate, as if whoever sent
    /// them were dead.
    pub fn stop(&self, calls: usize) -> Gate {
        let (gate, mut sent) = (Gate::closed(), 0);
        self.cut(usize::MAX, WireFault::Held(gate.clone()), move |_| {
            sent += 1;
            sent > calls
        });
        gate
    }

    /// How many transactions touched a counter of a job while one of another task did.
    pub fn met_at_counters(&self) -> usize {
        self.state().met
    }

    /// Lets the trace header of a function's invocation replace the one that it sets itself.
    pub fn copy_every_trace(&self) {
        self.state().copies_every_trace = true;
    }

    /// Holds back every request for so long, as a network does.
    pub fn slow_down(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// Removes every cut.
    pub fn restore(&self) {
        self.state().rules.clear();
    }

    /// What went over it since the last call.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    /// An HTTP client whose requests go over this wire.
    pub fn client(&self) -> SharedHttpClient {
        let real = aws_smithy_http_client::Builder::new().build_http();
        let wire = self.clone();
        http_client_fn(move |_: &HttpConnectorSettings, components| {
            // No time-outs: tests hold requests for as long as they like.
            let settings = HttpConnectorSettings::builder().build();
            let real = real.http_connector(&settings, components);
            SharedHttpConnector::new(Connector { wire: wire.clone(), real })
        })
    }

    /// The same with another end of the wire than the network.
    pub fn client_to(&self, real: SharedHttpConnector) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(Connector { wire: self.clone(), real });
        http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone())
    }

    fn enter(&self, counter: &CallCounter) {
        let mut state = self.state();
        // Two reports of one task meet at the task itself.
        let meets = |other: &CallCounter| other.part == counter.part && other.task != counter.task;
        state.met += usize::from(state.counters.iter().any(meets));
        state.counters.push(counter.clone());
    }

    fn leave(&self, counter: &CallCounter) {
        let mut state = self.state();
        let place = state.counters.iter().position(|other| other == counter).unwrap();
        state.counters.swap_remove(place);
    }

    /// What the index showed the last time.
    fn earlier(&self, index: &str) -> Option<HttpResponse> {
        let bytes = self.state().indexes.get(index).cloned()?;
        let status = StatusCode::try_from(200).unwrap();
        Some(HttpResponse::new(status, SdkBody::from(bytes)))
    }

    fn trouble(&self, call: &Call) -> Option<WireFault> {
        self.ruled(call).or_else(|| self.state().decide.as_mut()?(call))
    }

    fn ruled(&self, call: &Call) -> Option<WireFault> {
        self.state().rules.iter_mut().find_map(|(which, times, trouble)| {
            let met = *times > 0 && which(call);
            *times -= usize::from(met);
            met.then(|| trouble.clone())
        })
    }
}

#[derive(Clone)]
struct Connector {
    wire: Wire,
    real: SharedHttpConnector,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let has_trace = request.headers().contains_key("x-amzn-trace-id");
        let copies = !has_trace || self.wire.state().copies_every_trace;
        if let (true, Ok(trace)) = (copies, TRACE.try_with(String::clone)) {
            request.headers_mut().insert("x-amzn-trace-id", trace);
        }
        let connector = self.clone();
        HttpConnectorFuture::new(async move { connector.carry(request).await })
    }
}

impl Connector {
    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let delay = self.wire.state().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let mut call = read(&request);
        let again = request.try_clone();
        let mut trouble = self.wire.trouble(&call);
        while let Some(WireFault::Held(gate)) = trouble {
            let behind = gate.pass().await;
            trouble = behind.or_else(|| self.wire.ruled(&call));
        }
        match trouble {
            None | Some(WireFault::Held(_)) => {}
            Some(WireFault::Twice) => drop(self.real.call(again.unwrap()).await?),
            Some(WireFault::AnswerLost) => {
                self.real.call(request).await?;
                return Err(ConnectorError::io("the answer is lost".into()));
            }
            Some(WireFault::Refused(status, error)) => return Ok(refusal(status, &error)),
            Some(WireFault::AppliedBut(status, error)) => {
                self.real.call(request).await?;
                return Ok(refusal(status, &error));
            }
            Some(WireFault::Unanswered(gate)) => {
                let answer = self.real.call(request).await?;
                gate.pass().await;
                return Ok(answer);
            }
            Some(WireFault::Stale) => {
                if let Some(answer) = call.index().and_then(|index| self.wire.earlier(&index)) {
                    return Ok(answer);
                }
            }
        }
        let counter = call.counter();
        counter.iter().for_each(|counter| self.wire.enter(counter));
        let answer = self.real.call(request).await;
        counter.iter().for_each(|counter| self.wire.leave(counter));
        let mut answer = answer?;
        if let Some(index) = call.index() {
            let bytes = collect(answer.take_body()).await?;
            self.wire.state().indexes.insert(index, bytes.clone());
            *answer.body_mut() = SdkBody::from(bytes);
        }
        let length = answer.headers().get("content-length");
        call.answered = length.and_then(|text| text.parse().ok()).unwrap_or_default();
        self.wire.state().calls.push(call);
        Ok(answer)
    }
}

async fn collect(body: SdkBody) -> Result<Vec<u8>, ConnectorError> {
    let stream = ByteStream::new(body).collect().await;
    Ok(stream.map_err(|e| ConnectorError::io(e.into()))?.to_vec())
}

fn read(request: &HttpRequest) -> Call {
    let target = request.headers().get("x-amz-target").and_then(|t| t.rsplit('.').next());
    // Lambda's way, and CloudWatch's.
    let paths = ["/functions/", "/operation/"].into_iter();
    let path = paths.filter_map(|part| request.uri().rsplit_once(part)).map(|(_, p)| p).next();
    let bytes = request.body().bytes().unwrap_or_default();
    // SNS's way.
    let form = std::str::from_utf8(bytes).ok().and_then(|text| text.strip_prefix("Action="));
    let form = form.and_then(|fields| fields.split('&').next());
    Call {
        operation: target.or(path).or(form).unwrap_or_default().to_owned(),
        body: bytes.to_owned(),
        answered: 0,
    }
}

fn refusal(status: u16, error: &Value) -> HttpResponse {
    let status = StatusCode::try_from(status).unwrap();
    let mut answer = HttpResponse::new(status, SdkBody::from(error.to_string()));
    let kind = error["__type"].as_str().unwrap().rsplit('#').next().unwrap().to_owned();
    answer.headers_mut().insert("x-amzn-errortype", kind);
    answer
}

//! DynamoDB as AWS has it, around the embedded engine.
//!
//! A request is on its way, is served, and its answer is on its way. While it is served, a transaction holds
//! its items: another one that meets it there is cancelled, a plain write is refused, plain writes wait for
//! each other. What it writes is charged to the partitions of its items and of their index entries, even if
//! it is refused. An index shows it later.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use dynoxide::Database;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    chance::Chance,
    parameters::{BackPressure, Parameters},
    partitions::{Demand, Full, Partitions},
};
use crate::engine::dispatch;

/// An answer: status and body.
pub type Answer = (u16, String);

/// What was asked, and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    pub calls: u64,
    pub write_units: f64,
    pub read_units: f64,
    /// Transactions that were cancelled because another one held one of their items.
    pub conflicts: u64,
    /// Requests that were refused because a partition was full, by the name of the partition.
    pub throttled: HashMap<String, u64>,
}

pub struct Tables {
    parameters: Parameters,
    base: Database,
    /// The same tables as the indexes show them.
    view: Database,
    state: Mutex<State>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tables")
    }
}

#[derive(Debug, Default)]
struct State {
    schemas: HashMap<String, Schema>,
    /// Items that transactions hold.
    held: HashSet<String>,
    partitions: Partitions,
    /// Until when tables are throttled as a whole.
    blocked: HashMap<String, Instant>,
    /// Writes that the indexes do not show yet, the earliest first.
    unseen: BinaryHeap<Reverse<Unseen>>,
    /// Until when the writes of each item are seen: they are seen in their order.
    last_seen: HashMap<String, Instant>,
    writes: u64,
    usage: Usage,
}

#[derive(Debug, PartialEq, Eq)]
struct Unseen {
    at: Instant,
    /// Its place among all writes.
    number: u64,
    operation: &'static str,
    body: String,
}

impl Ord for Unseen {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Unseen {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The keys of a table and of its global index.
#[derive(Clone, Debug, Default)]
struct Schema {
    key: Vec<String>,
    index: Option<(String, Vec<String>)>,
}

/// One item of a request.
#[derive(Clone, Debug)]
struct Touch {
    table: String,
    key: Value,
    /// The item as a whole, if the request has it.
    item: Option<Value>,
    writes: bool,
}

impl Touch {
    fn name(&self) -> String {
        format!("{}{}", self.table, self.key)
    }
}

impl Tables {
    pub fn new(parameters: Parameters) -> Result<Self, dynoxide::DynoxideError> {
        let (base, view) = (Database::memory()?, Database::memory()?);
        Ok(Self { parameters, base, view, state: Mutex::default() })
    }

    /// What was used since the last call.
    pub fn usage(&self) -> Usage {
        std::mem::take(&mut self.state().usage)
    }

    /// What a read finds now, past the model.
    pub fn peek(&self, operation: &str, body: &[u8]) -> Answer {
        answer(dispatch(&self.base, operation, body))
    }

    /// Serves a request.
    pub async fn serve(&self, operation: &str, body: &[u8], chance: &Chance) -> Answer {
        self.state().usage.calls += 1;
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        match operation {
            "TransactWriteItems" | "TransactGetItems" => {
                self.transaction(operation, body, &request, chance).await
            }
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                self.write(operation, body, &request, chance).await
            }
            "GetItem" | "BatchGetItem" | "Query" => {
                self.read(operation, body, &request, chance).await
            }
            _ => self.define(operation, body, &request),
        }
    }

    /// What is asked of tables as such takes no time: it happens before a run.
    fn define(&self, operation: &str, body: &[u8], request: &Value) -> Answer {
        if operation == "CreateTable" {
            let names = |schema: &Value| {
                let keys = schema.as_array().into_iter().flatten();
                keys.filter_map(|key| Some(key["AttributeName"].as_str()?.to_owned())).collect()
            };
            let index = &request["GlobalSecondaryIndexes"][0];
            let index = index["IndexName"]
                .as_str()
                .map(|name| (name.to_owned(), names(&index["KeySchema"])));
            let schema = Schema { key: names(&request["KeySchema"]), index };
            self.state().schemas.insert(text(&request["TableName"]), schema);
            answer(dispatch(&self.view, operation, body));
        }
        answer(dispatch(&self.base, operation, body))
    }

    async fn read(&self, operation: &str, body: &[u8], request: &Value, chance: &Chance) -> Answer {
        let [there, back] = self.halves(chance.time(self.parameters.read));
        sleep(there).await;
        let index = request.get("IndexName").and_then(Value::as_str);
        let table = text(&request["TableName"]);
        let is_global = index.is_some() && {
            let state = self.state();
            state.schemas.get(&table).is_some_and(|schema| {
                schema.index.as_ref().is_some_and(|(name, _)| Some(name.as_str()) == index)
            })
        };
        let answered = match is_global {
            true => {
                self.show();
                dispatch(&self.view, operation, &eventually(request))
            }
            false => dispatch(&self.base, operation, body),
        };
        let (status, body) = answer(answered);
        let units = (body.len() as f64 / 4096.0).ceil() * if is_global { 0.5 } else { 1.0 };
        let mut throttled = None;
        {
            let mut state = self.state();
            state.usage.read_units += units;
            if is_global {
                let labourer = text(&request["ExpressionAttributeValues"][":l"]["S"]);
                let partition = format!("reads of {}/{labourer}", index.unwrap_or_default());
                let rate = self.parameters.partition_reads;
                if state
                    .partitions
                    .take(&[Demand { partition: partition.clone(), units, rate, is_index: true }])
                    .is_err()
                {
                    *state.usage.throttled.entry(partition).or_default() += 1;
                    throttled = Some(error("ProvisionedThroughputExceededException"));
                }
            }
        }
        sleep(back).await;
        throttled.unwrap_or((status, body))
    }

    async fn write(
        &self,
        operation: &str,
        body: &[u8],
        request: &Value,
        chance: &Chance,
    ) -> Answer {
        let [there, back] = self.halves(chance.time(self.parameters.write));
        sleep(there).await;
        let touch = self.touch(operation, request);
        if self.state().held.contains(&touch.name()) {
            self.charge(&[touch], 1.0);
            sleep(back).await;
            return error("TransactionConflictException");
        }
        let answered = match self.admit(std::slice::from_ref(&touch), 1.0) {
            Err(_) => error("ProvisionedThroughputExceededException"),
            Ok(()) => self.apply(operation, body, &[touch], chance),
        };
        sleep(back).await;
        answered
    }

    async fn transaction(
        &self,
        operation: &str,
        body: &[u8],
        request: &Value,
        chance: &Chance,
    ) -> Answer {
        let items = request["TransactItems"].as_array().cloned().unwrap_or_default();
        let touches: Vec<_> = items
            .iter()
            .flat_map(|item| item.as_object().into_iter().flatten())
            .map(|(operation, part)| self.touch(operation, part))
            .collect();
        let time = chance.time(self.parameters.transaction)
            + Duration::from_secs_f64(self.parameters.transaction_item * touches.len() as f64);
        let way = time.mul_f64(self.parameters.on_the_way);
        sleep(way).await;
        let names: Vec<_> = touches.iter().map(Touch::name).collect();
        let met: Vec<bool> = {
            let mut state = self.state();
            let met: Vec<_> = names.iter().map(|name| state.held.contains(name)).collect();
            if met.contains(&true) {
                state.usage.conflicts += 1;
            } else if operation == "TransactWriteItems" {
                state.held.extend(names.iter().cloned());
            }
            met
        };
        if met.contains(&true) {
            self.charge(&touches, 2.0);
            sleep(way).await;
            return cancelled(&met, "TransactionConflict");
        }
        let admitted = self.admit(&touches, 2.0);
        let _held = Held { tables: self, names: &names };
        sleep(time.saturating_sub(2 * way)).await;
        let answered = match admitted {
            Err(place) => {
                let full: Vec<_> = (0..touches.len()).map(|n| n == place).collect();
                cancelled(&full, "ThrottlingError")
            }
            Ok(()) => self.apply(operation, body, &touches, chance),
        };
        drop(_held);
        sleep(way).await;
        answered
    }

    /// Applies a write, and has the indexes show it later.
    fn apply(&self, operation: &str, body: &[u8], touches: &[Touch], chance: &Chance) -> Answer {
        let answered = answer(dispatch(&self.base, operation, body));
        if answered.0 != 200 {
            return answered;
        }
        for touch in touches.iter().filter(|touch| touch.writes && self.is_indexed(&touch.table)) {
            let (table, name) = (&touch.table, touch.name());
            let (operation, body) = match self.item(touch) {
                Some(item) => ("PutItem", json!({ "TableName": table, "Item": item })),
                None => ("DeleteItem", json!({ "TableName": table, "Key": touch.key })),
            };
            let lag = chance.time(self.parameters.index_lag);
            let mut state = self.state();
            let last = state.last_seen.get(&name).copied();
            let at = last.into_iter().fold(Instant::now() + lag, Instant::max);
            state.last_seen.insert(name, at);
            state.writes += 1;
            let number = state.writes;
            state.unseen.push(Reverse(Unseen { at, number, operation, body: body.to_string() }));
        }
        answered
    }

    /// Lets the indexes show what they show by now.
    fn show(&self) {
        let now = Instant::now();
        let mut state = self.state();
        while state.unseen.peek().is_some_and(|Reverse(first)| first.at <= now) {
            let Some(Reverse(write)) = state.unseen.pop() else { break };
            answer(dispatch(&self.view, write.operation, write.body.as_bytes()));
        }
    }

    /// Takes the units of a write from all partitions concerned; or the place of the item whose partition
    /// is full. They are used in either case.
    fn admit(&self, touches: &[Touch], factor: f64) -> Result<(), usize> {
        let (demands, places) = self.demands(touches, factor);
        let mut state = self.state();
        state.usage.write_units += demands.iter().map(|demand| demand.units).sum::<f64>();
        let now = Instant::now();
        let blocks = |touch: &Touch| state.blocked.get(&touch.table).is_some_and(|end| *end > now);
        if let Some((place, touch)) = touches.iter().enumerate().find(|(_, touch)| blocks(touch)) {
            *state.usage.throttled.entry(touch.table.clone()).or_default() += 1;
            return Err(place);
        }
        state.partitions.take(&demands).map_err(|Full { place, wait }| {
            let demand = demands.get(place);
            let partition = demand.map(|demand| demand.partition.clone()).unwrap_or_default();
            *state.usage.throttled.entry(partition).or_default() += 1;
            let place = places.get(place).copied().unwrap_or_default();
            let is_wide = self.parameters.back_pressure == BackPressure::Table;
            if let Some(touch) = touches.get(place)
                && is_wide
                && demand.is_some_and(|demand| demand.is_index)
            {
                state.blocked.insert(touch.table.clone(), now + wait);
            }
            place
        })
    }

    fn charge(&self, touches: &[Touch], factor: f64) {
        let (demands, _) = self.demands(touches, factor);
        self.state().usage.write_units += demands.iter().map(|demand| demand.units).sum::<f64>();
    }

    /// What a write needs, with the number of the item that needs it.
    fn demands(&self, touches: &[Touch], factor: f64) -> (Vec<Demand>, Vec<usize>) {
        let (mut demands, mut places) = (Vec::new(), Vec::new());
        for (place, touch) in touches.iter().enumerate() {
            let schema = self.schema(&touch.table);
            let before = schema.index.as_ref().and_then(|_| self.item(touch));
            let bytes =
                touch.item.as_ref().or(before.as_ref()).map_or(0, |item| item.to_string().len());
            let units = factor * (bytes as f64 / 1024.0).ceil().max(1.0);
            let hash = schema.key.first().map(|hash| touch.key[hash].to_string());
            let partition = format!("{}/{}", touch.table, hash.unwrap_or_default());
            let rate = self.parameters.partition_writes;
            demands.push(Demand { partition, units, rate, is_index: false });
            places.push(place);
            let Some((index, key)) = schema.index.filter(|_| touch.writes) else { continue };
            let hash = |item: &Value| key.first().map(|hash| text(&item[hash]["S"]));
            let entry = touch.item.as_ref().or(before.as_ref()).and_then(hash);
            // An entry is written once, and twice where its key changes: an update of ours moves the task.
            let units =
                if touch.item.is_none() && before.is_some() && entry.is_some() { 2.0 } else { 1.0 };
            let partition = format!("{index}/{}", entry.unwrap_or_default());
            demands.push(Demand { partition, units, rate, is_index: true });
            places.push(place);
        }
        (demands, places)
    }

    fn touch(&self, operation: &str, part: &Value) -> Touch {
        let table = text(&part["TableName"]);
        let item = part.get("Item").cloned();
        let key = match (&item, part.get("Key")) {
            (_, Some(key)) => key.clone(),
            (Some(item), None) => {
                let schema = self.schema(&table);
                schema.key.iter().map(|name| (name.clone(), item[name].clone())).collect()
            }
            (None, None) => Value::Null,
        };
        let writes = !matches!(operation, "Get" | "ConditionCheck");
        Touch { table, key: sorted(&key), item, writes }
    }

    fn item(&self, touch: &Touch) -> Option<Value> {
        let request = json!({ "TableName": touch.table, "Key": touch.key, "ConsistentRead": true });
        let (_, body) = answer(dispatch(&self.base, "GetItem", request.to_string().as_bytes()));
        serde_json::from_str::<Value>(&body).ok()?.get("Item").cloned()
    }

    fn is_indexed(&self, table: &str) -> bool {
        self.state().schemas.get(table).is_some_and(|schema| schema.index.is_some())
    }

    fn schema(&self, table: &str) -> Schema {
        self.state().schemas.get(table).cloned().unwrap_or_default()
    }

    fn halves(&self, time: Duration) -> [Duration; 2] {
        [time / 2, time - time / 2]
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The items of a transaction while it is served.
struct Held<'t> {
    tables: &'t Tables,
    names: &'t [String],
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = self.tables.state();
        for name in self.names {
            state.held.remove(name);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The same object, its fields in order: a key is one item however it is written.
fn sorted(object: &Value) -> Value {
    let mut fields: Vec<_> = object.as_object().into_iter().flatten().collect();
    fields.sort_by_key(|(name, _)| name.as_str());
    fields.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn eventually(request: &Value) -> Vec<u8> {
    let mut request = request.clone();
    if let Some(fields) = request.as_object_mut() {
        fields.shift_remove("ConsistentRead");
    }
    request.to_string().into_bytes()
}

fn answer(result: Result<String, dynoxide::DynoxideError>) -> Answer {
    match result {
        Ok(text) => (200, text),
        Err(error) => (error.status_code(), error.to_json()),
    }
}

fn error(name: &str) -> Answer {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{name}");
    (400, json!({ "__type": kind, "message": "by the model of AWS" }).to_string())
}

fn cancelled(concerned: &[bool], code: &str) -> Answer {
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    let reason = |is: &bool| json!({ "Code": if *is { code } else { "None" } });
    let reasons: Vec<_> = concerned.iter().map(reason).collect();
    let message = "Transaction cancelled, by the model of AWS";
    (400, json!({ "__type": kind, "message": message, "CancellationReasons": reasons }).to_string())
}

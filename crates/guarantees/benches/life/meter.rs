//! What requests cost on AWS, by its documented rules, from what went over the wire.
//!
//! Written: 1 unit for each KB begun of an item, 2 in a transaction; 1 more for each entry of an
//! index that is put, changed or deleted, 2 where the key of the entry changes. Read: half a unit
//! for each 4 KB begun, 1 if consistent; the items of a batch begin their own. Where the wire does
//! not show a size, more is assumed, never less.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Add,
};

use guarantees::wire::Call;
use serde_json::{Map, Value};
use task_manager::storage::Store;

/// What something cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Requests to DynamoDB.
    pub calls: f64,
    /// Invocations of labourers.
    pub invokes: f64,
    /// Write units.
    pub written: f64,
    /// Read units.
    pub read: f64,
    /// Bytes that answers of reads had.
    pub bytes_read: f64,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            invokes: self.invokes + other.invokes,
            written: self.written + other.written,
            read: self.read + other.read,
            bytes_read: self.bytes_read + other.bytes_read,
        }
    }
}

impl Cost {
    /// The part of one of `count`.
    pub fn each(self, count: usize) -> Self {
        let part = |whole: f64| whole / count as f64;
        Self {
            calls: part(self.calls),
            invokes: part(self.invokes),
            written: part(self.written),
            read: part(self.read),
            bytes_read: part(self.bytes_read),
        }
    }
}

/// A table, as far as it matters for prices.
struct Shape {
    key: Vec<String>,
    /// Keys of its index.
    index_key: Vec<String>,
    /// What its index carries besides.
    projected: Vec<String>,
}

/// An item that was written.
#[derive(Clone, Copy, Default)]
struct Stored {
    bytes: usize,
    is_indexed: bool,
}

/// Reads prices off the wire. It remembers the sizes of items, so it must read all calls.
pub struct Meter {
    tables: HashMap<String, Shape>,
    items: HashMap<(String, String), Stored>,
}

impl Meter {
    pub fn of(store: &Store) -> Self {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let tables = store.tables().into_iter().map(|table| {
            let fields = |keys: &[task_manager::storage::schema::Key<'_>]| {
                keys.iter().map(|key| key.field.to_owned()).collect::<Vec<_>>()
            };
            let (index_key, projected) = match &table.index {
                Some(index) => (fields(&index.key), owned(index.projects.clone())),
                None => Default::default(),
            };
            (table.name.to_owned(), Shape { key: fields(&table.key), index_key, projected })
        });
        Self { tables: tables.collect(), items: HashMap::new() }
    }

    /// The price of all these calls.
    pub fn read(&mut self, calls: &[Call]) -> Cost {
        calls.iter().map(|call| self.price(call)).fold(Cost::default(), Cost::add)
    }

    fn price(&mut self, call: &Call) -> Cost {
        let (body, bytes) = (call.body(), call.answered as f64);
        let cost = Cost { calls: 1.0, ..Cost::default() };
        let read = |units| Cost { read: units, bytes_read: bytes, ..cost };
        match call.operation.as_str() {
            "TransactWriteItems" => {
                let items = body["TransactItems"].as_array().unwrap();
                let writes = items.iter().flat_map(|item| item.as_object().unwrap());
                let units = writes.map(|(kind, write)| self.written(kind, write, 2.0));
                Cost { written: units.sum(), ..cost }
            }
            "PutItem" => Cost { written: self.written("Put", &body, 1.0), ..cost },
            "UpdateItem" => Cost { written: self.written("Update", &body, 1.0), ..cost },
            "GetItem" => read(consistency(&body) * (bytes / 4096.0).ceil().max(1.0)),
            "BatchGetItem" => {
                let tables = body["RequestItems"].as_object().unwrap().values();
                let begun = tables.map(|asked| {
                    consistency(asked) * asked["Keys"].as_array().unwrap().len() as f64
                });
                read(begun.sum::<f64>() + (bytes / 4096.0).floor())
            }
            "Query" => {
                let shows_all = body["Select"].is_null() && body["FilterExpression"].is_null();
                assert!(shows_all, "the answer does not show what this query reads: {body}");
                read(consistency(&body) * (bytes / 4096.0).ceil().max(1.0))
            }
            path if path.ends_with("/invocations") => Cost { invokes: 1.0, ..Cost::default() },
            other => panic!("unknown price of {other}"),
        }
    }

    /// The units of a write, `rate` for each KB.
    fn written(&mut self, kind: &str, write: &Value, rate: f64) -> f64 {
        let table = write["TableName"].as_str().unwrap();
        let shape = &self.tables[table];
        let (given, is_put) = match kind {
            "Put" => (&write["Item"], true),
            _ => (&write["Key"], false),
        };
        let given = given.as_object().unwrap();
        let key: BTreeMap<_, _> = shape.key.iter().map(|field| (field, &given[field])).collect();
        let id = (table.to_owned(), serde_json::to_string(&key).unwrap());
        let before = self.items.get(&id).copied().unwrap_or_default();
        let (after, entries) = match kind {
            _ if is_put => {
                let stored = Stored { bytes: size(given), is_indexed: shape.indexes(given) };
                (stored, f64::from(u8::from(stored.is_indexed)))
            }
            "Update" => {
                let values = write["ExpressionAttributeValues"].as_object();
                let grown = before.bytes.max(size(given)) + values.map_or(0, size);
                let touched = shape.touched(write);
                let is_indexed = before.is_indexed || touched.key;
                let entries = match (touched.key, touched.projected) {
                    (true, _) if before.is_indexed => 2.0,
                    (true, _) => 1.0,
                    (false, projected) => f64::from(u8::from(projected && is_indexed)),
                };
                (Stored { bytes: grown, is_indexed }, entries)
            }
            "Delete" => (Stored::default(), f64::from(u8::from(before.is_indexed))),
            other => panic!("unknown price of {other}"),
        };
        let kilobytes = (before.bytes.max(after.bytes) as f64 / 1024.0).ceil().max(1.0);
        self.items.insert(id, after);
        rate * kilobytes + entries
    }
}

/// What an update changes of an index.
struct Touched {
    key: bool,
    projected: bool,
}

impl Shape {
    fn indexes(&self, item: &Map<String, Value>) -> bool {
        !self.index_key.is_empty() && self.index_key.iter().all(|field| item.contains_key(field))
    }

    fn touched(&self, update: &Value) -> Touched {
        let names = update["ExpressionAttributeNames"].as_object().unwrap();
        let text = update["UpdateExpression"].as_str().unwrap();
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '#' && c != '_');
        let changed: HashSet<_> = words.filter_map(|word| names.get(word)?.as_str()).collect();
        let any = |fields: &[String]| fields.iter().any(|field| changed.contains(field.as_str()));
        Touched { key: any(&self.index_key), projected: any(&self.projected) }
    }
}

fn consistency(asked: &Value) -> f64 {
    if asked["ConsistentRead"] == true { 1.0 } else { 0.5 }
}

/// The size of attributes: their names and values.
fn size(attributes: &Map<String, Value>) -> usize {
    attributes.iter().map(|(name, value)| name.len() + size_of_value(value)).sum()
}

fn size_of_value(value: &Value) -> usize {
    let (kind, value) = value.as_object().and_then(|typed| typed.iter().next()).unwrap();
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => text.len(),
        // Two digits in a byte, and one more.
        ("N", Value::String(digits)) => digits.len().div_ceil(2) + 1,
        ("L", Value::Array(list)) => 3 + list.iter().map(|v| 1 + size_of_value(v)).sum::<usize>(),
        ("M", Value::Object(map)) => 3 + map.len() + size(map),
        ("BOOL" | "NULL", _) => 1,
        _ => value.to_string().len(),
    }
}

//! The engine below a world: embedded, one for each world; or, when `SOSW_TEST_DYNAMODB` names an
//! endpoint (Amazon's DynamoDB Local, say), that one, with tables of the world's own.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
use aws_sdk_dynamodb::{
    config::Credentials,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        LocalSecondaryIndex, Projection, ProjectionType, ScalarAttributeType,
    },
};
use dynoxide::{Database, DynoxideError};
use local::dynamodb::{DynamoDb, DynamoDbConfig};
use serde::{Serialize, de::DeserializeOwned};
use task_manager::{
    clients::Clients,
    config::{Config, Names},
    ids::TaskId,
    random::Random,
    storage::{
        Store,
        schema::{Key, Table},
    },
};

use crate::wire::Wire;

pub async fn start() -> (String, Option<DynamoDb>) {
    if let Ok(endpoint) = std::env::var("SOSW_TEST_DYNAMODB") {
        return (endpoint, None);
    }
    let engine = DynamoDb::start(DynamoDbConfig::default()).await.unwrap();
    (engine.url(), Some(engine))
}

pub async fn clients(dynamodb: &str, lambda: &str, wire: &Wire) -> Clients {
    let shared = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(5)))
        .http_client(wire.client())
        .load()
        .await;
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared).endpoint_url(dynamodb).build();
    let lambda = aws_sdk_lambda::config::Builder::from(&shared).endpoint_url(lambda).build();
    Clients {
        dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
        lambda: aws_sdk_lambda::Client::from_conf(lambda),
        shared,
    }
}

/// The same config with tables that no other world has.
pub fn apart(config: Config) -> Config {
    let prefix = TaskId::from_random(Random::default().id()).to_string();
    let with = |name: &str| format!("{prefix}-{name}");
    let names = config.names;
    let names = Names {
        tasks: with(&names.tasks),
        retry: with(&names.retry),
        closed: with(&names.closed),
        meta: with(&names.meta),
        labourers: with(&names.labourers),
        jobs: with(&names.jobs),
        history: with(&names.history),
        ..names
    };
    Config { names, ..config }
}

/// Who made the tables.
#[derive(Clone, Copy)]
pub enum TableOrigin {
    /// We did.
    Ours,
    /// sosw did: its indexes project everything.
    Sosw,
}

impl TableOrigin {
    pub async fn create(self, store: &Store) {
        if let Self::Sosw = self {
            for table in store.tables().into_iter().filter(|table| table.index.is_some()) {
                create_as_sosw(store, &table).await;
            }
        }
        store.create_tables().await.unwrap();
    }
}

async fn create_as_sosw(store: &Store, table: &Table<'_>) {
    let index = table.index.as_ref().unwrap();
    let mut keys: Vec<_> = table.key.iter().chain(&index.key).collect();
    keys.sort_by_key(|key| key.field);
    keys.dedup();
    let request = store
        .client()
        .create_table()
        .table_name(table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(&table.key)))
        .set_attribute_definitions(Some(keys.into_iter().map(definition).collect()));
    let everything = Projection::builder().projection_type(ProjectionType::All).build();
    let key = Some(key_schema(&index.key));
    let request = if index.is_local {
        let local = LocalSecondaryIndex::builder().index_name(index.name).set_key_schema(key);
        request.local_secondary_indexes(local.projection(everything).build().unwrap())
    } else {
        let global = GlobalSecondaryIndex::builder().index_name(index.name).set_key_schema(key);
        request.global_secondary_indexes(global.projection(everything).build().unwrap())
    };
    request.send().await.unwrap();
}

fn key_schema(keys: &[Key<'_>]) -> Vec<KeySchemaElement> {
    let kinds = [KeyType::Hash, KeyType::Range];
    let elements = keys.iter().zip(kinds).map(|(key, kind)| {
        KeySchemaElement::builder().attribute_name(key.field).key_type(kind).build().unwrap()
    });
    elements.collect()
}

fn definition(key: &Key<'_>) -> AttributeDefinition {
    let kind = if key.is_number { ScalarAttributeType::N } else { ScalarAttributeType::S };
    let definition = AttributeDefinition::builder().attribute_name(key.field).attribute_type(kind);
    definition.build().unwrap()
}

/// One of the operations that sosw uses, on an engine of this process.
pub fn dispatch(tables: &Database, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
    fn with<Request: DeserializeOwned, Answer: Serialize>(
        body: &[u8],
        act: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
    ) -> Result<String, DynoxideError> {
        act(serde_json::from_slice(body).unwrap())
            .map(|answer| serde_json::to_string(&answer).unwrap())
    }
    match operation {
        "GetItem" => with(body, |request| tables.get_item(request)),
        "PutItem" => with(body, |request| tables.put_item(request)),
        "UpdateItem" => with(body, |request| tables.update_item(request)),
        "DeleteItem" => with(body, |request| tables.delete_item(request)),
        "Query" => with(body, |request| tables.query(request)),
        "BatchGetItem" => with(body, |request| tables.batch_get_item(request)),
        "TransactGetItems" => with(body, |request| tables.transact_get_items(request)),
        "TransactWriteItems" => with(body, |request| tables.transact_write_items(request)),
        "CreateTable" => with(body, |request| tables.create_table(request)),
        "DescribeTable" => with(body, |request| tables.describe_table(request)),
        "UpdateTimeToLive" => with(body, |request| tables.update_time_to_live(request)),
        "DescribeTimeToLive" => with(body, |request| tables.describe_time_to_live(request)),
        other => panic!("{other} is not among the operations of this AWS"),
    }
}

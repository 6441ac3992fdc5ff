//! DynamoDB.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType, TimeToLiveSpecification,
};
use local::dynamodb::{DynamoDb, DynamoDbConfig, Storage};

use crate::world::client;

fn dynamodb(db: &DynamoDb) -> aws_sdk_dynamodb::Client {
    client!(aws_sdk_dynamodb, db.url())
}

async fn with_table(client: &aws_sdk_dynamodb::Client) {
    let key = KeySchemaElement::builder()
        .attribute_name("task_id")
        .key_type(KeyType::Hash)
        .build()
        .unwrap();
    let attribute = AttributeDefinition::builder()
        .attribute_name("task_id")
        .attribute_type(ScalarAttributeType::S);
    let create = client
        .create_table()
        .table_name("tasks")
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key);
    create.attribute_definitions(attribute.build().unwrap()).send().await.unwrap();
}

async fn put(client: &aws_sdk_dynamodb::Client, id: &str, expires: &str) {
    let put = client.put_item().table_name("tasks").item("task_id", AttributeValue::S(id.into()));
    put.item("expires", AttributeValue::N(expires.into())).send().await.unwrap();
}

async fn ids(client: &aws_sdk_dynamodb::Client) -> Vec<String> {
    let found = client.scan().table_name("tasks").send().await.unwrap();
    found.items().iter().map(|item| item["task_id"].as_s().unwrap().clone()).collect()
}

#[tokio::test]
async fn tables_in_a_file_outlive_the_engine() {
    let directory = tempfile::tempdir().unwrap();
    let config = DynamoDbConfig {
        storage: Storage::File(directory.path().join("tables.db")),
        ..Default::default()
    };
    let db = DynamoDb::start(config.clone()).await.unwrap();
    with_table(&dynamodb(&db)).await;
    put(&dynamodb(&db), "t1", "0").await;
    db.stop().await;
    let db = DynamoDb::start(config).await.unwrap();
    assert_eq!(ids(&dynamodb(&db)).await, ["t1"]);
    db.stop().await;
}

#[tokio::test]
async fn expired_items_go_at_a_sweep() {
    let db = DynamoDb::start(DynamoDbConfig::default()).await.unwrap();
    let client = dynamodb(&db);
    with_table(&client).await;
    let ttl =
        TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build().unwrap();
    client
        .update_time_to_live()
        .table_name("tasks")
        .time_to_live_specification(ttl)
        .send()
        .await
        .unwrap();
    put(&client, "old", "1000").await;
    put(&client, "new", "99999999999").await;
    assert_eq!(db.sweep().await.unwrap(), 1);
    assert_eq!(ids(&client).await, ["new"]);
}

#[tokio::test]
async fn a_stopped_engine_gives_its_port_back() {
    let db = DynamoDb::start(DynamoDbConfig::default()).await.unwrap();
    let port = db.url().rsplit(':').next().unwrap().parse().unwrap();
    db.stop().await;
    let again = DynamoDb::start(DynamoDbConfig { port, ..Default::default() }).await.unwrap();
    assert!(again.url().ends_with(&format!(":{port}")));
}

#[tokio::test]
async fn an_engine_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = DynamoDb::start(DynamoDbConfig { port, ..Default::default() })
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains(&format!(
            "port {port} on 127.0.0.1, wanted for the local DynamoDB, is taken"
        )),
        "{error}"
    );
    assert!(error.contains("choose another port"), "{error}");
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named() {
    let storage = Storage::File("/no/such/directory/tables.db".into());
    let error = DynamoDb::start(DynamoDbConfig { storage, ..Default::default() })
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("/no/such/directory/tables.db"), "{error}");
}

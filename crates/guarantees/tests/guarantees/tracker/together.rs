//! Changes that happen all, or none of them.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use serde_json::{Value, json};
use tracker::{Applied, Status};

use super::world::{World, started};

/// An effect in DynamoDB: an item of the author's own, made if it is not there yet.
fn own_item(world: &World) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(&world.table)
        .item("scope", AttributeValue::S("ledger".into()))
        .item("unit", AttributeValue::S("entry 1".into()))
        .condition_expression("attribute_not_exists(#unit)")
        .expression_attribute_names("#unit", "unit");
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

#[tokio::test]
async fn updates_of_a_unit_apply_together_or_not_at_all() {
    let world = World::new().await;
    let scope = world.scope();
    let (mut mine, mut lost) = (started(&scope, "mine").await, started(&scope, "lost").await);
    scope.ignore("lost", "an operator's word").await.unwrap();

    let refused = scope
        .together()
        .succeed(&mut mine, json!(1))
        .succeed(&mut lost, json!(2))
        .add("follow-up", Value::Null)
        .unwrap()
        .write(own_item(&world))
        .apply()
        .await
        .unwrap();
    assert_eq!(refused, Applied::None { units: vec!["lost".into()], own: vec![] });
    assert_eq!(scope.get("mine").await.unwrap().unwrap().status, Status::InProgress);
    assert_eq!(scope.get("follow-up").await.unwrap(), None);

    // What was rolled back is still in hand, and can be tried without the lost one.
    let applied = scope
        .together()
        .succeed(&mut mine, json!(1))
        .add("follow-up", json!({"of": "mine"}))
        .unwrap()
        .write(own_item(&world))
        .apply()
        .await
        .unwrap();
    assert_eq!(applied, Applied::All);
    let record = scope.get("mine").await.unwrap().unwrap();
    assert_eq!((record.status, record.data), (Status::Succeeded, json!(1)));
    let record = scope.get("follow-up").await.unwrap().unwrap();
    assert_eq!((record.status, record.data), (Status::Pending, json!({"of": "mine"})));
}

#[tokio::test]
async fn an_effect_in_dynamodb_is_made_exactly_once_with_its_record() {
    let world = World::new().await;
    let scope = world.scope();
    let mut first = started(&scope, "first").await;
    let apply = scope.together().succeed(&mut first, Value::Null).write(own_item(&world)).apply();
    assert_eq!(apply.await.unwrap(), Applied::All);

    let mut second = started(&scope, "second").await;
    let apply = scope.together().succeed(&mut second, Value::Null).write(own_item(&world)).apply();
    assert_eq!(apply.await.unwrap(), Applied::None { units: vec![], own: vec![0] });
    assert_eq!(scope.get("second").await.unwrap().unwrap().status, Status::InProgress);
}

#[tokio::test]
async fn a_unit_saved_together_stays_in_hand() {
    let world = World::new().await;
    let scope = world.scope();
    let mut unit = started(&scope, "a").await;
    let apply = scope.together().save(&mut unit, json!({"page": 1})).apply();
    assert_eq!(apply.await.unwrap(), Applied::All);
    assert_eq!(unit.data(), &json!({"page": 1}));
    let outcome = unit.succeed(Value::Null).await.unwrap();
    assert_eq!(outcome, tracker::UpdateOutcome::Applied);
}

#[tokio::test]
async fn a_unit_that_is_known_cannot_be_added_again() {
    let world = World::new().await;
    let scope = world.scope();
    drop(started(&scope, "a").await);
    let apply = scope.together().add("b", Value::Null).unwrap().add("a", Value::Null).unwrap();
    assert_eq!(
        apply.apply().await.unwrap(),
        Applied::None { units: vec!["a".into()], own: vec![] }
    );
    assert_eq!(scope.get("b").await.unwrap(), None);
}

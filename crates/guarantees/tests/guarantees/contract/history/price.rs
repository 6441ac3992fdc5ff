//! What it costs, counted on the wire.

use aws_sdk_dynamodb::types::AttributeValue;
use guarantees::{
    wire::Call,
    world::{World, labourer},
};
use operator::history::{Series, briefs};
use serde_json::{Value, json};
use task_manager::{attributes::bytes, labourer::Labourer};

use super::{history, minute};

/// Write units of the history in these calls: one for each KB begun of each record.
fn units(world: &World, calls: &[Call]) -> u64 {
    let table = world.manager.config().names.history.as_str();
    let writes = calls.iter().filter(|call| call.is_write() && call.names(table));
    writes
        .map(|call| {
            assert_eq!(call.operation, "PutItem");
            let item = call.body()["Item"].as_object().unwrap().clone();
            let size: usize =
                item.iter().map(|(name, value)| name.len() + bytes(&attribute(value))).sum();
            size.div_ceil(1024) as u64
        })
        .sum()
}

fn attribute(typed: &Value) -> AttributeValue {
    let (kind, value) = typed.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), value) {
        ("S", text) => AttributeValue::S(text.as_str().unwrap().into()),
        ("N", digits) => AttributeValue::N(digits.as_str().unwrap().into()),
        ("L", list) => AttributeValue::L(list.as_array().unwrap().iter().map(attribute).collect()),
        ("M", map) => {
            let map = map.as_object().unwrap().iter();
            AttributeValue::M(map.map(|(name, value)| (name.clone(), attribute(value))).collect())
        }
        other => panic!("{other:?}"),
    }
}

fn many(count: usize) -> Vec<Labourer> {
    let named = |n: usize| labourer(&format!("a-labourer-with-a-long-name-{n}"));
    (0..count).map(|n| Labourer { max_simultaneous_invocations: 2, ..named(n) }).collect()
}

#[tokio::test]
async fn a_labourer_without_work_costs_no_write() {
    let world = World::of(many(3)).await;
    for _ in 0..3 {
        minute(&world).await;
    }
    assert_eq!(units(&world, &world.wire.calls()), 0);
    // After work, one record says that it is over.
    let name = "a-labourer-with-a-long-name-1";
    world.create(name, [json!({})]).await;
    minute(&world).await;
    for event in world.events().await {
        world.succeed(&event).await;
    }
    minute(&world).await;
    minute(&world).await;
    assert!(units(&world, &world.wire.calls()) > 0);
    for _ in 0..5 {
        minute(&world).await;
    }
    assert_eq!(units(&world, &world.wire.calls()), 0);
}

#[tokio::test]
async fn a_labourer_and_minute_of_activity_cost_at_most_1_2_write_units() {
    const LABOURERS: usize = 20;
    const MINUTES: usize = 5;
    let world = World::of(many(LABOURERS)).await;
    for labourer in world.manager.config().labourers.keys() {
        world.create(labourer.as_str(), (0..40).map(|n| json!({ "n": n }))).await;
    }
    world.wire.calls();
    for _ in 0..MINUTES {
        world.orchestrate_and_record().await;
        for seconds in [7.0, 13.0] {
            world.pass(seconds);
            for (n, event) in world.events().await.iter().enumerate() {
                if n % 7 == 0 {
                    world.fail(event).await
                } else {
                    world.succeed(event).await
                };
            }
        }
        world.pass(40.0);
    }
    let units = units(&world, &world.wire.calls()) as f64;
    let each = units / (LABOURERS * MINUTES) as f64;
    assert!((1.0..=1.2).contains(&each), "{each}");
}

#[tokio::test]
async fn a_success_that_hands_its_slot_over_has_no_write_for_the_history() {
    let world = World::of_slots(1).await;
    world.create_numbered(2).await;
    let event = world.next_event().await;
    world.wire.calls();
    let receipt = world.succeed(&event).await;
    assert!(receipt.handed_over_to.is_some());
    let calls = world.wire.calls();
    let writes: Vec<_> =
        calls.iter().filter(|call| call.operation == "TransactWriteItems").collect();
    let [transaction] = &writes[..] else { panic!("{writes:?}") };
    // The task leaves the queue, is closed, and the next one is claimed.
    assert_eq!(transaction.body()["TransactItems"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn reading_writes_nothing_and_takes_few_calls() {
    let world = World::of(many(12)).await;
    for _ in 0..3 {
        for labourer in world.manager.config().labourers.keys() {
            world.create(labourer.as_str(), [json!({})]).await;
        }
        minute(&world).await;
    }
    world.wire.calls();
    let stack = history(&world, &Series::Stack).await;
    let lines = briefs(&world.manager, stack.from).await.unwrap();
    assert_eq!((stack.points.len(), lines.len()), (3, 12));
    let calls = world.wire.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| !call.is_write()));
}

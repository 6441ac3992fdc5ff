//! One labourer of a hundred in trouble: ninety-nine behave as if it were not there.

use guarantees::items::item;
use serde_json::{Map, Value, json};

use super::{Surrounded, less_is_better};

const SICK: &str = "l50";

/// A hundred labourers, each with a metric of its own, four slots and three tasks, after `illness`
/// has befallen one. Answers the tally of each other at two ticks, and what they were sent.
async fn the_others(sick: Value, illness: impl AsyncFn(&Surrounded)) -> (Vec<Value>, Vec<String>) {
    let mut labourers: Map<String, Value> = (0..100)
        .map(|n| {
            let metrics = json!({ "Db": less_is_better(&format!("m{n}")) });
            let slots = json!({ "max_simultaneous_invocations": 4, "health_metrics": metrics });
            (format!("l{n}"), slots)
        })
        .collect();
    labourers[SICK] = guarantees::world::with(labourers[SICK].clone(), sick);
    let nature = Surrounded::of(json!({ "labourers": labourers })).await;
    for n in 0..100 {
        nature.put(&format!("m{n}"), 30.0);
        nature.world.create(&format!("l{n}"), (0..5).map(|n| json!({ "n": n }))).await;
    }
    illness(&nature).await;
    let mut tallies = Vec::new();
    for _ in 0..2 {
        let mut tally = nature.tick().await["labourers"].clone();
        tally.as_object_mut().unwrap().remove(SICK).unwrap();
        tallies.push(tally);
    }
    let mut sent: Vec<_> = nature
        .world
        .events()
        .await
        .iter()
        .filter(|event| event["labourer_id"] != SICK)
        .map(|event| format!("{} {}", event["labourer_id"], event["n"]))
        .collect();
    sent.sort();
    (tallies, sent)
}

async fn are_the_same_with(sick: Value, illness: impl AsyncFn(&Surrounded)) {
    let healthy = the_others(json!({}), async |_| {}).await;
    assert_eq!(healthy.1.len(), 99 * 3);
    assert_eq!(the_others(sick, illness).await, healthy);
}

#[tokio::test]
async fn a_metric_that_cloudwatch_refuses_is_one_labourers_affair() {
    let mut metric = less_is_better("m50");
    // The embedded CloudWatch does not know trimmed means: it refuses the whole call.
    metric["details"]["Statistics"] = json!(["tm90"]);
    are_the_same_with(json!({ "health_metrics": { "Db": metric } }), async |_| {}).await;
}

#[tokio::test]
async fn a_missing_function_is_one_labourers_affair() {
    are_the_same_with(json!({}), async |nature| assert!(nature.world.lambda.remove(SICK))).await;
}

#[tokio::test]
async fn bad_numbers_in_a_row_are_one_labourers_affair() {
    let row = json!({
        "labourer_id": SICK, "running": "many", "slot_limit": -7, "refreshed_at": "soon",
        "function_timeout": 1e90, "function_asked_at": 1e90, "paused_until": [], "ecology": "{\"health\": 9}", "health": 5,
    });
    are_the_same_with(json!({}), async |nature| {
        let table = &nature.world.manager.config().names.labourers;
        let put = nature.world.clients.dynamodb.put_item().table_name(table);
        put.set_item(Some(item(row.clone()))).send().await.unwrap();
    })
    .await;
}

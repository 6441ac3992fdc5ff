//! The labourer of the guide: the average of the sales of a store.

use labourer::{Context, Done, Failure, Outcome, Task};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Payload {
    stores: Vec<String>,
}

async fn average(task: Task<Payload>, _: Context) -> Outcome {
    let mut averages = Vec::new();
    for store in &task.payload.stores {
        let sales: &[f64] = match store.as_str() {
            "berlin" => &[12.0, 30.0, 7.0],
            "lima" => &[7.0, 19.0],
            "oslo" => return Err(Failure::new("NoSales", "oslo has no sales")),
            unknown => return Err(Failure::new("UnknownStore", unknown)),
        };
        averages.push(sales.iter().sum::<f64>() / sales.len() as f64);
    }
    let stores = averages.len() as u64;
    Ok(Done::new().stat("stores", stores).result(json!({ "averages": averages })))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), labourer::Error> {
    labourer::run(average).await
}

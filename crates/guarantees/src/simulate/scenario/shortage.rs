//! For half an hour there is concurrency for a sixth of the slots. Lambda accepts every event all the same,
//! and gives up those that never started: no task may lose an attempt by that.

use std::time::Duration;

use serde_json::value::RawValue;
use task_manager::{ids::LabourerId, task::Status};
use tokio::time::sleep;

use super::{Finding, Parameters, ScenarioError, Size, WORKER, queue, taking, worker};
use crate::simulate::{
    cloud::Cloud,
    stack::{ORCHESTRATOR, Stack},
};

const WORK: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_secs(60);

pub(super) async fn run(
    parameters: Parameters,
    seed: u64,
    size: Size,
) -> Result<Vec<Finding>, ScenarioError> {
    let (slots, minutes) = if size == Size::Bounded { (30, 8) } else { (300, 30) };
    let (cloud, inbox) = Cloud::new(parameters, seed)?;
    let mut stack = Stack::deploy(&cloud, inbox, [(worker(slots, 30)?, taking(WORK))]).await?;
    // More than are done in half an hour of a sixth, and in the time after it.
    queue(&stack, slots as usize * 70).await?;
    cloud.lambda.limit(WORKER, slots / 6);
    cloud.lambda.accept(ORCHESTRATOR, RawValue::NULL.to_owned());
    stack.tick();
    sleep(minutes * MINUTE).await;
    cloud.lambda.limit(WORKER, slots);
    // The age of the events that wait, and three ticks.
    sleep(5 * MINUTE).await;
    let busy = cloud.lambda.running(WORKER);
    let (client, worker) = (stack.client(), LabourerId::new(WORKER)?);
    let exhausted = client.store().closed().count(&worker, Status::Exhausted).await?;
    let never_ran = cloud.lambda.events(WORKER).too_old;
    Ok(vec![
        Finding {
            what: "tasks exhausted".to_owned(),
            figure: format!("{exhausted}, wanted 0; {never_ran} events never ran"),
            is_met: exhausted == 0,
        },
        Finding {
            what: "slots busy once there is concurrency".to_owned(),
            figure: format!("{busy} of {slots}, wanted {slots}"),
            is_met: busy >= slots * 95 / 100,
        },
    ])
}

//! An index that lags shows tasks that are claimed, and hides others. Slots must be busy all the same.

use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::sleep;

use super::{Finding, Parameters, ScenarioError, Size, WORKER, queue, taking, worker};
use crate::simulate::{
    cloud::Cloud,
    stack::{ORCHESTRATOR, Stack},
};

/// Until the flow is steady.
const WARM: Duration = Duration::from_secs(10);

pub(super) async fn run(
    parameters: Parameters,
    seed: u64,
    size: Size,
) -> Result<Vec<Finding>, ScenarioError> {
    let (slots, time) = match size {
        Size::Bounded => (50, Duration::from_secs(10)),
        Size::Whole | Size::Tasks(_) => (300, Duration::from_secs(30)),
    };
    let second = Duration::from_secs(1);
    let many = share(&parameters, seed, slots, second, time).await?;
    let one = share(&parameters, seed, 1, second / 20, time).await?;
    Ok(vec![
        Finding {
            what: "attempts of 1 s in all slots, of those without lag".to_owned(),
            figure: format!("{:.1} %, wanted 95 %", 100.0 * many),
            is_met: many >= 0.95,
        },
        Finding {
            what: "attempts of 50 ms in one slot, of those without lag".to_owned(),
            figure: format!("{:.1} %, wanted 80 %", 100.0 * one),
            is_met: one >= 0.8,
        },
    ])
}

/// The attempts that a lagging index allows, as a share of those that one without lag does.
async fn share(
    parameters: &Parameters,
    seed: u64,
    slots: u32,
    work: Duration,
    time: Duration,
) -> Result<f64, ScenarioError> {
    let lagging = attempts(parameters.clone().lagging(), seed, slots, work, time).await?;
    let calm = attempts(parameters.clone().without_lag(), seed, slots, work, time).await?;
    Ok(lagging as f64 / calm as f64)
}

/// The attempts that are started in `time` of a steady flow.
async fn attempts(
    parameters: Parameters,
    seed: u64,
    slots: u32,
    work: Duration,
    time: Duration,
) -> Result<u64, ScenarioError> {
    let (cloud, inbox) = Cloud::new(parameters, seed)?;
    let mut stack = Stack::deploy(&cloud, inbox, [(worker(slots, 30)?, taking(work))]).await?;
    let most = f64::from(slots) * (WARM + time).as_secs_f64() / work.as_secs_f64();
    queue(&stack, most as usize).await?;
    cloud.lambda.accept(ORCHESTRATOR, RawValue::NULL.to_owned());
    stack.tick();
    sleep(WARM).await;
    let before = cloud.lambda.events(WORKER).started;
    sleep(time).await;
    Ok(cloud.lambda.events(WORKER).started - before)
}

//! Three labourers call the same API, which takes 90 calls in ten seconds: no window may have more starts, and nearly all
//! of them must be used while tasks wait, whoever starts them.

use std::time::Duration;

use serde_json::value::RawValue;
use task_manager::{
    ecology::Steps,
    ids::{LabourerId, ResourceId},
    labourer::Labourer,
    resource::{Rate, Resource, Uses, Weights},
};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Finding, Parameters, ScenarioError, Size, job, queue_for, taking, worker};
use crate::simulate::{
    cloud::Cloud,
    stack::{ORCHESTRATOR, SCHEDULER, Stack},
};

const RESOURCE: &str = "stripe";
const RATE: Rate = Rate { limit: 90, per: Duration::from_secs(10), burst: 4 };
/// What a task of each labourer takes.
const WEIGHTS: [(&str, u32); 3] = [("charge", 1), ("refund", 1), ("report", 2)];
const SLOTS: u32 = 60;
const WORK: Duration = Duration::from_secs(1);
/// Jobs that come meanwhile, each for the first labourer, whose scheduler starts tasks, too.
const EVERY: Duration = Duration::from_secs(7);
const TASKS: u32 = 20;
/// Of the rate, this part must be used.
const SHARE: f64 = 0.9;

pub(super) async fn run(
    parameters: Parameters,
    seed: u64,
    size: Size,
) -> Result<Vec<Finding>, ScenarioError> {
    let time = Duration::from_secs(if size == Size::Bounded { 75 } else { 600 });
    let resource = ResourceId::new(RESOURCE)?;
    let (cloud, inbox) = Cloud::new(parameters, seed)?;
    let labourers = WEIGHTS.map(|(name, weight)| {
        let rates = Weights::from([(resource.clone(), weight)]);
        let uses = Uses { permits: Weights::new(), rates };
        let (id, function) = (LabourerId::new(name)?, name.to_owned());
        Ok((Labourer { id, function, uses, ..worker(SLOTS, 30)? }, taking(WORK)))
    });
    let labourers = labourers.into_iter().collect::<Result<Vec<_>, ScenarioError>>()?;
    let (id, rate) = (resource, Some(RATE));
    let resource =
        Resource { id, permits: None, rate, metrics: Vec::new(), steps: Steps::default() };
    let mut stack = Stack::deploy_sharing(&cloud, inbox, [resource], labourers).await?;
    for (name, _) in WEIGHTS {
        queue_for(name, &stack, time.as_secs() as usize * 10).await?;
    }
    let began = Instant::now();
    cloud.lambda.accept(ORCHESTRATOR, RawValue::NULL.to_owned());
    stack.tick();
    let ([(first, _), ..], mut number) = (WEIGHTS, 0);
    while began.elapsed() < time {
        cloud.lambda.accept(SCHEDULER, job(first, TASKS, number)?);
        number += 1;
        sleep(EVERY).await;
    }
    sleep_until(began + time).await;
    Ok(judged(&cloud, began))
}

fn judged(cloud: &Cloud, began: Instant) -> Vec<Finding> {
    let calls = |(name, weight): (&'static str, u32)| {
        cloud.lambda.calls(name).into_iter().map(move |at| (at.duration_since(began), weight))
    };
    let mut starts: Vec<_> = WEIGHTS.into_iter().flat_map(calls).collect();
    starts.sort_unstable();
    let (most, total) = (most_in(&starts, RATE.per), weight_of(&starts));
    let time = began.elapsed().as_secs_f64();
    let all = f64::from(RATE.limit) * time / RATE.per.as_secs_f64();
    let used = f64::from(total) / all;
    let parts = WEIGHTS.map(|one| weight_of(&calls(one).collect::<Vec<_>>()).to_string());
    vec![
        Finding {
            what: "calls of the API in ten seconds, wherever they begin".to_owned(),
            figure: format!("{most}, wanted at most {}", RATE.limit),
            is_met: most <= RATE.limit,
        },
        Finding {
            what: "of the rate in use while tasks wait".to_owned(),
            figure: format!(
                "{:.1} %, wanted {:.0} %; {} calls of the three",
                100.0 * used,
                100.0 * SHARE,
                parts.join(", ")
            ),
            is_met: used >= SHARE,
        },
    ]
}

fn weight_of(starts: &[(Duration, u32)]) -> u32 {
    starts.iter().map(|(_, weight)| weight).sum()
}

/// The most in a window of this length: one that begins with a start.
fn most_in(starts: &[(Duration, u32)], window: Duration) -> u32 {
    let from = |first: usize| {
        let later = starts.get(first..).unwrap_or_default();
        let end = later.first().map_or(window, |(at, _)| *at + window);
        later.iter().take_while(|(at, _)| *at < end).map(|(_, weight)| weight).sum()
    };
    (0..starts.len()).map(from).max().unwrap_or(0)
}

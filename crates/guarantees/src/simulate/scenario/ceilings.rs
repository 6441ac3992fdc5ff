//! More slots than the tables can serve: what one labourer, one job and one stack reach, and which partition is
//! full first.
//!
//! What is expected is arithmetic. The entries of a labourer's tasks in the index share a partition, which takes
//! 1,000 write units a second: one to create a task, two to claim it, one to delete it. A table on demand that is
//! new takes 4,000: for each task 3, 4 and 3 units.

use std::{collections::HashMap, time::Duration};

use serde_json::value::RawValue;
use task_manager::{ids::LabourerId, labourer::Labourer};
use tokio::time::sleep;

use super::{Finding, Parameters, ScenarioError, Size, fill, queue_for, taking, worker};
use crate::simulate::{
    cloud::Cloud,
    stack::{ORCHESTRATOR, SCHEDULER, Stack},
};

const SECOND: Duration = Duration::from_secs(1);
/// Until the flow is steady.
const WARM: Duration = Duration::from_secs(10);

/// What is tried.
struct Load {
    what: &'static str,
    /// Slots of each labourer, whose attempts take a second.
    slots: &'static [u32],
    /// Tasks of an attempt.
    block: u32,
    /// Is a job filled for the first of them meanwhile?
    is_filling: bool,
    /// Tasks a second, by arithmetic.
    expected: f64,
}

const LOADS: [Load; 4] = [
    Load {
        what: "a labourer whose queue is drained",
        slots: &[500],
        block: 1,
        is_filling: false,
        expected: 1000.0 / 3.0,
    },
    Load {
        what: "a labourer while a job is filled for it",
        slots: &[500],
        block: 1,
        is_filling: true,
        expected: 250.0,
    },
    Load {
        what: "a new stack whose queues are drained",
        slots: &[250, 250, 250],
        block: 1,
        is_filling: false,
        expected: 4000.0 / 7.0,
    },
    Load {
        what: "a labourer whose queue is drained, in blocks of 100",
        slots: &[500],
        block: 100,
        is_filling: false,
        expected: 100.0 * 1000.0 / 3.0,
    },
];

/// Of what arithmetic says, the part that must be reached: what is cancelled and sent again is paid for, too.
const SHARE: f64 = 2.0 / 3.0;

pub(super) async fn run(
    parameters: Parameters,
    seed: u64,
    size: Size,
) -> Result<Vec<Finding>, ScenarioError> {
    let time = if size == Size::Bounded { 5 * SECOND } else { 20 * SECOND };
    let mut findings = Vec::new();
    for load in LOADS {
        findings.push(reach(parameters.clone(), seed, &load, time).await?);
    }
    Ok(findings)
}

async fn reach(
    parameters: Parameters,
    seed: u64,
    load: &Load,
    time: Duration,
) -> Result<Finding, ScenarioError> {
    let parameters = Parameters { concurrency: 10_000, ..parameters };
    let (cloud, inbox) = Cloud::new(parameters, seed)?;
    let names: Vec<_> = (0..load.slots.len()).map(|n| format!("worker{n}")).collect();
    let labourers = load.slots.iter().zip(&names).map(|(slots, name)| {
        let id = LabourerId::new(name.as_str())?;
        let labourer = Labourer { id, function: name.clone(), ..worker(*slots, 30)? };
        Ok((labourer, taking(SECOND)))
    });
    let labourers = labourers.collect::<Result<Vec<_>, ScenarioError>>()?;
    let mut stack = Stack::deploy(&cloud, inbox, labourers).await?;
    for (slots, name) in load.slots.iter().zip(&names) {
        let attempts = slots * (WARM + time).as_secs() as u32;
        match load.block {
            1 => queue_for(name, &stack, attempts as usize).await?,
            size => fill::queue_blocks(name, &stack, attempts * size, size).await?,
        }
    }
    if let (true, Some(first)) = (load.is_filling, names.first()) {
        let tasks = 1000 * (WARM + time).as_secs() as u32;
        cloud.lambda.accept(SCHEDULER, fill::job(first, tasks)?);
    }
    cloud.lambda.accept(ORCHESTRATOR, RawValue::NULL.to_owned());
    stack.tick();
    sleep(WARM).await;
    let started = || names.iter().map(|name| cloud.lambda.events(name).started).sum::<u64>();
    let before = started();
    cloud.tables.usage();
    sleep(time).await;
    let rate = f64::from(load.block) * (started() - before) as f64 / time.as_secs_f64();
    let throttled = cloud.tables.usage().throttled;
    let Load { what, expected, .. } = load;
    Ok(Finding {
        what: (*what).to_owned(),
        figure: format!(
            "{rate:.0} tasks/s of {expected:.0} by arithmetic, wanted {:.0} %; full first: {}",
            100.0 * SHARE,
            hottest(&throttled)
        ),
        is_met: rate >= SHARE * expected,
    })
}

fn hottest(throttled: &HashMap<String, u64>) -> String {
    let most = throttled.iter().max_by_key(|(partition, count)| (**count, partition.as_str()));
    most.map_or_else(|| "nothing".to_owned(), |(partition, _)| partition.clone())
}

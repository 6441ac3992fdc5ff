//! A thousand attempts end within two seconds, and the queue is empty: every slot must be freed at once, and
//! no report may fail; also if an operator or a tick changes the row in the middle.

use std::{fmt, sync::Arc, time::Duration};

use serde_json::value::RawValue;
use task_manager::{ids::LabourerId, labourer, storage::labourers::Refresh};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Finding, Parameters, ScenarioError, Size, WORKER, queue, worker};
use crate::simulate::{
    cloud::Cloud,
    stack::{ASSISTANT, ORCHESTRATOR, Stack},
};

/// When all attempts have been started.
const STARTED: Duration = Duration::from_secs(50);
const WITHIN: Duration = Duration::from_secs(2);
/// In this time all slots must be free.
const FREE: Duration = Duration::from_secs(5);
/// After this nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(600);

/// What happens in the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Middle {
    Nothing,
    LowerLimit,
    Pause,
}

impl fmt::Display for Middle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "",
            Self::LowerLimit => ", the limit lowered in the middle",
            Self::Pause => ", the labourer paused in the middle",
        })
    }
}

pub(super) async fn run(
    parameters: Parameters,
    seed: u64,
    size: Size,
) -> Result<Vec<Finding>, ScenarioError> {
    let mut findings = Vec::new();
    for middle in [Middle::Nothing, Middle::LowerLimit, Middle::Pause] {
        findings.extend(run_with(parameters.clone(), seed, size, middle).await?);
    }
    Ok(findings)
}

async fn run_with(
    parameters: Parameters,
    seed: u64,
    size: Size,
    middle: Middle,
) -> Result<[Finding; 3], ScenarioError> {
    let slots = if size == Size::Whole { 1000 } else { 200 };
    // The assistant needs concurrency beside a thousand attempts.
    let parameters = Parameters { concurrency: 3000, ..parameters };
    let (cloud, inbox) = Cloud::new(parameters, seed)?;
    let end = Instant::now() + STARTED;
    let draws = cloud.clone();
    let work = Arc::new(move || {
        let spread = WITHIN.mul_f64(draws.chance.fraction());
        (end + spread).saturating_duration_since(Instant::now())
    });
    let stack = Stack::deploy(&cloud, inbox, [(worker(slots, 120)?, work as _)]).await?;
    queue(&stack, slots as usize).await?;
    cloud.lambda.accept(ORCHESTRATOR, RawValue::NULL.to_owned());
    sleep_until(end).await;
    let at_work = cloud.lambda.running(WORKER);
    cloud.tables.usage();
    sleep_until(end + WITHIN / 2).await;
    interfere(&stack, middle).await?;
    let last = end + WITHIN;
    sleep_until(last).await;
    let free = when_free(&stack, last).await?;
    let (events, usage) = (cloud.lambda.events(ASSISTANT), cloud.tables.usage());
    Ok([
        Finding {
            what: format!("attempts at work before they end{middle}"),
            figure: format!("{at_work} of {slots}"),
            is_met: at_work == slots,
        },
        Finding {
            what: format!("failed reports{middle}"),
            figure: format!(
                "{} of {slots}, wanted 0; {} conflicts",
                events.failed, usage.conflicts
            ),
            is_met: events.failed == 0,
        },
        Finding {
            what: format!("all slots are free after the last attempt ended{middle}"),
            figure: match free {
                Some(time) => format!("{:.1} s, wanted {FREE:?}", time.as_secs_f64()),
                None => format!("not within {PATIENCE:?}, wanted {FREE:?}"),
            },
            is_met: free.is_some_and(|time| time <= FREE),
        },
    ])
}

/// Changes the row as an operator or a tick does.
async fn interfere(stack: &Stack, middle: Middle) -> Result<(), ScenarioError> {
    let (client, worker) = (stack.client(), LabourerId::new(WORKER)?);
    let rows = client.store().labourers();
    match middle {
        Middle::Nothing => {}
        Middle::Pause => {
            let end = labourer::State::until_resumed();
            rows.pause(&worker, Some(end), Some("maintenance")).await?;
        }
        Middle::LowerLimit => {
            let Some(row) = rows.row(&worker).await? else { return Ok(()) };
            let slot_limit = row.slot_limit / 2;
            let refresh = Refresh {
                slot_limit,
                draining: row.must_drain(slot_limit),
                health: None,
                ecology: None,
            };
            rows.refresh(&worker, &refresh, client.now()).await?;
        }
    }
    Ok(())
}

/// How long after `last` no slot was in use any more.
async fn when_free(stack: &Stack, last: Instant) -> Result<Option<Duration>, ScenarioError> {
    let (client, worker) = (stack.client(), LabourerId::new(WORKER)?);
    while last.elapsed() < PATIENCE {
        let row = client.store().labourers().row(&worker).await?;
        if row.is_some_and(|row| row.running() == 0) {
            return Ok(Some(last.elapsed()));
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok(None)
}

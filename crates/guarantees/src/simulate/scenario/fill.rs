//! A large job is filled while all slots of its labourer work on tasks that were queued before. What is
//! created shares a partition of the index with what is claimed and closed: the slots must stay busy, and
//! another labourer must not notice.

use std::time::Duration;

use serde_json::{json, value::RawValue};
use task_manager::{
    ids::{JobId, LabourerId},
    jobs::message::Message,
    json::Json,
    labourer::Labourer,
    manager::jobs::JobError,
};
use tokio::time::{Instant, sleep};

use super::{Finding, Parameters, ScenarioError, Size, WORKER, queue, queue_for, taking, worker};
use crate::simulate::{
    cloud::Cloud,
    parameters::BackPressure,
    stack::{ORCHESTRATOR, SCHEDULER, Stack},
};

const OTHER: &str = "other";
const WORK: Duration = Duration::from_secs(1);
/// Until the flow is steady.
const WARM: Duration = Duration::from_secs(5);
/// After this nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(7200);
const SECOND: Duration = Duration::from_secs(1);
/// How often the slots that are busy are counted.
const SAMPLE: Duration = Duration::from_millis(100);

/// What is filled, beside what.
#[derive(Clone, Copy)]
struct Load {
    /// Tasks of the job.
    tasks: u32,
    /// Slots of the labourer it is for.
    slots: u32,
    /// Slots of the other labourer.
    others: u32,
    /// How long the other labourer is watched alone.
    alone: Duration,
}

/// Slots that were busy, on average.
#[derive(Clone, Copy, Default)]
struct Busy {
    worker: f64,
    other: f64,
}

/// What was seen while a job was filled.
struct Seen {
    time: Duration,
    tasks: u64,
    busy: Busy,
    throttled: u64,
}

pub(super) async fn run(
    parameters: Parameters,
    seed: u64,
    size: Size,
) -> Result<Vec<Finding>, ScenarioError> {
    let whole = |tasks| Load { tasks, slots: 100, others: 10, alone: Duration::from_secs(60) };
    let load = match size {
        Size::Bounded => Load { tasks: 3000, slots: 30, others: 10, alone: 2 * WARM },
        Size::Whole => whole(30_000),
        Size::Tasks(tasks) => whole(tasks),
    };
    let alone = alone(parameters.clone(), seed, load).await?;
    let narrow = (size != Size::Bounded).then(|| parameters.clone());
    let mut findings = Vec::new();
    for parameters in narrow.into_iter().chain([parameters.table_wide()]) {
        let pressure = parameters.back_pressure;
        let seen = filling(parameters, seed, load).await?;
        findings.extend(judged(load, pressure, alone, &seen));
    }
    Ok(findings)
}

fn judged(load: Load, pressure: BackPressure, alone: f64, seen: &Seen) -> [Finding; 3] {
    let Seen { time, tasks, busy, throttled } = seen;
    let (share, other) = (busy.worker / f64::from(load.slots), busy.other / alone);
    let [slots, others, all] = match pressure {
        BackPressure::Key => [
            "slots busy while it is filled",
            "slots of another labourer busy meanwhile, of those it has busy alone",
            "tasks that were created",
        ],
        BackPressure::Table => [
            "slots busy, if a full index throttles its table",
            "slots of another labourer, if a full index throttles its table",
            "tasks that were created, if a full index throttles its table",
        ],
    };
    [
        Finding {
            what: slots.to_owned(),
            figure: format!("{:.1} %, wanted 90 %; {throttled} requests throttled", 100.0 * share),
            is_met: share >= 0.9,
        },
        Finding {
            what: others.to_owned(),
            figure: format!("{:.1} %, wanted 98 %", 100.0 * other),
            is_met: other >= 0.98,
        },
        Finding {
            what: all.to_owned(),
            figure: format!("{tasks} of {}, in {:.0} s", load.tasks, time.as_secs_f64()),
            is_met: *tasks == u64::from(load.tasks),
        },
    ]
}

/// The stack at work: the other labourer has tasks for an hour or so, and if `both`, the worker, too.
async fn at_work(
    parameters: Parameters,
    seed: u64,
    load: Load,
    both: bool,
) -> Result<Stack, ScenarioError> {
    // Both labourers, and the assistants of their reports.
    let parameters = Parameters { concurrency: 3000, ..parameters };
    let (cloud, inbox) = Cloud::new(parameters, seed)?;
    let other = Labourer {
        id: LabourerId::new(OTHER)?,
        function: OTHER.to_owned(),
        ..worker(load.others, 30)?
    };
    let labourers = [(worker(load.slots, 30)?, taking(WORK)), (other, taking(WORK))];
    let mut stack = Stack::deploy(&cloud, inbox, labourers).await?;
    // As long as it takes at 250 tasks a second.
    let longest = WARM.as_secs() + load.alone.as_secs() + u64::from(load.tasks) / 250;
    queue_for(OTHER, &stack, longest as usize * load.others as usize).await?;
    if both {
        // Those that are filled come behind these.
        queue(&stack, 4 * WARM.as_secs() as usize * load.slots as usize).await?;
    }
    cloud.lambda.accept(ORCHESTRATOR, RawValue::NULL.to_owned());
    stack.tick();
    sleep(WARM).await;
    Ok(stack)
}

/// The slots that the other labourer has busy while the worker has nothing to do.
async fn alone(parameters: Parameters, seed: u64, load: Load) -> Result<f64, ScenarioError> {
    let stack = at_work(parameters, seed, load, false).await?;
    Ok(busy(&stack, load.alone).await.other)
}

async fn filling(parameters: Parameters, seed: u64, load: Load) -> Result<Seen, ScenarioError> {
    let stack = at_work(parameters, seed, load, true).await?;
    stack.cloud.tables.usage();
    let began = Instant::now();
    stack.cloud.lambda.accept(SCHEDULER, job(WORKER, load.tasks)?);
    let (mut sum, mut seconds, mut tasks) = (Busy::default(), 0.0, 0);
    while tasks < u64::from(load.tasks) && began.elapsed() < PATIENCE {
        let Busy { worker, other } = busy(&stack, SECOND).await;
        sum = Busy { worker: sum.worker + worker, other: sum.other + other };
        seconds += 1.0;
        tasks = created(&stack).await?;
    }
    let busy = Busy { worker: sum.worker / seconds, other: sum.other / seconds };
    let throttled = stack.cloud.tables.usage().throttled.values().sum();
    Ok(Seen { time: began.elapsed(), tasks, busy, throttled })
}

/// The slots that are busy in this time.
async fn busy(stack: &Stack, time: Duration) -> Busy {
    let samples = (time.as_millis() / SAMPLE.as_millis()) as u32;
    let [mut worker, mut other] = [0, 0];
    for _ in 0..samples {
        sleep(SAMPLE).await;
        worker += stack.cloud.lambda.running(WORKER);
        other += stack.cloud.lambda.running(OTHER);
    }
    let samples = f64::from(samples);
    Busy { worker: f64::from(worker) / samples, other: f64::from(other) / samples }
}

const KEY: &str = "the large one";

/// A job of so many thousand tasks.
pub(super) fn job(labourer: &str, tasks: u32) -> Result<Box<RawValue>, ScenarioError> {
    let job = json!({
        "lambda_name": labourer,
        "period": format!("last_{}_days", tasks.div_ceil(1000)),
        "isolate_days": true,
        "isolate_shops": true,
        "shops": (0..1000).collect::<Vec<_>>(),
        "idempotency_key": KEY,
    });
    Ok(serde_json::value::to_raw_value(&job)?)
}

/// Queues so many thousand tasks of a job, as fast as the tables take them, so many in a block.
pub(super) async fn queue_blocks(
    labourer: &str,
    stack: &Stack,
    tasks: u32,
    size: u32,
) -> Result<(), ScenarioError> {
    let mut job: Json = (&*job(labourer, tasks)?).into();
    if let Json::Object(fields) = &mut job {
        fields.insert("tasks_per_invocation".to_owned(), json!(size).into());
    }
    let client = stack.client().unpaced();
    if let Message::Submit(job) = client.jobs().read_message(&job).map_err(JobError::from)? {
        let snapshot = client.jobs().submit(&job, None).await?;
        client.jobs().fill(snapshot, || true, async || ()).await?;
    }
    Ok(())
}

/// The tasks of the job that were created so far.
async fn created(stack: &Stack) -> Result<u64, ScenarioError> {
    match stack.client().jobs().get(&JobId::of_key(KEY)).await {
        Ok(snapshot) => Ok(snapshot.progress.made),
        Err(JobError::Unknown(_)) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

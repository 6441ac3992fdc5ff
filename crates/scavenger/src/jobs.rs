//! Open jobs: restarts a scheduler that stopped (or starts it at the job's time), and ends jobs that
//! are done.

use aws_sdk_lambda::{Client, error::DisplayErrorContext, primitives::Blob, types::InvocationType};
use futures::{StreamExt, stream};
use serde::Serialize;
use task_manager::{
    TaskManager, describe,
    ids::JobId,
    jobs::{
        job::{Due, JobSnapshot, JobState},
        message::Message,
        options::OnComplete,
    },
    json::Json,
    metrics,
    mistakes::Mistakes,
    storage::StoreError,
    time::Timestamp,
};
use tracing::{error, info, warn};

use crate::Notifier;

/// Jobs that are worked on concurrently.
const AT_ONCE: usize = 8;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobsSummary {
    pub open: u32,
    /// Jobs for which a scheduler was started.
    pub resumed: u32,
    pub ended: u32,
    /// Jobs that were left out: the time was up.
    #[serde(skip_serializing_if = "is_none")]
    pub skipped: u32,
    /// Jobs that failed with an error of the tables; the next tick tries again.
    #[serde(skip_serializing_if = "is_none")]
    pub failed: u32,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Invokes the scheduler's function.
#[derive(Clone, Debug)]
pub struct Scheduler {
    client: Option<Client>,
    function: String,
}

impl Scheduler {
    /// The function's name when `SOSW_SCHEDULER` is not set.
    pub const FUNCTION: &str = "sosw_scheduler";

    pub fn new(client: Client, function: impl Into<String>) -> Self {
        Self { client: Some(client), function: function.into() }
    }

    /// Never starts a scheduler.
    pub fn none() -> Self {
        Self { client: None, function: Self::FUNCTION.to_owned() }
    }

    /// Sends a message. A failure is logged; the next tick tries again.
    async fn send(&self, message: &Json) -> bool {
        let Some(client) = &self.client else { return false };
        let request = client
            .invoke()
            .function_name(&self.function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(message.to_string()));
        let sent = request.send().await;
        if let Err(error) = &sent {
            warn!(error = %DisplayErrorContext(error), "cannot start the scheduler; the next tick tries again");
        }
        sent.is_ok()
    }
}

enum JobOutcome {
    Nothing,
    Resumed,
    Ended,
    Skipped,
    Failed,
}

impl JobsSummary {
    fn count(&mut self, done: &JobOutcome) {
        self.open += 1;
        match done {
            JobOutcome::Nothing => {}
            JobOutcome::Resumed => self.resumed += 1,
            JobOutcome::Ended => self.ended += 1,
            JobOutcome::Skipped => self.skipped += 1,
            JobOutcome::Failed => self.failed += 1,
        }
    }
}

/// Advances the open jobs, several concurrently, until the time is up. One that fails does not stop the
/// others.
pub async fn advance(
    manager: &TaskManager,
    scheduler: &Scheduler,
    notifier: &Notifier,
    until: Timestamp,
) -> Result<JobsSummary, StoreError> {
    let open = manager.jobs().open().await?;
    let turns = open.iter().map(async |id| {
        if manager.now() >= until {
            return JobOutcome::Skipped;
        }
        let done = act(manager, scheduler, notifier, id, until).await;
        done.unwrap_or_else(|error| {
            error!(error = describe(&error), job_id = %id, "job not advanced; the next tick tries again");
            metrics::turn_failed();
            JobOutcome::Failed
        })
    });
    let mut tally = JobsSummary::default();
    let mut turns = stream::iter(turns).buffer_unordered(AT_ONCE);
    while let Some(done) = turns.next().await {
        tally.count(&done);
    }
    Ok(tally)
}

async fn act(
    manager: &TaskManager,
    scheduler: &Scheduler,
    notifier: &Notifier,
    id: &JobId,
    until: Timestamp,
) -> Result<JobOutcome, StoreError> {
    let Some((snapshot, due)) = manager.jobs().due(id).await? else {
        return Ok(JobOutcome::Nothing);
    };
    if !matches!(due, Due::End(_)) {
        manager.jobs().keep_open(&snapshot).await?;
    }
    Ok(match due {
        Due::Nothing => JobOutcome::Nothing,
        Due::Fill => match scheduler.send(&Message::resuming(id)).await {
            true => JobOutcome::Resumed,
            false => JobOutcome::Nothing,
        },
        Due::Cancel => {
            manager.jobs().cancel_rest(&snapshot, || manager.now() < until).await?;
            JobOutcome::Nothing
        }
        // `on_complete` is sent before the job is marked as done: sent twice, it is still one job
        // because of its idempotency key; in the other order, a crash between the two would lose it.
        Due::End(state) => match follow(manager, &snapshot, state, scheduler, notifier).await {
            Ok(true) if manager.jobs().end(&snapshot, state).await? => JobOutcome::Ended,
            Ok(_) => JobOutcome::Nothing,
            Err(mistakes) => {
                error!(%mistakes, job_id = %id, "on_complete would be refused by the scheduler: the job stays open until the config knows what it names, or the job is cancelled");
                metrics::turn_failed();
                JobOutcome::Failed
            }
        },
    })
}

/// Runs the job's `on_complete`: notifies a topic of every end, or submits another job after a success.
/// Returns whether it was sent.
async fn follow(
    manager: &TaskManager,
    snapshot: &JobSnapshot,
    state: JobState,
    scheduler: &Scheduler,
    notifier: &Notifier,
) -> Result<bool, Mistakes> {
    Ok(match &snapshot.job.options.on_complete {
        None => true,
        Some(OnComplete::Topic(topic)) => notifier.notify_job(topic, snapshot, state).await,
        Some(OnComplete::Job(_)) if state != JobState::Succeeded => {
            info!(job_id = %snapshot.job.id, state = state.name(), "on_complete is skipped: the job did not succeed");
            true
        }
        // The config may have changed since the job was accepted.
        Some(OnComplete::Job(next)) => {
            let message = Message::following(&snapshot.job.id, next);
            manager.jobs().read_message(&message)?;
            scheduler.send(&message).await
        }
    })
}

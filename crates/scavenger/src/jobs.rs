//! Open jobs: a scheduler is started where one is gone (or the job's time has come), and a job
//! that is done says so.

use aws_sdk_lambda::{Client, error::DisplayErrorContext, primitives::Blob, types::InvocationType};
use futures::{StreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};
use task_manager::{
    TaskManager, describe,
    ids::JobId,
    jobs::{
        options::OnComplete,
        record::{Due, JobSnapshot, State},
    },
    metrics,
    storage::StoreError,
    time::Timestamp,
};
use tracing::{error, info, warn};

use crate::Notifier;

/// Jobs that are looked after at once.
const AT_ONCE: usize = 8;

/// What was done about open jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Jobs {
    /// Open jobs.
    pub open: u32,
    /// Jobs that a scheduler was started for.
    pub resumed: u32,
    /// Jobs that are done.
    pub settled: u32,
    /// Jobs that were not looked at: the time was up.
    #[serde(skip_serializing_if = "is_none")]
    pub skipped: u32,
    /// Jobs that the tables kept from all of this.
    #[serde(skip_serializing_if = "is_none")]
    pub failed: u32,
}

fn is_none(count: &u32) -> bool {
    *count == 0
}

/// The scheduler, as a function to be invoked.
#[derive(Clone, Debug)]
pub struct Scheduler {
    client: Option<Client>,
    function: String,
}

impl Scheduler {
    /// The function's name when `SOSW_SCHEDULER` does not tell it.
    pub const FUNCTION: &str = "sosw_scheduler";

    /// The scheduler of this name.
    pub fn new(client: Client, function: impl Into<String>) -> Self {
        Self { client: Some(client), function: function.into() }
    }

    /// No scheduler is started.
    pub fn none() -> Self {
        Self { client: None, function: Self::FUNCTION.to_owned() }
    }

    /// Sends a message. A failure is told in the log; the next tick tries again.
    async fn send(&self, message: &Value) -> bool {
        let Some(client) = &self.client else { return false };
        let request = client
            .invoke()
            .function_name(&self.function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(message.to_string()));
        let sent = request.send().await;
        if let Err(error) = &sent {
            warn!(error = %DisplayErrorContext(error), "the scheduler was not started: the next tick tries again");
        }
        sent.is_ok()
    }
}

/// What was done about one job.
enum Done {
    Nothing,
    Resumed,
    Settled,
    Skipped,
    Failed,
}

impl Jobs {
    fn count(&mut self, done: &Done) {
        self.open += 1;
        match done {
            Done::Nothing => {}
            Done::Resumed => self.resumed += 1,
            Done::Settled => self.settled += 1,
            Done::Skipped => self.skipped += 1,
            Done::Failed => self.failed += 1,
        }
    }
}

/// Looks after the open jobs, some at once, until the time is up. One that fails keeps nobody from
/// the others.
pub async fn look_after(
    manager: &TaskManager,
    scheduler: &Scheduler,
    notifier: &Notifier,
    until: Timestamp,
) -> Result<Jobs, StoreError> {
    let open = manager.open_jobs().await?;
    let looks = open.iter().map(async |id| {
        if manager.now() >= until {
            return Done::Skipped;
        }
        let done = act(manager, scheduler, notifier, id, until).await;
        done.unwrap_or_else(|error| {
            error!(error = describe(&error), job_id = %id, "not looked after: the next tick tries again");
            metrics::turn_failed();
            Done::Failed
        })
    });
    let mut tally = Jobs::default();
    let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
    while let Some(done) = looks.next().await {
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
) -> Result<Done, StoreError> {
    let Some((snapshot, due)) = manager.look_at_job(id).await? else { return Ok(Done::Nothing) };
    Ok(match due {
        Due::Nothing => Done::Nothing,
        Due::Fill => match scheduler.send(&TaskManager::resume_message(id)).await {
            true => Done::Resumed,
            false => Done::Nothing,
        },
        Due::Cancel => {
            manager.cancel_rest(&snapshot, || manager.now() < until).await?;
            Done::Nothing
        }
        // What follows the job is sent before the job counts as done: sent twice, it is one
        // job again by its key; not sent at all, nobody would ever know.
        Due::Settle(state) => match follow(&snapshot, state, scheduler, notifier).await {
            true if manager.settle(&snapshot, state).await? => Done::Settled,
            _ => Done::Nothing,
        },
    })
}

/// Does what the job wants to happen when it is done: a topic is told how it ended, another job
/// follows only a success. Answers whether that is on its way.
async fn follow(
    snapshot: &JobSnapshot,
    state: State,
    scheduler: &Scheduler,
    notifier: &Notifier,
) -> bool {
    match &snapshot.job.options.on_complete {
        None => true,
        Some(OnComplete::Topic(topic)) => notifier.tell_of_job(topic, snapshot, state).await,
        Some(OnComplete::Job(_)) if state != State::Succeeded => {
            info!(job_id = %snapshot.job.id, state = state.name(), "the job that follows is left out");
            true
        }
        Some(OnComplete::Job(message)) => {
            let mut message = message.clone();
            if let Some(fields) = message.as_object_mut() {
                let key = format!("after {}", snapshot.job.id);
                fields.entry("idempotency_key").or_insert(json!(key));
            }
            scheduler.send(&message).await
        }
    }
}

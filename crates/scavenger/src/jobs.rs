//! Open jobs: a scheduler is started where one is gone (or the job's time has come), and a job
//! that is done says so.

use aws_sdk_lambda::{Client, error::DisplayErrorContext, primitives::Blob, types::InvocationType};
use serde::Serialize;
use serde_json::{Value, json};
use task_manager::{
    TaskManager,
    jobs::{
        options::OnComplete,
        record::{Account, Due, State},
    },
    storage::StoreError,
};
use tracing::warn;

use crate::News;

/// What was done about open jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Jobs {
    /// Open jobs.
    pub open: u32,
    /// Jobs that a scheduler was started for.
    pub resumed: u32,
    /// Jobs that are done.
    pub settled: u32,
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

/// Looks after the open jobs.
pub async fn look_after(
    manager: &TaskManager,
    scheduler: &Scheduler,
    news: &News,
) -> Result<Jobs, StoreError> {
    let mut tally = Jobs::default();
    for (account, due) in manager.look_at_jobs().await? {
        tally.open += 1;
        match due {
            Due::Nothing => {}
            Due::Fill => {
                let message = TaskManager::resume_message(&account.job.id);
                tally.resumed += u32::from(scheduler.send(&message).await);
            }
            // What follows the job is sent before the job counts as done: sent twice, it is one
            // job again by its key; not sent at all, nobody would ever know.
            Due::Settle(state) => {
                if follow(&account, state, scheduler, news).await {
                    tally.settled += u32::from(manager.settle(&account, state).await?);
                }
            }
        }
    }
    Ok(tally)
}

/// Does what the job wants to happen when it is done. Answers whether that is on its way.
async fn follow(account: &Account, state: State, scheduler: &Scheduler, news: &News) -> bool {
    match &account.job.options.on_complete {
        None => true,
        Some(OnComplete::Topic(topic)) => news.tell_of_job(topic, account, state).await,
        Some(OnComplete::Job(_)) if state != State::Succeeded => true,
        Some(OnComplete::Job(message)) => {
            let mut message = message.clone();
            if let Some(fields) = message.as_object_mut() {
                let key = format!("after {}", account.job.id);
                fields.entry("idempotency_key").or_insert(json!(key));
            }
            scheduler.send(&message).await
        }
    }
}

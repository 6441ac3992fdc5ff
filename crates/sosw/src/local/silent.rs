//! Labourers that end without a report: the system only notices when their lease has passed. The user is
//! warned at once, with the setting that makes Lambda report such ends.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use local::lambda::{FailureKind, Finished};
use operator::{
    LabourerId,
    config::Destinations,
    tasks::{InvokedAttempt, unreported},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{machine::Machine, plan::RunPlan, screen::Screen};
use crate::{function::SoswFunction, print};

/// Ends that are looked into together; what is more waits for the next time.
const AT_ONCE: usize = 1000;

pub struct Silent {
    finished: Receiver<Finished>,
    /// By function. A labourer is warned about once.
    watched: BTreeMap<String, Watched>,
}

/// A labourer, some of whose ends nobody reports but itself.
struct Watched {
    id: LabourerId,
    lease: Duration,
    destinations: Destinations,
    /// Times that Lambda repeats a failed invocation.
    retries: u32,
}

/// An end that no destination reports.
struct Unobserved {
    attempt: InvokedAttempt,
    function: String,
    how: &'static str,
}

impl Silent {
    /// Watches the labourers without destinations, or with one for failures only.
    pub fn new(machine: &Machine, plan: &RunPlan) -> Self {
        let watched = plan.labourers().filter(|(_, process)| !process.destinations.on_success());
        let watched = watched.map(|(labourer, process)| {
            let watched = Watched {
                id: labourer.id.clone(),
                lease: labourer.lease(Some(process.timeout)),
                destinations: process.destinations,
                retries: process.retries,
            };
            (labourer.function_name().to_owned(), watched)
        });
        Self { finished: machine.lambda().finished(), watched: watched.collect() }
    }

    /// Warns about each that ends an attempt and has not reported it. Never returns.
    pub async fn warn(mut self, machine: &Machine, screen: &Screen) -> Infallible {
        while !self.watched.is_empty() {
            let ended = self.ended().await;
            // A labourer may report before it returns. What it sent until then is applied by the end of this.
            machine.lambda().settled(SoswFunction::WorkerAssistant.function()).await;
            let attempts = ended.iter().map(|end| end.attempt.clone()).collect();
            match unreported(&machine.manager, attempts).await {
                Ok(silent) => {
                    ended.iter().filter(|end| silent.contains(&end.attempt)).for_each(|end| {
                        if let Some(labourer) = self.watched.remove(&end.function) {
                            screen.warn(labourer.warning(end));
                        }
                    });
                }
                Err(error) => tracing::warn!(%error, "unknown whether labourers have reported"),
            }
        }
        std::future::pending().await
    }

    /// Waits for an end that no destination reports, and takes those that are there by then.
    async fn ended(&mut self) -> Vec<Unobserved> {
        let mut ended = Vec::new();
        while ended.is_empty() {
            match self.finished.recv().await {
                Ok(finished) => ended.extend(self.unobserved(finished)),
                // Of a labourer that never reports, there will be others.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
        while ended.len() < AT_ONCE
            && let Ok(finished) = self.finished.try_recv()
        {
            ended.extend(self.unobserved(finished));
        }
        ended
    }

    fn unobserved(&self, finished: Finished) -> Option<Unobserved> {
        let labourer = self.watched.get(&finished.function)?;
        let failure = finished.error.as_ref().map(|(kind, _)| *kind);
        if failure.is_some() && (labourer.destinations.on_failure() || labourer.repeats(&finished))
        {
            return None;
        }
        let how = match failure {
            None => "returned without a report",
            Some(FailureKind::Function) => "failed without a report",
            Some(FailureKind::Crashed) => "crashed",
            Some(FailureKind::TimedOut) => "was killed at its time-out",
            Some(FailureKind::Init) => "did not start",
        };
        let attempt = InvokedAttempt::of_event(&finished.payload)?;
        Some(Unobserved { attempt, function: finished.function, how })
    }
}

impl Watched {
    /// Does Lambda invoke it again with the same event?
    fn repeats(&self, finished: &Finished) -> bool {
        finished.attempt <= self.retries
    }

    fn warning(&self, end: &Unobserved) -> String {
        let Self { id, lease, .. } = self;
        let (how, task, lease) = (end.how, &end.attempt.task_id, print::duration(*lease));
        format!(
            "labourer {id} {how}: its task {task} waits until its lease of {lease} has passed. Remove \
             local.labourers.{id}.destinations from the config, and what it returns is the result, \
             an error the failure; or let it report before it returns"
        )
    }
}

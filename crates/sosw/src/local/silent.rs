//! Labourers that fail without a report: the system only notices when their lease has passed. The user is
//! warned at once, with the setting that makes Lambda report such failures.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use local::lambda::{FailureKind, Finished};
use operator::LabourerId;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{machine::Machine, plan::RunPlan, screen::Screen};
use crate::print;

pub struct Silent {
    finished: Receiver<Finished>,
    /// By function. A labourer is warned about once.
    unreported: BTreeMap<String, (LabourerId, Duration)>,
}

impl Silent {
    /// Watches the labourers without destinations.
    pub fn new(machine: &Machine, plan: &RunPlan) -> Self {
        let silent = plan.labourers().filter(|(_, process)| !process.destinations);
        let unreported = silent.map(|(labourer, process)| {
            let lease = labourer.lease(Some(process.timeout));
            (labourer.function_name().to_owned(), (labourer.id.clone(), lease))
        });
        Self { finished: machine.lambda().finished(), unreported: unreported.collect() }
    }

    /// Warns about each that crashes, times out or does not start. Never returns.
    pub async fn warn(mut self, screen: &Screen) -> Infallible {
        loop {
            match self.finished.recv().await {
                Ok(finished) => self.check(&finished, screen),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return std::future::pending().await,
            }
        }
    }

    /// An error that the function returned by itself was most likely reported.
    fn check(&mut self, finished: &Finished, screen: &Screen) {
        let what = match finished.error.as_ref().map(|(kind, _)| *kind) {
            Some(FailureKind::Crashed) => "crashed",
            Some(FailureKind::TimedOut) => "was killed at its time-out",
            Some(FailureKind::Init) => "did not start",
            Some(FailureKind::Function) | None => return,
        };
        if let Some((id, lease)) = self.unreported.remove(&finished.function) {
            let lease = print::duration(lease);
            screen.warn(format_args!(
                "labourer {id} {what}: its task waits until its lease of {lease} has passed; set \
                 local.labourers.{id}.destinations to true to have it reported at once"
            ));
        }
    }
}

//! Labourers that fail without a word: only their lease tells, long after. Whoever sits before the
//! screen is told at once, and how to have the system told, too.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use local::lambda::{FailureKind, Finished};
use operator::LabourerId;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{machine::Machine, plan::Plan, screen::Screen};
use crate::print;

/// The labourers that are listened for.
pub struct Silent {
    finished: Receiver<Finished>,
    /// By function. Each is told of once.
    untold: BTreeMap<String, (LabourerId, Duration)>,
}

impl Silent {
    /// Listens for those that have no destinations.
    pub fn new(machine: &Machine, plan: &Plan) -> Self {
        let silent = plan.labourers().filter(|(_, process)| !process.destinations);
        let untold = silent.map(|(labourer, process)| {
            let lease = labourer.lease(Some(process.timeout));
            (labourer.function_name().to_owned(), (labourer.id.clone(), lease))
        });
        Self { finished: machine.lambda().finished(), untold: untold.collect() }
    }

    /// Tells of each that crashes, times out or does not start. Never ends.
    pub async fn tell(mut self, screen: &Screen) -> Infallible {
        loop {
            match self.finished.recv().await {
                Ok(finished) => self.look_at(&finished, screen),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return std::future::pending().await,
            }
        }
    }

    /// An error that the function returned itself was mostly reported, too.
    fn look_at(&mut self, finished: &Finished, screen: &Screen) {
        let what = match finished.error.as_ref().map(|(kind, _)| *kind) {
            Some(FailureKind::Crashed) => "crashed",
            Some(FailureKind::TimedOut) => "was killed at its time-out",
            Some(FailureKind::Init) => "did not start",
            Some(FailureKind::Function) | None => return,
        };
        if let Some((id, lease)) = self.untold.remove(&finished.function) {
            let lease = print::duration(lease);
            screen.warn(format_args!(
                "labourer {id} {what}: its task waits until its lease of {lease} has passed; with \
                 local.labourers.{id}.destinations set to true it would be known at once"
            ));
        }
    }
}

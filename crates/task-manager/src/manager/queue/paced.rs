//! Waits between batches of new tasks, as their [`Pace`] says.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tracing::warn;

use super::Queue;
use crate::{
    describe,
    ids::LabourerId,
    queue::pace::Pace,
    storage::{Store, Throttles},
    time::Timestamp,
};

/// A labourer's row is read for its pace at most this often.
const READ_EVERY: Duration = Duration::from_secs(10);
/// The longest wait after which the caller is asked whether it has the time to wait on.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The paces of all labourers for which this process creates tasks, one for each: its jobs, their ranges
/// and single tasks share it.
#[derive(Clone, Debug, Default)]
pub(in crate::manager) struct Paces(Arc<Mutex<HashMap<LabourerId, Paced>>>);

#[derive(Debug)]
struct Paced {
    pace: Pace,
    throttles: Throttles,
    /// When it was last read whether the labourer has attempts.
    read_at: Option<Timestamp>,
}

impl Paces {
    /// Calls `work` with that of a labourer.
    fn with<T>(
        &self,
        labourer: &LabourerId,
        now: Timestamp,
        work: impl FnOnce(&mut Paced) -> T,
    ) -> T {
        let mut all: MutexGuard<'_, HashMap<_, _>> =
            self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Paced { pace: Pace::new(now), throttles: Throttles::default(), read_at: None };
        work(all.entry(labourer.clone()).or_insert_with(new))
    }
}

impl Paced {
    fn take(&mut self, count: usize, now: Timestamp) -> Duration {
        if self.throttles.take() > 0 {
            self.pace.halve(now);
        }
        self.pace.take(count, now)
    }

    /// Is it time to read the labourer's row? Only one caller is told so.
    fn must_read(&mut self, now: Timestamp) -> bool {
        let is_due = self.read_at.is_none_or(|at| now.since(at) >= READ_EVERY);
        if is_due {
            self.read_at = Some(now);
        }
        is_due
    }
}

impl Queue<'_> {
    /// Waits until `count` tasks of a labourer may be created. Returns false if `may_go_on` did meanwhile:
    /// then they may not be created any more.
    pub(in crate::manager) async fn wait_for_pace(
        self,
        labourer: &LabourerId,
        count: usize,
        may_go_on: impl Fn() -> bool,
    ) -> bool {
        let Some(paces) = &self.manager.paces else { return true };
        let now = self.manager.now();
        let (mut wait, must_read) = paces.with(labourer, now, |paced| {
            let wait = paced.take(count, now);
            (wait, !wait.is_zero() && paced.must_read(now))
        });
        if must_read {
            self.read_attempts(paces, labourer).await;
        }
        while !wait.is_zero() {
            let some = wait.min(LONGEST_WAIT);
            self.manager.store.sleep(some).await;
            wait -= some;
            if !may_go_on() {
                return false;
            }
        }
        true
    }

    /// Reads whether the labourer has attempts. If that cannot be read, it is taken to be as it was.
    async fn read_attempts(self, paces: &Paces, labourer: &LabourerId) {
        match self.manager.store.labourers().row(labourer).await {
            Ok(row) => {
                let (now, has_attempts) =
                    (self.manager.now(), row.is_some_and(|row| row.running() > 0));
                paces.with(labourer, now, |paced| paced.pace.set_attempts(has_attempts, now));
            }
            Err(error) => {
                warn!(error = describe(&error), labourer_id = %labourer, "cannot read how many attempts are running; the pace of new tasks stays");
            }
        }
    }

    /// Another process creates the same tasks: both slow down.
    pub(in crate::manager) fn share_pace(self, labourer: &LabourerId) {
        if let Some(paces) = &self.manager.paces {
            let now = self.manager.now();
            paces.with(labourer, now, |paced| paced.pace.halve(now));
        }
    }

    /// The tables for whoever creates tasks of a labourer: throttling slows its pace down.
    pub(in crate::manager) fn paced_store(self, labourer: &LabourerId) -> Store {
        let (store, now) = (self.manager.store.clone(), self.manager.now());
        match &self.manager.paces {
            Some(paces) => {
                store.counting(paces.with(labourer, now, |paced| paced.throttles.clone()))
            }
            None => store,
        }
    }
}

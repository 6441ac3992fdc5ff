//! Exhausted tasks that nobody was told of yet, whoever closed them.

use std::time::Duration;

use super::Labourers;
use crate::{
    labourer::{self, Labourer},
    storage::StoreError,
    task::{Closed, Status, Task},
    time::Timestamp,
};

/// How far back the first look goes.
const AT_FIRST: Duration = Duration::from_secs(600);
/// How far the index of closed tasks may lag.
const LAG: Duration = Duration::from_secs(5);
/// The most tasks of one look.
const MOST: u32 = 100;
/// The precision of times in the tables.
const MICROSECOND: Duration = Duration::from_micros(1);

/// Exhausted tasks of a labourer, and until when they are all.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhausted {
    /// The tasks, as they were closed; at most 100.
    pub tasks: Vec<Task>,
    until: Timestamp,
}

impl Labourers<'_> {
    /// The exhausted tasks that people were not told of yet; nothing if there are none. Tell them,
    /// then say so by [`TaskManager::told_of_exhausted`]: until then they are found again.
    pub async fn newly_exhausted(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Option<Exhausted>, StoreError> {
        let told = row.and_then(|row| row.exhausted_told);
        let from = told.unwrap_or(self.manager.now() - AT_FIRST) + MICROSECOND;
        let to = self.manager.now() - LAG;
        if to < from {
            return Ok(None);
        }
        let found =
            self.manager.store.closed().within(&labourer.id, Status::Exhausted, (from, to), MOST);
        let mut tasks = found.await?;
        tasks.sort_by_key(closed_at);
        let last = tasks.last().and_then(closed_at);
        let is_all = tasks.len() < MOST as usize;
        Ok(last.map(|last| Exhausted { tasks, until: if is_all { to } else { last } }))
    }

    /// People were told of these.
    pub async fn mark_notified(
        self,
        labourer: &Labourer,
        told: &Exhausted,
    ) -> Result<(), StoreError> {
        self.manager.store.labourers().mark_notified(&labourer.id, told.until).await
    }
}

fn closed_at(task: &Task) -> Option<Timestamp> {
    task.closed.map(|Closed { at, .. }| at)
}

//! Exhausted tasks that people were not notified of yet, whichever function closed them.

use std::time::Duration;

use super::Labourers;
use crate::{
    labourer::{self, Labourer},
    storage::{
        StoreError,
        closed::{LAG, MICROSECOND},
    },
    task::{Closed, Status, Task},
    time::Timestamp,
};

/// How far back the first notification of a labourer goes.
const AT_FIRST: Duration = Duration::from_secs(600);
/// The most tasks of one notification.
const MOST: u32 = 100;

/// Exhausted tasks of a labourer: all that were closed since the last notification until a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Exhausted {
    /// At most 100.
    pub tasks: Vec<Task>,
    until: Timestamp,
}

impl Labourers<'_> {
    /// The exhausted tasks that people were not notified of yet, if there are any. They are returned
    /// again until [`Labourers::mark_notified`] is called.
    pub async fn newly_exhausted(
        self,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Option<Exhausted>, StoreError> {
        let notified = row.and_then(|row| row.notified_until);
        let from = notified.unwrap_or(self.manager.now() - AT_FIRST) + MICROSECOND;
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

    /// Remembers that people were notified of these. A labourer without a row gets one: without a
    /// place to remember it, every tick would send the same message.
    pub async fn mark_notified(
        self,
        labourer: &Labourer,
        exhausted: &Exhausted,
    ) -> Result<(), StoreError> {
        let rows = self.manager.store.labourers();
        if !rows.mark_notified(&labourer.id, exhausted.until).await? {
            self.register(labourer).await?;
            rows.mark_notified(&labourer.id, exhausted.until).await?;
        }
        Ok(())
    }
}

fn closed_at(task: &Task) -> Option<Timestamp> {
    task.closed.map(|Closed { at, .. }| at)
}

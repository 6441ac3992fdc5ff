//! What changes from second to second, in a few calls that stay few however many tasks there are: the rows of the
//! labourers, and the progress of open jobs. What nobody counts as it changes is counted by [`crate::status`], which
//! costs more the more there is.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use task_manager::{
    TaskManager,
    ids::{JobId, LabourerId},
    storage::StoreError,
    time::Timestamp,
};

use crate::{capacity::Capacity, jobs::JobOverview, resources::Shared, status};

/// So many open jobs are read at most: more than a screen has room for.
pub const MOST_JOBS: usize = 16;

/// What is asked for besides the rows and the list of open jobs, which are always read.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// These jobs are read even if they have ended; then new ones, while there is room.
    pub jobs: BTreeSet<JobId>,
    /// Parked tasks of these are counted, which costs a call for each thousand of them.
    pub parked: BTreeSet<LabourerId>,
}

/// One look at what is at work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    /// Of the config, then those that left it.
    pub labourers: Vec<LiveLabourer>,
    /// Those that were wanted, open or not any more, and other open ones.
    pub jobs: Vec<JobOverview>,
    /// Open jobs for which there was no room.
    pub unread: usize,
}

/// A labourer by its row.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveLabourer {
    pub labourer_id: LabourerId,
    pub capacity: Capacity,
    /// As [`status::LabourerStatus::remark`].
    pub remark: String,
    /// If they were wanted.
    pub parked: Option<Parked>,
}

/// Tasks that wait for their next attempt; a block counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parked {
    pub count: u64,
    /// When the first of them is due.
    pub next: Option<Timestamp>,
}

/// Reads rows, open jobs, and what is wanted, all at the same time.
///
/// # Errors
/// When DynamoDB does not answer.
pub async fn read(manager: &TaskManager, wanted: &Wanted) -> Result<Live, StoreError> {
    let jobs = wanted.jobs.iter().map(|id| job(manager, id));
    let parked = wanted
        .parked
        .iter()
        .map(|id| async move { parked(manager, id).await.map(|parked| (id.clone(), parked)) });
    let (everybody, shared, open, known, parked) = futures::try_join!(
        manager.labourers().everybody(),
        Shared::read(manager),
        manager.store().jobs().open(),
        try_join_all(jobs),
        try_join_all(parked),
    )?;
    let new: Vec<_> = open.iter().filter(|id| !wanted.jobs.contains(*id)).collect();
    let room = MOST_JOBS.saturating_sub(wanted.jobs.len());
    let unread = new.len().saturating_sub(room);
    let new = try_join_all(new.into_iter().take(room).map(|id| job(manager, id))).await?;
    let now = manager.now();
    let shared = shared.with_rows(everybody.visits.iter().filter_map(|(_, row)| row.as_ref()));
    let labourers = everybody.visits.into_iter().map(|(labourer, row)| {
        let capacity = Capacity::of(&labourer, row.as_ref(), &shared, now);
        let (running, waits) = (capacity.running, capacity.known_waits());
        let remark = status::remark(&labourer, row.as_ref(), running, &waits, now);
        let parked = parked.iter().find(|(id, _)| *id == labourer.id).map(|(_, parked)| *parked);
        LiveLabourer { labourer_id: labourer.id, capacity, remark, parked }
    });
    let labourers = labourers.collect();
    let jobs = known.into_iter().chain(new).flatten().collect();
    Ok(Live { labourers, jobs, unread })
}

/// One that cannot be read, or is gone, is left out.
async fn job(manager: &TaskManager, id: &JobId) -> Result<Option<JobOverview>, StoreError> {
    match manager.store().jobs().get(id).await {
        Ok(snapshot) => Ok(snapshot.map(|snapshot| JobOverview::new(&snapshot, manager.now()))),
        Err(StoreError::Unreadable { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn parked(manager: &TaskManager, labourer: &LabourerId) -> Result<Parked, StoreError> {
    let retry = manager.store().retry();
    let ever = task_manager::labourer::State::until_resumed();
    let (count, due) = futures::try_join!(retry.count(labourer), retry.due_by(labourer, ever, 1))?;
    Ok(Parked { count, next: due.first().map(|first| first.at) })
}

//! Reads what there is to judge: what everybody needs each time, the rest in turns.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::future::try_join_all;
use task_manager::{
    TaskManager,
    history::{Brief, StackRecord, minute_of},
    ids::{JobId, LabourerId},
    jobs::job::JobState,
    labourer::Labourer,
    mistakes::Concerns,
    storage::{StoreError, labourers::Rows},
    time::Timestamp,
};

use super::{
    facts::{Facts, JobFacts, LabourerFacts, WINDOW},
    looks,
    watch::{Seen, Turn, Watch},
};
use crate::resources::Shared;

/// A tick that was overtaken writes its minute late: so much of the history is read again.
const OVERTAKEN: Duration = Duration::from_secs(120);
/// More records than the window has minutes.
const MOST_MINUTES: u32 = 200;
/// Ended jobs that are looked at, and how long after its end one that failed is shown.
const ENDED: u32 = 20;
const SHOWN: Duration = Duration::from_secs(86_400);

/// What is known after this read.
pub(super) async fn facts(manager: &TaskManager, watch: &mut Watch) -> Result<Facts, StoreError> {
    let turn = Turn::of(watch.turn);
    let (jobs, now) = (manager.store().jobs(), manager.now());
    let (minutes, left, open, ended) = futures::try_join!(
        minutes(manager, &watch.minutes, now),
        when(turn.left, manager.labourers().left()),
        when(turn.open, jobs.open()),
        when(turn.ended, jobs.ended(ENDED)),
    )?;
    watch.keep_minutes(minutes, now - WINDOW);
    if let Some(left) = left {
        watch.left = left;
    }
    if let Some(open) = open {
        watch.open = open;
    }
    let left = watch.left.clone();
    let ((rows, shared), ()) =
        futures::try_join!(rows(manager, &left), read_jobs(manager, watch, turn, ended))?;

    let known = manager.config().labourers.keys();
    watch.forget_others(&known.chain(&left).collect::<BTreeSet<_>>());
    let mut facts = assemble(manager, watch, rows, shared, now);
    let looks = looks::plan(&facts, turn.looks, turn.routine);
    let sights = looks.into_iter().map(|look| looks::look(manager, &facts, look));
    for sight in try_join_all(sights).await? {
        watch.keep(sight, now);
    }
    facts.renew(watch);
    // One that failed is made up for.
    watch.turn += 1;
    Ok(facts)
}

async fn when<T>(
    is_wanted: bool,
    read: impl Future<Output = Result<T, StoreError>>,
) -> Result<Option<T>, StoreError> {
    match is_wanted {
        true => read.await.map(Some),
        false => Ok(None),
    }
}

/// The minutes that are not known yet, newest first.
async fn minutes(
    manager: &TaskManager,
    known: &[StackRecord],
    now: Timestamp,
) -> Result<Vec<StackRecord>, StoreError> {
    let from = match known.last() {
        Some(last) if last.minute == minute_of(now) => return Ok(Vec::new()),
        Some(last) => last.minute - OVERTAKEN,
        None => now - WINDOW,
    };
    manager.store().history().stack_within(from.max(now - WINDOW), now, MOST_MINUTES).await
}

/// With what they share.
async fn rows(manager: &TaskManager, left: &[LabourerId]) -> Result<(Rows, Shared), StoreError> {
    let everybody = manager.config().labourers.keys().chain(left);
    Shared::read_with_rows(manager, everybody).await
}

/// Reads which jobs have failed, if the list of ended ones was read, and how far some jobs are.
async fn read_jobs(
    manager: &TaskManager,
    watch: &mut Watch,
    turn: Turn,
    ended: Option<Vec<JobId>>,
) -> Result<(), StoreError> {
    let (jobs, now) = (manager.store().jobs(), manager.now());
    let is_unread =
        |id: &&JobId| !watch.heads.contains_key(id) && !watch.snapshots.contains_key(id);
    let unread = watch.open.iter().filter(|_| turn.open).filter(is_unread);
    let asked: Vec<_> = unread.chain(ended.iter().flatten()).cloned().collect();
    let heads = match asked.is_empty() {
        true => Vec::new(),
        false => jobs.heads(&asked).await?,
    };
    if ended.is_some() {
        watch.failed.clear();
    }
    for job in heads {
        match job.state {
            state if state.is_open() => drop(watch.heads.insert(job.id.clone(), job)),
            JobState::Failed if job.ended_at.is_some_and(|at| now.since(at) <= SHOWN) => {
                watch.failed.push(job);
            }
            _ => {}
        }
    }
    // Only now it is known which have failed.
    let left = turn.jobs.saturating_sub(u32::from(!asked.is_empty()));
    let due = watch.due_jobs(left as usize);
    let snapshots = due.into_iter().map(|id| async move {
        match jobs.get(&id).await {
            // Another version made it, or somebody wrote over it: it must not hide the others.
            Err(StoreError::Unreadable { .. }) | Ok(None) => Ok(None),
            Ok(Some(snapshot)) => Ok(Some((id, snapshot))),
            Err(error) => Err(error),
        }
    });
    let snapshots = try_join_all(snapshots).await?;
    let read = snapshots.into_iter().flatten();
    watch.snapshots.extend(read.map(|(id, what)| (id, Seen { at: now, what })));
    Ok(())
}

fn assemble(
    manager: &TaskManager,
    watch: &Watch,
    mut rows: Rows,
    shared: Shared,
    now: Timestamp,
) -> Facts {
    let config = manager.config();
    let mut minutes: BTreeMap<&LabourerId, Vec<(Timestamp, Brief)>> = BTreeMap::new();
    for record in &watch.minutes {
        for (id, brief) in &record.labourers {
            minutes.entry(id).or_default().push((record.minute, brief.clone()));
        }
    }
    let left = watch.left.iter().filter(|id| !config.labourers.contains_key(*id));
    let left = left.map(|id| (Labourer::left(id.clone()), false));
    let known = config.labourers.values().map(|labourer| (labourer.clone(), true));
    let labourers = known.chain(left).map(|(labourer, is_known)| LabourerFacts {
        is_known,
        row: rows.remove(&labourer.id),
        minutes: minutes.remove(&labourer.id).unwrap_or_default(),
        looks: watch.looks.get(&labourer.id).cloned().unwrap_or_default(),
        labourer,
    });
    let labourers: Vec<_> = labourers.collect();
    let live = labourers.iter().map(|one| (one.labourer.id.clone(), one.running(now)));
    let mistakes = config.mistakes.iter();
    // One of a labourer is told with the labourer.
    let mistakes = mistakes.filter(|mistake| !matches!(mistake.concerns, Concerns::Labourer(_)));
    Facts {
        now,
        coefficients: config.coefficients,
        shared: shared.with_live(live),
        recorded: watch.minutes.last().map(|last| (last.minute, !last.gauges.is_idle())),
        labourers,
        jobs: jobs(watch),
        mistakes: mistakes.map(ToString::to_string).collect(),
    }
}

/// Open jobs as far as they are known, the newest first, then those that failed.
fn jobs(watch: &Watch) -> Vec<JobFacts> {
    let open = watch.open.iter().filter_map(|id| {
        let snapshot = watch.snapshots.get(id);
        let job = snapshot.map(|seen| &seen.what.job).or(watch.heads.get(id))?;
        Some((job, snapshot))
    });
    // One that has ended meanwhile is in the list until that is read again.
    let mut open: Vec<_> = open.filter(|(job, _)| job.state.is_open()).collect();
    open.sort_by_key(|(job, _)| std::cmp::Reverse(job.created_at));
    let failed = watch.failed.iter().map(|job| (job, watch.snapshots.get(&job.id)));
    let facts = open.into_iter().chain(failed).map(|(job, snapshot)| JobFacts {
        job: job.clone(),
        snapshot: snapshot.cloned(),
        errors: watch.errors.get(&job.id).cloned(),
    });
    facts.collect()
}

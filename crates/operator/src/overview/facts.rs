//! What was read, from which everything is decided.

use std::time::Duration;

use task_manager::{
    ecology::Coefficients,
    history::{Brief, Numbers},
    jobs::job::{Job, JobSnapshot},
    labourer::{Labourer, State},
    storage::closed::LAG,
    task::TaskError,
    time::Timestamp,
};

use super::watch::{Seen, Watch};
use crate::{
    jobs::ErrorKind,
    resources::{Shared, Standing, Wait},
};

/// Minutes that are read, and shown as a line.
pub(super) const WINDOW: Duration = Duration::from_secs(2 * 3600);
/// What counts as lately.
pub(super) const LATELY: Duration = Duration::from_secs(600);
/// Ticks come each minute, and one may take a minute. Who was silent for longer has stopped.
pub(super) const SILENT: Duration = Duration::from_secs(240);

pub(super) struct Facts {
    pub now: Timestamp,
    pub coefficients: Coefficients,
    /// What labourers share, with what they have live.
    pub shared: Shared,
    /// When the latest record of the stack was made, and whether anything waited or ran then.
    pub recorded: Option<(Timestamp, bool)>,
    /// Of the config, and those that left it.
    pub labourers: Vec<LabourerFacts>,
    /// The open jobs, and those that failed lately.
    pub jobs: Vec<JobFacts>,
    /// Mistakes of the config that stop no labourer.
    pub mistakes: Vec<String>,
}

pub(super) struct LabourerFacts {
    pub labourer: Labourer,
    /// Is it in the config?
    pub is_known: bool,
    /// Without its counters of freed slots.
    pub row: Option<State>,
    /// The last two hours, oldest first.
    pub minutes: Vec<(Timestamp, Brief)>,
    pub looks: Looks,
}

/// What was looked at closely, because it looked suspicious or because it was its turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Looks {
    /// Lambda's answer, if it refused the last attempt of one of the parked tasks.
    pub refusal: Option<Seen<Option<TaskError>>>,
    /// Claims of the last ten minutes that were taken back because Lambda had no room.
    pub returned: Option<Seen<u64>>,
    pub slots: Option<Seen<SlotLook>>,
    /// When the parked task was due that is due first.
    pub due: Option<Seen<Option<Timestamp>>>,
    /// When the first task of the queue was created; of an empty queue nothing.
    pub head: Option<Seen<Option<Timestamp>>>,
}

/// Slots in use by the row with its counters, and attempts by the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SlotLook {
    pub running: u32,
    pub counted: u64,
    /// When the lease of the oldest attempt passed, if it has.
    pub expired_at: Option<Timestamp>,
}

pub(super) struct JobFacts {
    pub job: Job,
    /// With what is counted, if that was read.
    pub snapshot: Option<Seen<JobSnapshot>>,
    pub errors: Option<Seen<Vec<ErrorKind>>>,
}

impl Facts {
    /// Takes over what was looked at since.
    pub fn renew(&mut self, watch: &Watch) {
        for one in &mut self.labourers {
            one.looks = watch.looks.get(&one.labourer.id).cloned().unwrap_or_default();
        }
        for job in &mut self.jobs {
            job.errors = watch.errors.get(&job.job.id).cloned();
        }
    }

    /// What a labourer waits for of what it shares; one that starts nothing anyway waits for nothing.
    pub fn waits(&self, one: &LabourerFacts, is_silent: bool) -> Vec<Wait> {
        let tasks = one.waiting(self.now, is_silent).unwrap_or_default();
        let standing =
            |row: &State| Standing { running: one.running(self.now), ..Standing::of(row, tasks) };
        let starts = one.labourer.stopped.is_none() && !one.is_paused(self.now);
        let row = one.row.as_ref().filter(|_| starts);
        let waits = row.map(|row| self.shared.waits(&one.labourer, standing(row), self.now));
        waits.unwrap_or_default()
    }

    /// When a tick of the orchestrator last left a trace. Ticks that have nothing to do leave none.
    pub fn last_tick(&self) -> Option<Timestamp> {
        let rows = self.labourers.iter().filter_map(|one| one.row.as_ref()?.refreshed_at);
        rows.chain(self.recorded.map(|(at, _)| at)).max()
    }

    /// Since when work waits for a tick of the orchestrator that should have come.
    pub fn silent_since(&self) -> Option<Timestamp> {
        let last = self.last_tick();
        let recorded = self.recorded.filter(|(_, has_work)| *has_work).map(|(at, _)| at);
        let labourers = self.labourers.iter().filter(|one| one.labourer.stopped.is_none());
        let signs = labourers.flat_map(|one| [one.running_since(), one.head()]).flatten();
        let jobs = self.jobs.iter().filter_map(JobFacts::open_since);
        let since = |sign: Timestamp| last.map_or(sign, |last| last.max(sign));
        let signs = recorded.into_iter().chain(signs).chain(jobs).map(since);
        signs.filter(|since| self.now.since(*since) > SILENT).min()
    }
}

impl LabourerFacts {
    pub fn latest(&self) -> Option<&(Timestamp, Brief)> {
        self.minutes.last()
    }

    /// The latest minute, if it shows how things stand: whoever has work has a record each minute.
    pub fn present(&self, now: Timestamp) -> Option<&(Timestamp, Brief)> {
        self.latest().filter(|(at, _)| now.since(*at) <= SILENT)
    }

    /// When the first task of the queue was created, if one was found there after the latest record.
    fn head(&self) -> Option<Timestamp> {
        let look = self.looks.head.as_ref()?;
        look.what.filter(|_| self.latest().is_none_or(|(at, _)| *at <= look.at))
    }

    /// Since when an attempt holds a slot at the row, at least.
    fn running_since(&self) -> Option<Timestamp> {
        let row = self.row.as_ref().filter(|row| row.counters == 0 && row.running() > 0)?;
        row.claimed_at.max(row.refreshed_at)
    }

    /// Attempts that hold a slot: by the row as it is now, or, where its counters count, as of the latest minute.
    pub fn running(&self, now: Timestamp) -> u32 {
        match &self.row {
            Some(row) if row.counters == 0 => row.running(),
            _ => self.present(now).map_or(0, |(_, brief)| brief.running),
        }
    }

    /// Tasks in the queue; nothing if that cannot be known while no ticks come.
    pub fn waiting(&self, now: Timestamp, is_silent: bool) -> Option<u64> {
        let found = self.head().map(|_| 1);
        match (self.present(now), self.latest()) {
            (Some((_, brief)), _) => Some(brief.queued),
            (None, Some((_, brief))) if is_silent => found.or(Some(brief.queued)),
            (None, None) if is_silent => found,
            _ => found.or(Some(0)),
        }
    }

    /// What was counted since then.
    pub fn since(&self, begin: Timestamp) -> Numbers {
        let minutes = self.minutes.iter().filter(|(at, _)| *at > begin);
        minutes.fold(Numbers::default(), |mut sum, (_, brief)| {
            sum += brief.numbers;
            sum
        })
    }

    /// Attempts that Lambda refused in these two hours, so far as the numbers tell: tasks that were parked or closed
    /// although none of their attempts failed.
    pub fn refused(&self) -> u64 {
        let sum = self.since(Timestamp::from_seconds(0.0));
        let refused = sum.retried + sum.exhausted - sum.failed - sum.expired;
        u64::try_from(refused).unwrap_or_default()
    }

    /// For how long no attempt of it began or ended, as far back as the minutes reach.
    pub fn quiet_for(&self, now: Timestamp) -> Duration {
        let moved = |brief: &Brief| !brief.numbers.is_empty();
        let last = self.minutes.iter().rev().find(|(_, brief)| moved(brief)).map(|(at, _)| *at);
        let claimed = self.row.as_ref().and_then(|row| row.claimed_at);
        last.max(claimed).map_or(WINDOW, |at| now.since(at))
    }

    /// Do tasks wait though it has slots that nobody uses?
    pub fn waits_beside_free_slots(&self, now: Timestamp) -> bool {
        let most = |slots: u32| self.row.as_ref().map_or(slots, |row| row.most(slots));
        let is_free =
            |(_, brief): &(Timestamp, Brief)| brief.queued > 0 && brief.running < most(brief.slots);
        self.labourer.stopped.is_none()
            && !self.is_paused(now)
            && self.present(now).is_some_and(is_free)
    }

    /// What was counted, if more slots are in use than there are attempts, but for those that are late in the index.
    pub fn leak(&self, now: Timestamp) -> Option<SlotLook> {
        let look = self.looks.slots.as_ref()?.what;
        let begun = u64::try_from(self.since(now - LATELY).started).unwrap_or_default();
        let late = begun * LAG.as_secs() / LATELY.as_secs();
        (u64::from(look.running) > look.counted + late).then_some(look)
    }

    pub fn is_paused(&self, now: Timestamp) -> bool {
        self.row.as_ref().is_some_and(|row| row.is_paused(now))
    }
}

impl JobFacts {
    /// Since when nothing of it has moved, if tasks of it are made and open.
    fn open_since(&self) -> Option<Timestamp> {
        let snapshot = &self.snapshot.as_ref()?.what;
        let progress = &snapshot.progress;
        let is_open = snapshot.job.state.is_open() && progress.open() > 0;
        progress.last_change.max(progress.started).filter(|_| is_open)
    }
}

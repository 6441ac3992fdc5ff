//! What one read leaves to the next, and what each of them may cost.

use std::collections::{BTreeMap, BTreeSet};

use task_manager::{
    history::StackRecord,
    ids::{JobId, LabourerId},
    jobs::job::{Job, JobSnapshot},
    time::Timestamp,
};

use super::{facts::Looks, looks::Sight};
use crate::jobs::ErrorKind;

/// What one read leaves to the next. A page that stays open keeps one; who reads once begins with none.
#[derive(Debug, Default)]
pub struct Watch {
    /// How many reads there were.
    pub(super) turn: u64,
    /// The stack's minutes, oldest first.
    pub(super) minutes: Vec<StackRecord>,
    /// Labourers that left the config and may have left something behind.
    pub(super) left: Vec<LabourerId>,
    /// The open jobs, in no order.
    pub(super) open: Vec<JobId>,
    /// Jobs that failed lately, the latest first.
    pub(super) failed: Vec<Job>,
    /// What is known of open jobs of which no more was read yet.
    pub(super) heads: BTreeMap<JobId, Job>,
    /// Of open and failed jobs, and when it was read.
    pub(super) snapshots: BTreeMap<JobId, Seen<JobSnapshot>>,
    /// Why tasks of jobs failed.
    pub(super) errors: BTreeMap<JobId, Seen<Vec<ErrorKind>>>,
    /// What was looked at closely.
    pub(super) looks: BTreeMap<LabourerId, Looks>,
}

/// Something that was read some time ago.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen<T> {
    pub at: Timestamp,
    pub what: T,
}

/// What is read in a turn besides the rows of the labourers and the latest minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Which labourers left the config.
    pub left: bool,
    /// The list of open jobs.
    pub open: bool,
    /// That of ended jobs.
    pub ended: bool,
    /// Calls for the progress of jobs.
    pub jobs: u32,
    /// Calls for whatever looks suspicious.
    pub looks: u32,
    /// How many of these looks may be at what does not look suspicious.
    pub routine: usize,
}

impl Turn {
    /// The first read has twenty calls, and shows all that a person needs who reads once. Then each has three besides
    /// rows and minutes: jobs and looks take turns.
    pub fn of(number: u64) -> Self {
        let none = Self { left: false, open: false, ended: false, jobs: 0, looks: 0, routine: 0 };
        match number {
            0 => Self { left: true, open: true, ended: true, jobs: 5, looks: 6, routine: 2 },
            n if n % 12 == 6 => Self { ended: true, ..none },
            n if n % 12 == 3 => Self { left: true, looks: 2, routine: 1, ..none },
            n if n % 2 == 0 => Self { open: true, jobs: 2, ..none },
            _ => Self { looks: 3, routine: 1, ..none },
        }
    }
}

impl Watch {
    /// Adds minutes that were read, newest first, and drops those before `begin`.
    pub(super) fn keep_minutes(&mut self, read: Vec<StackRecord>, begin: Timestamp) {
        if let Some(oldest) = read.last().map(|oldest| oldest.minute) {
            self.minutes.retain(|known| known.minute < oldest);
            self.minutes.extend(read.into_iter().rev());
        }
        self.minutes.retain(|known| known.minute >= begin);
    }

    /// The jobs to read next, so many at most: those that failed and were never read, then open ones that were not, in
    /// no order; then the open ones that were read longest ago.
    pub(super) fn due_jobs(&self, most: usize) -> Vec<JobId> {
        let failed = self.failed.iter().map(|job| &job.id);
        let unread = failed.chain(&self.open).filter(|id| !self.snapshots.contains_key(*id));
        let mut read: Vec<_> =
            self.open.iter().filter_map(|id| Some((self.snapshots.get(id)?.at, id))).collect();
        read.sort();
        unread.chain(read.into_iter().map(|(_, id)| id)).take(most).cloned().collect()
    }

    /// Keeps what was seen at `now`.
    pub(super) fn keep(&mut self, sight: Sight, now: Timestamp) {
        match sight {
            Sight::Refusal(id, what) => self.looks_of(id).refusal = Some(Seen { at: now, what }),
            Sight::Returned(id, what) => self.looks_of(id).returned = Some(Seen { at: now, what }),
            Sight::Slots(id, what) => {
                self.looks_of(id).slots = what.map(|what| Seen { at: now, what });
            }
            Sight::Due(id, what) => self.looks_of(id).due = Some(Seen { at: now, what }),
            Sight::Head(id, what) => self.looks_of(id).head = Some(Seen { at: now, what }),
            Sight::Errors(id, what) => drop(self.errors.insert(id, Seen { at: now, what })),
        }
    }

    fn looks_of(&mut self, labourer: LabourerId) -> &mut Looks {
        self.looks.entry(labourer).or_default()
    }

    /// Forgets whoever is gone, so that a page that stays open for weeks does not grow.
    pub(super) fn forget_others(&mut self, labourers: &BTreeSet<&LabourerId>) {
        self.looks.retain(|id, _| labourers.contains(id));
        let listed: BTreeSet<_> =
            self.open.iter().chain(self.failed.iter().map(|job| &job.id)).cloned().collect();
        self.heads.retain(|id, _| listed.contains(id));
        self.snapshots.retain(|id, _| listed.contains(id));
        self.errors.retain(|id, _| listed.contains(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_first_read_a_turn_has_three_calls_and_everything_has_its_turn() {
        let turns: Vec<_> = (1..25).map(Turn::of).collect();
        let calls = |turn: &Turn| {
            u32::from(turn.left)
                + u32::from(turn.open)
                + 2 * u32::from(turn.ended)
                + turn.jobs
                + turn.looks
        };
        assert!(turns.iter().all(|turn| calls(turn) <= 3), "{turns:?}");
        assert!(turns.windows(4).all(|some| some.iter().any(|turn| turn.jobs > 0)));
        assert!(turns.windows(4).all(|some| some.iter().any(|turn| turn.routine > 0)));
        for each in turns.chunks(12) {
            assert!(each.iter().any(|turn| turn.left) && each.iter().any(|turn| turn.ended));
        }
    }
}

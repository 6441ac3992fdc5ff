//! The tables, and what a transaction does to them: each [`Write`] with exactly the condition that
//! it documents.

use task_manager::{
    greenfield::Phase,
    labourer::{self, frees::FreedAt},
    task::Status,
    transition::{Expected, JobWrite, Write},
};

use super::{
    bugs::Bug,
    item::Item,
    scope::{LEASE, MOST_TASKS, Scope, Tick, labourer_id, nth, number, scale, time},
};

/// Task by task: is it there, and with what?
pub type Table = [Option<Item>; MOST_TASKS];

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tables {
    pub tasks: Table,
    pub parked: Table,
    pub closed: Table,
    /// `running` of the labourer's row.
    pub taken: u32,
    /// What all counters beside it say.
    pub freed: u32,
    /// What the job counted as succeeded and as exhausted.
    pub counted: [i64; 2],
}

impl Tables {
    /// Slots in use.
    pub fn running(&self) -> u32 {
        self.taken.saturating_sub(self.freed)
    }

    /// The row with its counters, as someone reads it now.
    pub fn row(&self, scope: &Scope, now: Tick) -> labourer::State {
        labourer::State { freed: self.freed.into(), ..self.row_alone(scope, now) }
    }

    /// The row as a worker assistant reads it now.
    pub fn row_alone(&self, scope: &Scope, now: Tick) -> labourer::State {
        labourer::State {
            counters: scope.counters,
            refreshed_at: Some(time(now)),
            ..labourer::State::new(labourer_id(), self.taken, scope.slots)
        }
    }

    /// Applies the writes, or returns those whose conditions do not hold.
    pub fn transact(&mut self, writes: &[Write], bug: Option<Bug>) -> Result<(), Vec<usize>> {
        let refused = writes.iter().enumerate().filter(|(_, write)| !self.holds(write, bug));
        let refused: Vec<_> = refused.map(|(place, _)| place).collect();
        if !refused.is_empty() {
            return Err(refused);
        }
        writes.iter().for_each(|write| self.write(write, bug));
        Ok(())
    }

    fn holds(&self, write: &Write, bug: Option<Bug>) -> bool {
        if bug.is_some_and(|bug| bug.drops_condition_of(write)) {
            return true;
        }
        match write {
            Write::Queue(task) => self.tasks[at(&task.id)].is_none(),
            Write::Park(task) => {
                self.parked[at(&task.id)].is_none_or(|copy| copy.attempts < task.attempts)
            }
            Write::Close(task) => self.closed[at(&task.id)].is_none(),
            Write::Claim { expected, .. } | Write::Dequeue(expected) => {
                self.is_as_expected(expected, bug)
            }
            Write::Accept { expected, .. } => {
                let is_first = self.tasks[at(&expected.id)].is_some_and(|item| !item.accepted);
                is_first && self.is_as_expected(expected, bug)
            }
            Write::Unclaim { id, token, .. } => {
                let claim = Some(nth(token));
                self.tasks[at(id)].is_some_and(|item| {
                    item.claim == claim && (!item.accepted || bug == Some(Bug::UnclaimOfSucceeded))
                })
            }
            Write::Unpark { id, attempts, claim, .. } => self.parked[at(id)].is_some_and(|item| {
                let claim = item.claim == claim.as_ref().map(nth);
                item.attempts == *attempts && (claim || bug == Some(Bug::ParkedAttemptNotBelieved))
            }),
            Write::TakeSlots { count, limit, freed, .. } => {
                let (taken, freed) = (i64::from(self.taken), *freed as i64);
                freed <= taken && taken <= i64::from(*limit) - i64::from(*count) + freed
            }
            Write::FreeSlot { at: FreedAt::Row, .. } => self.taken >= 1,
            Write::FreeSlot { at: FreedAt::Counter(_), .. } => true,
            Write::FreeSlot { at: FreedAt::Unclaimed, .. } => unimplemented!("all have a claim"),
            Write::Job(JobWrite::Count { .. }) | Write::Count { .. } => true,
            Write::NotParked { id, .. } => self.parked[at(id)].is_none(),
            Write::NotClosed(id) => self.closed[at(id)].is_none(),
            Write::TakeTrial { .. } => unimplemented!("there are no blocks"),
            Write::LowerShare { .. } | Write::Settle { .. } | Write::Hold { .. } => {
                unimplemented!("nothing is shared")
            }
            Write::Reopen { .. } | Write::Job(_) => unimplemented!("there is one job"),
            Write::AddResult { .. } => unimplemented!("each success is reported with its result"),
            Write::DeletePhantom { .. } | Write::ReplacePayload { .. } => {
                unimplemented!("there is no operator")
            }
        }
    }

    fn is_as_expected(&self, expected: &Expected, bug: Option<Bug>) -> bool {
        self.tasks[at(&expected.id)].is_some_and(|item| {
            let place = item.greenfield() == expected.greenfield;
            let claim = item.claim == expected.claim.as_ref().map(nth);
            let accepted = item.accepted == expected.has_succeeded;
            (accepted || bug == Some(Bug::AcceptanceNotBelieved))
                && (place || bug == Some(Bug::PlaceNotBelieved))
                && (claim || bug == Some(Bug::ClaimNotBelieved))
        })
    }

    fn write(&mut self, write: &Write, bug: Option<Bug>) {
        match write {
            Write::Queue(task) => self.tasks[at(&task.id)] = Some(Item::of(task)),
            Write::Park(task) => self.parked[at(&task.id)] = Some(Item::of(task)),
            Write::Close(task) => self.closed[at(&task.id)] = Some(Item::of(task)),
            Write::Dequeue(expected) => self.tasks[at(&expected.id)] = None,
            Write::Unpark { id, .. } => self.parked[at(id)] = None,
            Write::Claim { expected, to, token, .. } => {
                let item = self.update(at(&expected.id));
                item.stand_at(*to);
                item.claim = Some(nth(token));
                item.attempts += u32::from(bug != Some(Bug::AttemptNotCounted));
            }
            Write::Unclaim { id, to, .. } => {
                let item = self.update(at(id));
                item.stand_at(*to);
                item.claim = None;
                item.attempts = item.attempts.wrapping_sub(1);
            }
            Write::Accept { task, .. } => self.tasks[at(&task.id)] = Some(Item::of(task)),
            Write::TakeSlots { count, .. } => {
                self.taken += count;
                if bug == Some(Bug::CountersFoldedBack) {
                    self.taken -= std::mem::take(&mut self.freed);
                }
            }
            Write::FreeSlot { at: FreedAt::Counter(_), .. } => self.freed += 1,
            Write::FreeSlot { .. } => self.taken = self.taken.saturating_sub(1),
            Write::Job(JobWrite::Count { tally, .. }) => {
                self.counted[0] += tally.succeeded;
                self.counted[1] += tally.exhausted;
            }
            Write::NotParked { .. }
            | Write::NotClosed(_)
            | Write::Count { .. }
            | Write::Reopen { .. }
            | Write::TakeTrial { .. }
            | Write::LowerShare { .. }
            | Write::Settle { .. }
            | Write::Hold { .. }
            | Write::AddResult { .. }
            | Write::DeletePhantom { .. }
            | Write::ReplacePayload { .. }
            | Write::Job(_) => {}
        }
    }

    fn update(&mut self, no: usize) -> &mut Item {
        self.tasks[no].get_or_insert_with(Item::phantom)
    }

    /// The tasks of the tasks table that are in this phase now.
    pub fn in_phase(&self, now: Tick, wanted: impl Fn(Phase) -> bool) -> Vec<u8> {
        let lease = time(LEASE).since(time(0));
        let phase = |item: &Item| item.greenfield().phase(time(now), lease, scale());
        let numbers = (0_u8..).zip(&self.tasks);
        numbers
            .filter(|(_, item)| item.is_some_and(|i| wanted(phase(&i))))
            .map(|(n, _)| n)
            .collect()
    }

    /// The queue, in its order.
    pub fn queue(&self, now: Tick) -> Vec<u8> {
        let mut queued = self.in_phase(now, |phase| phase == Phase::Queued);
        let place = |no: &u8| self.tasks[usize::from(*no)].map_or(0.0, |item| item.greenfield().0);
        queued.sort_by(|a, b| place(a).total_cmp(&place(b)));
        queued
    }

    /// How many closed tasks have this status.
    pub fn closed_as(&self, status: Status) -> i64 {
        self.closed.iter().flatten().filter(|item| item.closed == Some(status)).count() as i64
    }
}

fn at(id: &task_manager::ids::TaskId) -> usize {
    usize::from(number(id))
}

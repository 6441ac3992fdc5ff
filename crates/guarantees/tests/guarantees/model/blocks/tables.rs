//! The tables, and what a transaction does to them: each [`Write`] with exactly the condition that it
//! documents.

use std::collections::{BTreeMap, BTreeSet};

use task_manager::{
    greenfield::Phase,
    ids::TaskId,
    task::{Status, Task},
    transition::{Expected, JobWrite, Write},
};

use super::{
    super::scope::{LEASE, Tick, nth, scale, tick_of, time},
    bugs::Bug,
    item::{Item, Name, set},
    state::Read,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Tasks,
    Parked,
    Closed,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tables {
    pub items: BTreeMap<(Place, Name), Item>,
    /// Slots in use.
    pub taken: u8,
    /// Trials that were taken.
    pub trials: u8,
    /// When a task of the labourer last succeeded.
    pub last_success: Option<Tick>,
    /// What the job counted as exhausted, succeeded and ignored, in the order of [`Status::ALL`].
    pub counted: [i8; 3],
}

impl Tables {
    pub fn get(&self, place: Place, id: &TaskId) -> Option<&Item> {
        self.items.get(&(place, Name::of(id)))
    }

    /// A block, wherever it is.
    pub fn find(&self, name: Name) -> Option<(Place, Item)> {
        let places = [Place::Tasks, Place::Parked, Place::Closed];
        places.into_iter().find_map(|place| Some((place, *self.items.get(&(place, name))?)))
    }

    /// The blocks of a table.
    pub fn all(&self, wanted: Place) -> impl Iterator<Item = Read> {
        let of_it = self.items.iter().filter(move |((place, _), _)| *place == wanted);
        of_it.map(|((_, name), item)| Read { name: *name, item: *item })
    }

    pub fn phase(item: &Item, now: Tick) -> Phase {
        item.greenfield().phase(time(now), time(LEASE).since(time(0)), scale())
    }

    /// Applies all of these writes or none; whether it did.
    pub fn transact(&mut self, writes: &[Write], bug: Option<Bug>) -> bool {
        let touched: Vec<_> = writes.iter().filter_map(item_of).collect();
        let distinct: BTreeSet<_> = touched.iter().collect();
        assert!(
            distinct.len() == touched.len() || bug.is_some(),
            "DynamoDB takes one write of an item: {writes:?}"
        );
        let holds = writes.iter().all(|write| self.holds(write, bug));
        if holds {
            writes.iter().for_each(|write| self.write(write));
        }
        holds
    }

    fn holds(&self, write: &Write, bug: Option<Bug>) -> bool {
        let has = |bug_of_it| bug == Some(bug_of_it);
        match write {
            Write::Queue(task) => self.get(Place::Tasks, &task.id).is_none(),
            Write::Park(task) => self
                .get(Place::Parked, &task.id)
                .is_none_or(|copy| u32::from(copy.attempts) < task.attempts),
            Write::Close(task) => self.get(Place::Closed, &task.id).is_none(),
            Write::Claim { expected, .. }
            | Write::Dequeue(expected)
            | Write::Accept { expected, .. } => self.is_as_expected(expected, bug),
            Write::Unclaim { id, token, .. } => self
                .get(Place::Tasks, id)
                .is_some_and(|item| item.claim == Some(nth(token)) && item.accepted == 0),
            Write::Unpark { id, attempts, claim, members, .. } => {
                self.get(Place::Parked, id).is_some_and(|item| {
                    u32::from(item.attempts) == *attempts
                        && item.claim == claim.as_ref().map(nth)
                        && (members.as_ref().map(set) == Some(item.members)
                            || has(Bug::UnparkOfOtherMembers))
                })
            }
            Write::Reopen { id, claim, members, .. } => {
                self.get(Place::Closed, id).is_some_and(|item| {
                    let is_same = members.as_ref().map(set) == Some(item.members)
                        && item.claim == claim.as_ref().map(nth);
                    item.closed == Some(Status::Exhausted) && (is_same || has(Bug::ReopenOfAnother))
                })
            }
            Write::TakeTrial { of, .. } => u32::from(self.trials) < *of,
            Write::FreeSlot { .. } => self.taken >= 1,
            // The limit of slots is proved with single tasks.
            Write::TakeSlots { .. } | Write::Count { .. } | Write::Job(_) => true,
            write => unimplemented!("{write:?}"),
        }
    }

    fn is_as_expected(&self, expected: &Expected, bug: Option<Bug>) -> bool {
        let Some((members, accepted)) = &expected.members else { return false };
        let (members, accepted) = (set(members), set(accepted));
        self.get(Place::Tasks, &expected.id).is_some_and(|item| {
            item.greenfield() == expected.greenfield
                && item.claim == expected.claim.as_ref().map(nth)
                && (item.members == members || bug == Some(Bug::MembersNotExpected))
                && (item.accepted == accepted || bug.is_some_and(Bug::overlooks_accepted))
        })
    }

    fn write(&mut self, write: &Write) {
        match write {
            Write::Queue(task) => self.put(Place::Tasks, task),
            Write::Park(task) => self.put(Place::Parked, task),
            Write::Close(task) => {
                self.put(Place::Closed, task);
                let succeeded = task.closed.filter(|closed| closed.status == Status::Succeeded);
                self.last_success =
                    self.last_success.max(succeeded.map(|closed| tick_of(closed.at)));
            }
            Write::Accept { task, .. } => self.put(Place::Tasks, task),
            Write::Dequeue(Expected { id, .. }) => self.remove(Place::Tasks, id),
            Write::Unpark { id, .. } => self.remove(Place::Parked, id),
            Write::Reopen { id, .. } => self.remove(Place::Closed, id),
            Write::Claim { expected, to, token, .. } => self.update(&expected.id, |item| {
                item.stand_at(*to);
                item.claim = Some(nth(token));
                item.attempts += 1;
            }),
            Write::Unclaim { id, to, .. } => self.update(id, |item| {
                item.stand_at(*to);
                item.claim = None;
                item.attempts -= 1;
            }),
            Write::TakeTrial { .. } => self.trials += 1,
            Write::TakeSlots { count, .. } => self.taken += *count as u8,
            Write::FreeSlot { .. } => self.taken -= 1,
            Write::Job(JobWrite::Count { tally, .. }) => {
                let added = [tally.exhausted, tally.succeeded, tally.ignored];
                self.counted.iter_mut().zip(added).for_each(|(all, more)| *all += more as i8);
            }
            _ => {}
        }
    }

    fn put(&mut self, place: Place, task: &Task) {
        self.items.insert((place, Name::of(&task.id)), Item::of(task));
    }

    fn remove(&mut self, place: Place, id: &TaskId) {
        self.items.remove(&(place, Name::of(id)));
    }

    fn update(&mut self, id: &TaskId, update: impl FnOnce(&mut Item)) {
        if let Some(item) = self.items.get_mut(&(Place::Tasks, Name::of(id))) {
            update(item);
        }
    }
}

/// Which item of which table it is about.
fn item_of(write: &Write) -> Option<(Place, &TaskId)> {
    Some(match write {
        Write::Queue(task) => (Place::Tasks, &task.id),
        Write::Dequeue(expected)
        | Write::Claim { expected, .. }
        | Write::Accept { expected, .. } => (Place::Tasks, &expected.id),
        Write::Unclaim { id, .. } => (Place::Tasks, id),
        Write::Park(task) => (Place::Parked, &task.id),
        Write::Unpark { id, .. } => (Place::Parked, id),
        Write::Close(task) => (Place::Closed, &task.id),
        Write::Reopen { id, .. } => (Place::Closed, id),
        _ => return None,
    })
}

//! What this process saw claimed in the last seconds: the index may show it as queued for a while, and
//! whoever looks for the next task need not read it again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{attempt::dispatch::Candidate, greenfield::Greenfield, ids::TaskId, time::Timestamp};

/// For so long. Indexes are seldom later than a second.
const REMEMBERED: Duration = Duration::from_secs(5);
/// With more than that, what is forgotten is cleared.
const MANY: usize = 1000;

/// Shared by all copies of a manager. A task that was queued anew has another place, and is no stale
/// head.
#[derive(Clone, Debug, Default)]
pub(in crate::manager) struct ClaimedHeads(Arc<Mutex<HashMap<TaskId, Seen>>>);

#[derive(Debug)]
struct Seen {
    place: Greenfield,
    at: Timestamp,
    /// While its claim is under way: the task whose attempt hands its slot over to it.
    successor_of: Option<TaskId>,
}

impl ClaimedHeads {
    /// Remembers a head of the queue that is claimed.
    pub fn remember(&self, head: &Candidate, now: Timestamp) {
        self.insert(head, Seen { place: head.greenfield, at: now, successor_of: None });
    }

    /// Remembers one that gets the slot of a task's attempt, if all goes well: others in this process need
    /// not try it meanwhile.
    pub fn reserve(&self, head: &Candidate, successor_of: &TaskId, now: Timestamp) {
        let successor_of = Some(successor_of.clone());
        self.insert(head, Seen { place: head.greenfield, at: now, successor_of });
    }

    /// Forgets one that returned to its place.
    pub fn forget(&self, id: &TaskId) {
        self.heads().remove(id);
    }

    /// Should the end of this task's attempt leave a head alone, because it was claimed a moment ago or is
    /// being claimed? Not because of another report of the same attempt: of these only one can end it, and
    /// the head must be there for whichever does.
    pub fn hides(&self, head: &Candidate, from: &TaskId, now: Timestamp) -> bool {
        self.heads().get(&head.id).is_some_and(|seen| {
            seen.place == head.greenfield
                && now.since(seen.at) <= REMEMBERED
                && seen.successor_of.as_ref() != Some(from)
        })
    }

    fn insert(&self, head: &Candidate, seen: Seen) {
        let mut heads = self.heads();
        if heads.len() >= MANY {
            heads.retain(|_, other| seen.at.since(other.at) <= REMEMBERED);
        }
        heads.insert(head.id.clone(), seen);
    }

    fn heads(&self) -> MutexGuard<'_, HashMap<TaskId, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(n: u128, place: f64) -> Candidate {
        Candidate { id: TaskId::from_random(n), greenfield: Greenfield(place) }
    }

    #[test]
    fn a_claimed_head_is_known_for_seconds_and_at_its_place_only() {
        let (claimed, now) = (ClaimedHeads::default(), Timestamp::from_seconds(1e9));
        let task = &head(0, 5.0).id;
        claimed.remember(&head(1, 10.0), now);
        assert!(claimed.clone().hides(&head(1, 10.0), task, now + Duration::from_secs(5)));
        assert!(!claimed.hides(&head(1, 10.0), task, now + Duration::from_secs(6)));
        assert!(!claimed.hides(&head(1, 11.0), task, now), "it was queued anew");
        assert!(!claimed.hides(&head(2, 10.0), task, now));
        claimed.forget(&head(1, 10.0).id);
        assert!(!claimed.hides(&head(1, 10.0), task, now));
    }

    #[test]
    fn a_head_being_claimed_is_hidden_from_all_but_other_reports_of_the_same_attempt() {
        let (claimed, now) = (ClaimedHeads::default(), Timestamp::from_seconds(1e9));
        let (task, other) = (&head(0, 5.0).id, &head(2, 5.0).id);
        claimed.reserve(&head(1, 10.0), task, now);
        assert!(claimed.hides(&head(1, 10.0), other, now));
        assert!(!claimed.hides(&head(1, 10.0), task, now));
        claimed.remember(&head(1, 10.0), now);
        assert!(claimed.hides(&head(1, 10.0), task, now), "it is claimed");
    }

    #[test]
    fn what_is_remembered_does_not_grow_for_ever() {
        let (claimed, mut now) = (ClaimedHeads::default(), Timestamp::from_seconds(1e9));
        for n in 0..5 * MANY as u128 {
            claimed.remember(&head(n, 10.0), now);
            now = now + Duration::from_millis(100);
        }
        assert!(claimed.heads().len() <= MANY, "{}", claimed.heads().len());
    }
}

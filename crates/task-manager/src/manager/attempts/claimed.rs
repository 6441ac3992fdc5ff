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
pub(in crate::manager) struct ClaimedHeads(Arc<Mutex<HashMap<TaskId, (Greenfield, Timestamp)>>>);

impl ClaimedHeads {
    /// Remembers a head of the queue that is claimed.
    pub fn remember(&self, head: &Candidate, now: Timestamp) {
        let mut heads = self.heads();
        if heads.len() >= MANY {
            heads.retain(|_, (_, seen)| now.since(*seen) <= REMEMBERED);
        }
        heads.insert(head.id.clone(), (head.greenfield, now));
    }

    /// Forgets one that returned to its place.
    pub fn forget(&self, id: &TaskId) {
        self.heads().remove(id);
    }

    /// Was this head claimed a moment ago?
    pub fn has(&self, head: &Candidate, now: Timestamp) -> bool {
        self.heads().get(&head.id).is_some_and(|(place, seen)| {
            *place == head.greenfield && now.since(*seen) <= REMEMBERED
        })
    }

    fn heads(&self) -> MutexGuard<'_, HashMap<TaskId, (Greenfield, Timestamp)>> {
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
        claimed.remember(&head(1, 10.0), now);
        assert!(claimed.clone().has(&head(1, 10.0), now + Duration::from_secs(5)));
        assert!(!claimed.has(&head(1, 10.0), now + Duration::from_secs(6)));
        assert!(!claimed.has(&head(1, 11.0), now), "it was queued anew");
        assert!(!claimed.has(&head(2, 10.0), now));
        claimed.forget(&head(1, 10.0).id);
        assert!(!claimed.has(&head(1, 10.0), now));
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

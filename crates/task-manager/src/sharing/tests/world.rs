//! A small world in which passes are made.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    ids::{LabourerId, ResourceId},
    labourer::State,
    resource::{
        Resource, Weights,
        ledger::{Ledger, User},
    },
    sharing::{Party, Step, next},
    time::Timestamp,
    transition::Write,
};

pub const LEASE: Duration = Duration::from_secs(100);
/// Steps in which a pass has come to its end.
pub const STEPS: usize = 5;

/// An attempt: what it weighed when it began, and when that was.
pub type Attempt = (Weights, Timestamp);

pub struct Someone {
    pub row: State,
    pub uses: Weights,
    pub queued: u32,
    pub live: Vec<Attempt>,
}

pub struct World {
    pub ledger: Ledger,
    pub all: Vec<Someone>,
    pub permits: BTreeMap<ResourceId, u32>,
    pub pushed: u64,
    pub now: Timestamp,
    pub writes: usize,
}

pub fn resource(number: usize) -> ResourceId {
    ResourceId::new(format!("r{number}")).unwrap()
}

pub fn labourer(number: usize) -> LabourerId {
    LabourerId::new(format!("l{number}")).unwrap()
}

pub fn weights(of_each: &[u32]) -> Weights {
    let used = of_each.iter().enumerate().filter(|(_, weight)| **weight > 0);
    used.map(|(number, weight)| (resource(number), *weight)).collect()
}

impl World {
    pub fn new(permits: &[u32], uses: &[Vec<u32>]) -> Self {
        let someone = |(number, uses): (usize, &Vec<u32>)| Someone {
            row: State::new(labourer(number), 0, 20),
            uses: weights(uses),
            queued: 0,
            live: Vec::new(),
        };
        Self {
            ledger: Ledger::default(),
            all: uses.iter().enumerate().map(someone).collect(),
            permits: permits.iter().enumerate().map(|(n, count)| (resource(n), *count)).collect(),
            pushed: 1,
            now: Timestamp::from_seconds(1.8e9),
            writes: 0,
        }
    }

    pub fn under_config<'a>(&'a self) -> Ledger {
        let resource = |(id, permits): (&ResourceId, &u32)| Resource {
            id: id.clone(),
            permits: Some(*permits),
            rate: None,
            metrics: Vec::new(),
            steps: Default::default(),
        };
        let resources: Vec<_> = self.permits.iter().map(resource).collect();
        let user = |someone: &'a Someone| User {
            id: &someone.row.labourer_id,
            weights: &someone.uses,
            lease: LEASE,
        };
        let is_user = |someone: &&Someone| {
            let holders = &self.ledger.holders;
            !someone.uses.is_empty() || holders.contains_key(&someone.row.labourer_id)
        };
        let users: Vec<_> = self.all.iter().filter(is_user).map(user).collect();
        self.ledger.clone().under(&resources, &users, self.pushed, self.now).0
    }

    pub fn next(&self, turn: u64) -> Step {
        let ledger = self.under_config();
        let is_party = |someone: &&Someone| {
            !someone.uses.is_empty() || ledger.holders.contains_key(&someone.row.labourer_id)
        };
        let party = |someone: &Someone| Party {
            row: someone.row.clone(),
            is_limited: !someone.uses.is_empty(),
            wants: (someone.row.running() + someone.queued).min(someone.row.slot_limit),
        };
        let parties: Vec<_> = self.all.iter().filter(is_party).map(party).collect();
        next(&self.ledger, &ledger, &parties, turn, self.now)
    }

    /// A pass up to the end, with nobody in its way.
    pub fn pass(&mut self, turn: u64) {
        for _ in 0..STEPS {
            match self.next(turn) {
                Step::Nothing => return,
                Step::Part(writes) | Step::Lower(writes) | Step::Settle(writes) => {
                    writes.into_iter().for_each(|write| self.apply(write));
                }
            }
        }
        panic!("a pass does not come to its end: {:?}", self.next(turn));
    }

    pub fn row(&mut self, id: &LabourerId) -> &mut State {
        &mut self.all.iter_mut().find(|someone| someone.row.labourer_id == *id).unwrap().row
    }

    pub fn apply(&mut self, write: Write) {
        self.writes += 1;
        match write {
            Write::LowerShare { labourer_id, from, to, .. } => {
                let row = self.row(&labourer_id);
                assert!(row.share == from && (to.is_none() || to < from || from.is_none()));
                row.share = to;
            }
            Write::Settle { read, ledger } => {
                assert_eq!(read, self.ledger.revision);
                self.ledger = Ledger { revision: read + 1, ..*ledger };
            }
            Write::Hold { labourer_id, share, raised_to, at_most, .. } => {
                let row = self.row(&labourer_id);
                assert!(row.share == share && row.running() <= at_most);
                row.share = raised_to.or(share);
            }
            write => panic!("{write:?}"),
        }
    }

    pub fn weight_now(&self, number: usize, resource: &ResourceId) -> u32 {
        let holder = self.ledger.holders.get(&labourer(number));
        let weight = holder.and_then(|holder| holder.weights.get(resource));
        weight.map_or(0, |weight| weight.now)
    }

    /// Somebody begins all that they may.
    pub fn start(&mut self, number: usize) {
        let someone = &self.all[number];
        let free = someone.row.free(someone.row.slot_limit, self.now).min(someone.queued);
        if free == 0 || (someone.row.share.is_none() && !someone.uses.is_empty()) {
            return;
        }
        let weighs = |id: &ResourceId| match someone.row.share {
            Some(_) => self.weight_now(number, id),
            None => 0,
        };
        let weights: Weights = self.permits.keys().map(|id| (id.clone(), weighs(id))).collect();
        let (is_limited, now) = (someone.row.share.is_some(), self.now);
        let someone = &mut self.all[number];
        someone.queued -= free;
        someone.row.taken += u64::from(free);
        someone.live.extend((0..free).map(|_| (weights.clone(), now)));
        for (id, weight) in weights.iter().filter(|(_, weight)| is_limited && **weight > 0) {
            let (live, in_force) = (self.live(id), self.ledger.resources[id].in_force);
            assert!(live <= in_force, "{free} of {weight} make {live} of {in_force}");
        }
    }

    /// What all that is live weighs: an attempt what it weighed when it began, and what those of its labourer weigh
    /// now, if that is more.
    pub fn live(&self, resource: &ResourceId) -> u32 {
        let attempts = self.all.iter().enumerate().flat_map(|(number, someone)| {
            let now = self.weight_now(number, resource);
            someone.live.iter().map(move |(weights, _)| now.max(weights[resource]))
        });
        attempts.sum()
    }

    pub fn end(&mut self, number: usize, which: usize) {
        let someone = &mut self.all[number];
        if !someone.live.is_empty() {
            someone.live.remove(which % someone.live.len());
            someone.row.taken -= 1;
        }
    }

    pub fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        for someone in &mut self.all {
            someone.live.retain(|(_, began)| self.now.since(*began) < LEASE);
            someone.row.taken = someone.live.len() as u64;
        }
    }

    /// Holds what must be true once a pass has come to its end.
    pub fn check(&self, turn: u64) {
        assert_eq!(self.next(turn), Step::Nothing);
        let room = self.ledger.room(self.now);
        let mut is_giving_up = false;
        for (number, someone) in self.all.iter().enumerate() {
            let holder = self.ledger.holders.get(&labourer(number));
            let held = holder.map_or(0, |holder| holder.held);
            let running = someone.row.running();
            match (someone.uses.is_empty(), someone.row.share) {
                (true, share) => {
                    assert_eq!(share, None);
                    is_giving_up |= held > 0;
                }
                (false, share) => {
                    let share = share.unwrap();
                    assert!(held >= share && held >= running, "{held}: {share}, {running}");
                    is_giving_up |= running > share;
                }
            }
            for (id, left) in &room {
                let uses_it = someone.uses.contains_key(id);
                let may_add = someone.row.share.is_some_and(|share| share > running);
                assert!(
                    !uses_it || *left >= 0 || !may_add,
                    "{someone:?} may add to {left} of {id}"
                );
            }
        }
        let waits = |someone: &&Someone| {
            let wants = (someone.row.running() + someone.queued).min(someone.row.slot_limit);
            someone.row.share.is_some_and(|share| wants > share)
        };
        for someone in self.all.iter().filter(waits).filter(|_| !is_giving_up) {
            let weights = self.ledger.holders[&someone.row.labourer_id].weights(self.now);
            let has_room = weights.iter().all(|(id, weight)| room[id] >= i64::from(*weight));
            assert!(!has_room, "{someone:?} waits for nothing: {room:?}");
        }
    }
}

impl std::fmt::Debug for Someone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (id, share, running) = (&self.row.labourer_id, self.row.share, self.row.running());
        write!(f, "{id} with {running} of {share:?} and {} queued", self.queued)
    }
}

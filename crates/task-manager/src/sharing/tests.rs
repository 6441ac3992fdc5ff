//! Passes over a small world, one after the other: what they come to, and that they come to an end.

use std::{collections::BTreeMap, time::Duration};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    ids::ResourceId,
    labourer::State,
    resource::{Resource, ledger::User},
};

const LEASE: Duration = Duration::from_secs(100);
/// Steps in which a pass has come to its end.
const STEPS: usize = 5;

/// An attempt: what it weighed when it began, and when that was.
type Attempt = (Weights, Timestamp);

struct Someone {
    row: State,
    uses: Weights,
    queued: u32,
    live: Vec<Attempt>,
}

struct World {
    ledger: Ledger,
    all: Vec<Someone>,
    permits: BTreeMap<ResourceId, u32>,
    pushed: u64,
    now: Timestamp,
    writes: usize,
}

fn resource(number: usize) -> ResourceId {
    ResourceId::new(format!("r{number}")).unwrap()
}

fn labourer(number: usize) -> LabourerId {
    LabourerId::new(format!("l{number}")).unwrap()
}

fn weights(of_each: &[u32]) -> Weights {
    let used = of_each.iter().enumerate().filter(|(_, weight)| **weight > 0);
    used.map(|(number, weight)| (resource(number), *weight)).collect()
}

impl World {
    fn new(permits: &[u32], uses: &[Vec<u32>]) -> Self {
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

    fn under_config<'a>(&'a self) -> Ledger {
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

    fn next(&self, turn: u64) -> Step {
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
    fn pass(&mut self, turn: u64) {
        for _ in 0..STEPS {
            match self.next(turn) {
                Step::Nothing => return,
                Step::Part(writes) | Step::Lower(writes) | Step::Settle { writes, .. } => {
                    writes.into_iter().for_each(|write| self.apply(write));
                }
            }
        }
        panic!("a pass does not come to its end: {:?}", self.next(turn));
    }

    fn row(&mut self, id: &LabourerId) -> &mut State {
        &mut self.all.iter_mut().find(|someone| someone.row.labourer_id == *id).unwrap().row
    }

    fn apply(&mut self, write: Write) {
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

    fn weight_now(&self, number: usize, resource: &ResourceId) -> u32 {
        let holder = self.ledger.holders.get(&labourer(number));
        let weight = holder.and_then(|holder| holder.weights.get(resource));
        weight.map_or(0, |weight| weight.now)
    }

    /// Somebody begins all that they may.
    fn start(&mut self, number: usize) {
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
    fn live(&self, resource: &ResourceId) -> u32 {
        let attempts = self.all.iter().enumerate().flat_map(|(number, someone)| {
            let now = self.weight_now(number, resource);
            someone.live.iter().map(move |(weights, _)| now.max(weights[resource]))
        });
        attempts.sum()
    }

    fn end(&mut self, number: usize, which: usize) {
        let someone = &mut self.all[number];
        if !someone.live.is_empty() {
            someone.live.remove(which % someone.live.len());
            someone.row.taken -= 1;
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        for someone in &mut self.all {
            someone.live.retain(|(_, began)| self.now.since(*began) < LEASE);
            someone.row.taken = someone.live.len() as u64;
        }
    }

    /// Holds what must be true once a pass has come to its end.
    fn check(&self, turn: u64) {
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

#[derive(Clone, Debug)]
enum Event {
    Queue(usize, u32),
    Start(usize),
    End(usize, usize),
    Wait(u64),
    Permits(usize, u32),
    /// What somebody uses from now on: 0 is not at all.
    Uses(usize, Vec<u32>),
    Pass(u64),
}

const LABOURERS: usize = 3;
const RESOURCES: usize = 2;

fn any_event() -> impl Strategy<Value = Event> {
    let somebody = || 0..LABOURERS;
    prop_oneof![
        4 => (somebody(), 0_u32..8).prop_map(|(who, count)| Event::Queue(who, count)),
        8 => somebody().prop_map(Event::Start),
        6 => (somebody(), 0_usize..8).prop_map(|(who, which)| Event::End(who, which)),
        1 => (1_u64..70).prop_map(Event::Wait),
        1 => (0..RESOURCES, 0_u32..10).prop_map(|(which, count)| Event::Permits(which, count)),
        1 => (somebody(), vec(0_u32..4, RESOURCES)).prop_map(|(who, of)| Event::Uses(who, of)),
        8 => (0_u64..4).prop_map(Event::Pass),
    ]
}

proptest! {
    #[test]
    fn whatever_changes_a_pass_ends_and_nobody_adds_to_what_is_too_much_or_waits_for_nothing(
        permits in vec(0_u32..10, RESOURCES),
        uses in vec(vec(0_u32..4, RESOURCES), LABOURERS),
        events in vec(any_event(), 0..60),
    ) {
        let mut world = World::new(&permits, &uses);
        for event in events {
            match event {
                Event::Queue(who, count) => world.all[who].queued = count,
                Event::Start(who) => world.start(who),
                Event::End(who, which) => world.end(who, which),
                Event::Wait(seconds) => world.wait(seconds),
                Event::Permits(which, count) => {
                    world.permits.insert(resource(which), count);
                    world.pushed += 1;
                }
                Event::Uses(who, of_each) => {
                    world.all[who].uses = weights(&of_each);
                    world.pushed += 1;
                }
                Event::Pass(turn) => {
                    world.pass(turn);
                    world.check(turn);
                }
            }
        }
    }

    /// Nobody is passed by for ever: whatever else there is to do, whoever has work begins some of it.
    #[test]
    fn whoever_has_work_begins_some_of_it_sooner_or_later(
        permits in vec(3_u32..8, RESOURCES),
        uses in vec(vec(1_u32..4, RESOURCES), LABOURERS),
        ends in vec(0_usize..8, 40),
    ) {
        let mut world = World::new(&permits, &uses);
        let mut begun = [0; LABOURERS];
        for (turn, which) in (0..).zip(ends) {
            world.all.iter_mut().for_each(|someone| someone.queued = 10);
            world.pass(turn / 10);
            for (number, begun) in begun.iter_mut().enumerate() {
                let before = world.all[number].live.len();
                world.start(number);
                *begun += world.all[number].live.len() - before;
            }
            (0..LABOURERS).for_each(|number| world.end(number, which));
        }
        prop_assert!(begun.iter().all(|count| *count > 0), "{:?}", begun);
    }
}

#[test]
fn nothing_is_written_while_everybody_has_what_they_may_have() {
    let mut world = World::new(&[6], &[vec![1], vec![2]]);
    world.all.iter_mut().for_each(|someone| someone.queued = 50);
    world.pass(0);
    let settled = world.writes;
    for _ in 0..20 {
        (0..2).for_each(|number| world.start(number));
        world.pass(0);
        (0..2).for_each(|number| world.end(number, 0));
        world.pass(0);
    }
    assert_eq!(world.writes, settled);
    assert_eq!([0, 1].map(|number| world.all[number].row.share), [Some(2), Some(2)]);
}

#[test]
fn a_share_falls_before_another_rises_and_rises_once_what_it_was_for_has_ended() {
    let mut world = World::new(&[3], &[vec![1], vec![1]]);
    world.all[0].queued = 9;
    world.pass(0);
    world.start(0);
    let shares = |world: &World| [0, 1].map(|number| world.all[number].row.share.unwrap());
    assert_eq!(shares(&world), [3, 0]);
    world.all[1].queued = 9;
    world.pass(0);
    assert_eq!(shares(&world), [2, 0], "all three are live");
    world.end(0, 0);
    world.start(0);
    world.pass(0);
    assert_eq!(shares(&world), [2, 1]);
}

#[test]
fn lowered_permits_are_reached_before_anybody_begins_anything() {
    let mut world = World::new(&[3], &[vec![1], vec![1]]);
    world.all[0].queued = 2;
    world.all[1].queued = 1;
    world.pass(0);
    world.start(0);
    world.permits.insert(resource(0), 2);
    world.pushed += 1;
    world.pass(0);
    world.start(1);
    assert!(world.all[1].live.is_empty(), "two are live, and two is all there is");
    world.end(0, 0);
    world.pass(0);
    world.start(1);
    assert_eq!(world.all[1].live.len(), 1);
}

/// A light one and a heavy one are live when three permits become two: until the heavy one has ended, nothing may begin.
#[test]
fn what_ends_while_too_much_is_live_does_not_begin_anew() {
    let mut world = World::new(&[3], &[vec![1], vec![2]]);
    world.all.iter_mut().for_each(|someone| someone.queued = 9);
    world.pass(0);
    (0..2).for_each(|number| world.start(number));
    world.permits.insert(resource(0), 2);
    world.pushed += 1;
    world.pass(0);
    world.end(0, 0);
    for turn in 0..2 {
        world.pass(turn);
        (0..2).for_each(|number| world.start(number));
        assert_eq!([0, 1].map(|number| world.all[number].live.len()), [0, 1]);
    }
    world.end(1, 0);
    world.pass(0);
    world.start(0);
    assert_eq!(world.all[0].live.len(), 2);
}

#[test]
fn who_is_limited_no_more_holds_what_it_had_live_and_is_forgotten_once_that_has_ended() {
    let mut world = World::new(&[3], &[vec![1], vec![1]]);
    world.all.iter_mut().for_each(|someone| someone.queued = 9);
    world.pass(0);
    world.start(0);
    let had = world.all[0].live.len() as u32;
    world.all[0].uses.clear();
    world.pushed += 1;
    world.pass(0);
    world.start(0);
    assert_eq!(world.all[0].queued, 0, "nothing limits it any more");
    world.pass(0);
    assert_eq!(world.ledger.holders[&labourer(0)].held, had);
    world.wait(LEASE.as_secs());
    world.pass(0);
    assert!(!world.ledger.holders.contains_key(&labourer(0)));
    assert_eq!(world.all[1].row.share, Some(3));
}

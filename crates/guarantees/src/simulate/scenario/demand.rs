//! What labourers that share permits have to do, changing all the time; and when it would be done if every permit went to
//! whoever has the fewest in the moment it is free.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    time::Duration,
};

use task_manager::{
    ids::ResourceId,
    resource::{
        Weights,
        shares::{self, Claimant, Room, take},
    },
};

use crate::{simulate::chance::Chance, world::START};

/// How long the demand of one stays what it is, in seconds.
const PHASE: (f64, f64) = (20.0, 60.0);
/// In this part of its phases one has nothing to do.
const IDLE: f64 = 0.55;
/// The attempts that one wants to have live in the others, at most, if all weights are 1.
const MOST: f64 = 30.0;
/// How long attempts take, in seconds.
const WORK: (f64, f64) = (2.0, 8.0);

/// From the end of an attempt to the work on the next one it takes a report, a claim and an invocation. A permit is in
/// use meanwhile, also where shares are fair.
const TURN: Duration = Duration::from_millis(80);

/// One who has work.
#[derive(Clone, Debug)]
pub(super) struct User {
    /// Of each of its attempts.
    pub weights: Weights,
    pub slots: u32,
    /// In the order of time.
    pub jobs: Vec<Job>,
    /// How long its attempts take, in the order in which they start.
    pub works: Vec<Duration>,
}

/// Tasks that come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub at: Duration,
    pub tasks: u32,
}

impl User {
    /// The demand of one for so long. In some phases all of its tasks come at once, in others some every second.
    pub fn drawn(chance: &Chance, weights: Weights, slots: u32, time: Duration) -> Self {
        let weight: u32 = weights.values().sum();
        let (mut jobs, mut at) = (Vec::new(), 0.0);
        let between = |(least, most): (f64, f64)| least + (most - least) * chance.fraction();
        let work = (WORK.0 + WORK.1) / 2.0;
        while at < time.as_secs_f64() {
            let phase = between(PHASE);
            let wanted = MOST / f64::from(weight.max(1)) * chance.fraction();
            let rate = if chance.fraction() < IDLE { 0.0 } else { wanted / work };
            let pieces = if chance.fraction() < 0.5 { 1.0 } else { phase.floor() };
            let mut left = (rate * phase).round();
            for piece in 0..pieces as u32 {
                let tasks = (left / (pieces - f64::from(piece))).round();
                left -= tasks;
                let at = Duration::from_secs_f64(at) + Duration::from_secs(piece.into());
                if tasks > 0.0 {
                    jobs.push(Job { at, tasks: tasks as u32 });
                }
            }
            at += phase;
        }
        let count: u32 = jobs.iter().map(|job| job.tasks).sum();
        let works = (0..count).map(|_| Duration::from_secs_f64(between(WORK))).collect();
        Self { weights, slots, jobs, works }
    }

    /// When each of its tasks came, in order.
    pub fn arrivals(&self) -> impl Iterator<Item = Duration> {
        self.jobs.iter().flat_map(|job| std::iter::repeat_n(job.at, job.tasks as usize))
    }
}

/// What happens to one of the users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Ends,
    Comes(u32),
}

/// One of them, as it stands.
#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    queued: u32,
    live: u32,
    started: usize,
}

/// When each attempt of each user would start by max-min fair shares, without any delay.
pub(super) fn fair_starts(
    permits: &BTreeMap<ResourceId, u32>,
    users: &[User],
) -> Vec<Vec<Duration>> {
    let room: Room = permits.iter().map(|(id, permits)| (id.clone(), (*permits).into())).collect();
    let mut events: BinaryHeap<_> = users
        .iter()
        .enumerate()
        .flat_map(|(n, user)| user.jobs.iter().map(move |job| (job.at, n, Event::Comes(job.tasks))))
        .map(Reverse)
        .collect();
    let mut starts = vec![Vec::new(); users.len()];
    let mut all = vec![Standing::default(); users.len()];
    while let Some(Reverse((now, n, event))) = events.pop() {
        if let Some(standing) = all.get_mut(n) {
            match event {
                Event::Ends => standing.live -= 1,
                Event::Comes(tasks) => standing.queued += tasks,
            }
        }
        if events.peek().is_some_and(|Reverse((next, ..))| *next == now) {
            continue;
        }
        let targets = targets(&room, users, &all, now);
        for (n, (user, target)) in users.iter().zip(targets).enumerate() {
            let (Some(standing), Some(starts)) = (all.get_mut(n), starts.get_mut(n)) else {
                continue;
            };
            while standing.live < target {
                let work = user.works.get(standing.started).copied().unwrap_or_default();
                *standing = Standing {
                    queued: standing.queued.saturating_sub(1),
                    live: standing.live + 1,
                    started: standing.started + 1,
                };
                starts.push(now);
                events.push(Reverse((now + work + TURN, n, Event::Ends)));
            }
        }
    }
    starts
}

/// The attempts that each of them has live from now on: those that it has, and up to its fair share what is free.
fn targets(room: &Room, users: &[User], all: &[Standing], now: Duration) -> Vec<u32> {
    let turn = ((START + now.as_secs_f64()) / 60.0) as u64;
    let both = || users.iter().zip(all);
    let wants = |(user, standing): (&User, &Standing)| {
        (standing.live + standing.queued).min(user.slots).max(standing.live)
    };
    let claims = both().map(|one| Claimant { weights: &one.0.weights, has: 0, wants: wants(one) });
    let fair = shares::fill(room.clone(), &claims.collect::<Vec<_>>(), turn);
    let mut left = room.clone();
    both().for_each(|(user, standing)| take(&mut left, &user.weights, standing.live));
    let claims = both().zip(fair).map(|((user, standing), fair)| Claimant {
        weights: &user.weights,
        has: standing.live,
        wants: fair,
    });
    shares::fill(left, &claims.collect::<Vec<_>>(), turn)
}

/// The longest time from the coming of a task to its end, against what is fair, and the waits of all tasks together, in
/// seconds, with those that are fair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Waits {
    pub longest: f64,
    pub real: f64,
    pub fair: f64,
}

impl Waits {
    /// Of one whose attempts started then. One that never started is not looked at.
    pub fn of(user: &User, fair: &[Duration], starts: &VecDeque<Duration>) -> Self {
        let mut waits = Self::default();
        let each = user.arrivals().zip(&user.works).zip(fair.iter().zip(starts));
        for ((came, work), (fair, start)) in each {
            let [real, fair] = [start, fair].map(|start| start.saturating_sub(came).as_secs_f64());
            let work = work.as_secs_f64();
            waits.longest = waits.longest.max((real + work) / (fair + work));
            waits.real += real;
            waits.fair += fair;
        }
        waits
    }
}

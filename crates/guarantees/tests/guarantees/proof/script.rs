//! What happens in a storm, move by move: drawn from a seed, and cut down to what a failure needs.

use std::fmt;

use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    fault::Fault,
    parts::{DELAY, End, LEASE},
    sharing::{self, Change},
};

/// A move. Numbers count among what is there, over and over, so that a move makes sense whatever
/// was done before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Move {
    /// A part begins, on a machine whose clock is that much ahead.
    Begin(Begin, f64),
    /// A call is answered.
    Answer(usize, Option<Fault>),
    /// An event reaches a labourer, whose clock is that much ahead.
    Deliver {
        event: usize,
        again: bool,
        skew: f64,
    },
    /// A labourer's work ends, and its report is on its way to an assistant.
    Finish {
        work: usize,
        end: End,
        again: bool,
        skew: f64,
    },
    /// A part is killed.
    Kill(usize),
    /// Somebody pushes another config.
    Push(Change),
    Pass(f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Begin {
    Submit,
    Cancel,
    RetryFailed,
    Create(u8),
    Fill { labourer: usize, number: u32, tasks: usize },
    SetPermits { resource: usize, to: u32 },
    Orchestrate,
    Scavenge,
}

/// Tasks that are created one by one.
pub const NAMED: u8 = 4;
/// The first seed of storms in which the job is made in blocks, and may be cancelled or sent back.
pub const BLOCKS_FROM: u64 = 1_000_000;
/// The first seed of storms of labourers that share resources.
pub const SHARING_FROM: u64 = 2_000_000;
/// Parts that are killed in one of them, or some more.
pub const KILLS: u64 = 20;
const MOVES_WITH_SHARES: usize = 700;
/// Moves of a storm, and of one with blocks: it takes many until a block is halved.
const MOVES: usize = 500;
const MOVES_WITH_BLOCKS: usize = 1500;
/// Clocks differ by as much, in seconds.
const SKEW: f64 = 30.0;

/// A storm: the moves of a seed, or some of them.
#[derive(Clone)]
pub struct Script {
    pub seed: u64,
    /// Each with its number in the whole.
    pub moves: Vec<(usize, Move)>,
}

impl Script {
    /// Has the labourer counters of freed slots beside its row? In every second storm.
    pub fn counts_frees(&self) -> bool {
        !self.seed.is_multiple_of(2)
    }

    pub fn has_blocks(&self) -> bool {
        (BLOCKS_FROM..SHARING_FROM).contains(&self.seed)
    }

    /// Do its labourers share resources?
    pub fn shares(&self) -> bool {
        self.seed >= SHARING_FROM
    }

    /// Its moves, if none is left out.
    fn size(&self) -> usize {
        match () {
            () if self.shares() => MOVES_WITH_SHARES,
            () if self.has_blocks() => MOVES_WITH_BLOCKS,
            () => MOVES,
        }
    }

    pub fn of(seed: u64) -> Self {
        let mut draw = StdRng::seed_from_u64(seed);
        let mut script = Self { seed, moves: Vec::new() };
        let any = match () {
            () if script.shares() => any_move_with_shares,
            () if script.has_blocks() => any_move_with_blocks,
            () => any_move,
        };
        script.moves = (0..script.size()).map(|number| (number, any(&mut draw))).collect();
        script
    }

    /// `SEED`, or `SEED:NUMBER,NUMBER,…`.
    pub fn parse(text: &str) -> Self {
        let (seed, numbers) = text.split_once(':').unwrap_or((text, ""));
        let mut script = Self::of(seed.parse().expect("a seed is a number"));
        let numbers: Vec<usize> = numbers.split(',').filter_map(|n| n.parse().ok()).collect();
        script.moves.retain(|(number, _)| numbers.is_empty() || numbers.contains(number));
        script
    }

    /// The shortest part of it for which `fails` still holds: no move of it can be left out.
    pub fn shrink(mut self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut size = self.moves.len().div_ceil(2);
        loop {
            let mut place = 0;
            while place < self.moves.len() {
                let mut shorter = self.clone();
                shorter.moves.drain(place..(place + size).min(self.moves.len()));
                match fails(&shorter) {
                    true => self = shorter,
                    false => place += size,
                }
            }
            if size == 1 {
                return self;
            }
            size = size.div_ceil(2);
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seed)?;
        if self.moves.len() < self.size() {
            let numbers: Vec<_> = self.moves.iter().map(|(number, _)| number.to_string()).collect();
            write!(f, ":{}", numbers.join(","))?;
        }
        Ok(())
    }
}

fn any_move(draw: &mut StdRng) -> Move {
    let nth = draw.random_range(0..64);
    let skew = draw.random_range(-SKEW..SKEW);
    match draw.random_range(0..100) {
        0..70 => Move::Answer(nth, any_fault(draw)),
        70..80 => Move::Begin(any_begin(draw), skew),
        80..88 => Move::Deliver { event: nth, again: draw.random_bool(0.1), skew },
        88..95 => {
            let again = draw.random_bool(0.1);
            Move::Finish { work: nth, end: any_end(draw), again, skew }
        }
        95..97 => Move::Kill(nth),
        _ => Move::Pass(if draw.random() { LEASE } else { DELAY / 4.0 }),
    }
}

/// Labourers fail some tasks of their block, or crash; seldom what failed is sent back, or the job is cancelled.
fn any_move_with_blocks(draw: &mut StdRng) -> Move {
    match (any_move(draw), draw.random_range(0..100)) {
        (Move::Finish { work, again, skew, .. }, 0..30) => {
            Move::Finish { work, end: End::FailInPart, again, skew }
        }
        (Move::Finish { work, again, skew, .. }, 30..60) => {
            Move::Finish { work, end: End::Fail, again, skew }
        }
        (Move::Begin(Begin::Create(_), _), 10..) => Move::Pass(LEASE),
        (Move::Begin(_, skew), 0) => Move::Begin(Begin::Cancel, skew),
        (Move::Begin(_, skew), 1..4) => Move::Begin(Begin::RetryFailed, skew),
        (other, _) => other,
    }
}

/// There is much to do, and seldom a clock is far off. Limits and weights change, and labourers come and go.
fn any_move_with_shares(draw: &mut StdRng) -> Move {
    let skew = draw.random_range(-sharing::SKEW..sharing::SKEW);
    let (labourer, resource) = (draw.random_range(0..6), draw.random_range(0..2));
    match draw.random_range(0..1000) {
        0..60 => {
            let (number, tasks) = (draw.random_range(0..1000), draw.random_range(1..15));
            Move::Begin(Begin::Fill { labourer, number, tasks }, skew)
        }
        60..68 => {
            let to = draw.random_range(0..60);
            Move::Begin(Begin::SetPermits { resource, to }, skew)
        }
        68..80 => Move::Push(match draw.random_range(0..4) {
            0 => Change::Permits { resource, to: draw.random_range(10..60) },
            1 => Change::Weight { labourer, to: draw.random_range(1..4) },
            2 => Change::Leaves(labourer),
            _ => Change::Returns(labourer),
        }),
        80..100 => Move::Kill(draw.random_range(0..64)),
        _ => match any_move(draw) {
            Move::Begin(Begin::Orchestrate, _) => Move::Begin(Begin::Orchestrate, skew),
            Move::Begin(..) => Move::Begin(Begin::Scavenge, skew),
            Move::Pass(seconds) => Move::Pass(seconds / 4.0),
            other => other,
        },
    }
}

/// Of 100 calls 30 are throttled, and of 5 nobody knows whether they were done.
fn any_fault(draw: &mut StdRng) -> Option<Fault> {
    match draw.random_range(0..100) {
        0..30 => Some(Fault::Throttled),
        30..33 => Some(Fault::ErrorAfter),
        33..35 => Some(Fault::StatusAfter),
        35..38 => Some(Fault::Doubled),
        38..43 => Some(Fault::Conflict),
        43..55 => Some(Fault::StaleIndex),
        55..57 => Some(Fault::Missing),
        _ => None,
    }
}

fn any_begin(draw: &mut StdRng) -> Begin {
    match draw.random_range(0..10) {
        0..1 => Begin::Submit,
        1..3 => Begin::Create(draw.random_range(0..NAMED)),
        3..7 => Begin::Orchestrate,
        _ => Begin::Scavenge,
    }
}

fn any_end(draw: &mut StdRng) -> End {
    match draw.random_range(0..10) {
        0..5 => End::Succeed,
        5..8 => End::Fail,
        8..9 => End::Snooze,
        _ => End::Die,
    }
}

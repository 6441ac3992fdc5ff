//! A block in a world of tables: whatever happens to it and to its pieces, in whatever order, decided on
//! what was read long before, every member is in one place, and ends once.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{members::Members, report::MemberFailure};

use super::*;
use crate::{
    ids::JobId,
    task::{block::Block, digest::Digest},
    transition::{JobWrite, Tally},
};

const SIZE: u64 = 5;
/// Halvings until a block of this size is single tasks.
const HALVINGS: u32 = 3;

#[derive(Clone, Debug)]
enum Move {
    /// The orchestrator starts the item of this place, if it is queued, or halves it if it is spent.
    Start(usize),
    /// The report of an attempt: it crashed, or these members failed and the others did not. It is applied
    /// now or decided only.
    Report {
        of: usize,
        crashed: bool,
        failed: u8,
        is_late: bool,
    },
    /// The scavenger looks at an item: its lease has passed, or it is due. Applied now, or decided only.
    Scavenge {
        item: usize,
        is_late: bool,
    },
    /// Somebody cancels an item that waits.
    Ignore(usize),
    /// A decision that was taken before is applied.
    Apply(usize),
    Pass(u32),
}

fn any_move() -> impl Strategy<Value = Move> {
    let any_item = || 0_usize..8;
    prop_oneof![
        6 => any_item().prop_map(Move::Start),
        6 => (0_usize..12, prop::bool::weighted(0.4), 0_u8..32, prop::bool::weighted(0.3))
            .prop_map(|(of, crashed, failed, is_late)| Move::Report { of, crashed, failed, is_late }),
        4 => (any_item(), prop::bool::weighted(0.3))
            .prop_map(|(item, is_late)| Move::Scavenge { item, is_late }),
        1 => any_item().prop_map(Move::Ignore),
        2 => (0_usize..6).prop_map(Move::Apply),
        3 => prop_oneof![Just(30), Just(61), Just(3600)].prop_map(Move::Pass),
    ]
}

/// Tables with one block and what became of it.
#[derive(Clone, Default)]
struct Tables {
    queued: BTreeMap<TaskId, Task>,
    parked: BTreeMap<TaskId, Task>,
    closed: BTreeMap<TaskId, Task>,
    slots: u32,
    trials: u32,
    tally: Tally,
}

impl Tables {
    fn find(&self, id: &TaskId) -> Found {
        let boxed = |task: &Task| Box::new(task.clone());
        let queued = self.queued.get(id).map(|task| Found::InTasks(boxed(task)));
        let parked = || self.parked.get(id).map(|task| Found::Parked(boxed(task)));
        let closed = || self.closed.get(id).map(|task| Found::Closed(boxed(task)));
        queued.or_else(parked).or_else(closed).unwrap_or(Found::Nowhere)
    }

    fn all(&self) -> impl Iterator<Item = &Task> {
        self.queued.values().chain(self.parked.values()).chain(self.closed.values())
    }

    /// Applies all or none of these, as DynamoDB would; whether it did.
    fn apply(&mut self, writes: &[Write]) -> bool {
        let mut after = self.clone();
        let touched: BTreeSet<_> = writes.iter().filter_map(Self::item_of).collect();
        let named = writes.iter().filter(|write| Self::item_of(write).is_some()).count();
        assert_eq!(touched.len(), named, "DynamoDB takes one write of an item: {writes:?}");
        let applied = writes.iter().all(|write| after.apply_one(write).is_some());
        if applied {
            *self = after;
        }
        applied
    }

    /// Which item of which table it is about.
    fn item_of(write: &Write) -> Option<(u8, TaskId)> {
        match write {
            Write::Queue(task) => Some((0, task.id.clone())),
            Write::Dequeue(expected)
            | Write::Claim { expected, .. }
            | Write::Accept { expected, .. } => Some((0, expected.id.clone())),
            Write::Park(task) => Some((1, task.id.clone())),
            Write::Unpark { id, .. } => Some((1, id.clone())),
            Write::Close(task) => Some((2, task.id.clone())),
            _ => None,
        }
    }

    fn apply_one(&mut self, write: &Write) -> Option<()> {
        match write {
            Write::Queue(task) => {
                let is_new = self.queued.insert(task.id.clone(), (**task).clone()).is_none();
                is_new.then_some(())
            }
            Write::Dequeue(expected) => {
                let found = self.queued.remove(&expected.id)?;
                (Expected::from(&found) == *expected).then_some(())
            }
            Write::Park(task) => {
                let before = self.parked.insert(task.id.clone(), (**task).clone());
                before.is_none_or(|before| before.attempts < task.attempts).then_some(())
            }
            Write::Unpark { id, .. } => {
                let found = self.parked.remove(id)?;
                (Write::unpark(&found) == *write).then_some(())
            }
            Write::Close(task) => {
                let is_new = self.closed.insert(task.id.clone(), (**task).clone()).is_none();
                is_new.then_some(())
            }
            Write::Claim { expected, to, token, .. } => {
                let found = self.queued.get_mut(&expected.id)?;
                if Expected::from(&*found) != *expected {
                    return None;
                }
                (found.greenfield, found.claim) = (*to, Some(token.clone()));
                found.attempts += 1;
                Some(())
            }
            Write::Accept { expected, task } => {
                let found = self.queued.insert(task.id.clone(), (**task).clone())?;
                (Expected::from(&found) == *expected).then_some(())
            }
            Write::AddResult { .. } => None,
            Write::Count { .. } => Some(()),
            Write::FreeSlot { .. } => {
                self.slots = self.slots.checked_sub(1)?;
                Some(())
            }
            Write::TakeTrial { of, .. } => {
                self.trials += 1;
                (self.trials <= *of).then_some(())
            }
            Write::Job(JobWrite::Count { tally, .. }) => {
                self.tally += *tally;
                Some(())
            }
            write => panic!("{write:?}"),
        }
    }
}

struct BlockWorld {
    labourer: Labourer,
    job: JobId,
    now: Timestamp,
    tables: Tables,
    /// Every attempt: of which item, with which members, under which token.
    attempts: Vec<(TaskId, Members, ClaimToken)>,
    /// How often each member was started.
    starts: BTreeMap<u64, u32>,
    /// Members whose success was taken notice of.
    acknowledged: BTreeSet<u64>,
    /// Decisions that are not applied yet, with the members whose success they acknowledge.
    pending: Vec<(Vec<Write>, Members)>,
}

impl BlockWorld {
    fn new(max_attempts: u32) -> Self {
        let labourer = Labourer {
            max_attempts,
            duration: Some(Duration::from_secs(30)),
            cooldown: Duration::from_secs(30),
            ..Labourer::new(LabourerId::new("worker").unwrap())
        };
        let (job, now) = (JobId::new("job").unwrap(), Timestamp::from_seconds(1.8e9));
        let id = TaskId::of_block(&job, 0);
        let mut task =
            Task::new(id.clone(), labourer.id.clone(), now, Greenfield(2000.0), String::new());
        task.job_id = Some(job.clone());
        task.payload = None;
        task.block = Some(Box::new(Block::new((0..SIZE).into(), Digest::of(&[]))));
        let tables = Tables { queued: BTreeMap::from([(id, task)]), ..Tables::default() };
        Self {
            labourer,
            job,
            now,
            tables,
            attempts: Vec::new(),
            starts: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            pending: Vec::new(),
        }
    }

    fn ctx(&self) -> Context<'_> {
        context(&self.labourer, self.now)
    }

    fn nth(&self, n: usize) -> Option<Task> {
        self.tables.queued.values().chain(self.tables.parked.values()).nth(n).cloned()
    }

    fn take(&mut self, step: &Move) {
        match *step {
            Move::Start(item) => self.start(item),
            Move::Report { of, crashed, failed, is_late } => {
                self.report(of, crashed, failed, is_late);
            }
            Move::Scavenge { item, is_late } => {
                if let Some(writes) = self.nth(item).and_then(|task| self.scavenged(task)) {
                    self.decided(writes, Members::default(), is_late);
                }
            }
            Move::Ignore(item) => {
                let ending = self.nth(item).and_then(|task| on_ignored(task, self.ctx()));
                if let Some(ending) = ending {
                    self.decided(ending.writes, Members::default(), false);
                }
            }
            Move::Apply(n) if n < self.pending.len() => {
                let (writes, succeeded) = self.pending.remove(n);
                self.decided(writes, succeeded, false);
            }
            Move::Apply(_) => {}
            Move::Pass(seconds) => self.now = self.now + Duration::from_secs(seconds.into()),
        }
    }

    fn decided(&mut self, writes: Vec<Write>, succeeded: Members, is_late: bool) {
        if is_late {
            self.pending.push((writes, succeeded));
        } else if self.tables.apply(&writes) {
            self.acknowledged.extend(succeeded.iter());
        }
    }

    fn start(&mut self, item: usize) {
        let is_queued =
            |task: &Task| self.tables.queued.contains_key(&task.id) && !self.ctx().holds_slot(task);
        let Some(task) = self.nth(item).filter(is_queued) else { return };
        if is_spent_block(&task, &self.labourer) {
            let closed = self.tables.closed.values().filter_map(|task| task.closed);
            let succeeded = closed.filter(|closed| closed.status == Status::Succeeded);
            let last = succeeded.map(|closed| closed.at).max();
            let ending = on_spent(task, last, self.tables.trials, self.ctx());
            return self.decided(ending.writes, Members::default(), false);
        }
        if check(&task, &self.labourer).is_err() {
            let ending = on_unusable(task, "spent", "", self.ctx());
            return self.decided(ending.writes, Members::default(), false);
        }
        let token = ClaimToken::from_random(self.attempts.len() as u128);
        let (members, id) = (task.members().unwrap().clone(), task.id.clone());
        for number in members.iter() {
            *self.starts.entry(number).or_default() += 1;
            assert!(!self.acknowledged.contains(&number), "{number} has succeeded");
        }
        let (_, write) =
            claim(task, token.clone(), self.now, Duration::from_secs(60), Scale::default(), "test");
        assert!(self.tables.apply(&[write]));
        self.tables.slots += 1;
        self.attempts.push((id, members, token));
    }

    /// Follows the pieces as the manager does.
    fn report(&mut self, of: usize, crashed: bool, failed: u8, is_late: bool) {
        let Some((id, members, token)) = self.attempts.get(of).cloned() else { return };
        let failure = |kind: u64| Failure {
            kind: format!("k{}", kind % 2),
            message: "m".into(),
            trace: None,
            again: Again::Usual,
        };
        let failed: Members = members.iter().filter(|n| failed & (1 << n) != 0).collect();
        let failures = failed.iter().map(|number| MemberFailure {
            task_id: TaskId::of_job(&self.job, number),
            failure: failure(number),
        });
        let outcome = if crashed { Outcome::Failure(failure(0)) } else { Outcome::Success };
        let report = Report {
            claim: Some(token),
            members: Some(members.clone()),
            failures: failures.filter(|_| !crashed).collect(),
            ..Report::new(id.clone(), outcome)
        };
        let done = if crashed { Members::default() } else { members.without(&failed) };
        let mut left = vec![id];
        while let Some(id) = left.pop() {
            let found = self.tables.find(&id);
            if let Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) = &found {
                let block = task.block.as_ref().unwrap();
                left.extend(block.pieces_with(&members).map(|(id, _)| id.clone()));
                let own = done.both(&block.members);
                if let Decision::Write(ending) = on_report(found.clone(), &report, self.ctx()) {
                    self.decided(ending.with_slot(&self.labourer.id), own, is_late);
                }
            }
        }
    }

    fn scavenged(&self, task: Task) -> Option<Vec<Write>> {
        if self.tables.queued.contains_key(&task.id) {
            return Some(on_expiry(task, self.ctx())?.with_slot(&self.labourer.id));
        }
        let mut head = Head::before(None, 1, &task, Scale::default());
        let is_due = task.due_at.is_some_and(|at| at <= self.now);
        is_due.then(|| requeue(vec![task], &mut head, self.now, "test"))
    }

    fn check(&self) {
        let mut seen: Vec<u64> =
            self.tables.all().flat_map(|t| t.members().unwrap().iter()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..SIZE).collect::<Vec<_>>(), "each is in exactly one item");
        for task in self.tables.all() {
            let (block, most) = (task.block.as_ref().unwrap(), self.labourer.max_attempts);
            assert!(task.attempts <= task.most_attempts(most), "{} attempts", task.attempts);
            assert!(block.accepted.without(&block.members).is_empty());
            assert_eq!(block.accepted.is_empty(), task.accepted_at.is_none(), "{task:?}");
            self.check_found(task);
        }
        let most = self.labourer.max_attempts + HALVINGS;
        assert!(self.starts.values().all(|starts| *starts <= most), "{:?}", self.starts);
        let holds_slot = |task: &&Task| self.ctx().holds_slot(task);
        assert_eq!(
            self.tables.slots as usize,
            self.tables.queued.values().filter(holds_slot).count()
        );
        let count = |status| {
            let closed = self.tables.closed.values();
            let alike = closed.filter(|task| task.closed.unwrap().status == status);
            alike.map(Task::size).sum::<u64>() as i64
        };
        let Tally { succeeded, exhausted, ignored, .. } = self.tables.tally;
        let counted = [Status::Succeeded, Status::Exhausted, Status::Ignored].map(count);
        assert_eq!([succeeded, exhausted, ignored], counted);
        for task in self.tables.closed.values() {
            if task.closed.unwrap().status != Status::Succeeded {
                let lost: Vec<_> = task
                    .members()
                    .unwrap()
                    .iter()
                    .filter(|n| self.acknowledged.contains(n))
                    .collect();
                assert!(lost.is_empty(), "{lost:?} succeeded, and are closed otherwise");
            }
        }
    }

    /// Each of its members is found by following the pieces from the block that was made.
    fn check_found(&self, task: &Task) {
        for number in task.members().unwrap().iter() {
            let (wanted, mut id) =
                (Members::from(number..number + 1), TaskId::of_block(&self.job, 0));
            while id != task.id {
                let found = self.tables.all().find(|task| task.id == id).expect("the way is cut");
                let piece = found.block.as_ref().unwrap().pieces_with(&wanted).next();
                id = piece.expect("it left no trace").0.clone();
            }
        }
    }
}

#[test]
fn a_spent_block_waits_for_a_sign_longer_each_time_however_long_ago_it_failed() {
    let mut world = BlockWorld::new(1);
    world.take(&Move::Start(0));
    world.report(0, true, 0, false);
    let mut task = world.tables.parked.values().next().unwrap().clone();
    world.take(&Move::Pass(24 * 3600));
    let mut waits = Vec::new();
    let last = loop {
        let ending = on_spent(task.clone(), None, u32::MAX, world.ctx());
        let Fate::Parked(until) = ending.fate() else { break ending.fate() };
        waits.push(until.since(world.now).as_secs());
        let parked = ending.writes.into_iter().find_map(|write| match write {
            Write::Park(task) => Some(*task),
            _ => None,
        });
        task = parked.unwrap();
    };
    assert_eq!(waits, [15, 30, 60, 120, 240, 480]);
    assert_eq!(last, Fate::Closed(Status::Exhausted));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn whatever_happens_to_a_block_each_member_is_in_one_place_and_ends_once(
        max_attempts in 1_u32..4, trials in 0_u32..6, moves in vec(any_move(), 1..80),
    ) {
        let mut world = BlockWorld::new(max_attempts);
        world.tables.trials = trials;
        for step in moves {
            world.take(&step);
            world.check();
        }
    }

    #[test]
    fn once_trouble_ends_every_member_is_closed(
        max_attempts in 1_u32..4, moves in vec(any_move(), 1..60),
    ) {
        let mut world = BlockWorld::new(max_attempts);
        moves.iter().for_each(|step| world.take(step));
        for _ in 0..200 {
            let steps = (0..8).flat_map(|item| {
                [Move::Start(item), Move::Scavenge { item, is_late: false }]
            });
            steps.collect::<Vec<_>>().iter().for_each(|step| world.take(step));
            world.take(&Move::Pass(600));
        }
        world.check();
        prop_assert!(world.tables.queued.is_empty() && world.tables.parked.is_empty());
    }
}

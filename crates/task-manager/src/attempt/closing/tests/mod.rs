//! A task in a small world of its own: whatever happens to it in whatever order, the decisions keep
//! their promises. What the tables require of each write is required here, too.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::{collection::vec, prelude::*};
use serde_json::value::to_raw_value;

use super::{kept::has_result, verdict::LONGEST_SHORTAGE_WAIT, *};
use crate::{
    attempt::dispatch::{check, claim, is_spent_block},
    attributes::Item,
    greenfield::Greenfield,
    ids::{ClaimToken, LabourerId, RequestId, TaskId},
    queue::{Head, requeue},
    report::{Again, Failure, Outcome, Report},
    transition::Expected,
};

mod blocks;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// The orchestrator starts the task, if it is queued.
    Start,
    /// A report of the end of the attempt of that number, or without a claim; with a result or without.
    Report(Option<usize>, Told, bool),
    /// A Python worker assistant marks the task.
    Mark,
    /// The scavenger comes.
    Scavenge,
    /// Seconds pass.
    Pass(u32),
}

#[derive(Clone, Copy, Debug)]
enum Told {
    Success,
    Failure,
    RetryAfter(u32),
    Snooze(u32),
    NeverRan,
}

fn any_step() -> impl Strategy<Value = Step> {
    let told = prop_oneof![
        Just(Told::Success),
        Just(Told::Failure),
        Just(Told::NeverRan),
        (0_u32..500).prop_map(Told::RetryAfter),
        (0_u32..500).prop_map(Told::Snooze),
    ];
    prop_oneof![
        3 => Just(Step::Start),
        3 => (prop::option::weighted(0.8, 0_usize..6), told, any::<bool>())
            .prop_map(|(of, told, has_result)| Step::Report(of, told, has_result)),
        1 => Just(Step::Mark),
        2 => Just(Step::Scavenge),
        2 => prop_oneof![Just(30), Just(61), Just(3600)].prop_map(Step::Pass),
    ]
}

/// The circumstances of every decision here.
fn context(labourer: &Labourer, now: Timestamp) -> Context<'_> {
    Context {
        now,
        labourer,
        function_timeout: None,
        frees: Frees::default(),
        scale: Scale::default(),
        keep_closed: None,
        jitter: 0.5,
        by: "test",
    }
}

struct World {
    labourer: Labourer,
    now: Timestamp,
    found: Found,
    /// Slots in use, as the labourer's row counts them.
    running: u32,
    /// Tokens of all attempts so far.
    claims: Vec<ClaimToken>,
    /// Has a success been acknowledged?
    acknowledged: bool,
}

impl World {
    fn new(max_attempts: u32, require_claim: bool) -> Self {
        let labourer = Labourer {
            max_attempts,
            require_claim,
            duration: Some(Duration::from_secs(30)),
            cooldown: Duration::from_secs(30),
            ..Labourer::new(LabourerId::new("worker").unwrap())
        };
        let now = Timestamp::from_seconds(1.8e9);
        let (id, place) = (TaskId::from_random(1), Greenfield(2000.0));
        let task = Task::new(id, labourer.id.clone(), now, place, "{}".into());
        let found = Found::InTasks(Box::new(task));
        Self { labourer, now, found, running: 0, claims: Vec::new(), acknowledged: false }
    }

    fn ctx(&self) -> Context<'_> {
        context(&self.labourer, self.now)
    }

    fn task(&self) -> &Task {
        match &self.found {
            Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) => task,
            Found::Nowhere => panic!("the task is lost"),
        }
    }

    fn is_queued(&self) -> bool {
        matches!(self.found, Found::InTasks(_)) && !self.ctx().holds_slot(self.task())
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Start if self.is_queued() => self.start(),
            Step::Start => {}
            Step::Report(of, told, has_result) => self.report(*of, *told, *has_result),
            Step::Mark => {
                if let Found::InTasks(task) = &mut self.found {
                    task.completed_at.get_or_insert(self.now);
                }
            }
            Step::Scavenge => self.scavenge(),
            Step::Pass(seconds) => self.now = self.now + Duration::from_secs((*seconds).into()),
        }
    }

    fn start(&mut self) {
        if check(self.task(), &self.labourer).is_err() {
            assert!(self.task().has_succeeded(), "only what is done is not started");
            return self.end(on_completed(self.task().clone(), self.ctx()));
        }
        assert!(!self.acknowledged, "what has succeeded is not started again");
        let lease = self.labourer.lease(None);
        let (attempt, write) = claim(
            self.task().clone(),
            ClaimToken::from_random(self.claims.len() as u128),
            self.now,
            lease,
            Scale::default(),
            "test",
        );
        self.claims.push(attempt.token);
        self.running += 1;
        self.apply(vec![write]);
    }

    fn report(&mut self, of: Option<usize>, told: Told, has_result: bool) {
        // Each result says how many attempts there were.
        let by = to_raw_value(&self.claims.len()).unwrap();
        let of = of.and_then(|number| self.claims.get(number).cloned());
        let seconds = |s: u32| Duration::from_secs(s.into());
        let failure = |again| {
            Outcome::Failure(Failure { kind: "k".into(), message: "m".into(), trace: None, again })
        };
        let outcome = match told {
            Told::Success => Outcome::Success,
            Told::Failure => failure(Again::Usual),
            Told::RetryAfter(s) => failure(Again::RetryAfter(seconds(s))),
            Told::Snooze(s) => failure(Again::Snooze(seconds(s))),
            Told::NeverRan => Outcome::NeverRan { condition: "EventAgeExceeded".into() },
        };
        let request = RequestId::new(format!("request-{}", self.claims.len())).unwrap();
        let report = Report {
            claim: of,
            request: Some(request),
            result: has_result.then(|| ("by".to_owned(), by)).into_iter().collect(),
            ..Report::new(self.task().id.clone(), outcome)
        };
        match on_report(self.found.clone(), &report, self.ctx()) {
            Decision::Write(ending) => {
                let was_marked = self.task().completed_at.is_some();
                assert!(was_marked || !self.claims.is_empty(), "nobody has worked on it");
                self.acknowledged |= report.outcome == Outcome::Success;
                self.end(ending);
            }
            Decision::Supplement(write, _) => {
                assert!(report.outcome == Outcome::Success && !has_a_result(&self.found));
                self.apply(vec![*write]);
                assert!(has_a_result(&self.found));
            }
            Decision::Leave(_) => return,
        }
        let again = on_report(self.found.clone(), &report, self.ctx());
        assert!(matches!(again, Decision::Leave(_)), "the same report, twice: {again:?}");
    }

    fn scavenge(&mut self) {
        match &self.found {
            Found::InTasks(task) if task.completed_at.is_some() => {
                self.end(on_completed((**task).clone(), self.ctx()));
            }
            Found::InTasks(task) => {
                if let Some(ending) = on_expiry((**task).clone(), self.ctx()) {
                    self.end(ending);
                }
            }
            Found::Parked(task) if task.due_at.is_some_and(|at| at <= self.now) => {
                let mut head = Head::before(None, 1, task, Scale::default());
                let moves = requeue(vec![(**task).clone()], &mut head, self.now, "test");
                self.apply(moves);
            }
            _ => {}
        }
    }

    fn end(&mut self, ending: Ending) {
        self.running -= u32::from(ending.slot.is_some());
        self.apply(ending.writes);
    }

    /// Applies writes; each finds what it requires.
    fn apply(&mut self, writes: Vec<Write>) {
        for write in writes {
            let found = std::mem::replace(&mut self.found, Found::Nowhere);
            self.found = match (write, found) {
                (Write::Dequeue(expected), Found::InTasks(task))
                    if expected == Expected::from(&*task) =>
                {
                    Found::Nowhere
                }
                (write @ Write::Unpark { .. }, Found::Parked(task))
                    if write == Write::unpark(&task) =>
                {
                    Found::Nowhere
                }
                (Write::Queue(task), Found::Nowhere) => Found::InTasks(task),
                (Write::Park(task), Found::Nowhere) => Found::Parked(task),
                (Write::Close(task), Found::Nowhere) => Found::Closed(task),
                (Write::Claim { to, token, .. }, Found::InTasks(mut task)) => {
                    task.greenfield = to;
                    task.claim = Some(token);
                    task.attempts += 1;
                    Found::InTasks(task)
                }
                (Write::Accept { expected, task }, Found::InTasks(found))
                    if expected == Expected::from(&*found) && found.accepted_at.is_none() =>
                {
                    Found::InTasks(task)
                }
                (Write::AddResult { history, task, .. }, Found::InTasks(found))
                    if history == found.history =>
                {
                    Found::InTasks(task)
                }
                (Write::AddResult { history, task, .. }, Found::Closed(found))
                    if history == found.history =>
                {
                    Found::Closed(task)
                }
                (write, found) => panic!("{write:?} meets {found:?}"),
            };
        }
    }

    fn check(&self, before: &Found) {
        let task = self.task();
        assert!(task.attempts <= self.labourer.max_attempts, "{} attempts", task.attempts);
        assert_eq!(
            self.running,
            u32::from(!self.is_queued() && matches!(self.found, Found::InTasks(_)))
        );
        if let Found::Closed(closed) = before {
            let unless_added = |task: &Task| {
                let (others, history, requests) = (Item::new(), Vec::new(), Vec::new());
                Task { others, history, requests, ..task.clone() }
            };
            assert_eq!(unless_added(task), unless_added(closed), "closed is the end");
            if has_a_result(before) {
                assert_eq!(&self.found, before, "a result is never replaced");
            }
        }
        if let (true, Found::Closed(task)) = (self.acknowledged, &self.found) {
            assert_eq!(task.closed.unwrap().status, Status::Succeeded);
        }
        assert!(matches!(self.found, Found::Parked(_)) == task.due_at.is_some());
        assert!(task.requests.len() <= Task::REQUESTS);
        assert!(task.errors.len() <= Task::ERRORS && task.past_claims.len() <= Task::PAST_CLAIMS);
    }
}

fn has_a_result(found: &Found) -> bool {
    match found {
        Found::InTasks(task) | Found::Parked(task) | Found::Closed(task) => has_result(task),
        Found::Nowhere => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_happens_the_promises_hold(
        max_attempts in 1_u32..5, require_claim: bool, steps in vec(any_step(), 1..60),
    ) {
        let mut world = World::new(max_attempts, require_claim);
        for step in steps {
            let before = world.found.clone();
            world.take(&step);
            world.check(&before);
        }
    }

    #[test]
    fn once_trouble_ends_the_task_is_closed_within_its_attempts(
        max_attempts in 1_u32..5, steps in vec(any_step(), 1..40),
    ) {
        let mut world = World::new(max_attempts, false);
        steps.iter().for_each(|step| world.take(step));
        for _ in 0..=2 * max_attempts + 2 {
            for step in [Step::Scavenge, Step::Start, Step::Pass(4000), Step::Scavenge] {
                world.take(&step);
            }
        }
        prop_assert!(matches!(world.found, Found::Closed(_)), "{:?}", world.found);
    }
}

#[test]
fn each_reported_attempt_leaves_its_invocation_once() {
    let mut world = World::new(3, false);
    for _ in 0..2 {
        world.start();
        let of = Some(world.claims.len() - 1);
        world.report(of, Told::RetryAfter(0), false);
        world.take(&Step::Scavenge);
    }
    let texts: Vec<_> = world.task().requests.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["1 request-1", "2 request-2"]);
    world.start();
    world.report(Some(0), Told::Success, false);
    let texts: Vec<_> = world.task().requests.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["1 request-1", "2 request-2", "request-3"], "of a late report");
}

#[test]
fn a_refusal_by_lambda_counts_no_attempt_and_comes_back_later() {
    let mut world = World::new(3, false);
    world.start();
    let ending = on_refused(world.task().clone(), "ResourceNotFoundException", "no", world.ctx());
    let Fate::Parked(due_at) = ending.fate() else { panic!("{:?}", ending.fates) };
    assert!(due_at > world.now + Duration::from_secs(60));
    world.end(ending);
    assert_eq!((world.task().attempts, world.running), (0, 0));
}

#[test]
fn attempts_that_never_ran_are_not_spent_and_wait_longer_each_time_but_never_for_long() {
    let mut world = World::new(2, false);
    let mut waits = Vec::new();
    for _ in 0..8 {
        world.start();
        world.report(Some(world.claims.len() - 1), Told::NeverRan, false);
        let Found::Parked(task) = world.found.clone() else { panic!("{:?}", world.found) };
        assert_eq!((task.attempts, world.running), (0, 0));
        assert_eq!(task.errors.last().unwrap().kind, "never_ran");
        waits.push(task.due_at.unwrap().since(world.now));
        world.now = task.due_at.unwrap();
        world.scavenge();
    }
    assert!(waits.is_sorted(), "{waits:?}");
    assert!(waits[0] <= Duration::from_secs(30) && waits[7] <= LONGEST_SHORTAGE_WAIT, "{waits:?}");
    // Those that run are counted as ever.
    for _ in 0..2 {
        world.start();
        world.report(Some(world.claims.len() - 1), Told::Failure, false);
        world.now = world.now + Duration::from_secs(3600);
        world.scavenge();
    }
    assert!(matches!(&world.found, Found::Closed(task) if task.attempts == 2));
}

/// A task that nobody works on, with the place of one that waits or, as sosw writes some, of one that
/// runs.
fn never_claimed() -> [World; 2] {
    [Greenfield(2000.0), Greenfield(1.83e9)].map(|place| {
        let mut world = World::new(3, false);
        let Found::InTasks(task) = &mut world.found else { panic!() };
        task.greenfield = place;
        world
    })
}

#[test]
fn a_success_without_a_claim_leaves_a_task_that_was_never_claimed_wherever_it_stands() {
    for mut world in never_claimed() {
        let before = world.found.clone();
        for told in [Told::Success, Told::Failure, Told::NeverRan] {
            world.report(None, told, true);
        }
        assert_eq!(world.found, before);
        let success = Report::new(world.task().id.clone(), Outcome::Success);
        let decide = |report: &Report| on_report(world.found.clone(), report, world.ctx());
        assert_eq!(decide(&success), Decision::Leave(Unchanged::NeverClaimed));
        // A claim proves that somebody began it, though the item does not show it any more.
        let claimed = Report { claim: Some(ClaimToken::from_random(7)), ..success };
        assert!(matches!(decide(&claimed), Decision::Write(_)));
    }
}

#[test]
fn a_success_without_a_claim_closes_whatever_was_ever_claimed() {
    let again = |world: &mut World| {
        world.now = world.now + Duration::from_secs(7200);
        world.scavenge();
    };
    for told in [None, Some(Told::Failure), Some(Told::Snooze(10)), Some(Told::NeverRan)] {
        // At work, or waiting to retry, or queued again: with attempts, or with none that counts.
        for is_queued_again in [false, true] {
            let mut world = World::new(3, false);
            world.start();
            if let Some(told) = told {
                world.report(Some(0), told, false);
                is_queued_again.then(|| again(&mut world));
                assert_eq!(world.is_queued(), is_queued_again);
            }
            world.report(None, Told::Success, true);
            let Found::Closed(task) = &world.found else { panic!("{told:?}: {:?}", world.found) };
            assert_eq!(task.closed.unwrap().status, Status::Succeeded);
            assert_eq!(world.running, 0);
        }
    }
}

#[test]
fn the_history_shows_whether_a_report_had_no_claim() {
    for (of, told) in [(None, Told::Success), (Some(0), Told::Success), (None, Told::Failure)] {
        let mut world = World::new(3, false);
        world.start();
        world.report(of, told, true);
        assert_eq!(world.task().was_reported_without_claim(), of.is_none());
    }
}

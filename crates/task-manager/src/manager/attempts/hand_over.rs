//! The end of an attempt together with the claim of the next task: its slot is handed over.

use std::{collections::HashMap, ops::Range};

use super::{Attempts, finish::may_be_left_out};
use crate::{
    attempt::{
        closing::Ending,
        dispatch::{Candidate, check, claim},
        invocation::Attempt,
    },
    greenfield::KeyRange,
    ids::{ClaimToken, TaskId},
    labourer::{self, Labourer},
    manager::TaskManager,
    metrics,
    storage::{Contention, RetryPolicy, StoreError, TransactionOutcome},
    task::Task,
};

/// How many claims a handover tries before it gives the slot back.
const CLAIMS: u32 = 6;
/// How many times the heads in front it looks at, and how many tasks it reads at once: the first is nearly
/// always free, so it is read alone. If it is not, the index lags, and shows for up to a second what is
/// claimed already.
const SEARCHES: [(u32, &[usize]); 2] = [(1, &[1]), (4, &[10, 20, 20])];
/// The least heads of the second search: a single slot with short tasks leaves that many behind.
const LEAST: u32 = 50;

pub(super) enum Ended {
    /// With the attempt that got the slot, if any.
    Done(Option<Box<Attempt>>),
    /// The task changed meanwhile: the caller must decide again.
    Changed,
}

/// What the index shows of the queue.
struct Heads {
    /// In the order in which they are tried.
    heads: Vec<Candidate>,
    /// Does it show no others?
    is_all: bool,
}

/// What became of the claim of one task.
enum Taken {
    /// The search is over, with this result.
    Over(Option<Ended>),
    /// Another process claims this task.
    ByAnother,
}

/// The end of an attempt, and who may get its slot.
struct Handover<'a> {
    attempts: Attempts<'a>,
    /// The task whose attempt ends.
    task_id: &'a TaskId,
    ending: &'a Ending,
    labourer: &'a Labourer,
    row: &'a labourer::State,
}

impl Attempts<'_> {
    pub(super) async fn hand_over_or_free(
        self,
        task_id: &TaskId,
        ending: &Ending,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Ended, StoreError> {
        if let Some(row) = &self.row_to_hand_over_by(ending, labourer, row).await? {
            let handover = Handover { attempts: self, task_id, ending, labourer, row };
            if let Some(ended) = handover.complete().await? {
                return Ok(ended);
            }
        }
        Ok(match self.end_and_free(ending, labourer).await? {
            true => Ended::Done(None),
            false => Ended::Changed,
        })
    }

    /// The labourer's row, if it lets the attempt hand its slot over. If it is draining, it is read again
    /// with its counters. One that uses a rate does not: it is not slots that its tasks wait for.
    async fn row_to_hand_over_by(
        self,
        ending: &Ending,
        labourer: &Labourer,
        row: Option<&labourer::State>,
    ) -> Result<Option<labourer::State>, StoreError> {
        let has_rate = !labourer.uses.rates.is_empty();
        let may = ending.leaves_counted_slot() && labourer.stopped.is_none() && !has_rate;
        let row = row.filter(|_| may);
        let row = match row {
            Some(row) if row.draining => self.manager.store.labourers().row(&labourer.id).await?,
            row => row.cloned(),
        };
        Ok(row.filter(|row| {
            row.allows_handover(self.manager.now())
                && (ending.has_success() || !row.is_probing(labourer))
        }))
    }
}

impl Handover<'_> {
    /// Ends the attempt and claims one of the first tasks of the queue, in one transaction. `None` if
    /// nothing was written, and the attempt must be ended without a handover.
    ///
    /// A labourer with more work than its partition takes is throttled, and would be at the next head, too.
    /// Its slots wait then: if they were given back, those few that are left would be in use until the next tick.
    async fn complete(&self) -> Result<Option<Ended>, StoreError> {
        let mut retries = self.manager().store.retries(RetryPolicy::THROTTLED);
        loop {
            match self.search().await {
                Err(StoreError::Contended { .. }) if retries.again().await => {}
                Err(StoreError::Contended { .. }) => return Ok(None),
                ended => return ended,
            }
        }
    }

    /// The same, until it meets throttling.
    async fn search(&self) -> Result<Option<Ended>, StoreError> {
        let mut claims = 0..CLAIMS;
        for (times, groups) in SEARCHES {
            let Heads { heads, is_all } = self.heads(times).await?;
            let mut left = heads.as_slice();
            for group in groups {
                let (some, others) = left.split_at((*group).min(left.len()));
                left = others;
                if let Taken::Over(ended) = self.take_one_of(some, &mut claims).await? {
                    return Ok(ended);
                }
            }
            if heads.is_empty() && is_all {
                break;
            }
        }
        Ok(None)
    }

    /// Heads of the queue as the index shows them, but for those that were seen claimed a moment ago, in the
    /// order in which they are tried: those in front at random, for at the head itself all would meet, and
    /// then the others; with few slots these in the order of the queue.
    async fn heads(&self, times: u32) -> Result<Heads, StoreError> {
        let window = self.row.window(self.labourer.max_simultaneous_invocations);
        let most = if times == 1 { window } else { (times * window).max(LEAST) };
        let queued = KeyRange::queued(self.manager().now());
        let tasks = self.manager().store.tasks();
        let mut heads = tasks.candidates(&self.labourer.id, queued, most, false).await?;
        let is_all = heads.len() < most as usize;
        heads.retain(|head| !self.is_of_others(head));
        let in_front = if times * window > LEAST { most } else { window };
        let place = |(n, head): (u32, Candidate)| match n < in_front {
            true => (0, self.manager().random.fraction(), head),
            false => (n, 0.0, head),
        };
        let mut places: Vec<_> = (0..).zip(heads).map(place).collect();
        places.sort_by(|(a, x, _), (b, y, _)| a.cmp(b).then(x.total_cmp(y)));
        Ok(Heads { heads: places.into_iter().map(|(.., head)| head).collect(), is_all })
    }

    /// Claims the first of these heads that nobody else takes; over, too, when there were enough claims.
    async fn take_one_of(
        &self,
        heads: &[Candidate],
        claims: &mut Range<u32>,
    ) -> Result<Taken, StoreError> {
        for task in self.usable(heads).await? {
            if self.is_of_others(&Candidate::from(&task)) {
                continue;
            }
            if claims.next().is_none() {
                return Ok(Taken::Over(None));
            }
            match self.take(task).await {
                Ok(Taken::ByAnother) => {}
                Err(StoreError::Contended { contention: Contention::Conflict, .. }) => {}
                over_or_error => return over_or_error,
            }
        }
        Ok(Taken::ByAnother)
    }

    /// Those of these heads that are queued and can be run, in their order.
    async fn usable(&self, heads: &[Candidate]) -> Result<Vec<Task>, StoreError> {
        let tasks = self.manager().store.tasks();
        let tasks = match heads {
            [] => Vec::new(),
            [head] => tasks.get(&head.id).await?.into_iter().collect(),
            heads => tasks.get_all(heads.iter().map(|head| &head.id)).await?,
        };
        let mut tasks: HashMap<_, _> =
            tasks.into_iter().map(|task| (task.id.clone(), task)).collect();
        let now = self.manager().now();
        let is_queued = |task: &Task| task.greenfield.is_queued(now);
        for head in heads.iter().filter(|head| !tasks.get(&head.id).is_some_and(is_queued)) {
            self.manager().claimed.remember(head, now);
        }
        let in_order = heads.iter().filter_map(|head| tasks.remove(&head.id));
        let can_run = |task: &Task| is_queued(task) && check(task, self.labourer).is_ok();
        Ok(in_order.filter(can_run).collect())
    }

    async fn take(&self, task: Task) -> Result<Taken, StoreError> {
        let (manager, now) = (self.manager(), self.manager().now());
        let lease = self.labourer.lease(self.row.function_timeout);
        let token = ClaimToken::from_random(manager.random.id());
        let (attempt, write) =
            claim(task, token, now, lease, manager.config.scale, &manager.author);
        let head = Candidate::from(&attempt.task);
        let (ending, tasks) = (&self.ending.writes, attempt.task.size());
        let writes = self.ending.with_claim(&self.labourer.id, write, tasks);
        manager.claimed.reserve(&head, self.task_id, now);
        let applied = manager.store.apply_or_yield(&writes).await;
        let is_still_there = match &applied {
            Ok(TransactionOutcome::Applied) => false,
            Ok(TransactionOutcome::Refused(refused)) => !refused.contains(&ending.len()),
            Err(_) => true,
        };
        match is_still_there {
            true => manager.claimed.forget(&head.id),
            false => manager.claimed.remember(&head, now),
        }
        let refused = match applied? {
            TransactionOutcome::Applied => {
                metrics::count(metrics::CLAIMED, &self.labourer.id, 1);
                metrics::count(metrics::HANDED_OVER, &self.labourer.id, 1);
                self.attempts.log_ending(&writes).await;
                return Ok(Taken::Over(Some(Ended::Done(Some(Box::new(attempt))))));
            }
            TransactionOutcome::Refused(refused) => refused,
        };
        if refused.iter().all(|index| *index >= ending.len()) {
            return Ok(Taken::ByAnother);
        }
        // The ending itself is refused: what may be left out, `end_and_free` leaves out.
        let has_changed = !may_be_left_out(&writes, &refused);
        Ok(Taken::Over(has_changed.then_some(Ended::Changed)))
    }

    fn is_of_others(&self, head: &Candidate) -> bool {
        self.manager().claimed.hides(head, self.task_id, self.manager().now())
    }

    fn manager(&self) -> &TaskManager {
        self.attempts.manager
    }
}
